import { backend } from '../backend/backend.ts'
import { checkOptions } from '../module/index.ts'
import { zerosLike } from '../ops/creation.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkValue, type GroupOptions, Optimizer, type ParameterState, type Parameters } from './optimizer.ts'

export interface AdamOptions extends GroupOptions {
  /** Decay of the running averages of the gradient and of its square, each in [0, 1). Default [0.9, 0.999]. */
  betas: readonly [number, number]
  /** Added to the denominator. Default 1e-8. */
  eps: number
  /** Adam: L2 penalty in the gradient, default 0. AdamW: share of the weight taken off, default 0.01. */
  weightDecay: number
  /** Divides by the largest average so far (Reddi et al., 2018). Default false. */
  amsgrad: boolean
  /** Climbs instead of descending. Default false. */
  maximize: boolean
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980, algorithm 1), in PyTorch's order of operations:
 *
 *     m = β1·m + (1-β1)·g;  v = β2·v + (1-β2)·g²
 *     w = w - lr/(1-β1^t) · m / (sqrt(v)/sqrt(1-β2^t) + eps)
 *
 * @param options `lr` is 1e-3 by default.
 * @throws ThinnetError TN_RANGE for options outside their ranges, with PyTorch's messages.
 */
export class Adam extends Optimizer<AdamOptions> {
  /** AdamW takes weight decay off the weights, not into the gradient. */
  protected readonly decoupled: boolean = false

  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}, weightDecay = 0) {
    const defaults: AdamOptions = {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay,
      amsgrad: false,
      maximize: false,
    }
    checkOptions('Adam', options, Object.keys(defaults), 'new optim.Adam(parameters, { lr: 1e-3 })')
    super(parameters, { ...defaults, ...options })
  }

  protected override check({ lr, betas, eps, weightDecay }: AdamOptions): void {
    checkValue(this.name, 'learning rate', lr, lr >= 0)
    checkValue(this.name, 'epsilon value', eps, eps >= 0)
    for (const [i, beta] of betas.entries()) {
      checkValue(this.name, `beta parameter at index ${i}`, beta, beta >= 0 && beta < 1)
    }
    checkValue(this.name, 'weight_decay value', weightDecay, weightDecay >= 0)
  }

  protected override update(parameter: Tensor, gradient: Tensor, state: ParameterState, options: AdamOptions): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = options
    state.step = ((state.step as number | undefined) ?? 0) + 1
    state.expAvg ??= zerosLike(parameter)
    state.expAvgSq ??= zerosLike(parameter)
    if (amsgrad) state.maxExpAvgSq ??= zerosLike(parameter)
    const { expAvg, expAvgSq, maxExpAvgSq } = state as { expAvg: Tensor; expAvgSq: Tensor; maxExpAvgSq?: Tensor }
    backend().kernels.adamStep(
      dtypeCode(parameter.dtype),
      parameter.address,
      gradient.address,
      expAvg.address,
      expAvgSq.address,
      amsgrad && maxExpAvgSq ? maxExpAvgSq.address : 0,
      parameter.numel,
      lr,
      betas[0],
      betas[1],
      eps,
      weightDecay,
      Number(this.decoupled),
      state.step,
      Number(maximize),
    )
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101): `w = w·(1 - lr·weightDecay)` before each
 * step. See `Adam`; `weightDecay` is 0.01 by default.
 */
export class AdamW extends Adam {
  protected override readonly decoupled: boolean = true

  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, options, 0.01)
  }
}
