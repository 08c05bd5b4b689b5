import { backend } from '../backend/backend.ts'
import { failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { checkValue, type GroupOptions, Optimizer, type ParameterState, type Parameters } from './optimizer.ts'

export interface SGDOptions extends GroupOptions {
  /** Share of the last update that is added to the next, in [0, 1). Default 0. */
  momentum: number
  /** Share of a gradient that does not enter the momentum. Default 0. */
  dampening: number
  /** L2 penalty: `weightDecay` times the parameter is added to its gradient. Default 0. */
  weightDecay: number
  /** Looks ahead along the momentum (Nesterov). Default false. */
  nesterov: boolean
  /** Climbs instead of descending. Default false. */
  maximize: boolean
}

/**
 * Stochastic gradient descent, with PyTorch's momentum, bit for bit for the same gradients:
 *
 *     g = gradient + weightDecay·w;  v = momentum·v + (1 - dampening)·g  (v = g in the first step)
 *     w = w - lr·v                   (nesterov: w - lr·(g + momentum·v))
 *
 * @param options `lr` is 1e-3 by default.
 * @throws ThinnetError TN_RANGE for options outside their ranges, with PyTorch's messages.
 * @example new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(parameters: Parameters<SGDOptions>, options: Partial<SGDOptions> = {}) {
    const defaults = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false }
    checkOptions('SGD', options, Object.keys(defaults), 'new optim.SGD(parameters, { lr: 0.1, momentum: 0.9 })')
    super(parameters, { ...defaults, ...options })
  }

  protected override check({ lr, momentum, dampening, weightDecay, nesterov }: SGDOptions): void {
    checkValue('SGD', 'learning rate', lr, lr >= 0)
    checkValue('SGD', 'momentum value', momentum, momentum >= 0)
    checkValue('SGD', 'weight_decay value', weightDecay, weightDecay >= 0)
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      failAsPyTorch('TN_RANGE', 'SGD', 'Nesterov momentum requires a momentum and zero dampening')
    }
  }

  protected override update(parameter: Tensor, gradient: Tensor, state: ParameterState, options: SGDOptions): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = options
    const firstStep = momentum !== 0 && state.momentumBuffer === undefined
    if (firstStep) state.momentumBuffer = allocate(parameter.shape, parameter.dtype)
    const buffer = momentum !== 0 ? (state.momentumBuffer as Tensor) : undefined
    backend().kernels.sgdStep(
      dtypeCode(parameter.dtype),
      parameter.address,
      gradient.address,
      buffer ? buffer.address : 0,
      parameter.numel,
      lr,
      weightDecay,
      momentum,
      dampening,
      Number(nesterov),
      Number(firstStep),
      Number(maximize),
    )
  }
}
