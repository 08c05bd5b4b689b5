import { fail } from '../backend/errors.ts'
import { checkBoolean, checkOptions, type DropFacts, numberText, Parameter } from '../module/index.ts'
import { sigmoid, softplus } from '../ops/activation.ts'
import { add, div, mul, neg, sub } from '../ops/arithmetic.ts'
import { full } from '../ops/creation.ts'
import { checkFloating } from '../ops/launch.ts'
import { sum } from '../ops/reduce.ts'
import { exp, log, log1p, square } from '../ops/unary.ts'
import { uniform_ } from '../random/index.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { checkTensor, type DropOptions } from './decide.ts'
import type { VariationalLayer } from './kl.ts'
import { NoiseLayer, type NoiseLayerOptions, noiseLayerOptionNames } from './layer.ts'
import { takeNoise } from './noise.ts'
import { type NoiseShape, noiseSizes } from './noise-shape.ts'
import { checkProbability } from './probability.ts'
import type { ScaleAware } from './scaling.ts'
import { checkWeightLayer, unitShape, type WeightLayer } from './weight-layer.ts'

/** Options of `concreteDropout`. */
export interface ConcreteDropoutFunctionOptions extends Omit<DropOptions, 'inplace'> {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
  /** Above 0: the nearer to 0, the nearer the mask to ones and zeros, and the noisier the gradient of p. Default 0.1. */
  readonly temperature?: number | undefined
  /** The shape that the noise is drawn in, broadcast to the input; see `dropout`. Default: a draw for each element. */
  readonly noiseShape?: NoiseShape | undefined
}

const functionOptionNames = [
  'training',
  'generator',
  'temperature',
  'noiseShape',
] as const satisfies readonly (keyof ConcreteDropoutFunctionOptions)[]

function checkTemperature(where: string, temperature: number): void {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    fail('TN_RANGE', where, `temperature must be above 0, got ${String(temperature)}`)
  }
}

/**
 * Dropout with a mask that p can be learned through: `y = x · (1 - z) / (1 - p)`,
 * `z = sigmoid((logit p + logit u) / temperature)` with u uniform in [0, 1) (Gal, Hron & Kendall 2017, arXiv 1705.07832,
 * section 3). z, the Concrete relaxation of Bernoulli(p), exceeds ½ with probability p.
 *
 * Keeps the expectation up to the relaxation: E[y] = x in the limit of temperature 0, and for p = ½.
 *
 * Shape: any, same out. Draws a uniform number an element, in row-major order; none in evaluation or for an empty input,
 * where the very same tensor comes back. Gradients: of x, and of `logitP` through z and through the scale.
 *
 * @param logitP ln(p / (1 - p)), a tensor that broadcasts to x.
 * @throws ThinnetError TN_RANGE if the temperature is not above 0; TN_DTYPE for integers; TN_SHAPE if `noiseShape` does
 * not broadcast to x.
 * @example concreteDropout(x, tensor([0], { requiresGrad: true })) // p starts at ½
 */
export function concreteDropout(x: Tensor, logitP: Tensor, options: ConcreteDropoutFunctionOptions = {}): Tensor {
  const name = 'concreteDropout'
  checkOptions(name, options, functionOptionNames, `${name}(x, logitP, { training: false })`)
  const { training = true, temperature = 0.1, noiseShape, generator } = options
  checkBoolean(name, 'training', training)
  checkTensor(name, x)
  checkTemperature(name, temperature)
  const shape = noiseShape ? noiseSizes(name, noiseShape, x.shape) : x.shape
  if (!training || x.numel === 0) return x
  checkFloating(name, x)
  const { dtype } = x
  const u = takeNoise({ shape, dtype, draw: () => uniform_(allocate(shape, dtype), 0, 1, { generator }) })
  const logitU = sub(log(u), log1p(neg(u)))
  const kept = sigmoid(div(add(logitP, logitU), -temperature))
  // 1 / (1 - p)
  return mul(mul(x, kept), add(exp(logitP), 1))
}

/** Options of `ConcreteDropout`. */
export interface ConcreteDropoutOptions extends NoiseLayerOptions {
  /** See `concreteDropout`. Default 0.1. */
  readonly temperature?: number | undefined
  /** How far weights are from 0 before the data says so, inverted: the prior is N(0, 1 / lengthscale²). Default 0.01. */
  readonly lengthscale?: number | undefined
}

const optionNames = ['temperature', 'lengthscale', ...noiseLayerOptionNames]

/**
 * Dropout before a layer, whose p is learned (Gal, Hron & Kendall 2017, arXiv 1705.07832): `concreteDropout` of the
 * input, then the layer. Features are dropped each for itself, channels whole.
 *
 * Without a price p would go to 0. Add `klDivergence(model)` to the loss, divided by the number of training examples:
 * `kl() = ½ lengthscale² ‖W‖² / (1 - p) - K H(p)`, K the number of units that are dropped and H the entropy (equations 3
 * and 4; with inverted scaling the paper's M is W / (1 - p)). Evaluation computes the layer without noise.
 *
 * Shape: that of the layer. Draws a uniform number for each unit of each example, in row-major order; none in evaluation.
 *
 * @param layer `Linear`, `Conv1d` or `Conv2d`.
 * @param p Where the probability to drop starts, above 0 and below 1. Default 0.1.
 * @throws ThinnetError TN_RANGE if p or an option is out of range.
 * @example
 * const first = new nn.ConcreteDropout(new nn.Linear(784, 512))
 * const loss = F.crossEntropy(model.call(x), y).add(klDivergence(model).div(60_000))
 * first.p // 0.07, after training
 */
export class ConcreteDropout extends NoiseLayer implements VariationalLayer, ScaleAware {
  /** ln(p / (1 - p)). Shape: `[1]`. */
  readonly logitP: Parameter
  readonly temperature: number
  readonly lengthscale: number

  constructor(
    readonly layer: WeightLayer,
    p = 0.1,
    options: ConcreteDropoutOptions = {},
  ) {
    const name = 'ConcreteDropout'
    checkWeightLayer(name, layer)
    checkOptions(name, options, optionNames, `new nn.${name}(layer, ${numberText(p)}, { temperature: 0.1 })`)
    checkProbability(name, p)
    if (p === 0 || p === 1) fail('TN_RANGE', name, `p, where learning starts, must be above 0 and below 1, got ${p}`)
    const { temperature = 0.1, lengthscale = 0.01 } = options
    checkTemperature(name, temperature)
    if (!(lengthscale >= 0)) fail('TN_RANGE', name, `lengthscale must be at least 0, got ${String(lengthscale)}`)
    super(options)
    this.temperature = temperature
    this.lengthscale = lengthscale
    this.logitP = new Parameter(full([1], Math.log(p / (1 - p)), { dtype: layer.weight.dtype }))
  }

  /** The probability to drop, as it is now. */
  get p(): number {
    return 1 / (1 + Math.exp(-this.logitP.item()))
  }

  override dropFacts(): DropFacts {
    return { p: this.p }
  }

  /** The weights that multiply the input; see `convertScaling`. Their share in `kl()` changes with them. */
  get inputWeight(): Parameter {
    return this.layer.weight
  }

  kl(): Tensor {
    const { layer, logitP, lengthscale } = this
    const weights = mul(mul(sum(square(layer.weight)), lengthscale ** 2 / 2), add(exp(logitP), 1))
    const p = sigmoid(logitP)
    const entropy = add(mul(p, softplus(neg(logitP))), mul(sub(1, p), softplus(logitP)))
    return sum(sub(weights, mul(entropy, layer.inputUnits)))
  }

  forward(x: Tensor): Tensor {
    const { layer, logitP, temperature, generator, drops } = this
    const noiseShape = unitShape(layer, x)
    return layer.call(concreteDropout(x, logitP, { temperature, generator, training: drops, noiseShape }))
  }

  protected override settings(): string[] {
    return [`temperature=${numberText(this.temperature)}`, `lengthscale=${numberText(this.lengthscale)}`]
  }
}
