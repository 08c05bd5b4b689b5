// Opens a run that was begun, to go on with it: what config.json, the checkpoint and the networks in its folder say.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { ThinnetError } from '../../backend/errors.ts'
import { readCheckpoint } from '../../training/checkpoint.ts'
import { RunFolder } from '../../training/run-folder.node.ts'
import { parseOptions } from '../resume.ts'
import { armNames, type CompareOptions, defineOptions } from './command.ts'
import { checkpointFile, type RunConfig, type SavedTraining } from './run-files.ts'

const named = z.record(z.string(), z.union([z.string(), z.number()]))

const configSchema = z.object({
  command: z.string(),
  options: z.array(z.string()),
  version: z.string(),
  data: z.string(),
  started: z.coerce.date(),
  network: z.string(),
  notes: z.array(z.string()),
  settings: named,
  machine: named,
  trainingExamples: z.number(),
  trainingSample: z.number(),
  testExamples: z.number(),
}) satisfies z.ZodType<RunConfig>

/** In the order of `EpochMetrics`: so do its lines in metrics.jsonl come out as they were written. */
const epochSchema = z.object({
  epoch: z.number(),
  learningRate: z.number(),
  loss: z.number(),
  runningError: z.number(),
  trainingLoss: z.number(),
  trainingError: z.number(),
  testLoss: z.number(),
  testError: z.number(),
  seconds: z.number(),
  examplesPerSecond: z.number(),
})

const savedSchema = z.object({
  arm: z.enum(armNames).optional(),
  results: z.array(z.object({ arm: z.enum(armNames), epochs: z.array(epochSchema) })),
})

/** A run that was begun before. */
export interface BegunRun {
  readonly folder: RunFolder
  readonly config: RunConfig
  /** Those it was begun with, and what of them was given anew. */
  readonly options: CompareOptions
  /** There is nothing left to do. */
  readonly finished: boolean
  readonly saved: SavedTraining | undefined
}

/**
 * Opens the run in the folder `given.resume`.
 *
 * @throws ThinnetError TN_DATA if there is none, or a file of it is damaged.
 */
export function openRun(given: CompareOptions & { readonly resume: string }): BegunRun {
  const folder = RunFolder.open(resolve(given.resume))
  const config = parsed(folder, 'config.json', configSchema, folder.readJson('config.json'))
  const { quiet: _, json: __, ...begunWith } = parseOptions(defineOptions, config.options)
  const options = { ...begunWith, ...anew(given), data: config.data }
  return { folder, config, options, finished: isFinished(folder), saved: savedIn(folder) }
}

/** The options that may be given anew. */
const anew = ({ resume, quiet, json, threads }: CompareOptions) => ({
  ...(resume !== undefined && { resume }),
  ...(quiet && { quiet }),
  ...(json && { json }),
  ...(threads !== undefined && { threads }),
})

/** A process that was killed just after it began may have left no summary. */
function isFinished(folder: RunFolder): boolean {
  if (!existsSync(folder.file('summary.json'))) return false
  const { status } = parsed(folder, 'summary.json', z.object({ status: z.string() }), folder.readJson('summary.json'))
  return status === 'finished'
}

function savedIn(folder: RunFolder): SavedTraining | undefined {
  const path = folder.file(checkpointFile)
  if (!existsSync(path)) return undefined
  const checkpoint = readCheckpoint(path)
  return { ...parsed(folder, checkpointFile, savedSchema, checkpoint), checkpoint }
}

function parsed<T>(folder: RunFolder, name: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const file = folder.file(name)
  const [issue] = result.error.issues
  const what = issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is damaged'
  throw new ThinnetError('TN_DATA', 'resume', `${file} is not of a run of thinnet compare: ${what}`, { file })
}
