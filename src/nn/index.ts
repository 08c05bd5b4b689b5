export {
  AlphaDropout,
  convertScaling,
  type DropLayerOptions,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutOptions,
  FeatureAlphaDropout,
  GaussianDropout,
  type NoiseLayerOptions,
  type NoiseShape,
  type ScaleAware,
  type Scaling,
} from '../dropout/index.ts'
export {
  AnyModule,
  Buffer,
  type ForwardHook,
  type ForwardPreHook,
  type LoadOptions,
  type LoadResult,
  Module,
  ModuleDict,
  ModuleList,
  Parameter,
  ParameterDict,
  ParameterList,
  Sequential,
  type StateDict,
} from '../module/index.ts'
export {
  ELU,
  GELU,
  type GELUOptions,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  type ReLUOptions,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from './activation.ts'
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from './batch-norm.ts'
export * as functional from './functional.ts'
export * as init from './init.ts'
export { LayerNorm, type LayerNormOptions } from './layer-norm.ts'
export { Linear, type LinearOptions } from './linear.ts'
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  HuberLoss,
  L1Loss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from './loss.ts'
export { Flatten, Identity, Unflatten } from './shape.ts'
