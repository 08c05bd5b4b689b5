// How few neurons speak at a time.
import { noGrad } from '../../autograd/mode.ts'
import { fail } from '../../backend/errors.ts'
import { checkOptions } from '../../module/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { unitRows } from './co-adaptation.ts'

/** Options of `sparsity`. */
export interface SparsityOptions {
  /** Bins of each histogram. At least 1; default 20. */
  readonly bins?: number | undefined
}

/** How many values are in each of several ranges of one width. */
export interface Histogram {
  /** Ends of the ranges, one more than there are ranges; a value at an end is in the range above, the last one below. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

/** How sparse activations are: the figures of Srivastava et al. 2014, Figure 8. */
export interface Sparsity {
  /** The mean activation of each neuron over the examples, as a histogram over neurons. */
  readonly meanActivations: Histogram
  /** All activations. */
  readonly activations: Histogram
  /** The mean of all. */
  readonly mean: number
  /** The share of activations that are exactly 0, as ReLU makes them. */
  readonly zeros: number
  /** How many neurons are 0 for every example. */
  readonly silentUnits: number
}

/**
 * How sparse the activations of a layer are. With dropout few neurons are strongly active for an example, and most are
 * near 0 (Srivastava et al. 2014, JMLR 15:1929, section 7.2).
 *
 * Shape: activations `[N, units]` or `[N, channels, ...]`.
 *
 * @throws ThinnetError TN_SHAPE if there are no activations.
 * @example sparsity(activationsOf(model, x).get('1')).zeros
 */
export function sparsity(activations: Tensor, options: SparsityOptions = {}): Sparsity {
  checkOptions('sparsity', options, ['bins'])
  const { bins = 20 } = options
  if (!Number.isInteger(bins) || bins < 1) {
    fail('TN_RANGE', 'sparsity', `bins must be a whole number of at least 1, got ${String(bins)}`)
  }
  const rows = unitRows('sparsity', activations)
  if (rows.numel === 0) fail('TN_SHAPE', 'sparsity', 'there are no activations')
  return noGrad(() => ({
    meanActivations: histogram(rows.mean(0).toArray(), bins),
    activations: histogram(rows.toArray(), bins),
    mean: rows.mean().item(),
    zeros: rows.eq(0).to('float64').mean().item(),
    silentUnits: rows.abs().amax(0).eq(0).sum().item(),
  }))
}

function histogram(values: ArrayLike<number>, bins: number): Histogram {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number)
    high = Math.max(high, values[i] as number)
  }
  const width = (high - low || 1) / bins // of equal values, a range of width 1 above them
  const counts = new Array<number>(bins).fill(0)
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(Math.floor(((values[i] as number) - low) / width), bins - 1)
    counts[bin] = (counts[bin] as number) + 1
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => low + i * width), counts }
}
