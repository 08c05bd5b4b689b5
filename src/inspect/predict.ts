// MC dropout: a prediction, and how far to trust it.
import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { checkOptions, type Module } from '../module/index.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { narrow, squeeze } from '../ops/layout.ts'
import { argmax, mean, sum } from '../ops/reduce.ts'
import { clamp, sqrt, square } from '../ops/unary.ts'
import { formatShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { logOf, type Outputs, toProbabilities, usualOutputs } from './probabilities.ts'
import { quantiles } from './quantiles.ts'
import { drawSamples, type SampleOptions, sampleOptionNames } from './sample.ts'

/** Options of `predict`. */
export interface PredictOptions extends SampleOptions {
  /** What the outputs are: scores of classes, or values. Default `classification`. */
  readonly task?: 'classification' | 'regression' | undefined
  /**
   * For classification: whether the model returns logits or probabilities. Default: logits, or probabilities if it ends
   * with a `Softmax`.
   */
  readonly outputs?: Outputs | undefined
  /** For regression: the precision τ of the observations' noise, above 0; see `modelPrecision`. Default: no noise. */
  readonly precision?: number | undefined
}

const optionNames = [
  ...sampleOptionNames,
  'task',
  'outputs',
  'precision',
] as const satisfies readonly (keyof PredictOptions)[]

/** What all predictions have. */
interface Sampled {
  /** What each thinned network says. Shape: `[samples, N, ...]`. */
  readonly samples: Tensor
  /** The prediction: the mean of the samples. Shape: `[N, ...]`. */
  readonly mean: Tensor
  /** How far the samples differ: their standard deviation, divided by the number of samples. Shape: `[N, ...]`. */
  readonly std: Tensor
  /**
   * A quantile of the samples, between neighbours in proportion (NumPy's and PyTorch's `linear`).
   *
   * Shape: `[N, ...]`, or `[quantiles, N, ...]` for a list.
   *
   * @example prediction.quantile([0.025, 0.975]) // an interval that holds 95 % of the thinned networks' values
   */
  quantile(q: number | readonly number[]): Tensor
}

/** A prediction of classes; `samples` and `mean` are probabilities, `[..., classes]`. Entropies are in nats. */
export interface ClassPrediction extends Sampled {
  readonly task: 'classification'
  /** The most probable class, int32. Shape: `[N]`. */
  readonly classes: Tensor
  /** H of the mean probabilities, from 0 to log(classes): all uncertainty. Shape: `[N]`. */
  readonly entropy: Tensor
  /** The mean of each sample's H: the uncertainty that is in the data, as the networks see it. Shape: `[N]`. */
  readonly expectedEntropy: Tensor
  /**
   * The rest, `entropy - expectedEntropy`: how far the networks disagree, which more data would change (BALD; Houlsby
   * et al. 2011, arXiv 1112.5745). At least 0. Shape: `[N]`.
   */
  readonly mutualInformation: Tensor
}

/** A prediction of values. */
export interface ValuePrediction extends Sampled {
  readonly task: 'regression'
  /** `√(std² + 1/τ)`: the spread of new observations, noise included. Equals `std` without a precision. */
  readonly predictiveStd: Tensor
}

/**
 * Predicts with many thinned networks, and says how far they agree: MC dropout (Gal & Ghahramani 2016, arXiv
 * 1506.02142). Only dropout layers are in training mode meanwhile; batch normalisation stays in evaluation. Afterwards
 * every module is in the mode it was in, and no weight has changed.
 *
 * Classification takes the model's outputs for logits, `[N, ..., classes]`, and averages probabilities. One column is
 * the logit of the second of two classes. Regression averages the outputs.
 *
 * Shape: x `[N, ...]`. Draws as `sampleOutputs`.
 *
 * @throws ThinnetError as `sampleOutputs`; TN_RANGE for options out of range.
 * @example
 * const { classes, mutualInformation } = predict(model, x, { samples: 100 })
 * const { mean, std } = predict(regressor, x, { task: 'regression' })
 */
export function predict(
  model: Module,
  x: Tensor,
  options: PredictOptions & { readonly task: 'regression' },
): ValuePrediction
export function predict(
  model: Module,
  x: Tensor,
  options?: PredictOptions & { readonly task?: 'classification' | undefined },
): ClassPrediction
export function predict(model: Module, x: Tensor, options?: PredictOptions): ClassPrediction | ValuePrediction
export function predict(model: Module, x: Tensor, options: PredictOptions = {}): ClassPrediction | ValuePrediction {
  checkOptions('predict', options, optionNames, 'predict(model, x, { samples: 100 })')
  const { task = 'classification', outputs = usualOutputs(model), precision } = options
  checkChoice('task', task, ['classification', 'regression'])
  checkChoice('outputs', outputs, ['logits', 'probabilities'])
  if (precision !== undefined) checkPrecision('predict', precision)
  const samples = drawSamples('predict', model, x, options)
  return noGrad(() =>
    task === 'regression' ? describeValues(samples, { precision }) : describeClasses(samples, { outputs }),
  )
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return
  fail('TN_RANGE', 'predict', `${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${value}`)
}

export function checkPrecision(where: string, precision: number): void {
  if (!(precision > 0)) fail('TN_RANGE', where, `precision must be a number above 0, got ${String(precision)}`)
}

/**
 * What samples of class scores say, wherever they come from: thinned networks, or networks trained apart.
 *
 * Shape: `[samples, N, ..., classes]`.
 *
 * @example describeClasses(stack(models.map((model) => model.call(x)))).mutualInformation
 */
export function describeClasses(
  samples: Tensor,
  { outputs = 'logits' }: Pick<PredictOptions, 'outputs'> = {},
): ClassPrediction {
  checkSamples('describeClasses', samples)
  const { dtype } = samples
  const round = (x: Tensor) => cast(x, dtype)
  const probabilities = toProbabilities(samples.detach(), outputs)
  const center = centerOf(probabilities)
  const entropyOf = (p: Tensor) => mul(sum(mul(p, logOf(p)), -1), -1)
  const divergence = sum(mul(probabilities, sub(logOf(probabilities), logOf(center))), -1)
  const rounded = round(probabilities)
  return {
    task: 'classification',
    samples: rounded,
    mean: round(center),
    std: round(spread(probabilities, center)),
    quantile: (q) => quantiles(rounded, q),
    classes: argmax(center, -1),
    entropy: round(entropyOf(center)),
    expectedEntropy: round(mean(entropyOf(probabilities), 0)),
    // The mean divergence from the mean, which is the same and exactly 0 where all agree.
    mutualInformation: round(clamp(mean(divergence, 0), { min: 0 })),
  }
}

/** What samples of values say, wherever they come from. Shape: `[samples, N, ...]`. */
export function describeValues(
  samples: Tensor,
  { precision }: Pick<PredictOptions, 'precision'> = {},
): ValuePrediction {
  checkSamples('describeValues', samples)
  if (precision !== undefined) checkPrecision('describeValues', precision)
  const values = cast(samples.detach(), 'float64')
  const center = centerOf(values)
  const std = spread(values, center)
  const round = (x: Tensor) => cast(x, samples.dtype)
  return {
    task: 'regression',
    samples: samples.detach(),
    mean: round(center),
    std: round(std),
    predictiveStd: round(precision === undefined ? std : sqrt(square(std).add(1 / precision))),
    quantile: (q) => quantiles(samples, q),
  }
}

function checkSamples(where: string, samples: Tensor): void {
  if (samples instanceof Tensor && samples.ndim >= 2 && samples.shape[0] !== 0) return
  const got = samples instanceof Tensor ? formatShape(samples.shape) : typeof samples
  fail('TN_SHAPE', where, `expected samples [samples, N, ...], at least one of them, got ${got}`)
}

/** The mean over samples, taken from the first one on: where all agree it is exactly what they say. */
function centerOf(values: Tensor): Tensor {
  const first = narrow(values, 0, 0, 1)
  return add(squeeze(first, 0), mean(sub(values, first), 0))
}

const spread = (values: Tensor, center: Tensor): Tensor => sqrt(mean(square(sub(values, center)), 0))

/** What `modelPrecision` is made from. */
export interface PrecisionOptions {
  /** The probability to drop that the model was trained with, in [0, 1). */
  readonly p: number
  /** How far inputs may move before outputs are expected to differ: the prior's length scale l, above 0. */
  readonly lengthScale: number
  /** The number of training examples. */
  readonly examples: number
  /** λ of the objective `mean of ½ (y - ŷ)² + λ Σ w²`, above 0. */
  readonly weightDecay: number
}

/** The precision of the observations' noise, `τ = (1 - p) l² / (2 N λ)` (Gal & Ghahramani 2016, equation 7). */
export function modelPrecision(options: PrecisionOptions): number {
  checkOptions('modelPrecision', options, ['p', 'lengthScale', 'examples', 'weightDecay'])
  const { p, lengthScale, examples, weightDecay } = options
  if (!(p >= 0 && p < 1)) fail('TN_RANGE', 'modelPrecision', `p must be in [0, 1), got ${String(p)}`)
  for (const [name, value] of Object.entries({ lengthScale, examples, weightDecay })) {
    if (!(value > 0)) fail('TN_RANGE', 'modelPrecision', `${name} must be above 0, got ${String(value)}`)
  }
  return ((1 - p) * lengthScale ** 2) / (2 * examples * weightDecay)
}
