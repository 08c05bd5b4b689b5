// What holds gradients and weights within bounds.
import { noGrad } from '../autograd/mode.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { mul } from '../ops/arithmetic.ts'
import { tensor } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { copyElements } from '../ops/layout.ts'
import { norm } from '../ops/reduce.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * Max-norm constraint: scales the incoming weights of each neuron (each row of a weight matrix `[outFeatures, ...]`) down
 * to an L2 norm of at most `limit`. Vectors, such as biases, are left alone. To be called after each `optimizer.step()`.
 * With dropout it allows large learning rates (Srivastava et al. 2014, section 5.1, limits of 3 to 4).
 *
 * @throws ThinnetError TN_RANGE if the limit is not positive.
 * @example optim.maxNorm(model.parameters(), 3)
 */
export function maxNorm(parameters: Iterable<Tensor>, limit: number): void {
  if (!(limit > 0)) fail('TN_RANGE', 'maxNorm', `limit must be positive, got ${limit}`)
  noGrad(() => {
    for (const weight of parameters) {
      if (weight.ndim < 2 || weight.numel === 0) continue
      const dense = weight.contiguous()
      const [rows] = weight.shape as [number]
      backend().kernels.maxNorm(dtypeCode(weight.dtype), dense.address, rows, weight.numel / rows, limit)
      if (dense !== weight) copyElements(weight, dense)
      weight.version.bump('maxNorm')
    }
  })
}

const gradients = (parameters: Iterable<Tensor>): Tensor[] =>
  [...parameters].flatMap(({ grad }) => (grad ? [grad] : []))

/**
 * Scales all gradients together so that their norm, taken as of one vector, is at most `limit`. Returns the norm before.
 *
 * @param options `normType`: 2 by default; Infinity for the largest absolute value.
 */
export function clipGradNorm_(
  parameters: Iterable<Tensor>,
  limit: number,
  { normType = 2 }: { readonly normType?: number } = {},
): Tensor {
  return noGrad(() => {
    const list = gradients(parameters)
    if (list.length === 0) return tensor(0)
    const total = norm(stack(list.map((grad) => norm(grad, normType))), normType)
    // PyTorch's order of roundings: 1/(total + 1e-6), times the limit, at most 1; applied even where it is 1.
    const coefficient = total.add(1e-6).reciprocal().mul(limit).clamp({ max: 1 })
    for (const grad of list) copyElements(grad, mul(grad, coefficient))
    return total
  })
}

/** Holds every element of every gradient within `[-limit, limit]`. */
export function clipGradValue_(parameters: Iterable<Tensor>, limit: number): void {
  noGrad(() => {
    for (const grad of gradients(parameters)) grad.clamp_({ min: -limit, max: limit })
  })
}
