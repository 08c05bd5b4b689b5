import type { TargetEncoding } from '../../data/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { TableModel } from './model.ts'
import { sampleOutputs } from './sample.ts'

export interface TablePredictOptions {
  /** Thinned networks to ask. Default 100. */
  readonly samples?: number | undefined
  /** The part of the cases that an interval should hold, between 0 and 1. Default 0.9. */
  readonly interval?: number | undefined
}

/** A predicted number. */
export interface NumberPrediction {
  readonly kind: 'number'
  /** The mean of the thinned networks' answers. */
  readonly prediction: number
  /** The interval that should hold the true value: of the networks' disagreement and the data's noise together. */
  readonly lower: number
  readonly upper: number
  /** How far the thinned networks disagree: the standard deviation of their answers. */
  readonly uncertainty: number
}

/** A predicted class. */
export interface ClassPrediction {
  readonly kind: 'class'
  readonly prediction: string
  /** The class's probability, averaged over the thinned networks. */
  readonly probability: number
  /** Between these the thinned networks' own probabilities of that class lie. */
  readonly lower: number
  readonly upper: number
  /** The entropy of the averaged probabilities, as a part of the largest possible: 0 is sure, 1 is a mere guess. */
  readonly uncertainty: number
  /**
   * The part of it that comes from the networks' disagreement (mutual information), in the same unit: large where there
   * was little to learn from, not where classes overlap.
   */
  readonly disagreement: number
  /** The averaged probability of each class, in their order. */
  readonly probabilities: readonly number[]
}

export type TablePrediction = NumberPrediction | ClassPrediction

/**
 * MC dropout for the rows of `x`, `[N, inputs]`: asks thinned networks and says what they agree on (Gal & Ghahramani
 * 2016, arXiv 1506.02142).
 */
export function predictTable(model: TableModel, x: Tensor, options: TablePredictOptions = {}): TablePrediction[] {
  const { samples = 100, interval = 0.9 } = options
  const rows = x.shape[0] ?? 0
  if (rows === 0) return []
  const { target } = model.encoder.encoding
  const { values, samples: count } = sampleOutputs(model.network, x, samples)
  const outputs = values.length / (count * rows)
  const answers = new Float64Array(count * outputs)
  return Array.from({ length: rows }, (_, row) => {
    for (let s = 0; s < count; s++) {
      const at = (s * rows + row) * outputs
      answers.set(values.subarray(at, at + outputs), s * outputs)
    }
    return target.kind === 'number'
      ? predictNumber(answers, target, model.noise ?? 0, interval)
      : predictClass(answers, target.values, interval)
  })
}

/** Means and intervals in the target's own unit; noise is in the scaled one. */
function predictNumber(
  answers: Float64Array,
  { mean, std }: TargetEncoding & { kind: 'number' },
  noise: number,
  interval: number,
): NumberPrediction {
  const center = average(answers)
  const variance = average(answers.map((answer) => (answer - center) ** 2))
  const reach = normalQuantile((1 + interval) / 2) * Math.sqrt(variance + noise ** 2)
  const scaled = (value: number) => value * std + mean
  return {
    kind: 'number',
    prediction: scaled(center),
    lower: scaled(center - reach),
    upper: scaled(center + reach),
    uncertainty: Math.sqrt(variance) * std,
  }
}

function predictClass(logits: Float64Array, classes: readonly string[], interval: number): ClassPrediction {
  const width = classes.length
  const samples = logits.length / width
  const probabilities = new Float64Array(logits.length)
  const mean = new Array<number>(width).fill(0)
  let entropies = 0
  for (let s = 0; s < samples; s++) {
    const row = softmax(logits.subarray(s * width, (s + 1) * width))
    probabilities.set(row, s * width)
    for (const [c, probability] of row.entries()) mean[c] = (mean[c] ?? 0) + probability / samples
    entropies += entropy(row) / samples
  }
  const best = mean.indexOf(Math.max(...mean))
  const own = probabilities.filter((_, i) => i % width === best).sort()
  const most = Math.log(width)
  const total = entropy(mean)
  return {
    kind: 'class',
    prediction: classes[best] ?? '',
    probability: mean[best] ?? 0,
    lower: quantile(own, (1 - interval) / 2),
    upper: quantile(own, (1 + interval) / 2),
    uncertainty: total / most,
    disagreement: Math.max(0, total - entropies) / most,
    probabilities: mean,
  }
}

const average = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum / values.length
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits)
  const powers = logits.map((logit) => Math.exp(logit - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

const entropy = (probabilities: ArrayLike<number>): number =>
  -Array.from(probabilities).reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0)

/** A quantile of sorted values, between neighbours in proportion. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const place = part * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (high - low) * (place - below)
}

/** The value that a standard normal variable stays below with probability p (Acklam's approximation, to 1e-9). */
export function normalQuantile(p: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const polynomial = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, c) => sum * x + c, 0)
  const edge = 0.02425
  if (p < edge || p > 1 - edge) {
    const q = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)))
    const value = polynomial(tail.above, q) / polynomial(tail.below, q)
    return p < edge ? value : -value
  }
  const q = p - 0.5
  return (q * polynomial(middle.above, q * q)) / polynomial(middle.below, q * q)
}

const middle = {
  above: [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ],
  below: [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
}
const tail = {
  above: [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  below: [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
}
