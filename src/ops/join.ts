// Tensors put together, cut apart, turned round and repeated.
import { defineListOp, defineOp } from '../autograd/op.ts'
import { fail } from '../backend/errors.ts'
import { checkTensors } from '../tensor/arguments.ts'
import { laterDType } from '../tensor/dtype.ts'
import { checkList, formatShape, normalizeDim, normalizeDims, type Shape } from '../tensor/shape.ts'
import { allocate, type Tensor, viewOf } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { clone, copyElements, expand, narrow, reshape, select, unsqueeze } from './layout.ts'

const catOp = defineListOp({
  name: 'cat',
  forward: (inputs, dim: number) => {
    const [first] = inputs as readonly [Tensor]
    const sizes = inputs.map((x) => x.shape[dim] as number)
    const size = sizes.reduce((total, own) => total + own, 0)
    const out = allocate(
      first.shape.map((own, i) => (i === dim ? size : own)),
      first.dtype,
    )
    const starts: number[] = []
    let start = 0
    for (const x of inputs) {
      copyElements(viewOf(out, x.shape, out.strides, start * (out.strides[dim] as number)), x)
      starts.push(start)
      start += x.shape[dim] as number
    }
    return { out, saved: { starts, sizes } }
  },
  gradient: (gradient, { starts, sizes }, dim, i) => narrow(gradient, dim, starts[i] as number, sizes[i] as number),
})

function checkJoin(where: string, tensors: readonly Tensor[], dim: number): void {
  const [first] = tensors as readonly [Tensor]
  tensors.forEach((x, i) => {
    if (x.ndim !== first.ndim) {
      fail('TN_SHAPE', where, `Tensors must have same number of dimensions: got ${first.ndim} and ${x.ndim}`)
    }
    const odd = x.shape.findIndex((size, d) => d !== dim && size !== first.shape[d])
    if (odd < 0) return
    const sizes = `Expected size ${first.shape[odd]} but got size ${x.shape[odd]} for tensor number ${i} in the list`
    fail('TN_SHAPE', where, `Sizes of tensors must match except in dimension ${dim}. ${sizes}`, {
      shapes: tensors.map((tensor) => tensor.shape),
    })
  })
}

/**
 * Tensors one after another along a dimension; their types are promoted to the latest. Tensors of shape `[0]` are left
 * out, whatever the others' shape, as in PyTorch.
 *
 * Shape: `[A, L]`, `[B, L]`, … to `[A + B + …, L]` for dim 0.
 *
 * @throws ThinnetError TN_SHAPE if there are none, or if their other sizes differ.
 * @example cat([x, y], 1)
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  checkTensors('cat', tensors)
  const some = tensors.filter((x) => !(x.ndim === 1 && x.shape[0] === 0))
  const list = some.length > 0 ? some : tensors.slice(0, 1)
  const first = list[0] as Tensor
  if (first.ndim === 0) fail('TN_SHAPE', 'cat', 'zero-dimensional tensor (at position 0) cannot be concatenated')
  const at = normalizeDim('cat', dim, first.ndim)
  checkJoin('cat', list, at)
  const dtype = tensors.map((x) => x.dtype).reduce(laterDType)
  return catOp(
    list.map((x) => cast(x, dtype)),
    at,
  )
}

/**
 * Tensors of one shape side by side along a new dimension.
 *
 * Shape: n tensors `[N, L]` to `[n, N, L]` for dim 0.
 *
 * @throws ThinnetError TN_SHAPE if there are none, or if their shapes differ.
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  checkTensors('stack', tensors)
  const [first] = tensors as readonly [Tensor]
  const at = normalizeDim('stack', dim, first.ndim + 1)
  tensors.forEach((x, i) => {
    if (formatShape(x.shape) !== formatShape(first.shape)) {
      const shapes = `got ${formatShape(first.shape)} at entry 0 and ${formatShape(x.shape)} at entry ${i}`
      fail('TN_SHAPE', 'stack', `expects each tensor to be equal size, but ${shapes}`)
    }
  })
  return cat(
    tensors.map((x) => unsqueeze(x, at)),
    at,
  )
}

/**
 * `cut(part, i, offset)` for every piece, where `part` begins at position `offset` of x. Cut in halves, and those in
 * halves: else the gradient of each piece would be put into zeros of x's size, and n of those added up.
 *
 * @param starts Where the pieces begin, and behind them where the last one ends.
 */
function cutPieces(
  x: Tensor,
  dim: number,
  starts: readonly number[],
  cut: (part: Tensor, i: number, offset: number) => Tensor,
): Tensor[] {
  const pieces: Tensor[] = []
  const visit = (part: Tensor, from: number, to: number): void => {
    const offset = starts[from] as number
    if (to - from <= 4) {
      for (let i = from; i < to; i++) pieces.push(cut(part, i, offset))
      return
    }
    const middle = (from + to) >> 1
    for (const [a, b] of [
      [from, middle],
      [middle, to],
    ] as const) {
      const [start, end] = [starts[a] as number, starts[b] as number]
      visit(narrow(part, dim, start - offset, end - start), a, b)
    }
  }
  visit(x, 0, starts.length - 1)
  return pieces
}

/** Views of pieces of the given sizes. */
function splitPieces(x: Tensor, dim: number, sizes: readonly number[]): Tensor[] {
  const starts = [0]
  for (const size of sizes) starts.push((starts.at(-1) as number) + size)
  return cutPieces(x, dim, starts, (part, i, offset) =>
    narrow(part, dim, (starts[i] as number) - offset, sizes[i] as number),
  )
}

/**
 * Views of consecutive pieces along a dimension: of one size (the last may be smaller), or of the sizes given.
 *
 * @throws ThinnetError TN_RANGE if a size is negative, or if the given sizes do not add up to the dimension's.
 * @example split(x, 10) // pieces of 10 rows
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const at = normalizeDim('split', dim, x.ndim)
  const length = x.shape[at] ?? fail('TN_SHAPE', 'split', 'expects at least a 1-dimensional tensor')
  if (typeof size === 'number') {
    if (!Number.isInteger(size) || size < 0 || (size === 0 && length > 0)) {
      fail('TN_RANGE', 'split', `split_size must be a whole number above 0, got ${size}`)
    }
    const count = length === 0 ? 1 : Math.ceil(length / size)
    return splitPieces(
      x,
      at,
      Array.from({ length: count }, (_, i) => Math.min(size, length - i * size)),
    )
  }
  const total = size.reduce((sum, own) => sum + own, 0)
  if (total !== length || size.some((own) => !Number.isInteger(own) || own < 0)) {
    const sizes = `split_with_sizes expects split_sizes to sum exactly to ${length}`
    fail(
      'TN_RANGE',
      'split',
      `${sizes} (input tensor's size at dimension ${at}), but got split_sizes=${formatShape(size)}`,
    )
  }
  return splitPieces(x, at, size)
}

/** Views of at most `count` pieces of one size along a dimension; the last may be smaller. */
export function chunk(x: Tensor, count: number, dim = 0): Tensor[] {
  if (!Number.isInteger(count) || count < 1) {
    fail('TN_RANGE', 'chunk', `expects \`chunks\` to be greater than 0, got: ${count}`)
  }
  const at = normalizeDim('chunk', dim, x.ndim)
  const length = x.shape[at] ?? fail('TN_SHAPE', 'chunk', 'expects at least a 1-dimensional tensor')
  return length === 0
    ? Array.from({ length: count }, () => narrow(x, at, 0, 0))
    : split(x, Math.ceil(length / count), at)
}

/** Views of each position of a dimension, without that dimension. @example const [mean, deviation] = unbind(parameters, 1) */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const at = normalizeDim('unbind', dim, x.ndim)
  const length = x.shape[at] ?? fail('TN_SHAPE', 'unbind', 'expects at least a 1-dimensional tensor')
  const starts = Array.from({ length: length + 1 }, (_, i) => i)
  return cutPieces(x, at, starts, (part, i, offset) => select(part, at, i - offset))
}

const flipOp = defineOp({
  name: 'flip',
  inputs: ['x'],
  forward: ([x], dims: readonly number[]) => {
    const out = allocate(x.shape, x.dtype)
    const strides = x.strides.map((stride, dim) => (dims.includes(dim) ? -stride : stride))
    const last = dims.reduce((at, dim) => at + ((x.shape[dim] as number) - 1) * (x.strides[dim] as number), x.offset)
    if (out.numel > 0) copyElements(out, viewOf(x, x.shape, strides, last))
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, dims): Tensor => flipOp([gradient], dims) },
})

/** A copy with the order of positions reversed along the given dimensions. */
export const flip = (x: Tensor, dims: number | readonly number[]): Tensor =>
  flipOp([x], normalizeDims('flip', dims, x.ndim))

/**
 * A copy repeated `counts[i]` times along each dimension. There may be more counts than dimensions: the first ones are
 * then those of new, leading dimensions. PyTorch's `repeat`.
 *
 * Shape: `[N, L]` with counts `[2, 1, 3]` to `[2, N, 3 * L]`.
 *
 * @throws ThinnetError TN_SHAPE if there are fewer counts than dimensions.
 */
export function repeat(x: Tensor, counts: Shape): Tensor {
  checkList('repeat', 'counts', counts)
  const added = counts.length - x.ndim
  if (added < 0) {
    const rule = 'Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor'
    fail('TN_SHAPE', 'repeat', `${rule}, got ${formatShape(counts)} for ${formatShape(x.shape)}`)
  }
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0) {
      fail('TN_RANGE', 'repeat', `counts must be whole numbers that are not negative, got ${formatShape(counts)}`)
    }
  }
  const sizes = counts.map((_, i) => (i < added ? 1 : (x.shape[i - added] as number)))
  const between = reshape(
    x,
    sizes.flatMap((size) => [1, size]),
  )
  const repeated = expand(
    between,
    sizes.flatMap((size, i) => [counts[i] as number, size]),
  )
  return reshape(
    clone(repeated),
    sizes.map((size, i) => size * (counts[i] as number)),
  )
}

/** `repeat` with the counts of missing leading dimensions taken as 1, as NumPy's and PyTorch's `tile`. */
export function tile(x: Tensor, counts: Shape): Tensor {
  checkList('tile', 'counts', counts)
  return repeat(x, [...new Array<number>(Math.max(x.ndim - counts.length, 0)).fill(1), ...counts])
}

/** A copy in which each position along `dim` stands `count` times in a row. @example repeatInterleave(tensor([1, 2]), 2, 0) // 1, 1, 2, 2 */
export function repeatInterleave(x: Tensor, count: number, dim: number): Tensor {
  const at = normalizeDim('repeatInterleave', dim, x.ndim)
  if (!Number.isInteger(count) || count < 0) {
    fail('TN_RANGE', 'repeatInterleave', `repeats can not be negative, got ${count}`)
  }
  const size = x.shape[at] ?? 1
  const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 1)]
  const between = reshape(x, [...before, size, 1, ...after])
  return reshape(clone(expand(between, [...before, size, count, ...after])), [...before, size * count, ...after])
}
