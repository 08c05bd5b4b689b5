// Optimizers, schedules of learning rate and momentum, and bounds on weights and gradients.
export { Adam, type AdamOptions, AdamW } from './adam.ts'
export { clipGradNorm_, clipGradValue_ } from './clip.ts'
export { LinearMomentum } from './linear-momentum.ts'
export { LRScheduler } from './lr-scheduler.ts'
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
  CosineAnnealingLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from './schedules.ts'
export { SequentialLR } from './sequential.ts'
export { SGD, type SGDOptions } from './sgd.ts'
