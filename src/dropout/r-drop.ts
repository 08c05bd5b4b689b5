import { fail } from '../backend/errors.ts'
import { checkOptions, Module } from '../module/index.ts'
import { add, div, mul, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { ne } from '../ops/compare.ts'
import { cat } from '../ops/join.ts'
import { narrow } from '../ops/layout.ts'
import { type CrossEntropyOptions, crossEntropy } from '../ops/loss.ts'
import { mean, sum } from '../ops/reduce.ts'
import { logSoftmax } from '../ops/softmax.ts'
import { exp } from '../ops/unary.ts'
import { isFloating } from '../tensor/dtype.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `rDropLoss`: those of `crossEntropy` but its reduction, which is the mean, and the weight of R-Drop. */
export interface RDropOptions extends Omit<CrossEntropyOptions, 'reduction'> {
  /** How much disagreement of the two thinned networks costs. At least 0; default 1. */
  readonly alpha?: number | undefined
}

const optionNames = [
  'alpha',
  'weight',
  'ignoreIndex',
  'labelSmoothing',
] as const satisfies readonly (keyof RDropOptions)[]

function checkAlpha(where: string, alpha: number): void {
  if (!(alpha >= 0)) fail('TN_RANGE', where, `alpha must be at least 0, got ${String(alpha)}`)
}

/**
 * Makes two thinned networks agree: `CE(P, y) + CE(Q, y) + α/2 (KL(P ‖ Q) + KL(Q ‖ P))`, where P and Q are what two
 * passes of a model with dropout say to the same input (R-Drop: Wu et al. 2021, arXiv 2106.14448).
 *
 * The paper's sums are means over examples here, as in `crossEntropy`; positions of `ignoreIndex` count in none of them.
 * The two divergences add up to `Σ (P - Q)(ln P - ln Q)`. Without dropout both passes are one, and what is left is
 * twice the cross entropy.
 *
 * Shape: both logits `[N, C]` or `[N, C, ...]`; target as `crossEntropy`; result `[]`. Gradient: of both logits.
 *
 * @throws ThinnetError TN_SHAPE if the logits' shapes differ; TN_RANGE if alpha is negative or an option unknown; else as
 * `crossEntropy`.
 * @example rDropLoss(model.call(x), model.call(x), y, { alpha: 5 })
 */
export function rDropLoss(first: Tensor, second: Tensor, target: Tensor, options: RDropOptions = {}): Tensor {
  checkOptions('rDropLoss', options, optionNames, 'rDropLoss(first, second, target, { alpha: 1 })')
  const { alpha = 1, ...rest } = options
  checkAlpha('rDropLoss', alpha)
  if (!sameShape(first.shape, second.shape)) {
    const shapes = `${formatShape(first.shape)} and ${formatShape(second.shape)}`
    fail('TN_SHAPE', 'rDropLoss', `the logits of both passes must have one shape, got ${shapes}`)
  }
  const likelihoods = add(crossEntropy(first, target, rest), crossEntropy(second, target, rest))
  return add(likelihoods, mul(disagreement(first, second, target, rest.ignoreIndex ?? -100), alpha / 2))
}

/** KL(P ‖ Q) + KL(Q ‖ P), the mean over all positions with a target. */
function disagreement(first: Tensor, second: Tensor, target: Tensor, ignoreIndex: number): Tensor {
  const [logP, logQ] = [logSoftmax(first, 1), logSoftmax(second, 1)]
  const each = sum(mul(sub(exp(logP), exp(logQ)), sub(logP, logQ)), 1)
  if (isFloating(target.dtype)) return mean(each)
  const counted = cast(ne(target, ignoreIndex), each.dtype)
  return div(sum(mul(each, counted)), sum(counted))
}

/**
 * A model with its R-Drop loss: runs each mini-batch twice in one pass, `[x; x]`, so that dropout draws two thinned
 * networks for each example, and returns `rDropLoss` of both halves. In evaluation it runs x once and returns the cross
 * entropy. The model inside is what predicts.
 *
 * Shape: x `[N, ...]`, target as `crossEntropy`; result `[]`.
 *
 * @throws ThinnetError TN_DTYPE if `model` is no module; TN_RANGE if alpha is negative or an option unknown.
 * @example
 * const loss = new nn.RDrop(model, { alpha: 5 }).call(x, y)
 */
export class RDrop extends Module<[x: Tensor, target: Tensor]> {
  /** How much disagreement costs. May be changed. */
  alpha: number
  readonly #options: Omit<RDropOptions, 'alpha'>

  constructor(
    readonly model: Module,
    options: RDropOptions = {},
  ) {
    super()
    if (!(model instanceof Module)) fail('TN_DTYPE', 'RDrop', `expected a module, got ${typeof model}`)
    checkOptions('RDrop', options, optionNames, 'new nn.RDrop(model, { alpha: 1 })')
    const { alpha = 1, ...rest } = options
    checkAlpha('RDrop', alpha)
    this.alpha = alpha
    this.#options = rest
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { model, alpha } = this
    if (!this.training) return crossEntropy(model.call(x), target, this.#options)
    const logits = model.call(cat([x, x]))
    const half = (logits.shape[0] as number) / 2
    return rDropLoss(narrow(logits, 0, 0, half), narrow(logits, 0, half, half), target, { alpha, ...this.#options })
  }

  override extraRepr(): string {
    return `alpha=${this.alpha}`
  }
}
