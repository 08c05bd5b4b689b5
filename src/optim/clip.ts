// Bounds on gradients.
import { noGrad } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { tensor } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { norm } from '../ops/reduce.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `clipGradNorm_`. */
export interface ClipGradNormOptions {
  /** Which norm; Infinity for the largest absolute value. Default 2. */
  readonly normType?: number | undefined
  /** Throws if the norm is not a finite number. Default false. */
  readonly errorIfNonfinite?: boolean | undefined
}

const gradientsOf = (parameters: Iterable<Tensor>): Tensor[] => [...parameters].flatMap(({ ownGrad }) => ownGrad ?? [])

/**
 * Scales all gradients together so that their norm, taken as of one vector, is at most `maxNorm`. To be called between
 * `backward` and `step`.
 *
 * @returns the norm before; shape `[]`.
 * @throws ThinnetError TN_RANGE if asked to where the norm is not finite.
 * @example optim.clipGradNorm_(model.parameters(), 1)
 */
export function clipGradNorm_(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  options: ClipGradNormOptions = {},
): Tensor {
  checkOptions('clipGradNorm_', options, ['normType', 'errorIfNonfinite'])
  const { normType = 2, errorIfNonfinite = false } = options
  return noGrad(() => {
    const gradients = gradientsOf(parameters)
    if (gradients.length === 0) return tensor(0)
    const total = norm(stack(gradients.map((grad) => norm(grad, normType))), normType)
    if (errorIfNonfinite && !Number.isFinite(total.item())) {
      const what = `The total norm of order ${floatText(normType)} for gradients from \`parameters\` is non-finite, so it cannot be clipped.`
      const remedy =
        'To disable this error and scale the gradients by the non-finite norm anyway, set `errorIfNonfinite: false`'
      failAsPyTorch('TN_RANGE', 'clipGradNorm_', `${what} ${remedy}`)
    }
    // Computed in the gradients' type, 1 / (total + 1e-6) first, and applied even where it is 1: PyTorch's roundings.
    const factor = total.add(1e-6).reciprocal().mul(maxNorm).clamp({ max: 1 })
    for (const grad of gradients) grad.mul_(factor)
    return total
  })
}

/** Holds every element of every gradient within `[-clipValue, clipValue]`. */
export function clipGradValue_(parameters: Iterable<Tensor>, clipValue: number): void {
  if (!(clipValue >= 0)) fail('TN_RANGE', 'clipGradValue_', `clipValue must not be negative, got ${clipValue}`)
  noGrad(() => {
    for (const grad of gradientsOf(parameters)) grad.clamp_({ min: -clipValue, max: clipValue })
  })
}
