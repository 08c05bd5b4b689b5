// `thinnet/inspect`: what a trained network is, and what dropout made of it.
export { countMultiplications } from '../backend/arithmetic.ts'
export { type Calibration, type CalibrationOptions, calibration, type ReliabilityBin } from './calibration.ts'
export { type DoctorOptions, doctor, trainingFacts } from './doctor/doctor.ts'
export type { HistoryEpoch, TrainingFacts } from './doctor/patient.ts'
export type { Advice, AdviceLanguage } from './doctor/rule.ts'
export type { IsDropout } from './dropout.ts'
export { type EnsembleOptions, type EnsemblePoint, ensemble } from './ensemble.ts'
export { activationsOf, type LayersOption } from './features/activations.ts'
export { type CoAdaptation, coAdaptation } from './features/co-adaptation.ts'
export { type FeaturePictureOptions, featurePictures, type GreyPicture } from './features/first-layer.ts'
export {
  type EachNeuron,
  type RemoveEachOptions,
  type RemoveRandomOptions,
  removeEachNeuron,
  removeRandomNeurons,
  type WithoutFraction,
  type WithoutNeuron,
} from './features/removal.ts'
export { type Histogram, type Sparsity, type SparsityOptions, sparsity } from './features/sparsity.ts'
export {
  type LrRange,
  type LrRangeOptions,
  lrRange,
  lrRangeSteps,
  type RangeOptimizer,
  type RangePoint,
  type RangeRun,
  type RangeStep,
} from './lr-range.ts'
export { explainLrRange } from './lr-range-words.ts'
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
export type { Outputs } from './probabilities.ts'
export { type RejectionOptions, type RejectionPoint, rejectionCurve } from './rejection.ts'
export { type SampleOptions, sampleOutputs } from './sample.ts'
export type { ClassScore } from './scores.ts'
export type { Cost } from './thinned/cost.ts'
export {
  drawThinnedNetwork,
  recordedNetwork,
  type ThinnedLayer,
  type ThinnedNetwork,
  thinnedNetwork,
} from './thinned/network.ts'
export { Select } from './thinned/select.ts'
export { type ValueScoreOptions, type ValueScores, valueScores } from './value-scores.ts'
