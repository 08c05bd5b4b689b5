// Where elements lie: views of the same memory, and copies into row-major order.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { itemBytes } from '../tensor/dtype.ts'
import {
  broadcastStrides,
  checkList,
  coalesce,
  elementCount,
  formatShape,
  inferShape,
  normalizeDim,
  type Shape,
  sameShape,
  viewStrides,
} from '../tensor/shape.ts'
import { allocate, type Tensor, viewOf } from '../tensor/tensor.ts'
import { sumTo } from './reduce.ts'

/** Copies `source` into `target`, both of one shape and type, whatever their strides. Not recorded. */
export function copyElements(target: Tensor, source: Tensor): void {
  const { kernels, memory } = backend()
  target.settle()
  source.settle()
  const { rank, description } = coalesce(target.shape, [target.strides, source.strides])
  if (elementCount(target.shape) === 0) return
  const [to, from] = [target.address, source.address]
  kernels.copyStrided(itemBytes(target.dtype), to, from, rank, memory.describe(description))
}

const cloneOp = defineOp({
  name: 'clone',
  inputs: ['x'],
  forward: ([x]) => {
    const out = allocate(x.shape, x.dtype)
    copyElements(out, x)
    return { out, saved: {} }
  },
  gradients: { x: (gradient) => gradient },
})

/** A copy of its own memory, in row-major order; gradients flow through it. */
export const clone = (x: Tensor): Tensor => cloneOp([x], undefined)

/** `x` itself if its elements lie in row-major order, else a copy that does. */
export const contiguous = (x: Tensor): Tensor => (x.isContiguous ? x : clone(x))

/** The same values and memory without history: nothing flows back through it. */
export function detach(x: Tensor): Tensor {
  const out = viewOf(x, x.shape, x.strides, x.offset)
  out.base = undefined
  return out
}

interface ViewAttributes {
  readonly shape: Shape
  readonly strides: Shape
}

const viewOp = defineOp({
  name: 'view',
  inputs: ['x'],
  forward: ([x], { shape, strides }: ViewAttributes) => ({
    out: viewOf(x, shape, strides, x.offset),
    saved: { from: x.shape },
  }),
  gradients: { x: (gradient, { from }) => reshape(gradient, from) },
})

/**
 * Another shape for the same elements in row-major order: a view where strides allow it, else a copy. One size may be -1.
 *
 * @throws ThinnetError TN_SHAPE if the element counts differ.
 * @example reshape(arange(6), [2, -1]) // [[0, 1, 2], [3, 4, 5]]
 */
export function reshape(x: Tensor, wanted: Shape): Tensor {
  const shape = inferShape('reshape', wanted, x.numel)
  if (sameShape(shape, x.shape)) return x
  const strides = viewStrides(x.shape, x.strides, shape)
  return strides ? viewOp([x], { shape, strides }) : reshape(clone(x), shape)
}

/** `reshape` that never copies. @throws ThinnetError TN_SHAPE where only a copy would do. */
export function view(x: Tensor, wanted: Shape): Tensor {
  const shape = inferShape('view', wanted, x.numel)
  const strides = viewStrides(x.shape, x.strides, shape)
  if (!strides) {
    fail(
      'TN_SHAPE',
      'view',
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead",
    )
  }
  return viewOp([x], { shape, strides })
}

/** Joins dimensions `startDim` to `endDim` into one. Shape: `[N, C, L]` to `[N, C * L]` for startDim 1. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  if (x.ndim === 0) return reshape(x, [1])
  const start = normalizeDim('flatten', startDim, x.ndim)
  const end = normalizeDim('flatten', endDim, x.ndim)
  if (start > end) fail('TN_RANGE', 'flatten', `startDim must not come after endDim, got ${startDim} and ${endDim}`)
  const joined = elementCount(x.shape.slice(start, end + 1))
  return reshape(x, [...x.shape.slice(0, start), joined, ...x.shape.slice(end + 1)])
}

const permuteOp = defineOp({
  name: 'permute',
  inputs: ['x'],
  forward: ([x], dims: readonly number[]) => ({
    out: viewOf(
      x,
      dims.map((dim) => x.shape[dim] as number),
      dims.map((dim) => x.strides[dim] as number),
      x.offset,
    ),
    saved: {},
  }),
  gradients: {
    x: (gradient, _, dims): Tensor => {
      const back = new Array<number>(dims.length)
      dims.forEach((dim, i) => {
        back[dim] = i
      })
      return permuteOp([gradient], back)
    },
  },
})

/** A view with the dimensions in another order. @example permute(x, [0, 2, 1]) */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  checkList('permute', 'dimensions', dims)
  const order = dims.map((dim) => normalizeDim('permute', dim, x.ndim))
  if (order.length !== x.ndim || new Set(order).size !== order.length) {
    fail('TN_RANGE', 'permute', `dims must name each of the ${x.ndim} dimensions once, got ${formatShape(dims)}`)
  }
  return permuteOp([x], order)
}

/** A view with two dimensions swapped. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const [a, b] = [normalizeDim('transpose', dim0, x.ndim), normalizeDim('transpose', dim1, x.ndim)]
  const order = x.shape.map((_, i) => (i === a ? b : i === b ? a : i))
  return permuteOp([x], order)
}

const expandOp = defineOp({
  name: 'expand',
  inputs: ['x'],
  forward: ([x], shape: Shape) => ({
    out: viewOf(x, shape, broadcastStrides(x.shape, x.strides, shape), x.offset),
    saved: { from: x.shape },
  }),
  gradients: { x: (gradient, { from }) => sumTo(gradient, from) },
})

/** A view in which sizes of 1 repeat. -1 keeps a size; leading dimensions may be added. */
export function expand(x: Tensor, wanted: Shape): Tensor {
  checkList('expand', 'sizes', wanted)
  const missing = wanted.length - x.ndim
  const shape = wanted.map((size, i) => (size === -1 && i >= missing ? (x.shape[i - missing] as number) : size))
  const fits = missing >= 0 && x.shape.every((size, i) => size === 1 || size === shape[i + missing])
  if (!fits) {
    fail(
      'TN_SHAPE',
      'expand',
      `only sizes of 1 can be expanded, got ${formatShape(x.shape)} and ${formatShape(wanted)}`,
    )
  }
  return sameShape(shape, x.shape) ? x : expandOp([x], shape)
}

/** A view with a dimension of size 1 put in at `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const at = normalizeDim('unsqueeze', dim, x.ndim + 1)
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]
  const strides = [...x.strides.slice(0, at), 1, ...x.strides.slice(at)]
  return viewOp([x], { shape, strides })
}

/** A view without dimension `dim` if its size is 1, or without all of size 1. */
export function squeeze(x: Tensor, dim?: number): Tensor {
  const only = dim === undefined ? undefined : normalizeDim('squeeze', dim, x.ndim)
  const kept = x.shape.map((_, i) => i).filter((i) => x.shape[i] !== 1 || (only !== undefined && only !== i))
  if (kept.length === x.ndim) return x
  const shape = kept.map((i) => x.shape[i] as number)
  const strides = kept.map((i) => x.strides[i] as number)
  return viewOp([x], { shape, strides })
}

interface SliceAttributes {
  readonly dim: number
  readonly start: number
  readonly length: number
  readonly step: number
}

const sliceOp = defineOp({
  name: 'slice',
  inputs: ['x'],
  forward: ([x], { dim, start, length, step }: SliceAttributes) => {
    const stride = x.strides[dim] as number
    const shape = x.shape.map((size, i) => (i === dim ? length : size))
    const strides = x.strides.map((own, i) => (i === dim ? own * step : own))
    return { out: viewOf(x, shape, strides, x.offset + start * stride), saved: { from: x.shape } }
  },
  gradients: { x: (gradient, { from }, attributes): Tensor => placeOp([gradient], { shape: from, ...attributes }) },
})

/** The gradient of `slice`: zeros of a shape with a tensor placed where the slice was. */
const placeOp = defineOp({
  name: 'placeSlice',
  inputs: ['x'],
  forward: ([x], { dim, start, length, step, shape }: SliceAttributes & { readonly shape: Shape }) => {
    const out = allocate(shape, x.dtype, true)
    copyElements(sliceOp([out], { dim, start, length, step }), x)
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, attributes): Tensor => sliceOp([gradient], attributes) },
})

/**
 * A view of positions `start`, `start + step`, … before `end` along `dim`; Python's slice rules for negative and
 * overlong bounds.
 */
export function slice(x: Tensor, dim: number, start = 0, end = Number.POSITIVE_INFINITY, step = 1): Tensor {
  const at = normalizeDim('slice', dim, x.ndim)
  if (!Number.isInteger(step) || step < 1) fail('TN_RANGE', 'slice', `step must be greater than zero, got ${step}`)
  const size = x.shape[at] as number
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size)
  const from = bound(start)
  const length = Math.max(Math.ceil((bound(end) - from) / step), 0)
  return length === size && step === 1 ? x : sliceOp([x], { dim: at, start: from, length, step })
}

/** A view of `length` positions from `start` along `dim`. @throws ThinnetError TN_RANGE if they are not all there. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const at = normalizeDim('narrow', dim, x.ndim)
  const size = x.shape[at] as number
  const from = start < 0 ? start + size : start
  if (from < 0 || length < 0 || from + length > size) {
    fail('TN_RANGE', 'narrow', `start (${start}) + length (${length}) exceeds dimension size (${size})`)
  }
  return sliceOp([x], { dim: at, start: from, length, step: 1 })
}

const selectOp = defineOp({
  name: 'select',
  inputs: ['x'],
  forward: ([x], { dim, start }: Pick<SliceAttributes, 'dim' | 'start'>) => {
    const without = (list: Shape) => list.filter((_, i) => i !== dim)
    const offset = x.offset + start * (x.strides[dim] as number)
    return { out: viewOf(x, without(x.shape), without(x.strides), offset), saved: { from: x.shape } }
  },
  gradients: {
    x: (gradient, { from }, { dim, start }) =>
      placeOp([unsqueeze(gradient, dim)], { dim, start, length: 1, step: 1, shape: from }),
  },
})

/** A view without dimension `dim`, at one position of it. */
export function select(x: Tensor, dim: number, position: number): Tensor {
  if (x.ndim === 0) fail('TN_SHAPE', 'select', 'a 0-dim tensor has no positions to select; its number is item()')
  const at = normalizeDim('select', dim, x.ndim)
  const size = x.shape[at] as number
  if (!Number.isInteger(position) || position < -size || position >= size) {
    fail('TN_RANGE', 'select', `index ${position} is out of bounds for dimension ${at} with size ${size}`)
  }
  return selectOp([x], { dim: at, start: position < 0 ? position + size : position })
}
