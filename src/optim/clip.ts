// Bounds on gradients.
import { noGrad } from '../autograd/mode.ts'
import { mul } from '../ops/arithmetic.ts'
import { tensor } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { copyElements } from '../ops/layout.ts'
import { norm } from '../ops/reduce.ts'
import type { Tensor } from '../tensor/tensor.ts'

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
