// Elements chosen by position: index lists along one dimension. Indices are int32 tensors; negative ones count from the
// end. `index.ts` beside this file has the notation of several indices at once.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { checkTensor } from '../tensor/arguments.ts'
import { dtypeCode, itemBytes } from '../tensor/dtype.ts'
import { broadcastShapes, elementCount, formatShape, normalizeDim, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { full, zeros } from './creation.ts'
import { copy_ } from './inplace.ts'
import { checkNotBool } from './launch.ts'
import { clone, contiguous, expand, narrow, reshape, unsqueeze } from './layout.ts'

export { type Index, type IndexPutOptions, index, indexPut_, type SliceIndex } from './index.ts'

/**
 * The indices contiguous, after a check that each lies in `[-size, size)`.
 *
 * @throws ThinnetError TN_DTYPE or TN_RANGE; `dim` is for the message.
 */
export function checkedIndices(where: string, indices: Tensor, dim: number, size: number): Tensor {
  checkTensor(where, indices)
  if (indices.dtype !== 'int32') fail('TN_DTYPE', where, `expected indices to be an int32 tensor, got ${indices.dtype}`)
  const list = contiguous(indices)
  if (list.numel === 0) return list
  const { kernels, memory } = backend()
  kernels.checkIndices(list.address, list.numel, size, memory.describe([0]))
  const [bad] = memory.answer(1) as [number]
  if (bad >= 0) outOfBounds(where, list.hostView()[bad] as number, dim, size)
  return list
}

export function outOfBounds(where: string, position: number, dim: number, size: number): never {
  fail('TN_RANGE', where, `index ${position} is out of bounds for dimension ${dim} with size ${size}`, {
    index: position,
    dim,
    size,
  })
}

const sizeAt = (shape: Shape, dim: number): number => shape[dim] ?? 1
const outerOf = (shape: Shape, dim: number): number => elementCount(shape.slice(0, dim))
const innerOf = (shape: Shape, dim: number): number => elementCount(shape.slice(dim + 1))
const withSize = (shape: Shape, dim: number, size: number): Shape => shape.map((own, i) => (i === dim ? size : own))

const indexSelectOp = defineOp({
  name: 'indexSelect',
  inputs: ['x', 'indices'],
  forward: ([x, indices], dim: number) => {
    const source = contiguous(x)
    const out = allocate(withSize(x.shape, dim, indices.numel), x.dtype)
    const [outer, inner] = [outerOf(x.shape, dim), innerOf(x.shape, dim)]
    const [to, from, list] = [out.address, source.address, indices.address]
    const { kernels } = backend()
    kernels.indexSelect(itemBytes(x.dtype), to, from, list, outer, indices.numel, sizeAt(x.shape, dim), inner)
    return { out, saved: { indices, from: x.shape } }
  },
  gradients: {
    x: (gradient, { indices, from }, dim): Tensor =>
      indexAddOp([zeros(from, { dtype: gradient.dtype }), gradient, indices], dim),
    indices: 'not differentiable',
  },
})

/**
 * The positions `indices` of one dimension, in their order.
 *
 * Shape: x `[N, C, L]` and indices `[K]` to `[N, K, L]` for dim 1.
 *
 * @throws ThinnetError TN_RANGE if an index is outside the dimension.
 * @example indexSelect(x, 0, tensor([2, 0], { dtype: 'int32' })) // rows 2 and 0
 */
export function indexSelect(x: Tensor, dim: number, indices: Tensor): Tensor {
  const at = normalizeDim('indexSelect', dim, x.ndim)
  checkIsList('indexSelect', indices)
  return indexSelectOp([x, checkedIndices('indexSelect', indices, at, sizeAt(x.shape, at))], at)
}

function checkIsList(where: string, indices: Tensor): void {
  checkTensor(where, indices)
  if (indices.ndim <= 1) return
  fail('TN_SHAPE', where, `Index is supposed to be a vector, got shape ${formatShape(indices.shape)}`)
}

const indexAddOp = defineOp({
  name: 'indexAdd',
  inputs: ['x', 'source', 'indices'],
  forward: ([x, source, indices], dim: number) => {
    const [out, added] = [clone(x), contiguous(source)]
    const [outer, inner] = [outerOf(x.shape, dim), innerOf(x.shape, dim)]
    const [to, from, list] = [out.address, added.address, indices.address]
    const { kernels } = backend()
    kernels.indexAdd(dtypeCode(x.dtype), to, from, list, outer, indices.numel, sizeAt(x.shape, dim), inner)
    return { out, saved: { indices } }
  },
  gradients: {
    x: (gradient) => gradient,
    source: (gradient, { indices }, dim) => indexSelectOp([gradient, indices], dim),
    indices: 'not differentiable',
  },
})

/**
 * `x` with `source[:, j, :]` added at position `indices[j]` of one dimension, for every j in turn.
 *
 * Shape: x `[N, C, L]`, indices `[K]`, source `[N, K, L]`; result `[N, C, L]` for dim 1.
 *
 * @throws ThinnetError TN_RANGE if an index is outside the dimension, TN_SHAPE if shapes do not fit.
 */
export function indexAdd(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  const at = normalizeDim('indexAdd', dim, x.ndim)
  checkIsList('indexAdd', indices)
  const expected = withSize(x.shape, at, indices.numel)
  if (!sameShape(source.shape, expected)) {
    fail('TN_SHAPE', 'indexAdd', `expected source ${formatShape(expected)}, got ${formatShape(source.shape)}`)
  }
  checkSameType('indexAdd', x, source)
  checkNotBool('indexAdd', x)
  return indexAddOp([x, source, checkedIndices('indexAdd', indices, at, sizeAt(x.shape, at))], at)
}

function checkSameType(where: string, x: Tensor, source: Tensor): void {
  if (source.dtype === x.dtype) return
  fail('TN_DTYPE', where, `expected self.dtype to be equal to src.dtype, got ${x.dtype} and ${source.dtype}`)
}

const gatherOp = defineOp({
  name: 'gather',
  inputs: ['x', 'indices'],
  forward: ([x, indices], dim: number) => {
    const source = contiguous(x)
    const out = allocate(indices.shape, x.dtype)
    const [outer, inner] = [outerOf(x.shape, dim), innerOf(x.shape, dim)]
    const [to, from, list] = [out.address, source.address, indices.address]
    const counts = [outer, sizeAt(indices.shape, dim), sizeAt(x.shape, dim), inner] as const
    backend().kernels.gather(itemBytes(x.dtype), to, from, list, ...counts)
    return { out, saved: { indices, from: x.shape } }
  },
  gradients: {
    x: (gradient, { indices, from }, dim): Tensor =>
      scatterAddOp([zeros(from, { dtype: gradient.dtype }), gradient, indices], dim),
    indices: 'not differentiable',
  },
})

/** The part of `x` that begins where `x` does and has the given shape, except along `dim`; a view. */
function cornerOf(x: Tensor, shape: Shape, dim: number): Tensor {
  return shape.reduce(
    (part: Tensor, size, i) => (i === dim || part.shape[i] === size ? part : narrow(part, i, 0, size)),
    x,
  )
}

function checkWithin(where: string, indices: Tensor, of: Tensor, dim: number): void {
  checkTensor(where, indices)
  checkTensor(where, of)
  if (indices.ndim !== of.ndim) {
    const shapes = `got ${formatShape(indices.shape)} and ${formatShape(of.shape)}`
    fail('TN_SHAPE', where, `Index tensor must have the same number of dimensions as input tensor, ${shapes}`)
  }
  const odd = indices.shape.findIndex((size, i) => i !== dim && size > (of.shape[i] as number))
  if (odd < 0) return
  const shapes = `expected index ${formatShape(indices.shape)} to be no larger than self ${formatShape(of.shape)}`
  fail('TN_SHAPE', where, `Size does not match at dimension ${odd} ${shapes} apart from dimension ${dim}`)
}

/**
 * One element for each index, from along `dim`: `out[i, j] = x[indices[i, j], j]` for dim 0.
 *
 * Shape: that of `indices`, which has as many dimensions as `x` and is nowhere larger, except along `dim`.
 *
 * @throws ThinnetError TN_RANGE if an index is outside the dimension, TN_SHAPE if shapes do not fit.
 * @example gather(logits, 1, target.unsqueeze(1)) // the logit of each row's target, [N, 1]
 */
export function gather(x: Tensor, dim: number, indices: Tensor): Tensor {
  const at = normalizeDim('gather', dim, x.ndim)
  checkWithin('gather', indices, x, at)
  const list = checkedIndices('gather', indices, at, sizeAt(x.shape, at))
  return gatherOp([cornerOf(x, indices.shape, at), list], at)
}

const scatterAddOp = defineOp({
  name: 'scatterAdd',
  inputs: ['x', 'source', 'indices'],
  forward: ([x, source, indices], dim: number) => {
    const [out, added] = [clone(x), contiguous(source)]
    const [to, from, list] = [out.address, added.address, indices.address]
    const counts = [sizeAt(indices.shape, dim), sizeAt(x.shape, dim), innerOf(x.shape, dim)] as const
    backend().kernels.scatterAdd(dtypeCode(x.dtype), to, from, list, outerOf(x.shape, dim), ...counts)
    return { out, saved: { indices } }
  },
  gradients: {
    x: (gradient) => gradient,
    source: (gradient, { indices }, dim) => gatherOp([gradient, indices], dim),
    indices: 'not differentiable',
  },
})

const scatterOp = defineOp({
  name: 'scatter',
  inputs: ['x', 'source', 'indices'],
  forward: ([x, source, indices], dim: number) => {
    const [out, values] = [clone(x), contiguous(source)]
    const [to, from, list] = [out.address, values.address, indices.address]
    const counts = [sizeAt(indices.shape, dim), sizeAt(x.shape, dim), innerOf(x.shape, dim)] as const
    backend().kernels.scatter(itemBytes(x.dtype), to, from, list, outerOf(x.shape, dim), ...counts)
    return { out, saved: { indices } }
  },
  gradients: {
    x: (gradient, { indices }, dim): Tensor =>
      scatterOp([gradient, zeros(indices.shape, { dtype: gradient.dtype }), indices], dim),
    // Where several values were written to one place, each gets its gradient, as in PyTorch.
    source: (gradient, { indices }, dim) => gatherOp([gradient, indices], dim),
    indices: 'not differentiable',
  },
})

/** Checks, and the kernel's condition that indices cover `x` whole except along `dim`: else a part of a copy is changed. */
function scattered(
  op: typeof scatterOp,
  where: string,
  x: Tensor,
  dim: number,
  indices: Tensor,
  source: Tensor,
): Tensor {
  const at = normalizeDim(where, dim, x.ndim)
  checkWithin(where, indices, x, at)
  checkWithin(where, indices, source, -1)
  checkSameType(where, x, source)
  const list = checkedIndices(where, indices, at, sizeAt(x.shape, at))
  const values = cornerOf(source, indices.shape, -1)
  if (indices.shape.every((size, i) => i === at || size === x.shape[i])) return op([x, values, list], at)
  const out = clone(x)
  copy_(cornerOf(out, indices.shape, at), op([cornerOf(x, indices.shape, at), values, list], at))
  return out
}

/**
 * `x` with elements replaced by those of `source`: `out[indices[i, j], j] = source[i, j]` for dim 0. Of several that are
 * written to one place the last wins.
 *
 * Shape: that of `x`; `indices` has as many dimensions, and is nowhere larger than `source`, nor than `x` except along `dim`.
 *
 * @param source A tensor, or one number for all.
 * @throws ThinnetError TN_RANGE if an index is outside the dimension, TN_SHAPE if shapes do not fit.
 * @example scatter(zeros([2, 3]), 1, tensor([[2], [0]], { dtype: 'int32' }), 1) // [[0, 0, 1], [1, 0, 0]]
 */
export function scatter(x: Tensor, dim: number, indices: Tensor, source: Tensor | number): Tensor {
  const values = typeof source === 'number' ? full(indices.shape, source, { dtype: x.dtype }) : source
  return scattered(scatterOp, 'scatter', x, dim, indices, values)
}

/** `x` with the elements of `source` added: `out[indices[i, j], j] += source[i, j]` for dim 0. Shapes as for `scatter`. */
export function scatterAdd(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  checkNotBool('scatterAdd', x)
  return scattered(scatterAddOp, 'scatterAdd', x, dim, indices, source)
}

/** The elements of the flattened tensor at `indices`. Shape: that of `indices`. */
export function take(x: Tensor, indices: Tensor): Tensor {
  const list = checkedIndices('take', indices, 0, x.numel)
  return reshape(indexSelectOp([reshape(x, [-1]), reshape(list, [-1])], 0), indices.shape)
}

/** @internal Row-major positions of the elements that are not zero, int32 `[K]`. */
export function positionsOf(mask: Tensor): Tensor {
  const bools = contiguous(cast(mask, 'bool'))
  const [all, count] = [allocate([bools.numel], 'int32'), allocate([], 'int32')]
  const [to, counter, from] = [all.address, count.address, bools.address]
  backend().kernels.nonzero(to, counter, from, bools.numel)
  return clone(narrow(all, 0, 0, count.item()))
}

/** Where the elements are that are not zero. Shape: int32 `[K, ndim]`, in row-major order. */
export function nonzero(x: Tensor): Tensor {
  const flat = positionsOf(x)
  const out = allocate([flat.numel, x.ndim], 'int32')
  const [positions, rows] = [flat.hostView(), out.hostView()]
  for (let k = 0; k < positions.length; k++) {
    let rest = positions[k] as number
    for (let dim = x.ndim - 1; dim >= 0; dim--) {
      const size = x.shape[dim] as number
      rows[k * x.ndim + dim] = rest % size
      rest = Math.floor(rest / size)
    }
  }
  return out
}

/**
 * The elements where the mask is true, in row-major order; mask and `x` broadcast. Shape: `[K]`.
 *
 * @example maskedSelect(x, gt(x, 0))
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  checkTensor('maskedSelect', x)
  checkTensor('maskedSelect', mask)
  if (mask.dtype !== 'bool') fail('TN_DTYPE', 'maskedSelect', `expected BoolTensor for mask, got ${mask.dtype}`)
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape)
  return indexSelectOp([reshape(expand(x, shape), [-1]), positionsOf(expand(mask, shape))], 0)
}

/**
 * Rows with a 1 at the class and 0 elsewhere, int32. Shape: classes `[...]` to `[..., numClasses]`.
 *
 * @param numClasses Default: the largest class + 1.
 * @throws ThinnetError TN_RANGE if a class is negative, or not below `numClasses`.
 */
export function oneHot(classes: Tensor, numClasses?: number): Tensor {
  checkTensor('oneHot', classes)
  if (classes.dtype !== 'int32')
    fail('TN_DTYPE', 'oneHot', `one_hot is only applicable to int32 tensors, got ${classes.dtype}`)
  const values = classes.toArray()
  if (values.length === 0 && numClasses === undefined) {
    fail('TN_RANGE', 'oneHot', 'Can not infer total number of classes from empty tensor.')
  }
  const largest = (values as Int32Array).reduce((most, value) => Math.max(most, value), -1)
  if (values.some((value) => value < 0)) fail('TN_RANGE', 'oneHot', 'Class values must be non-negative.')
  const count = numClasses ?? largest + 1
  if (largest >= count) {
    fail('TN_RANGE', 'oneHot', `Class values must be smaller than num_classes, got ${largest} for ${count} classes.`)
  }
  return scatter(zeros([...classes.shape, count], { dtype: 'int32' }), -1, unsqueeze(classes, -1), 1)
}
