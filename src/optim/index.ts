// Optimizers, schedules of learning rate and momentum, and bounds on weights and gradients.
export { Adam, type AdamOptions, AdamW } from './adam.ts'
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from './clip.ts'
export {
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  type CosineOptions,
  type WarmRestartOptions,
} from './cosine.ts'
export { LinearMomentum, type LinearMomentumOptions } from './linear-momentum.ts'
export { LRScheduler, type Scheduled, type ScheduledGroup, type SchedulerState } from './lr-scheduler.ts'
export { maxNorm } from './max-norm.ts'
export { OneCycleLR, type OneCycleOptions } from './one-cycle.ts'
export {
  type GroupOptions,
  Optimizer,
  type OptimizerState,
  type ParameterState,
  type ParamGroup,
  type Params,
  type Settings,
} from './optimizer.ts'
export {
  ConstantLR,
  type ConstantOptions,
  ExponentialLR,
  type GammaOption,
  LambdaLR,
  LinearLR,
  type LinearOptions,
  MultiStepLR,
  PolynomialLR,
  type PolynomialOptions,
  StepLR,
} from './schedules.ts'
export { SequentialLR } from './sequential.ts'
export { SGD, type SGDOptions } from './sgd.ts'
