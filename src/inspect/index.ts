// `thinnet/inspect`: what a trained network is, and what dropout made of it.
export type { IsDropout } from './dropout.ts'
export {
  type ClassPrediction,
  describeClasses,
  describeValues,
  modelPrecision,
  type PrecisionOptions,
  type PredictOptions,
  predict,
  type ValuePrediction,
} from './predict.ts'
export { type SampleOptions, sampleOutputs } from './sample.ts'
export type { Cost } from './thinned/cost.ts'
export {
  drawThinnedNetwork,
  type ThinnedLayer,
  type ThinnedNetwork,
  thinnedNetwork,
} from './thinned/network.ts'
export { Select } from './thinned/select.ts'
