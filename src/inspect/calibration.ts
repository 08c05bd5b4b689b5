// Whether probabilities mean what they say.
import { fail } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { brierOf, type Example, errorOf, examplesOf, likelihoodOf } from './scores.ts'

/** Options of `calibration`. */
export interface CalibrationOptions {
  /** How many bins confidences are sorted into. At least 1; default 15. */
  readonly bins?: number | undefined
  /** Bins of one width, or of (nearly) one number of examples. Default `width`. */
  readonly binning?: 'width' | 'count' | undefined
}

/** The examples whose confidence, the largest probability, is in one range. */
export interface ReliabilityBin {
  /** The range: above `from` up to `to`. */
  readonly from: number
  readonly to: number
  readonly examples: number
  /** Mean confidence, and share of right classes. Equal where probabilities mean what they say. NaN without examples. */
  readonly confidence: number
  readonly accuracy: number
}

/** How good probabilities are, and how honest. */
export interface Calibration {
  /** The reliability curve: bins by confidence, ascending. */
  readonly bins: readonly ReliabilityBin[]
  /** Expected calibration error: the mean over examples of their bin's |accuracy - confidence|. */
  readonly ece: number
  /** Maximum calibration error: the largest |accuracy - confidence| of a bin. */
  readonly mce: number
  /** The mean of `Σ (p - y)²` over classes, from 0 to 2 (Brier 1950). */
  readonly brier: number
  /** Negative log likelihood: the mean of `-log p` of the class. */
  readonly nll: number
  /** The share of wrong classes. */
  readonly error: number
}

/**
 * Compares predicted probabilities with the classes that examples have (Guo et al. 2017, arXiv 1706.04599).
 *
 * Shape: probabilities `[N, classes]`, labels `[N]`.
 *
 * @throws ThinnetError TN_SHAPE, TN_RANGE if they are no probabilities or classes, or there is no example.
 * @example calibration(predict(model, x).mean, y).ece
 */
export function calibration(probabilities: Tensor, labels: Tensor, options: CalibrationOptions = {}): Calibration {
  checkOptions('calibration', options, ['bins', 'binning'])
  const { bins: count = 15, binning = 'width' } = options
  if (!Number.isInteger(count) || count < 1) {
    fail('TN_RANGE', 'calibration', `bins must be a whole number of at least 1, got ${String(count)}`)
  }
  if (binning !== 'width' && binning !== 'count') {
    fail('TN_RANGE', 'calibration', `binning must be 'width' or 'count', got ${String(binning)}`)
  }
  const examples = examplesOf('calibration', probabilities, labels)
  if (examples.length === 0) fail('TN_SHAPE', 'calibration', 'there is no example to judge by')
  const bins = binning === 'width' ? byWidth(examples, count) : byCount(examples, count)
  const gaps = bins.filter((bin) => bin.examples > 0)
  const gapOf = ({ accuracy, confidence }: ReliabilityBin) => Math.abs(accuracy - confidence)
  return {
    bins,
    ece: gaps.reduce((sum, bin) => sum + (bin.examples / examples.length) * gapOf(bin), 0),
    mce: Math.max(...gaps.map(gapOf)),
    brier: brierOf(examples),
    nll: likelihoodOf(examples),
    error: errorOf(examples),
  }
}

function byWidth(examples: readonly Example[], count: number): ReliabilityBin[] {
  const groups = Array.from({ length: count }, (): Example[] => [])
  // A bin has its upper end; what rounding made a little more than 1 is in the last one.
  const indexOf = ({ confidence }: Example) => Math.min(Math.max(Math.ceil(confidence * count) - 1, 0), count - 1)
  for (const example of examples) groups[indexOf(example)]?.push(example)
  return groups.map((group, i) => binOf(group, i / count, (i + 1) / count))
}

function byCount(examples: readonly Example[], count: number): ReliabilityBin[] {
  const sorted = examples.toSorted((a, b) => a.confidence - b.confidence)
  const cut = (i: number) => Math.round((i * sorted.length) / count)
  return Array.from({ length: count }, (_, i) => {
    const from = sorted[cut(i) - 1]?.confidence ?? 0
    return binOf(sorted.slice(cut(i), cut(i + 1)), from, sorted[cut(i + 1) - 1]?.confidence ?? from)
  })
}

function binOf(group: readonly Example[], from: number, to: number): ReliabilityBin {
  const confidence = group.reduce((sum, example) => sum + example.confidence, 0) / group.length
  return { from, to, examples: group.length, confidence, accuracy: 1 - errorOf(group) }
}
