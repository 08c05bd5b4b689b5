import { withGradMode } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { checkBoolean, checkOptions, Module, numberText, type Parameter } from '../module/index.ts'
import { sigmoid } from '../ops/activation.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { checkFloating } from '../ops/launch.ts'
import { expand } from '../ops/layout.ts'
import { bernoulli_, type GeneratorOption } from '../random/index.ts'
import { formatShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { checkTensor } from './decide.ts'
import { NoiseLayer, type NoiseLayerOptions, noiseLayerOptionNames } from './layer.ts'
import { applyNoise, takeNoise } from './noise.ts'
import type { ScaleAware } from './scaling.ts'

/** Options of `standout`. */
export interface StandoutFunctionOptions extends GeneratorOption {
  /** Draws a mask if true; if false multiplies by its expectation. Default true. */
  readonly training?: boolean | undefined
}

/**
 * Keeps each element with a probability of its own: `y = x · kept`, `kept ~ Bernoulli(sigmoid(logits))`; in evaluation
 * `y = x · sigmoid(logits)` (Ba & Frey 2013, "Adaptive dropout for training deep neural networks").
 *
 * Standard scaling, as in the paper: kept elements stay as they are, and E[y] = x · sigmoid(logits) is what evaluation
 * computes. Shape: any, same out; `logits` broadcasts to x. Draws one word an element in float32 and two in float64, in
 * row-major order; none in evaluation. Gradient: of x the mask; of `logits` none in training, where a mask is a sample.
 *
 * @param logits ln(keep / (1 - keep)) for each element.
 * @throws ThinnetError TN_DTYPE for tensors of integers; TN_SHAPE if the logits do not broadcast to x.
 * @example standout(relu(h), h) // units that the input excites are kept more often
 */
export function standout(x: Tensor, logits: Tensor, options: StandoutFunctionOptions = {}): Tensor {
  const name = 'standout'
  checkOptions(name, options, ['training', 'generator'], `${name}(x, logits, { training: false })`)
  const { training = true, generator } = options
  checkBoolean(name, 'training', training)
  checkTensor(name, x)
  checkTensor(name, logits)
  checkFloating(name, x)
  checkFloating(name, logits)
  const fits =
    logits.ndim <= x.ndim && logits.shape.every((size, i) => size === 1 || size === x.shape[x.ndim - logits.ndim + i])
  if (!fits) {
    fail(
      'TN_SHAPE',
      name,
      `logits must broadcast to the input, got ${formatShape(logits.shape)} and ${formatShape(x.shape)}`,
    )
  }
  if (!training) return mul(x, sigmoid(logits))
  const keep = withGradMode(false, () => expand(sigmoid(logits), x.shape))
  const kept = takeNoise({
    shape: x.shape,
    dtype: 'bool',
    draw: () => bernoulli_(allocate(x.shape, 'bool'), keep, { generator }),
  })
  return applyNoise(x, cast(kept, x.dtype))
}

/** Options of `Standout`. */
export interface StandoutOptions extends NoiseLayerOptions {
  /** What the layer's output is multiplied by to give the logits. Default 1. */
  readonly alpha?: number | undefined
  /** What is added to it: with `alpha` 0 every unit is kept with probability sigmoid(beta). Default 0. */
  readonly beta?: number | undefined
  /** What is done to the layer's output before it is dropped, such as `new nn.ReLU()`. Default: nothing. */
  readonly activation?: Module | undefined
}

const optionNames = ['alpha', 'beta', 'activation', ...noiseLayerOptionNames]

/**
 * A layer whose units are kept the more often the more the input excites them: with h what the layer computes,
 * `y = activation(h) · kept`, `kept ~ Bernoulli(sigmoid(alpha · h + beta))` (Ba & Frey 2013, "Adaptive dropout for
 * training deep neural networks"). The network of the paper that chooses units shares the layer's weights, π = αw with
 * bias β, the simpler of its two ways. Evaluation multiplies by the probability to keep.
 *
 * `standout` as a function takes any logits.
 *
 * Shape: that of the layer. Draws as `standout`.
 *
 * @throws ThinnetError TN_DTYPE if `layer` or `activation` is no module; TN_RANGE if an option is no number or unknown.
 * @example new nn.Standout(new nn.Linear(784, 1024), { activation: new nn.ReLU() })
 */
export class Standout extends NoiseLayer implements ScaleAware {
  readonly activation: Module | undefined
  readonly alpha: number
  readonly beta: number

  constructor(
    readonly layer: Module,
    options: StandoutOptions = {},
  ) {
    checkOptions('Standout', options, optionNames, 'new nn.Standout(layer, { alpha: 1, beta: 0 })')
    const { alpha = 1, beta = 0, activation } = options
    for (const [option, value] of Object.entries({ alpha, beta })) {
      if (!Number.isFinite(value)) fail('TN_RANGE', 'Standout', `${option} must be a number, got ${String(value)}`)
    }
    for (const module of [layer, ...(activation ? [activation] : [])]) {
      if (!(module instanceof Module)) fail('TN_DTYPE', 'Standout', `expected a module, got ${typeof module}`)
    }
    super(options)
    this.activation = activation
    this.alpha = alpha
    this.beta = beta
  }

  /** The layer's, which the logits read too; see `convertScaling`. */
  get inputWeight(): Parameter | undefined {
    return (this.layer as Module & ScaleAware).inputWeight
  }

  forward(x: Tensor): Tensor {
    const { activation, alpha, beta, drops, generator } = this
    const h = this.layer.call(x)
    const logits = add(mul(h, alpha), beta)
    return standout(activation ? activation.call(h) : h, logits, { training: drops, generator })
  }

  protected override settings(): string[] {
    return [`alpha=${numberText(this.alpha)}`, `beta=${numberText(this.beta)}`]
  }
}
