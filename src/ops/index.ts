// NumPy's and PyTorch's notation of several indices at once: `index(x, 0, [1, 3], mask)` is `x[0, 1:3, mask]`.
import { fail } from '../backend/errors.ts'
import { checkOptions, noOptions } from '../tensor/arguments.ts'
import { broadcastShapes, elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { add, mul } from './arithmetic.ts'
import { cast } from './cast.ts'
import { lt } from './compare.ts'
import { arange, full } from './creation.ts'
import { checkedIndices, indexAdd, indexSelect, nonzero, outOfBounds, scatter } from './indexing.ts'
import { copy_, replaceWith } from './inplace.ts'
import { expand, permute, reshape, select, slice, unsqueeze } from './layout.ts'
import { where } from './where.ts'

/** `[start, end, step]`, Python's `start:end:step`; what is left out, undefined or null has Python's default. */
export type SliceIndex = readonly [
  start?: number | null | undefined,
  end?: number | null | undefined,
  step?: number | null | undefined,
]

/**
 * One index of `index`:
 * - a number: that position; the dimension goes
 * - `[start, end, step]`: a slice; `':'` the whole dimension
 * - an int32 tensor: the positions it lists; several tensors broadcast together and go through their dimensions in step
 * - a bool tensor: where it is true; it stands for as many dimensions as it has
 * - `null`: a new dimension of size 1
 * - `'...'`: all dimensions that the other indices leave
 */
export type Index = number | SliceIndex | Tensor | null | ':' | '...'

type Basic = Exclude<Index, '...'>

/** A tensor of positions along one dimension of a view, and which dimension of the indexed tensor that was. */
interface Positions {
  readonly dim: number
  readonly positions: Tensor
}

const isSlice = (item: Index): item is SliceIndex => Array.isArray(item)
const isTensor = (item: Index): item is Tensor => typeof item === 'object' && item !== null && !isSlice(item)
/** How many dimensions an index uses up. */
const usesUp = (item: Index): number =>
  item === null || item === '...' ? 0 : isTensor(item) && item.dtype === 'bool' ? item.ndim : 1

/** The indices without ellipsis, one (or a mask, or null) after another for every dimension. */
function complete(where: string, x: Tensor, indices: readonly Index[]): Basic[] {
  const used = indices.reduce((total: number, item) => total + usesUp(item), 0)
  if (used > x.ndim) fail('TN_SHAPE', where, `too many indices for tensor of dimension ${x.ndim}, got ${used}`)
  const rest = new Array<Basic>(x.ndim - used).fill(':')
  const at = indices.indexOf('...')
  if (at !== indices.lastIndexOf('...')) fail('TN_RANGE', where, "an index can only have a single ellipsis ('...')")
  const before = (at < 0 ? indices : indices.slice(0, at)) as readonly Basic[]
  return [...before, ...rest, ...(at < 0 ? [] : (indices.slice(at + 1) as Basic[]))]
}

/** The positions that a mask stands for, one tensor for each of its dimensions. */
function masked(where: string, x: Tensor, mask: Tensor, dim: number): Positions[] {
  mask.shape.forEach((size, i) => {
    if (size === x.shape[dim + i]) return
    const shapes = `The shape of the mask ${formatShape(mask.shape)} at index ${i} does not match the shape of the indexed tensor ${formatShape(x.shape)}`
    fail('TN_SHAPE', where, `${shapes} at index ${dim + i}`)
  })
  if (mask.ndim === 0) fail('TN_SHAPE', where, 'a mask must have at least one dimension')
  const found = nonzero(mask)
  return mask.shape.map((_, i) => ({ dim: dim + i, positions: select(found, 1, i) }))
}

/** Applies numbers, slices and new dimensions, which give a view; lists what is to be chosen from the view's dimensions. */
function basicPart(
  where: string,
  x: Tensor,
  indices: readonly Index[],
): { view: Tensor; chosen: Map<number, Positions> } {
  const chosen = new Map<number, Positions>()
  let view = x
  let at = 0 // in the view
  let dim = 0 // in x
  for (const item of complete(where, x, indices)) {
    if (typeof item === 'number') {
      const size = x.shape[dim] as number
      if (!Number.isInteger(item) || item < -size || item >= size) outOfBounds(where, item, dim, size)
      view = select(view, at, item)
    } else if (isTensor(item)) {
      const list = item.dtype === 'bool' ? masked(where, x, item, dim) : [{ dim, positions: item }]
      for (const positions of list) chosen.set(at++, positions)
    } else if (item === null) view = unsqueeze(view, at++)
    else {
      if (isSlice(item)) view = slice(view, at, item[0] ?? 0, item[1] ?? Number.POSITIVE_INFINITY, item[2] ?? 1)
      at++
    }
    dim += usesUp(item)
  }
  return { view, chosen }
}

/** Row-major positions in a block of sizes `sizes` of what several index tensors, broadcast together, point at. */
function combined(
  where: string,
  view: Tensor,
  chosen: ReadonlyMap<number, Positions>,
): { positions: Tensor; shape: Shape } {
  let shape: Shape = []
  for (const { positions } of chosen.values()) shape = broadcastShapes(where, shape, positions.shape)
  let total: Tensor | undefined
  for (const [at, { dim, positions }] of chosen) {
    const size = view.shape[at] as number
    const checked = checkedIndices(where, positions, dim, size)
    if (chosen.size === 1) return { positions: reshape(checked, [-1]), shape }
    const wrapped = choose(lt(checked, 0), add(checked, size), checked)
    total = total ? add(mul(total, size), wrapped) : wrapped
  }
  return { positions: reshape(expand(total as Tensor, shape), [-1]), shape }
}

const choose = where

/**
 * What `x[i, j, ...]` is in NumPy and PyTorch. With numbers, slices and null only, a view; with tensors a copy. Dimensions
 * that index tensors replace stand where the first of them was, or in front if other dimensions lie between them.
 *
 * @throws ThinnetError TN_RANGE for an index outside its dimension, TN_SHAPE for too many indices or a mask that does not fit.
 * @example
 * index(x, 0)                 // x[0]
 * index(x, ':', [1, 3])       // x[:, 1:3]
 * index(x, '...', null)       // x[..., None]
 * index(x, gt(x, 0))          // x[x > 0]
 * index(x, rows, columns)     // x[rows, columns]: one element for each pair
 */
export function index(x: Tensor, ...indices: readonly Index[]): Tensor {
  const { view, chosen } = basicPart('index', x, indices)
  if (chosen.size === 0) return view
  const places = [...chosen.keys()]
  const { positions, shape } = combined('index', view, chosen)
  const neighbours = places.every((place, i) => place === (places[0] as number) + i)
  const first = neighbours ? (places[0] as number) : 0
  const others = view.shape.map((_, i) => i).filter((i) => !chosen.has(i))
  const [before, after] = [others.slice(0, first), others.slice(first)]
  const sizes = (dims: readonly number[]) => dims.map((i) => view.shape[i] as number)
  const order = [...before, ...places, ...after]
  const moved = order.every((dim, i) => dim === i) ? view : permute(view, order)
  const merged = reshape(moved, [...sizes(before), elementCount(sizes(places)), ...sizes(after)])
  return reshape(indexSelect(merged, first, positions), [...sizes(before), ...shape, ...sizes(after)])
}

/** Options of `indexPut_`. */
export interface IndexPutOptions {
  /** Adds to what is there instead of replacing it; places that are listed several times get every addend. Default false. */
  readonly accumulate?: boolean | undefined
}

/**
 * What `x[i, j, ...] = value` is in NumPy and PyTorch: changes `x` in place and returns it. `value` broadcasts to the shape
 * of `index(x, ...indices)`. Gradients flow to `value`, and to `x` where it was not replaced.
 *
 * @throws ThinnetError as `index`; TN_SHAPE if `value` does not broadcast.
 * @example indexPut_(x, [mask], 0)
 */
export function indexPut_(
  x: Tensor,
  indices: readonly Index[],
  value: Tensor | number,
  options: IndexPutOptions = noOptions,
): Tensor {
  checkOptions('indexPut_', options, ['accumulate'], 'indexPut_(x, indices, value, { accumulate: true })')
  const { accumulate = false } = options
  const values = typeof value === 'number' ? full([], value, { dtype: x.dtype }) : cast(value, x.dtype)
  if (!indices.some((item) => isTensor(item))) {
    const view = basicPart('indexPut_', x, indices).view
    if (accumulate) replaceWith('indexPut_', view, add(view, values))
    else copy_(view, values)
    return x
  }
  // The same indices, applied to the elements' positions, say which of the flattened elements to change.
  const positions = index(reshape(arange(x.numel), x.shape), ...indices)
  const shape = broadcastShapes('indexPut_', positions.shape, values.shape)
  if (!sameShape(shape, positions.shape)) {
    const shapes = `value tensor of shape ${formatShape(values.shape)} cannot be broadcast to indexing result of shape ${formatShape(positions.shape)}`
    fail('TN_SHAPE', 'indexPut_', `shape mismatch: ${shapes}`)
  }
  const [flat, at, source] = [reshape(x, [-1]), reshape(positions, [-1]), reshape(expand(values, shape), [-1])]
  const changed = accumulate ? indexAdd(flat, 0, at, source) : scatter(flat, 0, at, source)
  return replaceWith('indexPut_', x, reshape(changed, x.shape))
}
