// What the files of a run hold that is gone on with.
import type { ArmName, ArmResult, Comparison } from '../../report/comparison.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'

/** What a report tells of a run beside its results: it is known when the run begins. */
export type RunRecord = Omit<Comparison, 'status' | 'arms'>

/** The file config.json. */
export interface RunConfig extends RunRecord {
  /** The command line that does the same again. */
  readonly command: string
  /** Its options, to go on with. */
  readonly options: readonly string[]
  /** thinnet's version. */
  readonly version: string
  /** The folder that the data came from. */
  readonly data: string
}

/** All that is needed to go on; it is there while a run is under way. */
export const checkpointFile = 'checkpoint.safetensors'

/** What the checkpoint holds. */
export interface SavedTraining {
  /** The arm under way; undefined between two. */
  readonly arm?: ArmName | undefined
  /** The arms that were begun, with the epochs that they finished. */
  readonly results: readonly ArmResult[]
  readonly checkpoint: Checkpoint
}
