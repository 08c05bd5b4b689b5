import { noGrad } from '../../autograd/mode.ts'
import type { TargetEncoding } from '../../data/index.ts'
import { describeClasses, describeValues, sampleOutputs } from '../../inspect/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { TableModel } from './model.ts'

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
 * 2016, arXiv 1506.02142). A network without dropout has one answer, and no doubt of it.
 */
export function predictTable(model: TableModel, x: Tensor, options: TablePredictOptions = {}): TablePrediction[] {
  const { samples = 100, interval = 0.9 } = options
  if ((x.shape[0] ?? 0) === 0) return []
  const { target } = model.encoder.encoding
  const outputs = sampleTable(model, x, samples)
  return target.kind === 'number'
    ? numbers(outputs, target, model.noise ?? 0, interval)
    : classes(outputs, target.values, interval)
}

/** The outputs of thinned networks, `[samples, N, outputs]`. */
export const sampleTable = ({ network, p }: Pick<TableModel, 'network' | 'p'>, x: Tensor, samples: number): Tensor =>
  p > 0 ? sampleOutputs(network, x, { samples }) : noGrad(() => network.eval().call(x)).unsqueeze(0)

/** Means and intervals in the target's own unit; noise is in the scaled one. */
function numbers(
  outputs: Tensor,
  { mean, std }: TargetEncoding & { kind: 'number' },
  noise: number,
  interval: number,
): NumberPrediction[] {
  const described = describeValues(outputs, noise > 0 ? { precision: 1 / noise ** 2 } : {})
  const [centers, spreads, reaches] = [described.mean, described.std, described.predictiveStd].map((x) => x.toArray())
  const quantile = normalQuantile((1 + interval) / 2)
  return Array.from(centers ?? [], (center, row) => {
    const reach = quantile * (reaches?.[row] ?? 0)
    return {
      kind: 'number',
      prediction: center * std + mean,
      lower: (center - reach) * std + mean,
      upper: (center + reach) * std + mean,
      uncertainty: (spreads?.[row] ?? 0) * std,
    }
  })
}

function classes(logits: Tensor, names: readonly string[], interval: number): ClassPrediction[] {
  const described = describeClasses(logits)
  const width = names.length
  const mean = described.mean.toArray()
  const [below, above] = [(1 - interval) / 2, (1 + interval) / 2].map((q) => described.quantile(q).toArray())
  const [entropy, disagreement] = [described.entropy, described.mutualInformation].map((x) => x.toArray())
  const most = Math.log(width)
  return Array.from(described.classes.toArray(), (best, row) => {
    const at = row * width + best
    return {
      kind: 'class',
      prediction: names[best] ?? '',
      probability: mean[at] ?? 0,
      lower: below?.[at] ?? 0,
      upper: above?.[at] ?? 0,
      uncertainty: (entropy?.[row] ?? 0) / most,
      disagreement: (disagreement?.[row] ?? 0) / most,
      probabilities: Array.from(mean.subarray(row * width, (row + 1) * width)),
    }
  })
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
