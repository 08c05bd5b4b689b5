import { fail, failAsPyTorch } from '../backend/errors.ts'
import { defaultGenerator, type Generator, randperm } from '../random/index.ts'
import { checkOptions } from '../tensor/arguments.ts'
import { type Dataset, Subset } from './dataset.ts'

/** Options of `randomSplit`. */
export interface RandomSplitOptions {
  /** Where random numbers come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined
}

/**
 * Cuts a dataset into random parts without overlap. Draws one permutation of it.
 *
 * @param parts Numbers of examples that sum to the dataset's length; or fractions that sum to 1, which are rounded down, with
 * the examples left over handed out one by one from the first part on.
 * @example const [train, validation] = randomSplit(dataset, [0.9, 0.1])
 */
export function randomSplit<T, const P extends readonly number[]>(
  dataset: Dataset<T>,
  parts: P,
  options: RandomSplitOptions = {},
): { -readonly [K in keyof P]: Subset<T> } {
  checkOptions('randomSplit', options, ['generator'])
  const sizes = sizesOf(parts, dataset.length)
  const order = Array.from(randperm(dataset.length, { generator: options.generator ?? defaultGenerator }).toArray())
  let start = 0
  const subsets = sizes.map((size) => {
    start += size
    return new Subset(dataset, order.slice(start - size, start))
  })
  return subsets as { -readonly [K in keyof P]: Subset<T> }
}

function sizesOf(parts: readonly number[], length: number): readonly number[] {
  const sum = parts.reduce((total, part) => total + part, 0)
  if (Math.abs(sum - 1) <= 1e-9 * Math.max(sum, 1)) {
    const wrong = parts.findIndex((part) => !(part >= 0 && part <= 1))
    if (wrong >= 0) failAsPyTorch('TN_RANGE', 'randomSplit', `Fraction at index ${wrong} is not between 0 and 1`)
    const sizes = parts.map((part) => Math.floor(length * part))
    const left = length - sizes.reduce((total, size) => total + size, 0)
    for (let i = 0; i < left; i++) sizes[i % sizes.length] = (sizes[i % sizes.length] as number) + 1
    return sizes
  }
  if (parts.some((part) => !Number.isInteger(part) || part < 0)) {
    fail(
      'TN_RANGE',
      'randomSplit',
      `parts must be whole numbers, or fractions that sum to 1, got [${parts.join(', ')}]`,
    )
  }
  if (sum !== length) {
    failAsPyTorch('TN_RANGE', 'randomSplit', 'Sum of input lengths does not equal the length of the input dataset!')
  }
  return parts
}
