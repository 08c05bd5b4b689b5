// Matrix products: every transpose and stride goes to the kernel as it is.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { broadcastShapes, elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { checkFloating, promoted } from './launch.ts'
import { contiguous, expand, reshape, transpose } from './layout.ts'
import { sum, sumTo } from './reduce.ts'

/** `out[t] = a[t] · b[t] (+ bias)` for batches of matrices, `[T, M, K]` and `[T, K, N]`, any strides. */
function product(out: Tensor, a: Tensor, b: Tensor, bias: Tensor | undefined): void {
  const [batch, m, k] = a.shape as [number, number, number]
  const n = b.shape[2] as number
  const [aBatch, aRow, aCol] = a.strides as [number, number, number]
  const [bBatch, bRow, bCol] = b.strides as [number, number, number]
  const code = dtypeCode(a.dtype)
  const [aAddress, bAddress, biasAddress] = [a.address, b.address, bias ? bias.address : 0]
  backend().kernels.gemm(
    ...([code, batch, m, n, k] as const),
    ...([aAddress, aBatch, aRow, aCol] as const),
    ...([bAddress, bBatch, bRow, bCol] as const),
    ...([out.address, m * n, n] as const),
    ...([1, 0] as const), // alpha, accumulate
    ...([0, 0, 0, 0] as const), // no index lists
    ...([biasAddress, 0, 0, 1] as const), // bias, activation, mask, scale
  )
}

/** Batch dimensions expanded to `batch` and joined into one. */
const batched = (x: Tensor, batch: Shape): Tensor => {
  const matrix = x.shape.slice(-2)
  return reshape(expand(x, [...batch, ...matrix]), [elementCount(batch), ...matrix])
}

const matmulOp = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  forward: ([a, b]) => {
    const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
    const out = allocate([...batch, a.shape.at(-2) as number, b.shape.at(-1) as number], a.dtype)
    product(out, batched(a, batch), batched(b, batch), undefined)
    return { out, saved: { a, b } }
  },
  gradients: {
    a: (gradient, { a, b }): Tensor => sumTo(matmulOp([gradient, transpose(b, -1, -2)], undefined), a.shape),
    b: (gradient, { a, b }): Tensor => sumTo(matmulOp([transpose(a, -1, -2), gradient], undefined), b.shape),
  },
})

/**
 * The matrix product of the last two dimensions; dimensions before them are batches and broadcast. A vector counts as a
 * row on the left and as a column on the right, and that dimension goes again.
 *
 * Shape: `[..., M, K]` and `[..., K, N]` to `[..., M, N]`.
 *
 * @throws ThinnetError TN_SHAPE if the inner sizes differ.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) {
    fail('TN_SHAPE', 'matmul', `both arguments to matmul need to be at least 1D, but they are ${a.ndim}D and ${b.ndim}D`)
  }
  const dtype = promoted(a, b)
  const left = cast(a.ndim === 1 ? reshape(a, [1, -1]) : a, dtype)
  const right = cast(b.ndim === 1 ? reshape(b, [-1, 1]) : b, dtype)
  checkFloating('matmul', left)
  if (left.shape.at(-1) !== right.shape.at(-2)) {
    fail('TN_SHAPE', 'matmul', `inner sizes differ, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`, { a: a.shape, b: b.shape })
  }
  const out = matmulOp([left, right], undefined)
  if (a.ndim > 1 && b.ndim > 1) return out
  return reshape(out, out.shape.filter((_, i) => !(a.ndim === 1 && i === out.ndim - 2) && !(b.ndim === 1 && i === out.ndim - 1)))
}

const linearOp = defineOp({
  name: 'linear',
  inputs: ['x', 'weight', 'bias?'],
  forward: ([x, weight, bias]) => {
    const [outFeatures, inFeatures] = weight.shape as [number, number]
    const rows = reshape(x, [1, -1, inFeatures])
    const out = allocate([...x.shape.slice(0, -1), outFeatures], x.dtype)
    product(out, rows, reshape(transpose(weight, 0, 1), [1, inFeatures, outFeatures]), bias && contiguous(bias))
    return { out, saved: { x, weight } }
  },
  gradients: {
    x: (gradient, { weight }) => matmul(gradient, weight),
    weight: (gradient, { x, weight }) => {
      const [outFeatures, inFeatures] = weight.shape as [number, number]
      return matmul(transpose(reshape(gradient, [-1, outFeatures]), 0, 1), reshape(x, [-1, inFeatures]))
    },
    bias: (gradient) => sum(reshape(gradient, [-1, gradient.shape.at(-1) as number]), 0),
  },
})

/**
 * `y = x · weightᵀ + bias`.
 *
 * Shape: x `[..., inFeatures]`, weight `[outFeatures, inFeatures]`, bias `[outFeatures]`; result `[..., outFeatures]`.
 *
 * @throws ThinnetError TN_SHAPE or TN_DTYPE if they do not fit each other.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const fits = x.ndim > 0 && weight.ndim === 2 && x.shape.at(-1) === weight.shape[1]
  if (!fits) {
    fail('TN_SHAPE', 'linear', `expected x [..., inFeatures] and weight [outFeatures, inFeatures], got ${formatShape(x.shape)} and ${formatShape(weight.shape)}`, { x: x.shape, weight: weight.shape })
  }
  if (bias && !sameShape(bias.shape, [weight.shape[0] as number])) {
    fail('TN_SHAPE', 'linear', `expected bias [${weight.shape[0]}], got ${formatShape(bias.shape)}`)
  }
  checkFloating('linear', weight)
  if (x.dtype !== weight.dtype || (bias && bias.dtype !== weight.dtype)) {
    fail('TN_DTYPE', 'linear', `expected one data type, got x ${x.dtype}, weight ${weight.dtype}${bias ? `, bias ${bias.dtype}` : ''}`)
  }
  return linearOp([x, weight, bias], undefined)
}
