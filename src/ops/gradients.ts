import { type BackwardOptions, type GradientArithmetic, gradientsOf } from '../autograd/backward.ts'
import { backend } from '../backend/backend.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { add } from './arithmetic.ts'
import { onesLike } from './creation.ts'
import { clone, contiguous, copyElements } from './layout.ts'

/** What the autograd engine computes with; late-bound, since these modules import each other. */
export const gradientArithmetic: GradientArithmetic = {
  add: (a, b) => add(a, b),
  onesLike: (x) => onesLike(x),
  copy: (x) => clone(x),
  addInto(a, b) {
    const sum = a.isContiguous && a.dtype === b.dtype && sameShape(a.shape, b.shape) ? undefined : add(a, b)
    const other = contiguous(b).settle()
    a.settle().version.bump('backward')
    if (sum) return copyElements(a, sum)
    const [to, from] = [a.address, other.address]
    backend().kernels.addScaled(dtypeCode(a.dtype), to, to, from, a.numel, 1)
  },
}

/**
 * The gradients of `output` with respect to `inputs`, leaving every `grad` as it was; PyTorch's `torch.autograd.grad`.
 * With `createGraph` they can be differentiated again.
 *
 * @example
 * const [dx] = grad(x.pow(3).sum(), [x], { createGraph: true })
 */
export const grad = (
  output: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions = {},
): (Tensor | undefined)[] => gradientsOf(output, inputs, options, gradientArithmetic)
