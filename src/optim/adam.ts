import { backend } from '../backend/backend.ts'
import { failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { zeros } from '../ops/creation.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkWeightDecay, Optimizer, type Params, type Settings } from './optimizer.ts'

/** Settings of `Adam` and `AdamW`. */
export interface AdamOptions extends Settings {
  /** How long gradients and squared gradients are remembered, each in [0, 1). Default [0.9, 0.999]. */
  betas: readonly [number, number]
  /** Added to the root of the squares, so that no division is by 0. Default 1e-8. */
  eps: number
  /** How strongly weights are drawn to 0. Default 0; in AdamW 0.01. */
  weightDecay: number
  /** Divides by the largest average of squares so far (arXiv 1904.09237). Default false. */
  amsgrad: boolean
  /** Goes up the gradient instead of down. Default false. */
  maximize: boolean
}

type AdamState = {
  /** Steps taken. */
  step: number
  expAvg: Tensor
  expAvgSq: Tensor
  /** With amsgrad. */
  maxExpAvgSq: Tensor | undefined
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  maxNorm: undefined,
}

/** What Adam and AdamW share: all but where the weight decay goes. */
abstract class AdamBase extends Optimizer<AdamOptions, AdamState> {
  /** Weight decay acts on the weight itself, not through the gradient. */
  protected abstract readonly decoupled: boolean

  protected checkSettings({ betas, eps, weightDecay }: AdamOptions): void {
    const where = this.constructor.name
    if (!(eps >= 0)) failAsPyTorch('TN_RANGE', where, `Invalid epsilon value: ${floatText(eps)}`)
    for (const [i, beta] of betas.entries()) {
      if (!(beta >= 0 && beta < 1)) {
        failAsPyTorch('TN_RANGE', where, `Invalid beta parameter at index ${i}: ${floatText(beta)}`)
      }
    }
    checkWeightDecay(where, weightDecay)
  }

  protected newState({ shape, dtype }: Tensor): AdamState {
    return { step: 0, expAvg: zeros(shape, { dtype }), expAvgSq: zeros(shape, { dtype }), maxExpAvgSq: undefined }
  }

  protected update(param: Tensor, grad: Tensor, state: AdamState, settings: AdamOptions): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = settings
    state.step++
    if (amsgrad) state.maxExpAvgSq ??= zeros(param.shape, { dtype: param.dtype })
    const { step, expAvg, expAvgSq, maxExpAvgSq } = state
    const largest = amsgrad && maxExpAvgSq ? maxExpAvgSq.address : 0
    backend().kernels.adamStep(
      ...([dtypeCode(param.dtype), param.address, grad.address] as const),
      ...([expAvg.address, expAvgSq.address, largest, param.numel] as const),
      ...([lr, ...betas, eps, weightDecay] as const),
      ...([Number(this.decoupled), step, Number(maximize)] as const),
    )
  }
}

/**
 * Steps scaled by running averages of the gradient g and its square (Kingma & Ba 2014, arXiv 1412.6980): in step t,
 *
 *     m = β1 · m + (1 - β1) · g        v = β2 · v + (1 - β2) · g²
 *     w = w - lr · (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + eps)
 *
 * Weight decay is added to the gradient. Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-8.
 *
 * @throws ThinnetError TN_RANGE for settings out of range.
 * @example new optim.Adam(model.parameters(), { lr: 3e-4 })
 */
export class Adam extends AdamBase {
  protected override readonly decoupled = false

  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    checkOptions('Adam', options, Object.keys(defaults), `new optim.Adam(params, { lr: ${String(options)} })`)
    super(params, { ...defaults, ...options })
  }
}

/**
 * Adam whose weight decay acts on the weights themselves, `w = w · (1 - lr · weightDecay)` before each step (Loshchilov
 * & Hutter 2017, arXiv 1711.05101). Defaults: those of Adam, with weightDecay 0.01.
 *
 * @throws ThinnetError TN_RANGE for settings out of range.
 */
export class AdamW extends AdamBase {
  protected override readonly decoupled = true

  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    checkOptions('AdamW', options, Object.keys(defaults), `new optim.AdamW(params, { lr: ${String(options)} })`)
    super(params, { ...defaults, weightDecay: 0.01, ...options })
  }
}
