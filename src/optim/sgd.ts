import { backend } from '../backend/backend.ts'
import { failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { empty } from '../ops/creation.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkWeightDecay, Optimizer, type Params, type Settings } from './optimizer.ts'

/** Settings of `SGD`. */
export interface SGDOptions extends Settings {
  /** How much of the last step is repeated, from 0 (the default) to below 1. */
  momentum: number
  /** How much less a gradient counts where there is momentum. Default 0. */
  dampening: number
  /** How strongly weights are drawn to 0: added to the gradient, times the weight. Default 0. */
  weightDecay: number
  /** Looks ahead by the momentum before it takes the gradient. Default false. */
  nesterov: boolean
  /** Goes up the gradient instead of down. Default false. */
  maximize: boolean
}

type SGDState = {
  /** Undefined until the first step with momentum. */
  momentumBuffer: Tensor | undefined
}

const defaults: SGDOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
  maxNorm: undefined,
}

/**
 * Stochastic gradient descent: with g the gradient plus `weightDecay · w`,
 *
 *     b = momentum · b + (1 - dampening) · g     (b = g in the first step)
 *     w = w - lr · b                             (nesterov: w - lr · (g + momentum · b))
 *
 * To the bit what PyTorch computes from the same gradients. Defaults: lr 1e-3, all else off.
 *
 * @throws ThinnetError TN_RANGE for settings out of range.
 * @example new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.95, maxNorm: 3 })
 */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    checkOptions('SGD', options, Object.keys(defaults), `new optim.SGD(params, { lr: ${String(options)} })`)
    super(params, { ...defaults, ...options })
  }

  protected checkSettings({ momentum, dampening, weightDecay, nesterov }: SGDOptions): void {
    if (!(momentum >= 0)) failAsPyTorch('TN_RANGE', 'SGD', `Invalid momentum value: ${floatText(momentum)}`)
    checkWeightDecay('SGD', weightDecay)
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      failAsPyTorch('TN_RANGE', 'SGD', 'Nesterov momentum requires a momentum and zero dampening')
    }
  }

  protected newState(): SGDState {
    return { momentumBuffer: undefined }
  }

  protected update(param: Tensor, grad: Tensor, state: SGDState, settings: SGDOptions): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = settings
    const firstStep = state.momentumBuffer === undefined
    if (momentum !== 0) state.momentumBuffer ??= empty(param.shape, { dtype: param.dtype })
    const buffer = momentum !== 0 ? state.momentumBuffer : undefined
    backend().kernels.sgdStep(
      ...([dtypeCode(param.dtype), param.address, grad.address, buffer ? buffer.address : 0, param.numel] as const),
      ...([lr, weightDecay, momentum, dampening] as const),
      ...([Number(nesterov), Number(firstStep), Number(maximize)] as const),
    )
  }
}
