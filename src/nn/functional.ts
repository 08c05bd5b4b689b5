// Layers as functions, PyTorch's torch.nn.functional: `import { functional as F } from 'thinnet'`.
export {
  type AlphaDropoutFunctionOptions,
  alphaDropout,
  type ChannelDropoutFunctionOptions,
  type ConcreteDropoutFunctionOptions,
  concreteDropout,
  type DropBlockFunctionOptions,
  type DropConnectFunctionOptions,
  type DropoutFunctionOptions,
  type DropPathFunctionOptions,
  dropBlock1d,
  dropBlock2d,
  dropConnect,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  dropPath,
  type EmbeddingDropoutFunctionOptions,
  embeddingDropout,
  featureAlphaDropout,
  type GaussianDropoutFunctionOptions,
  gaussianDropout,
  type LockedDropoutFunctionOptions,
  lockedDropout,
  type RDropOptions,
  rDropLoss,
  type StandoutFunctionOptions,
  standout,
  type ZoneoutFunctionOptions,
  zoneout,
} from '../dropout/index.ts'
export {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
} from '../ops/activation.ts'
export { type ConvFunctionOptions, conv1d, conv2d } from '../ops/convolution.ts'
export { type EmbeddingFunctionOptions, embedding } from '../ops/embedding.ts'
export { oneHot } from '../ops/indexing.ts'
export {
  type BceWithLogitsOptions,
  type BinaryCrossEntropyOptions,
  bceWithLogits,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  type HuberOptions,
  huberLoss,
  type LossOptions,
  l1Loss,
  mseLoss,
  type NllOptions,
  nllLoss,
  type Reduction,
  type SmoothL1Options,
  smoothL1Loss,
} from '../ops/loss.ts'
export { linear } from '../ops/matmul.ts'
export { type PadMode, type PadOptions, pad } from '../ops/pad.ts'
export { type MaxPoolFunctionOptions, maxPool2d } from '../ops/pool.ts'
export { logSoftmax, softmax } from '../ops/softmax.ts'
export type { Sizes } from '../ops/window.ts'
export { type BatchNormFunctionOptions, batchNorm } from './batch-norm.ts'
export { type LayerNormFunctionOptions, layerNorm } from './layer-norm.ts'
