import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { checkDType, type DType, dtypeCode } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { contiguous } from './layout.ts'

const castOp = defineOp({
  name: 'toCopy',
  inputs: ['x'],
  forward: ([x], to: DType) => {
    const source = contiguous(x)
    const out = allocate(x.shape, to)
    backend().kernels.cast(dtypeCode(to), out.address, dtypeCode(x.dtype), source.address, out.numel)
    return { out, saved: { from: x.dtype } }
  },
  gradients: { x: (gradient, { from }) => cast(gradient, from) },
})

/**
 * The same values in another data type; `x` itself if it has that type. Floating to integer truncates, anything to bool
 * is `x != 0`.
 *
 * @throws ThinnetError TN_DTYPE if there is no such type.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x
  checkDType('to', dtype)
  return castOp([x], dtype)
}
