import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { isFloating } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { rand } from './distributions.ts'
import { exponential_, type GeneratorOption } from './fill.ts'

/** Options of `multinomial`. */
export interface MultinomialOptions extends GeneratorOption {
  /** Lets a category be drawn more than once. Default false. */
  readonly replacement?: boolean | undefined
}

/**
 * Draws category numbers with probabilities in proportion to `weights`.
 *
 * Shape: `[categories]` to `[count]`, or `[rows, categories]` to `[rows, count]`; int32. Draws one exponential number
 * for each weight, or with replacement and count > 1, one uniform float64 for each sample.
 *
 * @param weights Floating, not negative, not all zero in a row; they need not sum to 1.
 * @throws ThinnetError TN_RANGE if they are not, or if there are fewer categories than `count` without replacement.
 * @example multinomial(tensor([1, 1, 8]), 2)
 */
export function multinomial(weights: Tensor, count: number, options: MultinomialOptions = noOptions): Tensor {
  checkTensor('multinomial', weights)
  checkOptions('multinomial', options, ['replacement', 'generator'], 'multinomial(weights, 2, { replacement: true })')
  const { replacement = false } = options
  if (!isFloating(weights.dtype)) {
    fail('TN_DTYPE', 'multinomial', `only supports floating-point dtypes for input, got ${weights.dtype}`)
  }
  if (weights.ndim !== 1 && weights.ndim !== 2) failAsPyTorch('TN_SHAPE', 'multinomial', 'prob_dist must be 1 or 2 dim')
  const categories = weights.shape.at(-1) as number
  if (!Number.isInteger(count) || count <= 0) {
    failAsPyTorch('TN_RANGE', 'multinomial', 'cannot sample n_sample <= 0 samples')
  }
  if (!replacement && count > categories) {
    const message = 'cannot sample n_sample > prob_dist.size(-1) samples without replacement'
    failAsPyTorch('TN_RANGE', 'multinomial', message)
  }
  const flat = weights.toArray()
  const drawn = replacement && count > 1 ? withReplacement : withoutReplacement
  for (let row = 0; row < flat.length; row += categories) checkWeights(flat.subarray(row, row + categories), drawn)
  const out = allocate([...weights.shape.slice(0, -1), count], 'int32')
  const samples = drawn(weights, flat, categories, count, options)
  out.hostView().set(samples)
  return out
}

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array

/** PyTorch looks at them in two places, and says it in two ways. */
function checkWeights(weights: Numbers, drawn: typeof withReplacement | typeof withoutReplacement): void {
  let sum = 0
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      const entry = weight === Number.POSITIVE_INFINITY ? '= infinity or NaN' : '< 0'
      const message =
        drawn === withReplacement
          ? `invalid multinomial distribution (encountering probability entry ${entry})`
          : 'probability tensor contains either `inf`, `nan` or element < 0'
      failAsPyTorch('TN_RANGE', 'multinomial', message)
    }
    sum += weight
  }
  if (sum > 0) return
  failAsPyTorch('TN_RANGE', 'multinomial', 'invalid multinomial distribution (sum of probabilities <= 0)')
}

/**
 * An exponential race: of times drawn at rates in proportion to the weights, the first `count` win. As PyTorch, by the
 * largest ratios of weight to time at rate 1.
 */
function withoutReplacement(
  weights: Tensor,
  flat: Numbers,
  categories: number,
  count: number,
  { generator }: GeneratorOption,
): Int32Array {
  const times = exponential_(allocate(weights.shape, weights.dtype), 1, { generator }).toArray()
  const ratios = flat.map((weight, i) => weight / (times[i] as number)) // a typed array: rounded to the weights' type
  const rows = flat.length / categories
  const samples = new Int32Array(rows * count)
  for (let row = 0; row < rows; row++) {
    const own = ratios.subarray(row * categories, (row + 1) * categories)
    const order = Int32Array.from(own, (_, i) => i).sort((a, b) => (own[b] as number) - (own[a] as number) || a - b)
    samples.set(order.subarray(0, count), row * count)
  }
  return samples
}

/** The first category at which the weights' running share reaches a uniform number. */
function withReplacement(
  weights: Tensor,
  flat: Numbers,
  categories: number,
  count: number,
  { generator }: GeneratorOption,
): Int32Array {
  const round = weights.dtype === 'float32' ? Math.fround : (x: number) => x // PyTorch sums in the weights' type
  const rows = flat.length / categories
  const uniforms = rand([rows * count], { dtype: 'float64', generator }).toArray()
  const samples = new Int32Array(rows * count)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    const shares = flat.slice(row * categories, (row + 1) * categories).map((weight) => {
      sum = round(sum + weight)
      return sum
    })
    for (let i = 0; i < categories; i++) shares[i] = (shares[i] as number) / sum
    shares[categories - 1] = 1
    for (let i = 0; i < count; i++) samples[row * count + i] = firstAtLeast(shares, uniforms[row * count + i] as number)
  }
  return samples
}

/** The index of the first of ascending values that is at least `bound`; the last is. */
function firstAtLeast(values: Numbers, bound: number): number {
  let [left, right] = [0, values.length - 1]
  while (left < right) {
    const middle = (left + right) >> 1
    if ((values[middle] as number) < bound) left = middle + 1
    else right = middle
  }
  return left
}
