export {
  AlphaDropout,
  type AlphaDropoutFunctionOptions,
  alphaDropout,
  FeatureAlphaDropout,
  featureAlphaDropout,
} from './alpha.ts'
export { Dropout, type DropoutFunctionOptions, type DropoutOptions, dropout } from './bernoulli.ts'
export {
  type ChannelDropoutFunctionOptions,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  dropout1d,
  dropout2d,
  dropout3d,
} from './channel.ts'
export {
  ConcreteDropout,
  type ConcreteDropoutFunctionOptions,
  type ConcreteDropoutOptions,
  concreteDropout,
} from './concrete.ts'
export {
  DropBlock1d,
  DropBlock2d,
  type DropBlockFunctionOptions,
  type DropBlockOptions,
  dropBlock1d,
  dropBlock2d,
} from './drop-block.ts'
export {
  DropConnect,
  type DropConnectFunctionOptions,
  type DropConnectOptions,
  dropConnect,
  type WeightMasks,
} from './drop-connect.ts'
export {
  DropPath,
  type DropPathFunctionOptions,
  type DropPathMode,
  type DropPathOptions,
  dropPath,
  linearDecay,
  Residual,
  type ResidualOptions,
} from './drop-path.ts'
export {
  EmbeddingDropout,
  type EmbeddingDropoutFunctionOptions,
  type EmbeddingDropoutOptions,
  type EmbeddingLayer,
  embeddingDropout,
  type WordMasks,
} from './embedding.ts'
export { convertScaling, foldScaling } from './fold.ts'
export { GaussianDropout, type GaussianDropoutFunctionOptions, gaussianDropout } from './gaussian.ts'
export { klDivergence, type VariationalLayer } from './kl.ts'
export { type DropLayerOptions, NoiseLayer, type NoiseLayerOptions, noiseLayerOptionNames } from './layer.ts'
export { everyOther, LayerDrop } from './layer-drop.ts'
export { LockedDropout, type LockedDropoutFunctionOptions, type LockedDropoutOptions, lockedDropout } from './locked.ts'
export { applyMask, drawMask } from './mask.ts'
export { mcDropout } from './monte-carlo.ts'
export { MultiSampleDropout, type MultiSampleDropoutOptions } from './multi-sample.ts'
export type { NoiseShape } from './noise-shape.ts'
export { checkProbability } from './probability.ts'
export { RDrop, type RDropOptions, rDropLoss } from './r-drop.ts'
export { type MaskRecording, type MaskReplay, type Masks, recordMasks, replayMasks } from './record.ts'
export { keptScale, type ScaleAware, type Scaling } from './scaling.ts'
export {
  annealedDropout,
  type CurriculumDropoutOptions,
  curriculumDropout,
  type DropoutRule,
  DropoutScheduler,
  type DropoutSchedulerState,
  type EarlyDropoutOptions,
  earlyDropout,
  lateDropout,
  rampDropout,
} from './schedule.ts'
export { SparseVariationalDropout, type SparseVariationalDropoutOptions } from './sparse-variational.ts'
export { Standout, type StandoutFunctionOptions, type StandoutOptions, standout } from './standout.ts'
export { checkSubnets, type SubnetOptions, type Subnets } from './subnets.ts'
export {
  VariationalDropout,
  type VariationalDropoutOptions,
  type VariationalSharing,
  VariationalWeightDropout,
} from './variational.ts'
export type { WeightLayer } from './weight-layer.ts'
export {
  type CellState,
  type RecurrentCell,
  Zoneout,
  type ZoneoutFunctionOptions,
  type ZoneoutOptions,
  zoneout,
} from './zoneout.ts'
