import { withGradMode } from '../autograd/mode.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { contiguous, copyElements } from '../ops/layout.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * Scales the incoming weights of each neuron down to a norm, where they are longer: each row of a parameter of two or
 * more dimensions, `w[i] = w[i] * min(1, limit / ‖w[i]‖)`. Vectors are left alone. To be called after an optimizer's
 * step; the setting `maxNorm` of an optimizer or of a group does the same by itself.
 *
 * With dropout it lets the learning rate be large (Srivastava et al. 2014, section 5.1). Usual limits: 3 to 4.
 *
 * @throws ThinnetError TN_RANGE unless the limit is above 0.
 * @example optim.maxNorm(model.parameters(), 3)
 */
export function maxNorm(parameters: Iterable<Tensor>, limit: number): void {
  if (!(limit > 0)) fail('TN_RANGE', 'maxNorm', `the limit must be above 0, got ${limit}`)
  withGradMode(false, () => {
    for (const parameter of parameters) {
      if (parameter.ndim < 2 || parameter.numel === 0) continue
      parameter.version.bump('maxNorm')
      const values = contiguous(parameter)
      limitRows(values, limit)
      if (values !== parameter) copyElements(parameter, values)
    }
  })
}

/** @internal Scales the rows of contiguous weights down to a norm, where they are longer. Vectors are left alone. */
export function limitRows(weights: Tensor, limit: number): void {
  const [rows, ...columns] = weights.shape
  if (rows === undefined || columns.length === 0) return
  backend().kernels.maxNorm(dtypeCode(weights.dtype), weights.address, rows, weights.numel / rows, limit)
}
