// Matrix products: every transpose and stride goes to the kernel as it is.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { checkTensor } from '../tensor/arguments.ts'
import { deferredTensor } from '../tensor/deferred.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { broadcastShapes, elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { checkFloating, promoted } from './launch.ts'
import { expand, reshape } from './layout.ts'
import { sum, sumTo } from './reduce.ts'
import { type DenseLinear, type Epilogue, LinearValue } from './thinned.ts'

/** Which operands are stored transposed: read as if their last two dimensions were swapped. */
interface Transposes {
  readonly a: boolean
  readonly b: boolean
}

const neither: Transposes = { a: false, b: false }
const onlyA: Transposes = { a: true, b: false }
const onlyB: Transposes = { a: false, b: true }
const both: Transposes = { a: true, b: true }

/** `out = a · b`, batch by batch, then the epilogue; the first dimension of three is the batch. Any strides. */
function product(out: Tensor, a: Tensor, b: Tensor, transposed: Transposes, epilogue?: Epilogue): void {
  const [aDim, bDim] = [a.ndim - 2, b.ndim - 2]
  const [aRows, aColumns] = transposed.a ? [aDim + 1, aDim] : [aDim, aDim + 1]
  const [bRows, bColumns] = transposed.b ? [bDim + 1, bDim] : [bDim, bDim + 1]
  const m = a.shape[aRows] as number
  const n = b.shape[bColumns] as number
  const { bias, relu = false, masked } = epilogue ?? {}
  const biasAddress = bias ? bias.address : 0
  backend().kernels.gemm(
    dtypeCode(a.dtype),
    aDim === 0 ? 1 : (a.shape[0] as number),
    m,
    n,
    a.shape[aColumns] as number,
    a.address,
    aDim === 0 ? 0 : (a.strides[0] as number),
    a.strides[aRows] as number,
    a.strides[aColumns] as number,
    b.address,
    bDim === 0 ? 0 : (b.strides[0] as number),
    b.strides[bRows] as number,
    b.strides[bColumns] as number,
    out.address,
    m * n,
    n,
    1, // alpha
    0, // not added to what is there
    0, // no lists of rows and columns
    0,
    0,
    0,
    biasAddress,
    Number(relu),
    masked ? masked.mask.address : 0,
    masked ? masked.scale : 1,
  )
}

/** Batch dimensions expanded to `batch` and joined into one. */
const batched = (x: Tensor, batch: Shape): Tensor => {
  const matrix = x.shape.slice(-2)
  return reshape(expand(x, [...batch, ...matrix]), [elementCount(batch), ...matrix])
}

/** Operands of two dimensions or more, with fitting inner sizes. */
const matmulOp = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  forward: ([a, b], transposed: Transposes) => {
    const m = a.shape.at(transposed.a ? -1 : -2) as number
    const n = b.shape.at(transposed.b ? -2 : -1) as number
    if (a.ndim === 2 && b.ndim === 2) {
      const out = allocate([m, n], a.dtype)
      product(out, a, b, transposed)
      return { out, saved: { a, b } }
    }
    const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
    const out = allocate([...batch, m, n], a.dtype)
    product(out, batched(a, batch), batched(b, batch), transposed)
    return { out, saved: { a, b } }
  },
  gradients: {
    a: (gradient, { a, b }, transposed): Tensor => {
      const share = transposed.a
        ? matmulOp([b, gradient], transposed.b ? both : onlyB)
        : matmulOp([gradient, b], transposed.b ? neither : onlyB)
      return sumTo(share, a.shape)
    },
    b: (gradient, { a, b }, transposed): Tensor => {
      const share = transposed.b
        ? matmulOp([gradient, a], transposed.a ? both : onlyA)
        : matmulOp([a, gradient], transposed.a ? neither : onlyA)
      return sumTo(share, b.shape)
    },
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
  const dtype = promoted('matmul', a, b)
  if (a.ndim === 0 || b.ndim === 0) {
    fail(
      'TN_SHAPE',
      'matmul',
      `both arguments to matmul need to be at least 1D, but they are ${a.ndim}D and ${b.ndim}D`,
    )
  }
  const left = cast(a.ndim === 1 ? reshape(a, [1, -1]) : a, dtype)
  const right = cast(b.ndim === 1 ? reshape(b, [-1, 1]) : b, dtype)
  checkFloating('matmul', left)
  if (left.shape.at(-1) !== right.shape.at(-2)) {
    fail('TN_SHAPE', 'matmul', `inner sizes differ, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`, {
      a: a.shape,
      b: b.shape,
    })
  }
  const out = matmulOp([left, right], neither)
  if (a.ndim > 1 && b.ndim > 1) return out
  return reshape(
    out,
    out.shape.filter((_, i) => !(a.ndim === 1 && i === out.ndim - 2) && !(b.ndim === 1 && i === out.ndim - 1)),
  )
}

/** The same elements as rows of the last dimension. */
const asRows = (x: Tensor): Tensor =>
  x.ndim === 2 ? x : reshape(x, [elementCount(x.shape.slice(0, -1)), x.shape.at(-1) as number])

const linearShape = (x: Tensor, weight: Tensor): Shape => {
  const outFeatures = weight.shape[0] as number
  return x.ndim === 2 ? [x.shape[0] as number, outFeatures] : [...x.shape.slice(0, -1), outFeatures]
}

const gradientOfX = (gradient: Tensor, x: Tensor, weight: Tensor): Tensor => {
  const rows = matmulOp([asRows(gradient), weight], neither)
  return x.ndim === 2 ? rows : reshape(rows, x.shape)
}
const gradientOfWeight = (gradient: Tensor, x: Tensor): Tensor => matmulOp([asRows(gradient), asRows(x)], onlyA)
const gradientOfBias = (gradient: Tensor): Tensor => sum(asRows(gradient), 0)

/** All of a linear layer's output, in one kernel call. */
const denseLinear: DenseLinear = {
  compute(x, weight, epilogue) {
    const out = allocate(linearShape(x, weight), x.dtype)
    product(out, asRows(x), weight, onlyB, epilogue)
    return out
  },
  gradients: (gradient, x, weight, [wantsX, wantsWeight, wantsBias]) => [
    wantsX ? gradientOfX(gradient, x, weight) : undefined,
    wantsWeight ? gradientOfWeight(gradient, x) : undefined,
    wantsBias ? gradientOfBias(gradient) : undefined,
  ],
}

const linearOp = defineOp({
  name: 'linear',
  inputs: ['x', 'weight', 'bias?'],
  takesDeferred: true,
  forward: ([x, weight, bias]) => {
    const value = LinearValue.of(denseLinear, x, weight, bias)
    return { out: deferredTensor(linearShape(x, weight), x.dtype, value), saved: { x, weight } }
  },
  gradients: {
    x: (gradient, { x, weight }) => gradientOfX(gradient, x, weight),
    weight: (gradient, { x }) => gradientOfWeight(gradient, x),
    bias: (gradient) => gradientOfBias(gradient),
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
  checkTensor('linear', x)
  checkTensor('linear', weight)
  const fits = x.ndim > 0 && weight.ndim === 2 && x.shape.at(-1) === weight.shape[1]
  if (!fits) {
    fail(
      'TN_SHAPE',
      'linear',
      `expected x [..., inFeatures] and weight [outFeatures, inFeatures], got ${formatShape(x.shape)} and ${formatShape(weight.shape)}`,
      { x: x.shape, weight: weight.shape },
    )
  }
  if (bias && !sameShape(bias.shape, [weight.shape[0] as number])) {
    fail('TN_SHAPE', 'linear', `expected bias [${weight.shape[0]}], got ${formatShape(bias.shape)}`)
  }
  checkFloating('linear', weight)
  if (x.dtype !== weight.dtype || (bias && bias.dtype !== weight.dtype)) {
    fail(
      'TN_DTYPE',
      'linear',
      `expected one data type, got x ${x.dtype}, weight ${weight.dtype}${bias ? `, bias ${bias.dtype}` : ''}`,
    )
  }
  return linearOp([x, weight, bias], undefined)
}
