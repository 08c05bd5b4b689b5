// Reductions over dimensions. `dim` is one dimension, several, or (left out) all; `keepdim` leaves sizes of 1.
import { noGrad } from '../autograd/mode.ts'
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail, show } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { dtypeCode, isFloating } from '../tensor/dtype.ts'
import { elementCount, formatShape, normalizeDim, normalizeDims, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { div, mul, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { eq } from './compare.ts'
import { full, ones, zeros } from './creation.ts'
import { scatterAdd } from './indexing.ts'
import { cat, flip } from './join.ts'
import { checkFloating, toFloating } from './launch.ts'
import { contiguous, expand, narrow, permute, reshape, slice, unsqueeze } from './layout.ts'
import { abs, exp, log, sqrt, square } from './unary.ts'

/** Which dimensions to reduce; left out, all of them. */
export type Dims = number | readonly number[] | undefined

interface ReduceAttributes {
  /** Normalised and sorted. */
  readonly dims: readonly number[]
  readonly keepdim: boolean
}

function reducedShape(shape: Shape, { dims, keepdim }: ReduceAttributes): Shape {
  const reduced: number[] = []
  for (let i = 0; i < shape.length; i++) {
    if (!dims.includes(i)) reduced.push(shape[i] as number)
    else if (keepdim) reduced.push(1)
  }
  return reduced
}

/** The same data as `[outer, length, inner]`, the reduced dimensions in the middle; moved there if they are not neighbours. */
function blocks(x: Tensor, dims: readonly number[]): { source: Tensor; outer: number; length: number; inner: number } {
  if (dims.length === x.ndim) return { source: contiguous(x), outer: 1, length: x.numel, inner: 1 }
  const length = dims.reduce((product, dim) => product * (x.shape[dim] as number), 1)
  const [first = 0] = dims
  const neighbours = dims.every((dim, i) => dim === first + i)
  if (neighbours) {
    const outer = elementCount(x.shape.slice(0, first))
    return { source: contiguous(x), outer, length, inner: elementCount(x.shape.slice(first + dims.length)) }
  }
  const kept = x.shape.map((_, i) => i).filter((i) => !dims.includes(i))
  return { source: contiguous(permute(x, [...kept, ...dims])), outer: x.numel / Math.max(length, 1), length, inner: 1 }
}

/** A reduced gradient spread over the dimensions that were reduced. */
function spread(gradient: Tensor, from: Shape, { dims }: ReduceAttributes): Tensor {
  return expand(reshape(gradient, reducedShape(from, { dims, keepdim: true })), from)
}

function totals(name: 'sum' | 'prod', x: Tensor, attributes: ReduceAttributes): Tensor {
  const shape = reducedShape(x.shape, attributes)
  const { source, outer, length, inner } = blocks(x, attributes.dims)
  const out = allocate(shape, x.dtype)
  // An empty reduction still has results: zeros or ones.
  const [rows, columns] = length === 0 ? [1, out.numel] : [outer, inner]
  backend().kernels[name](dtypeCode(x.dtype), out.address, source.address, rows, length, columns)
  return out
}

const sumOp = defineOp({
  name: 'sum',
  inputs: ['x'],
  forward: ([x], attributes: ReduceAttributes) => ({ out: totals('sum', x, attributes), saved: { from: x.shape } }),
  gradients: { x: (gradient, { from }, attributes) => spread(gradient, from, attributes) },
})

const prodOp = defineOp({
  name: 'prod',
  inputs: ['x'],
  forward: ([x], attributes: ReduceAttributes) => {
    return { out: totals('prod', x, attributes), saved: { x } }
  },
  gradients: {
    x: (gradient, { x }, attributes) => mul(spread(gradient, x.shape, attributes), productsOfOthers(x, attributes)),
  },
})

/**
 * For each element the product of all others that it is reduced with. Division would do where nothing is 0; a tree of
 * pairwise products does everywhere, and so do its derivatives.
 */
function productsOfOthers(x: Tensor, { dims }: ReduceAttributes): Tensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !dims.includes(i))
  const order = [...kept, ...dims]
  const sizes = order.map((i) => x.shape[i] as number)
  const length = elementCount(sizes.slice(kept.length))
  const rows = elementCount(sizes.slice(0, kept.length))
  const width = 2 ** Math.ceil(Math.log2(Math.max(length, 1)))
  const padding = ones([rows, width - length], { dtype: x.dtype })
  const levels = [cat([reshape(permute(x, order), [rows, length]), padding], 1)]
  for (let size = width; size > 1; size /= 2) {
    const below = levels[0] as Tensor
    levels.unshift(mul(slice(below, 1, 0, size, 2), slice(below, 1, 1, size, 2)))
  }
  // From the top: what is outside a pair, times the other of the pair.
  let others = ones([rows, 1], { dtype: x.dtype })
  for (const level of levels.slice(1)) {
    const pairs = reshape(level, [rows, (level.shape[1] as number) / 2, 2])
    others = reshape(mul(unsqueeze(others, 2), flip(pairs, 2)), level.shape)
  }
  const back = order.map((_, i) => order.indexOf(i))
  return permute(reshape(narrow(others, 1, 0, length), sizes), back)
}

const integersAsInt32 = (x: Tensor) => (isFloating(x.dtype) ? x : cast(x, 'int32'))
/** The option of every reduction. */
export interface KeepdimOptions {
  /** Leaves reduced dimensions with size 1. Default false. */
  readonly keepdim?: boolean | undefined
}

/** Options of `variance` and `std`. */
export interface VarianceOptions extends KeepdimOptions {
  /** The divisor is `n - correction`: 1 for the unbiased estimate (default), 0 for the population's. */
  readonly correction?: number | undefined
}

const optionNames = ['keepdim'] as const
const varianceOptionNames = ['keepdim', 'correction'] as const

const checkKeepdim = (where: string, options: KeepdimOptions, known: readonly string[] = optionNames): void =>
  checkOptions(where, options, known, '{ keepdim: true }')

function attributesOf(where: string, x: Tensor, dim: Dims, options: KeepdimOptions): ReduceAttributes {
  checkTensor(where, x)
  checkKeepdim(where, options)
  return { dims: normalizeDims(where, dim, x.ndim), keepdim: options.keepdim ?? false }
}

/** The sum; of integers and booleans as int32. @example sum(x, 1) */
export function sum(x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor {
  const attributes = attributesOf('sum', x, dim, options)
  return sumOp([integersAsInt32(x)], attributes)
}

/** The product; of integers and booleans as int32. */
export function prod(x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor {
  const attributes = attributesOf('prod', x, dim, options)
  return prodOp([integersAsInt32(x)], attributes)
}

/** The sum over dimensions that broadcasting added or repeated: how a gradient gets back to its operand's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const added = x.ndim - shape.length
  const dims = x.shape.map((_, i) => i).filter((i) => i < added || (shape[i - added] === 1 && x.shape[i] !== 1))
  return reshape(sum(x, dims), shape)
}

/** The mean. @throws ThinnetError TN_DTYPE for integers: cast first. */
export function mean(x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor {
  checkFloating('mean', x)
  const attributes = attributesOf('mean', x, dim, options)
  const count = attributes.dims.reduce((product, at) => product * (x.shape[at] as number), 1)
  return div(sumOp([x], attributes), count)
}

/** The variance, divided by `n - correction`. */
export function variance(x: Tensor, dim?: Dims, options: VarianceOptions = noOptions): Tensor {
  checkFloating('var', x)
  checkKeepdim('var', options, varianceOptionNames)
  const { keepdim, correction = 1 } = options
  const attributes = attributesOf('var', x, dim, { keepdim })
  const count = attributes.dims.reduce((product, at) => product * (x.shape[at] as number), 1)
  const centered = sub(x, mean(x, attributes.dims, { keepdim: true }))
  return div(sumOp([square(centered)], attributes), Math.max(count - correction, 0))
}

/** The standard deviation; see `variance`. */
export const std = (x: Tensor, dim?: Dims, options: VarianceOptions = noOptions): Tensor =>
  sqrt(variance(x, dim, options))

/** The `p`-norm `(Σ |x|^p)^(1/p)`; 2 by default, Infinity for the largest absolute value. */
export function norm(x: Tensor, p = 2, dim?: Dims, options: KeepdimOptions = noOptions): Tensor {
  checkKeepdim('norm', options)
  if (typeof p !== 'number') fail('TN_RANGE', 'norm', `p must be a number, got ${show(p)}; Infinity is the largest`)
  const values = toFloating('norm', x)
  if (p === 2) return sqrt(sum(square(values), dim, options))
  if (p === 1) return sum(abs(values), dim, options)
  if (p === Number.POSITIVE_INFINITY) return amax(abs(values), dim, options)
  return sum(abs(values).pow(p), dim, options).pow(1 / p)
}

/** Values and where they were found. */
export interface Extreme {
  readonly values: Tensor
  /** Positions along the dimension, int32. */
  readonly indices: Tensor
}

interface ExtremeAttributes {
  readonly dim: number
  readonly indices: Tensor
}

/** The values of a search that has been done: selects them, and sends gradients back to where they were found. */
const extremeOp = defineOp({
  name: 'extreme',
  inputs: ['x', 'values'],
  forward: ([x, values], _attributes: ExtremeAttributes) => ({ out: values, saved: { from: x.shape, dtype: x.dtype } }),
  gradients: {
    x: (gradient, { from, dtype }, { dim, indices }) => {
      const keepdim = from.map((size, i) => (i === dim ? 1 : size))
      return scatterAdd(zeros(from, { dtype }), dim, reshape(indices, keepdim), reshape(gradient, keepdim))
    },
    values: 'not differentiable',
  },
})

/** Searches each block of the reduced dimensions; indices count within a block. */
function search(where: 'max' | 'min', x: Tensor, attributes: ReduceAttributes): Extreme {
  const shape = reducedShape(x.shape, attributes)
  const { source, outer, length, inner } = blocks(x, attributes.dims)
  const [values, indices] = [allocate(shape, x.dtype), allocate(shape, 'int32')]
  if (values.numel === 0) return { values, indices }
  if (length === 0) {
    fail(
      'TN_SHAPE',
      where,
      `got shape ${formatShape(x.shape)}, of which dimensions ${formatShape(attributes.dims)} have no elements to choose from`,
    )
  }
  const kernel = backend().kernels[where === 'max' ? 'maxReduce' : 'minReduce']
  kernel(dtypeCode(x.dtype), values.address, indices.address, source.address, outer, length, inner)
  return { values, indices }
}

function extreme(where: 'max' | 'min', x: Tensor, dim: number, options: KeepdimOptions): Extreme {
  checkTensor(where, x)
  checkKeepdim(where, options)
  if (typeof dim !== 'number') {
    fail('TN_RANGE', where, `expected a dimension, got ${show(dim)}; of all elements, a${where}() is the ${where}imum`)
  }
  const { keepdim = false } = options
  const at = normalizeDim(where, dim, x.ndim)
  const { values, indices } = noGrad(() => search(where, x, { dims: x.ndim === 0 ? [] : [at], keepdim }))
  return { values: extremeOp([x, values], { dim: at, indices }), indices }
}

/** The largest values along a dimension and where they are; the first of equal ones, NaN before all. */
export const max = (x: Tensor, dim: number, options: KeepdimOptions = noOptions): Extreme =>
  extreme('max', x, dim, options)
/** The smallest values along a dimension and where they are; the first of equal ones, NaN before all. */
export const min = (x: Tensor, dim: number, options: KeepdimOptions = noOptions): Extreme =>
  extreme('min', x, dim, options)

function extremes(where: 'max' | 'min', x: Tensor, dim: Dims, options: KeepdimOptions): Tensor {
  const attributes = attributesOf(`a${where}`, x, dim, options)
  const { values } = noGrad(() => search(where, x, attributes))
  // Equal largest elements share the gradient, as PyTorch's amax has it.
  return tieOp([x, values], attributes)
}

const tieOp = defineOp({
  name: 'amax',
  inputs: ['x', 'values'],
  forward: ([x, values], _attributes: ReduceAttributes) => ({ out: values, saved: { x, values } }),
  gradients: {
    x: (gradient, { x, values }, attributes) => {
      const found = cast(eq(x, spread(values, x.shape, attributes)), x.dtype)
      const share = div(found, sum(found, attributes.dims, { keepdim: true }))
      return mul(spread(gradient, x.shape, attributes), share)
    },
    values: 'not differentiable',
  },
})

/** The largest values over any dimensions; equal ones share the gradient. */
export const amax = (x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor =>
  extremes('max', x, dim, options)
/** The smallest values over any dimensions; equal ones share the gradient. */
export const amin = (x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor =>
  extremes('min', x, dim, options)

function position(where: 'max' | 'min', x: Tensor, dim: number | undefined, options: KeepdimOptions): Tensor {
  checkTensor(`arg${where}`, x)
  checkKeepdim(`arg${where}`, options)
  return dim === undefined
    ? extreme(where, reshape(x, [-1]), 0, noOptions).indices
    : extreme(where, x, dim, options).indices
}

/** Where the largest value is, int32: along a dimension, or in the flattened tensor. */
export const argmax = (x: Tensor, dim?: number, options: KeepdimOptions = noOptions): Tensor =>
  position('max', x, dim, options)
/** Where the smallest value is, int32: along a dimension, or in the flattened tensor. */
export const argmin = (x: Tensor, dim?: number, options: KeepdimOptions = noOptions): Tensor =>
  position('min', x, dim, options)

/** Truth values reduced by a search; of no elements, what the sum and product of none are. */
function truth(name: 'any' | 'all', x: Tensor, dim: Dims, options: KeepdimOptions): Tensor {
  const attributes = attributesOf(name, x, dim, options)
  const bools = cast(cast(x, 'bool'), 'uint8')
  if (x.numel === 0) return full(reducedShape(x.shape, attributes), name === 'any' ? 0 : 1, { dtype: 'bool' })
  return cast(search(name === 'any' ? 'max' : 'min', bools, attributes).values, 'bool')
}

/** True if any element is not zero; of no elements, false. */
export const any = (x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor => truth('any', x, dim, options)
/** True if every element is not zero; of no elements, true. */
export const all = (x: Tensor, dim?: Dims, options: KeepdimOptions = noOptions): Tensor => truth('all', x, dim, options)

/** `log Σ e^x`, without overflow. Integers are taken as float32. */
export function logsumexp(x: Tensor, dim: Dims, options: KeepdimOptions = noOptions): Tensor {
  const attributes = attributesOf('logsumexp', x, dim, options)
  const values = toFloating('logsumexp', x)
  if (x.numel === 0) return log(sum(exp(values), dim, options))
  const largest = amax(values.detach(), dim, { keepdim: true })
  const shift = largest.maskedFill(eq(abs(largest), Number.POSITIVE_INFINITY), 0)
  return log(sum(exp(sub(values, shift)), dim, options)).add(reshape(shift, reducedShape(x.shape, attributes)))
}

const cumsumOp = defineOp({
  name: 'cumsum',
  inputs: ['x'],
  forward: ([x], dim: number) => {
    const { source, outer, length, inner } = blocks(x, [dim])
    const out = allocate(x.shape, x.dtype)
    backend().kernels.cumsum(dtypeCode(x.dtype), out.address, source.address, outer, length, inner)
    return { out, saved: {} }
  },
  // Σ over all later ones: the total less what came before.
  gradients: {
    x: (gradient, _, dim) => sub(sum(gradient, dim, { keepdim: true }), sub(cumsum(gradient, dim), gradient)),
  },
})

/** Running sums along a dimension. */
export const cumsum = (x: Tensor, dim: number): Tensor =>
  x.ndim === 0 ? x.clone() : cumsumOp([integersAsInt32(x)], normalizeDim('cumsum', dim, x.ndim))
