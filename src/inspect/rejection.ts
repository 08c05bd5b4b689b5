// What is gained by leaving the uncertain to somebody else.
import { fail } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `rejectionCurve`. */
export interface RejectionOptions {
  /** How many shares of rejected examples, from 0 on, evenly apart. At least 1; default 20: 0, 0.05, ..., 0.95. */
  readonly points?: number | undefined
}

/** What is left when a share of the examples is rejected. */
export interface RejectionPoint {
  /** The share that is rejected: the most uncertain examples. */
  readonly rejected: number
  /** How many are kept, at least one. */
  readonly examples: number
  /** The mean loss of those that are kept. */
  readonly loss: number
  /** The largest uncertainty among those that are kept. */
  readonly threshold: number
}

/**
 * The mean loss of the examples that are kept, as the most uncertain ones are rejected. An uncertainty that knows its
 * mistakes makes it fall; one that knows nothing leaves it level. Where equally uncertain examples are kept in part,
 * their mean loss counts, so that their order does not matter.
 *
 * Shape: losses `[N]` (0 and 1 for right and wrong, or any loss of each example), uncertainty `[N]`.
 *
 * @throws ThinnetError TN_SHAPE if they are not as many, or none; TN_RANGE for an uncertainty that is not a number.
 * @example
 * const { classes, mutualInformation } = predict(model, x)
 * rejectionCurve(classes.ne(y), mutualInformation) // error against share rejected
 */
export function rejectionCurve(losses: Tensor, uncertainty: Tensor, options: RejectionOptions = {}): RejectionPoint[] {
  checkOptions('rejectionCurve', options, ['points'])
  const { points = 20 } = options
  if (!Number.isInteger(points) || points < 1) {
    fail('TN_RANGE', 'rejectionCurve', `points must be a whole number of at least 1, got ${String(points)}`)
  }
  const [count = 0] = losses.shape
  if (losses.ndim !== 1 || uncertainty.ndim !== 1 || uncertainty.shape[0] !== count || count === 0) {
    const shapes = `got ${formatShape(losses.shape)} and ${formatShape(uncertainty.shape)}`
    fail('TN_SHAPE', 'rejectionCurve', `expected a loss and an uncertainty for each of N examples, ${shapes}`)
  }
  const doubts = uncertainty.toArray()
  const order = Array.from(doubts.keys()).sort((a, b) => (doubts[a] as number) - (doubts[b] as number))
  if (doubts.some(Number.isNaN)) fail('TN_RANGE', 'rejectionCurve', 'an uncertainty is NaN')
  const sorted = order.map((i) => doubts[i] as number)
  const sums = runningSums(sorted, order, losses.toArray())
  return Array.from({ length: points }, (_, i) => {
    const rejected = i / points
    const kept = Math.max(1, count - Math.round(rejected * count))
    return { rejected, examples: kept, loss: (sums[kept] as number) / kept, threshold: sorted[kept - 1] as number }
  })
}

/** The summed loss of the first examples, for each number of them; equally uncertain ones count by their mean. */
function runningSums(sorted: readonly number[], order: readonly number[], losses: ArrayLike<number>): number[] {
  const sums = [0]
  for (let first = 0; first < order.length; ) {
    let end = first + 1
    while (end < order.length && sorted[end] === sorted[first]) end++
    const total = order.slice(first, end).reduce((sum, i) => sum + (losses[i] as number), 0)
    const before = sums[first] as number
    for (let i = first; i < end; i++) sums.push(before + (total * (i + 1 - first)) / (end - first))
    first = end
  }
  return sums
}
