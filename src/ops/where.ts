import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { checkTensor } from '../tensor/arguments.ts'
import { itemBytes } from '../tensor/dtype.ts'
import { broadcastShapes } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { full } from './creation.ts'
import { describeOperands, promoted } from './launch.ts'
import { sumTo } from './reduce.ts'

const whereOp = defineOp({
  name: 'where',
  inputs: ['condition', 'a', 'b'],
  forward: ([condition, a, b]) => {
    const { kernels, memory } = backend()
    const shape = broadcastShapes('where', broadcastShapes('where', condition.shape, a.shape), b.shape)
    const out = allocate(shape, a.dtype)
    const { rank, description } = describeOperands(shape, [condition, a, b])
    const addresses = [condition.address, a.address, b.address] as const
    kernels.where(itemBytes(a.dtype), out.address, ...addresses, rank, memory.describe(description))
    return { out, saved: { condition, aShape: a.shape, bShape: b.shape } }
  },
  gradients: {
    condition: 'not differentiable',
    a: (gradient, { condition, aShape }) => sumTo(where(condition, gradient, 0), aShape),
    b: (gradient, { condition, bShape }) => sumTo(where(condition, 0, gradient), bShape),
  },
})

/** `a` where the condition holds, else `b`; all three broadcast. @example where(gt(x, 0), x, 0) */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  checkTensor('where', condition)
  if (condition.dtype !== 'bool')
    fail('TN_DTYPE', 'where', `expected condition to be a bool tensor, got ${condition.dtype}`)
  if (typeof a === 'number' && typeof b === 'number') {
    const dtype = Number.isInteger(a) && Number.isInteger(b) ? 'int32' : 'float32'
    return whereOp([condition, full([], a, { dtype }), full([], b, { dtype })], undefined)
  }
  const dtype = typeof a === 'number' ? promoted('where', b as Tensor, a) : promoted('where', a, b)
  const operand = (x: Tensor | number) => (typeof x === 'number' ? full([], x, { dtype }) : cast(x, dtype))
  return whereOp([condition, operand(a), operand(b)], undefined)
}

/** `x` with `value` where the mask is true; mask and `x` broadcast. */
export const maskedFill = (x: Tensor, mask: Tensor, value: number): Tensor =>
  where(mask, full([], value, { dtype: x.dtype }), x)
