// Optimizers, schedules of learning rate and momentum, and bounds on weights and gradients.
export { Adam, type AdamOptions, AdamW } from './adam.ts'
export { clipGradNorm_, clipGradValue_, maxNorm } from './constraints.ts'
export { type GroupOptions, Optimizer, type OptimizerState, type ParameterState, type ParamGroup } from './optimizer.ts'
export {
  ConstantLR,
  CosineAnnealingLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  LinearMomentum,
  LRScheduler,
  MultiStepLR,
  OneCycleLR,
  type OneCycleOptions,
  PolynomialLR,
  SequentialLR,
  StepLR,
} from './schedule.ts'
export { SGD, type SGDOptions } from './sgd.ts'
