// New tensors of random numbers.
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { type CreationOptions, checkCreation, finish } from '../ops/creation.ts'
import { checkFloating } from '../ops/launch.ts'
import { detach } from '../ops/layout.ts'
import { checkTensor, noOptions } from '../tensor/arguments.ts'
import type { DType } from '../tensor/dtype.ts'
import { allocateLike } from '../tensor/memory-order.ts'
import { broadcastShapes, type Shape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { bernoulli_, type GeneratorOption, normal_, random_, uniform_ } from './fill.ts'
import { defaultGenerator } from './generator.ts'

/** Options of the functions that make random tensors. */
export interface RandomOptions extends CreationOptions, GeneratorOption {}

const optionNames = ['dtype', 'requiresGrad', 'generator'] as const

/** A new tensor to be filled with random numbers, after the checks of what its maker was given. */
function unfilled(where: string, shape: Shape, options: RandomOptions, dtype: DType = 'float32'): Tensor {
  checkCreation(where, shape, options, optionNames)
  return allocate(shape, options.dtype ?? dtype)
}

/** The same in another tensor's order. */
function unfilledLike(where: string, x: Tensor, options: RandomOptions): Tensor {
  checkTensor(where, x)
  checkCreation(where, x.shape, options, optionNames)
  return allocateLike(x, options.dtype)
}

/** Numbers from `[0, 1)`, all equally likely; float32 or float64. @example rand([2, 3]) */
export function rand(shape: Shape, options: RandomOptions = noOptions): Tensor {
  return finish(uniform_(unfilled('rand', shape, options), 0, 1, { generator: options.generator }), options)
}

/** Normal numbers of mean 0 and standard deviation 1; float32 or float64. @example randn([2, 3]) */
export function randn(shape: Shape, options: RandomOptions = noOptions): Tensor {
  return finish(normal_(unfilled('randn', shape, options), 0, 1, { generator: options.generator }), options)
}

/** `rand` of another tensor's shape, type and order in memory, which is the order of the draws. */
export function randLike(x: Tensor, options: RandomOptions = noOptions): Tensor {
  return finish(uniform_(unfilledLike('randLike', x, options), 0, 1, { generator: options.generator }), options)
}

/** `randn` of another tensor's shape, type and order in memory, which is the order of the draws. */
export function randnLike(x: Tensor, options: RandomOptions = noOptions): Tensor {
  return finish(normal_(unfilledLike('randnLike', x, options), 0, 1, { generator: options.generator }), options)
}

/**
 * Whole numbers from `[low, high)`, all equally likely; int32 unless `dtype` says otherwise. Without `low`, from 0.
 *
 * @example
 * randint(10, [2, 3])
 * randint(-5, 5, [2, 3])
 */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor
export function randint(
  first: number,
  second: number | Shape,
  third?: Shape | RandomOptions,
  fourth?: RandomOptions,
): Tensor {
  const [low, high, shape, options = noOptions] =
    typeof second === 'number'
      ? [first, second, third as Shape, fourth]
      : [0, first, second, third as RandomOptions | undefined]
  return finish(
    random_(unfilled('randint', shape, options, 'int32'), low, high, { generator: options.generator }),
    options,
  )
}

/** The numbers 0 to n - 1 in random order; int32 unless `dtype` says otherwise. Shape: `[n]`. */
export function randperm(n: number, options: RandomOptions = noOptions): Tensor {
  checkCreation('randperm', [n], options, optionNames)
  const { generator = defaultGenerator, dtype = 'int32' } = options
  if (dtype === 'bool' || (dtype === 'uint8' && n > 256)) {
    fail('TN_DTYPE', 'randperm', `${dtype} does not hold the numbers from 0 to ${n - 1}`)
  }
  const order = allocate([n], 'int32')
  backend().kernels.randomPermutation(generator.address, order.address, n)
  return finish(cast(order, dtype), options)
}

/**
 * Normal numbers of given means and standard deviations. With two numbers, a `shape` says how many; tensors broadcast.
 * Drawn in row-major order. No gradients flow to mean and std.
 *
 * @throws ThinnetError TN_RANGE if a standard deviation is negative.
 * @example normal(0, 0.02, [784, 10])
 */
export function normal(mean: number, std: number, shape: Shape, options?: RandomOptions): Tensor
export function normal(mean: Tensor | number, std: Tensor | number, options?: GeneratorOption): Tensor
export function normal(
  mean: Tensor | number,
  std: Tensor | number,
  third: Shape | GeneratorOption = noOptions,
  fourth: RandomOptions = noOptions,
): Tensor {
  if (typeof mean === 'number' && typeof std === 'number') {
    if (!Array.isArray(third)) fail('TN_SHAPE', 'normal', 'two numbers need a shape: normal(mean, std, shape)')
    return finish(normal_(unfilled('normal', third, fourth), mean, std, { generator: fourth.generator }), fourth)
  }
  const options = third as GeneratorOption
  if (typeof std === 'number') {
    const center = detach(mean as Tensor)
    return add(normal_(allocate(center.shape, center.dtype), 0, std, options), center)
  }
  const spread = detach(std)
  if (spread.toArray().some((value) => value < 0)) {
    failAsPyTorch('TN_RANGE', 'normal', 'normal expects all elements of std >= 0.0')
  }
  const center = typeof mean === 'number' ? mean : detach(mean)
  const shape = typeof center === 'number' ? spread.shape : broadcastShapes('normal', center.shape, spread.shape)
  const standard = normal_(allocate(shape, typeof center === 'number' ? spread.dtype : center.dtype), 0, 1, options)
  return add(mul(standard, spread), center)
}

/**
 * Ones with the given probabilities, zeros otherwise, in the type of `p`. One word an element for float32, two for
 * float64, drawn in row-major order whatever the layout of `p`. No gradient.
 *
 * @throws ThinnetError TN_RANGE if a probability is outside [0, 1].
 * @example bernoulli(tensor([0, 0.5, 1]))
 */
export function bernoulli(p: Tensor, options: GeneratorOption = noOptions): Tensor {
  checkFloating('bernoulli', p)
  return bernoulli_(allocate(p.shape, p.dtype), p, options)
}
