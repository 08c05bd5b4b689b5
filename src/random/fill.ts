// Random numbers written into a tensor's memory: PyTorch's uniform_, normal_ and their like.
import { isGradEnabled } from '../autograd/mode.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import type { Kernels } from '../backend/kernels.generated.ts'
import { checkInPlace, replaceWith } from '../ops/inplace.ts'
import { checkFloating } from '../ops/launch.ts'
import { contiguous, copyElements, detach, expand } from '../ops/layout.ts'
import { checkOptions, noOptions } from '../tensor/arguments.ts'
import { type DType, dtypeCode } from '../tensor/dtype.ts'
import { allocateLike, inMemoryOrder, memoryOrder } from '../tensor/memory-order.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { defaultGenerator, type Generator } from './generator.ts'

/** The option of every random function. */
export interface GeneratorOption {
  /** Where random numbers come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined
}

/** Calls the kernel that draws `n` numbers into contiguous memory at `out`. */
type Draw = (kernels: Kernels, state: number, dtype: number, out: number, n: number) => void

/** Fills `x` in the order of its memory, which need have no order of its own. Not recorded. */
export function drawInto(x: Tensor, { generator = defaultGenerator }: GeneratorOption, draw: Draw): void {
  if (x.numel === 0) return
  const ordered = inMemoryOrder(x)
  const target = ordered.isContiguous ? ordered : allocate(ordered.shape, x.dtype)
  const { kernels } = backend()
  draw(kernels, generator.address, dtypeCode(x.dtype), target.address, target.numel)
  if (target !== ordered) copyElements(ordered, target)
}

/** `drawInto` as an in-place op of the user's. What was in `x`, gradients included, is forgotten. */
function drawInPlace(where: string, x: Tensor, options: GeneratorOption, draw: Draw): Tensor {
  checkOptions(where, options, ['generator'], '{ generator }')
  if (x.strides.some((stride, i) => stride === 0 && (x.shape[i] as number) > 1)) {
    const many = 'more than one element of the written-to tensor refers to a single memory location'
    failAsPyTorch(
      'TN_SHAPE',
      where,
      `unsupported operation: ${many}. Please clone() the tensor before performing the operation.`,
    )
  }
  if (isGradEnabled() && (x.requiresGrad || x.base?.requiresGrad)) {
    const drawn = allocateLike(x)
    drawInto(drawn, options, draw)
    return replaceWith(where, x, drawn)
  }
  x.version.bump(where)
  drawInto(x, options, draw)
  return x
}

/** Numbers as PyTorch's messages print them. */
const printed = (x: number): string =>
  Number.isFinite(x) ? String(x) : Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf'

/** PyTorch's names for the types of numbers, in its messages. */
const numberNames: Record<DType, string> = {
  float32: 'float',
  float64: 'double',
  int32: 'int',
  uint8: 'unsigned char',
  bool: 'bool',
}

/**
 * Fills `x` with numbers from `[from, to)`, all equally likely: `u * (to - from) + from`. One word a float32, two a
 * float64. Floating tensors only.
 *
 * @throws ThinnetError TN_RANGE if from > to, or a bound is too large for the type.
 */
export function uniform_(x: Tensor, from = 0, to = 1, options: GeneratorOption = noOptions): Tensor {
  checkInPlace('uniform_', x)
  checkFloating('uniform_', x)
  const largest = x.dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE
  for (const [name, bound] of Object.entries({ from, to })) {
    if (!(Math.abs(bound) <= largest))
      failAsPyTorch('TN_RANGE', 'uniform_', `${name} is out of bounds for ${numberNames[x.dtype]}`)
  }
  if (from > to) {
    const range = `expects to return a [from, to) range, but found from=${printed(from)} > to=${printed(to)}`
    failAsPyTorch('TN_RANGE', 'uniform_', `uniform_ ${range}`)
  }
  if (to - from > largest) {
    const limit = `std::numeric_limits<${x.dtype === 'float32' ? 'Float' : 'Double'}>::max()`
    const found = `found to=${printed(to)} and from=${printed(from)} which result in to-from to exceed the limit`
    failAsPyTorch('TN_RANGE', 'uniform_', `uniform_ expects to-from <= ${limit}, but ${found}`)
  }
  return drawInPlace('uniform_', x, options, (kernels, state, dtype, out, n) =>
    kernels.randomUniform(state, dtype, out, n, from, to),
  )
}

/**
 * Fills `x` with normal numbers of a mean and standard deviation. Floating tensors only. PyTorch has two rules, and so
 * have we: 16 or more elements in row-major order are drawn in blocks of 16, others in pairs, the second of which may
 * wait in the generator for the next call.
 *
 * @throws ThinnetError TN_RANGE if std is negative.
 */
export function normal_(x: Tensor, mean = 0, std = 1, options: GeneratorOption = noOptions): Tensor {
  checkInPlace('normal_', x)
  checkFloating('normal_', x)
  if (!(std >= 0)) failAsPyTorch('TN_RANGE', 'normal_', `normal expects std >= 0.0, but found std ${printed(std)}`)
  const inBlocks = x.isContiguous ? 1 : 0
  return drawInPlace('normal_', x, options, (kernels, state, dtype, out, n) =>
    kernels.randomNormal(state, dtype, out, n, mean, std, inBlocks),
  )
}

/**
 * Fills `x` with ones and zeros. Any type.
 *
 * @param p The probability of a one, in [0, 1]: a number (two words an element), or a floating tensor of them that
 * broadcasts to `x` (one word an element in float32, two in float64).
 * @throws ThinnetError TN_RANGE if a probability is outside [0, 1].
 */
export function bernoulli_(x: Tensor, p: number | Tensor = 0.5, options: GeneratorOption = noOptions): Tensor {
  checkInPlace('bernoulli_', x)
  if (typeof p === 'number') {
    if (!(p >= 0 && p <= 1)) {
      failAsPyTorch('TN_RANGE', 'bernoulli_', `bernoulli_ expects p to be in [0, 1], but got p=${printed(p)}`)
    }
    return drawInPlace('bernoulli_', x, options, (kernels, state, dtype, out, n) =>
      kernels.randomBernoulli(state, dtype, out, n, p),
    )
  }
  checkFloating('bernoulli_', p)
  const probabilities = orderedLike(x, expand(detach(p), x.shape))
  checkProbabilities(probabilities)
  return drawInPlace('bernoulli_', x, options, (kernels, state, dtype, out, n) =>
    kernels.randomBernoulliOf(state, dtypeCode(p.dtype), probabilities.address, dtype, out, n),
  )
}

/** The elements of `values`, of x's shape, one after another in the order of x's memory. */
const orderedLike = (x: Tensor, values: Tensor): Tensor =>
  contiguous(inMemoryOrder(values, memoryOrder(x.shape, x.strides)))

function checkProbabilities(p: Tensor): void {
  const view = p.hostView()
  for (let i = 0; i < view.length; i++) {
    const value = view[i] as number
    if (!(value >= 0 && value <= 1))
      fail('TN_RANGE', 'bernoulli', `probabilities must be in [0, 1], got ${printed(value)}`)
  }
}

/**
 * Fills `x` with exponentially distributed numbers of a rate: density `lambd * exp(-lambd * t)`. Two words an element.
 * Floating tensors only.
 *
 * @throws ThinnetError TN_RANGE if the rate is not positive.
 */
export function exponential_(x: Tensor, lambd = 1, options: GeneratorOption = noOptions): Tensor {
  checkInPlace('exponential_', x)
  checkFloating('exponential_', x)
  if (!(lambd > 0)) {
    failAsPyTorch('TN_RANGE', 'exponential_', `exponential_ expects lambda > 0.0, but found lambda=${printed(lambd)}`)
  }
  return drawInPlace('exponential_', x, options, (kernels, state, dtype, out, n) =>
    kernels.randomExponential(state, dtype, out, n, lambd),
  )
}

/** The whole numbers that a type holds without gaps. */
const wholeRange: Record<DType, readonly [number, number]> = {
  bool: [0, 1],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  float32: [-(2 ** 24), 2 ** 24],
  float64: [-(2 ** 53), 2 ** 53],
}

/** Throws unless every whole number of `[from, to)` is one of the type's. */
export function checkWholeRange(where: string, dtype: DType, from: number, to: number): void {
  if (!Number.isInteger(from) || !Number.isInteger(to)) {
    fail('TN_RANGE', where, `bounds must be whole numbers, got ${from} and ${to}`)
  }
  if (from >= to) {
    failAsPyTorch('TN_RANGE', where, `random_ expects 'from' to be less than 'to', but got from=${from} >= to=${to}`)
  }
  const [low, high] = wholeRange[dtype]
  for (const [name, value] of Object.entries({ from, 'to - 1': to - 1 })) {
    if (value >= low && value <= high) continue
    failAsPyTorch('TN_RANGE', where, `${name} is out of bounds for ${numberNames[dtype]}`)
  }
}

/**
 * Fills `x` with whole numbers, all equally likely: from `[from, to)`, from `[0, to)` where one bound is given, or where
 * none is, from 0 to the largest up to which the type holds all. Any type.
 *
 * @throws ThinnetError TN_RANGE if there is no number in between, or a bound that the type does not hold.
 */
export function random_(x: Tensor, options?: GeneratorOption): Tensor
export function random_(x: Tensor, to: number, options?: GeneratorOption): Tensor
export function random_(x: Tensor, from: number | undefined, to: number | undefined, options?: GeneratorOption): Tensor
export function random_(x: Tensor, ...given: readonly (number | GeneratorOption | undefined)[]): Tensor {
  checkInPlace('random_', x)
  const bounds = given.filter((value) => typeof value === 'number')
  const options = given.find((value) => typeof value === 'object') ?? noOptions
  if (bounds.length === 0) {
    return drawInPlace('random_', x, options, (kernels, state, dtype, out, n) =>
      kernels.randomAny(state, dtype, out, n),
    )
  }
  const [from, to] = bounds.length === 1 ? [0, bounds[0] as number] : (bounds as [number, number])
  checkWholeRange('random_', x.dtype, from, to)
  return drawInPlace('random_', x, options, (kernels, state, dtype, out, n) =>
    kernels.randomIntegers(state, dtype, out, n, from, to - from),
  )
}
