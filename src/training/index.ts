// `thinnet/training`: the pieces of a training loop. Node-only parts (run folders) belong to the command line.
export { Autosave, type AutosaveOptions } from './autosave.ts'
export {
  type Checkpoint,
  type CheckpointParts,
  decodeCheckpoint,
  encodeCheckpoint,
  type LoadCheckpointOptions,
  latestCheckpoint,
  loadCheckpoint,
  readCheckpoint,
  restoreCheckpoint,
  type Stateful,
  saveCheckpoint,
} from './checkpoint.ts'
export { type FitOptions, fit } from './fit.ts'
export { evaluate, type LoopOptions, type TrainEpochOptions, trainEpoch } from './loop.ts'
export { countErrors, type EpochMetrics, type Score, ScoreSum, type ScoreSums } from './metrics.ts'
export type { Batch, Loss, Stepper, Trainable } from './model.ts'
export { Pace } from './pace.ts'
export { TrainingProgress, type TrainingProgressState } from './progress.ts'
export * from './table/index.ts'
