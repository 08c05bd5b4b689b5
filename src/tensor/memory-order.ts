import type { DType } from './dtype.ts'
import { contiguousStrides, type Shape } from './shape.ts'
import { allocate, Tensor, viewOf } from './tensor.ts'

/**
 * The dimensions from the outermost in memory to the innermost: the order in which PyTorch walks one tensor, and so the
 * order in which random numbers are drawn for it. Strides of 0 say nothing about a dimension's place: it stays where
 * row-major order has it, as in PyTorch's insertion sort, which is repeated here because that makes it no total order.
 */
export function memoryOrder(shape: Shape, strides: Shape): number[] {
  const inner = shape.map((_, i) => shape.length - 1 - i)
  for (let i = 1; i < inner.length; i++) {
    let at = i
    for (let before = i - 1; before >= 0; before--) {
      const [a, b] = [inner[before] as number, inner[at] as number]
      const [strideA, strideB] = [strides[a] as number, strides[b] as number]
      if (strideA === 0 || strideB === 0) continue
      if (strideA < strideB) break
      if (strideA === strideB && (shape[a] as number) <= (shape[b] as number)) continue
      inner[before] = b
      inner[at] = a
      at = before
    }
  }
  return inner.reverse()
}

/** A view of the same elements whose row-major order is the order of memory. Has no history. */
export function inMemoryOrder(x: Tensor, order: readonly number[] = memoryOrder(x.shape, x.strides)): Tensor {
  const pick = (list: Shape) => order.map((dim) => list[dim] as number)
  return viewOf(x, pick(x.shape), pick(x.strides), x.offset)
}

/**
 * A tensor of arbitrary elements without gaps, of x's shape and order of dimensions in memory (PyTorch's `empty_like`).
 */
export function allocateLike(x: Tensor, dtype: DType = x.dtype): Tensor {
  const out = allocate(x.shape, dtype)
  if (x.isContiguous) return out
  const order = memoryOrder(x.shape, x.strides)
  const ordered = contiguousStrides(order.map((dim) => x.shape[dim] as number))
  const strides = new Array<number>(order.length)
  order.forEach((dim, i) => {
    strides[dim] = ordered[i] as number
  })
  return new Tensor(x.shape, dtype, out.storage, strides, 0, out.version)
}
