import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { eq } from '../ops/compare.ts'
import { empty, zeros, zerosLike } from '../ops/creation.ts'
import { clone, copyElements } from '../ops/layout.ts'
import { descend } from '../ops/panels.ts'
import { ThinnedGradient, WeightGradient } from '../ops/thinned-gradients.ts'
import { where } from '../ops/where.ts'
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
  /**
   * What becomes of weights that no thinned network of the step had, because dropout with `subnets` dropped a neuron of
   * theirs in all of them. `move` (the default, PyTorch's meaning): momentum and weight decay change them on. `rest`: they
   * stay as they are, momentum included; the dropped neuron takes no part (Hinton et al. 2012, arXiv 1207.0580).
   */
  droppedWeights: 'move' | 'rest'
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
  droppedWeights: 'move',
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

  protected checkSettings({ momentum, dampening, weightDecay, nesterov, droppedWeights }: SGDOptions): void {
    if (droppedWeights !== 'move' && droppedWeights !== 'rest') {
      fail('TN_RANGE', 'SGD', `droppedWeights must be 'move' or 'rest', got ${String(droppedWeights)}`)
    }
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
    const buffer = bufferOf(param, state, settings)
    const untouched = settings.droppedWeights === 'rest' ? untouchedOf(grad) : undefined
    const before = untouched && [param, buffer].map((x) => x && clone(x))
    backend().kernels.sgdStep(
      dtypeCode(param.dtype),
      param.address,
      grad.address,
      buffer ? buffer.address : 0,
      param.numel,
      lr,
      weightDecay,
      momentum,
      dampening,
      Number(nesterov),
      Number(firstStep),
      Number(maximize),
    )
    if (!untouched || !before) return
    const [oldParam, oldBuffer] = before
    if (oldParam) copyElements(param, where(untouched, oldParam, param))
    if (buffer && oldBuffer) copyElements(buffer, where(untouched, firstStep ? zerosLike(buffer) : oldBuffer, buffer))
  }

  protected override updateThinned(param: Tensor, grad: Tensor, state: SGDState, settings: SGDOptions): boolean {
    if (!(grad.deferred instanceof WeightGradient) || grad.isSettled || grad.dtype !== param.dtype) return false
    const firstStep = state.momentumBuffer === undefined
    const buffer = bufferOf(param, state, settings)
    if (settings.droppedWeights === 'rest' && firstStep && buffer) buffer.zero_()
    descend(param, buffer, grad.deferred.factors, settings, firstStep)
    return true
  }
}

/** The momentum buffer, made if there is none yet; undefined without momentum. */
function bufferOf(param: Tensor, state: SGDState, { momentum }: SGDOptions): Tensor | undefined {
  if (momentum === 0) return undefined
  state.momentumBuffer ??= empty(param.shape, { dtype: param.dtype })
  return state.momentumBuffer
}

/** True for each element that no thinned network of the step had; undefined if all may have been. Shape: as grad's. */
function untouchedOf(grad: Tensor): Tensor | undefined {
  if (!(grad.deferred instanceof ThinnedGradient)) return undefined
  const touched = zeros(grad.shape, { dtype: 'uint8' })
  return grad.deferred.markTouched(touched) ? eq(touched, 0) : undefined
}
