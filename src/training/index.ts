// `thinnet/training`: the pieces of a training loop. Node-only parts (run folders) belong to the command line.
export { type FitOptions, fit } from './fit.ts'
export { evaluate, type LoopOptions, type TrainEpochOptions, trainEpoch } from './loop.ts'
export { countErrors, type EpochMetrics, type Score, ScoreSum } from './metrics.ts'
export type { Batch, Loss, Stepper, Trainable } from './model.ts'
export { Pace } from './pace.ts'
