// Softmax and its logarithm along one dimension.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { normalizeDim } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { mul, neg, sub } from './arithmetic.ts'
import { toFloating } from './launch.ts'
import { contiguous, transpose } from './layout.ts'
import { sum } from './reduce.ts'
import { exp } from './unary.ts'

type Name = 'softmax' | 'logSoftmax'

/** Calls a kernel of rows for operands of one shape, along `dim`; the result is contiguous. */
function alongRows(
  dim: number,
  operands: readonly Tensor[],
  kernel: (out: number, operands: readonly number[], rows: number, columns: number) => void,
): Tensor {
  const [first] = operands as readonly [Tensor]
  const last = Math.max(first.ndim - 1, 0)
  const turn = (x: Tensor) => contiguous(dim === last ? x : transpose(x, dim, last))
  const sources = operands.map(turn)
  const [source] = sources as [Tensor]
  const out = allocate(source.shape, source.dtype)
  const columns = source.ndim === 0 ? 1 : (source.shape[last] as number)
  const addresses = sources.map((x) => x.address)
  if (out.numel > 0) kernel(out.address, addresses, out.numel / columns, columns)
  return turn(out)
}

/** The gradient of both, from the incoming gradient and the result; `dy` is its derivative with respect to the result. */
function backwardOpOf(
  name: Name,
  dy: (g: Tensor, gradient: Tensor, y: Tensor, dim: number) => Tensor,
  dgradient: (g: Tensor, y: Tensor, dim: number) => Tensor,
) {
  return defineOp({
    name: `${name}Backward`,
    inputs: ['gradient', 'y'],
    forward: ([gradient, y], dim: number) => {
      const kernel = backend().kernels[`${name}Backward`]
      const out = alongRows(dim, [gradient, y], (to, [g = 0, result = 0], rows, columns) =>
        kernel(dtypeCode(y.dtype), to, g, result, rows, columns),
      )
      return { out, saved: { gradient, y } }
    },
    gradients: {
      gradient: (g, { y }, dim): Tensor => dgradient(g, y, dim),
      y: (g, { gradient, y }, dim): Tensor => dy(g, gradient, y, dim),
    },
  })
}

const total = (x: Tensor, dim: number) => sum(x, dim, { keepdim: true })

// y·(g - Σ g·y)
const softmaxBackwardOp = backwardOpOf(
  'softmax',
  (h, g, y, dim) => sub(mul(h, sub(g, total(mul(g, y), dim))), mul(g, total(mul(h, y), dim))),
  (h, y, dim) => softmaxBackwardOp([h, y], dim),
)
// g - e^y·Σ g
const logSoftmaxBackwardOp = backwardOpOf(
  'logSoftmax',
  (h, g, y, dim) => neg(mul(mul(h, exp(y)), total(g, dim))),
  (h, y, dim) => sub(h, total(mul(h, exp(y)), dim)),
)

function rowOp(name: Name, backwardOp: typeof softmaxBackwardOp) {
  return defineOp({
    name,
    inputs: ['x'],
    forward: ([x], dim: number) => {
      const kernel = backend().kernels[name]
      const y = alongRows(dim, [x], (to, [from = 0], rows, columns) =>
        kernel(dtypeCode(x.dtype), to, from, rows, columns),
      )
      return { out: y, saved: { y } }
    },
    gradients: { x: (gradient, { y }, dim) => backwardOp([gradient, y], dim) },
  })
}

const softmaxOp = rowOp('softmax', softmaxBackwardOp)
const logSoftmaxOp = rowOp('logSoftmax', logSoftmaxBackwardOp)

/**
 * `e^x / Σ e^x` along `dim`, without overflow: numbers from 0 to 1 that sum to 1. Integers are taken as float32.
 *
 * @throws ThinnetError TN_RANGE if there is no such dimension.
 * @example softmax(logits, -1)
 */
export const softmax = (x: Tensor, dim: number): Tensor =>
  softmaxOp([toFloating('softmax', x)], normalizeDim('softmax', dim, x.ndim))

/** `log softmax(x)` along `dim`, more accurate than the two one after the other; see `softmax`. */
export const logSoftmax = (x: Tensor, dim: number): Tensor =>
  logSoftmaxOp([toFloating('logSoftmax', x)], normalizeDim('logSoftmax', dim, x.ndim))

/** @internal A softmax over the last dimension that another kernel has computed: recorded, not computed. */
export const knownSoftmaxOp = defineOp({
  name: 'softmax',
  inputs: ['x'],
  forward: (_, y: Tensor) => ({ out: y, saved: { y } }),
  gradients: { x: (gradient, { y }) => softmaxBackwardOp([gradient, y], y.ndim - 1) },
})
