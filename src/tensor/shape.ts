import { fail, show } from '../backend/errors.ts'

/** Sizes of a tensor's dimensions, outermost first. `[]` is one element. */
export type Shape = readonly number[]

/** A shape as messages print it: `[128, 784]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** The number of elements. */
export function elementCount(shape: Shape): number {
  let count = 1
  for (const size of shape) count *= size
  return count
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= Math.max(shape[i] as number, 1)
  }
  return strides
}

/** True if elements lie one after another in row-major order; sizes of 1 may have any stride. */
export function isContiguous(shape: Shape, strides: Shape): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number
    if (size === 0) return true
    if (size !== 1) {
      if (strides[i] !== expected) return false
      expected *= size
    }
  }
  return true
}

/** Throws unless `list` is an array: PyTorch's `zeros(2, 3)` is `zeros([2, 3])` here. */
export function checkList(where: string, what: 'sizes' | 'dimensions' | 'counts', list: unknown): void {
  if (Array.isArray(list)) return
  const form = typeof list === 'number' ? `; write ${where}([${list}, ...])` : ''
  fail('TN_SHAPE', where, `${what} go into one array, got ${show(list)}${form}`)
}

/** Throws unless every size is a whole number that is not negative. */
export function checkShape(where: string, shape: Shape): void {
  checkList(where, 'sizes', shape)
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      fail('TN_SHAPE', where, `sizes must be whole numbers that are not negative, got ${formatShape(shape)}`)
    }
  }
}

/** The dimension as a number from 0, where negative ones count from the end. PyTorch's message where it is out of range. */
export function normalizeDim(where: string, dim: number, rank: number): number {
  const limit = Math.max(rank, 1)
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    if (typeof dim !== 'number') fail('TN_RANGE', where, `a dimension must be a whole number, got ${show(dim)}`)
    fail(
      'TN_RANGE',
      where,
      `Dimension out of range (expected to be in range of [${-limit}, ${limit - 1}], but got ${dim})`,
    )
  }
  return dim < 0 ? dim + limit : dim
}

/** Normalised, sorted, without repeats; undefined means all. */
export function normalizeDims(where: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) {
    const all: number[] = []
    for (let i = 0; i < rank; i++) all.push(i)
    return all
  }
  const given = Array.isArray(dims) ? (dims as readonly number[]) : [dims as number]
  const list = given.map((dim) => normalizeDim(where, dim, rank))
  if (new Set(list).size !== list.length) {
    fail('TN_RANGE', where, `each dimension may appear once, got ${formatShape(given)}`)
  }
  return rank === 0 ? [] : list.sort((a, b) => a - b)
}

/** The shape that two shapes broadcast to (NumPy's rule). */
export function broadcastShapes(where: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const shape = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const sizeA = a[a.length - i] ?? 1
    const sizeB = b[b.length - i] ?? 1
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      fail(
        'TN_SHAPE',
        where,
        `shapes do not broadcast, got ${formatShape(a)} and ${formatShape(b)}: sizes must be equal or 1, counted from the last dimension`,
        { a, b },
      )
    }
    shape[rank - i] = sizeA === 1 ? sizeB : sizeA
  }
  return shape
}

/** Strides that walk a tensor as if it had the larger shape: 0 along dimensions that repeat. */
export function broadcastStrides(from: Shape, strides: Shape, to: Shape): number[] {
  const missing = to.length - from.length
  const result = new Array<number>(to.length)
  for (let i = 0; i < to.length; i++) {
    const own = i - missing
    result[i] = own < 0 || (from[own] === 1 && to[i] !== 1) ? 0 : (strides[own] as number)
  }
  return result
}

/**
 * Merges neighbouring dimensions that all operands walk in one stride, and leaves out sizes of 1, so that kernels see as
 * few dimensions as there really are. Returns the numbers that kernels read: shape, then each operand's strides.
 */
export function coalesce(shape: Shape, operands: readonly Shape[]): { rank: number; description: number[] } {
  const sizes: number[] = []
  const strides: number[][] = operands.map(() => [])
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i] as number
    if (size === 1) continue
    const last = sizes.length - 1
    const merges = last >= 0 && operands.every((operand, o) => strides[o]?.[last] === (operand[i] as number) * size)
    if (merges) {
      sizes[last] = (sizes[last] as number) * size
      for (let o = 0; o < operands.length; o++) (strides[o] as number[])[last] = (operands[o] as Shape)[i] as number
    } else {
      sizes.push(size)
      for (let o = 0; o < operands.length; o++) (strides[o] as number[]).push((operands[o] as Shape)[i] as number)
    }
  }
  return { rank: sizes.length, description: sizes.concat(...strides) }
}

/**
 * Strides of a view of another shape over the same memory, or undefined if there is none (PyTorch's `view` rule:
 * each run of dimensions that one stride walks may be cut anew, and no other).
 */
export function viewStrides(shape: Shape, strides: Shape, newShape: Shape): number[] | undefined {
  const count = elementCount(shape)
  if (count === 0) return contiguousStrides(newShape)
  const result = new Array<number>(newShape.length)
  let target = newShape.length - 1
  let runSize = 1
  let runStride = strides.length > 0 ? (strides[strides.length - 1] as number) : 1
  for (let i = shape.length - 1; i >= 0; i--) {
    runSize *= shape[i] as number
    const above = shape[i - 1]
    const runEnds = i === 0 || (above !== 1 && strides[i - 1] !== runSize * runStride)
    if (!runEnds) continue
    let filled = 1
    while (target >= 0 && (filled < runSize || newShape[target] === 1)) {
      result[target] = filled * runStride
      filled *= newShape[target] as number
      target--
    }
    if (filled !== runSize) return undefined
    if (i > 0) {
      runStride = strides[i - 1] as number
      runSize = 1
    }
  }
  while (target >= 0) result[target--] = runStride
  return result
}

/** Replaces the one -1 of a wanted shape by what the element count leaves. */
export function inferShape(where: string, wanted: Shape, count: number): Shape {
  checkList(where, 'sizes', wanted)
  const unknown = wanted.indexOf(-1)
  if (unknown < 0) {
    checkShape(where, wanted)
    if (elementCount(wanted) !== count) {
      fail('TN_SHAPE', where, `shape '${formatShape(wanted)}' is invalid for input of size ${count}`, { wanted, count })
    }
    return wanted
  }
  const rest = wanted.filter((_, i) => i !== unknown)
  if (rest.includes(-1)) fail('TN_SHAPE', where, `only one dimension can be inferred, got shape ${formatShape(wanted)}`)
  checkShape(where, rest)
  const known = elementCount(rest)
  if (known === 0 || count % known !== 0) {
    fail('TN_SHAPE', where, `shape '${formatShape(wanted)}' is invalid for input of size ${count}`, { wanted, count })
  }
  return wanted.map((size, i) => (i === unknown ? count / known : size))
}
