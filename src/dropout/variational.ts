import { fail } from '../backend/errors.ts'
import { checkOptions, Parameter } from '../module/index.ts'
import { add, mul, neg } from '../ops/arithmetic.ts'
import { full } from '../ops/creation.ts'
import { checkFloating } from '../ops/launch.ts'
import { sum } from '../ops/reduce.ts'
import { clamp, exp, square } from '../ops/unary.ts'
import type { DType } from '../tensor/dtype.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { VariationalLayer } from './kl.ts'
import { NoiseLayer, type NoiseLayerOptions, noiseLayerOptionNames } from './layer.ts'
import { checkProbability } from './probability.ts'
import type { ScaleAware } from './scaling.ts'
import { checkWeightLayer, drawOutput, drawStandardNormal, type WeightLayer } from './weight-layer.ts'

/** What shares a noise variance α: the whole layer, or a unit. */
export type VariationalSharing = 'layer' | 'unit'

/** Options of `VariationalDropout` and `VariationalWeightDropout`. */
export interface VariationalDropoutOptions extends NoiseLayerOptions {
  /** Learns one α for the whole layer (the default), or one for each unit of the input. */
  readonly alpha?: VariationalSharing | undefined
  /** The type of the parameter: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames = ['alpha', 'dtype', ...noiseLayerOptionNames]

/**
 * The divergence of N(θ, αθ²) from the log-uniform prior, for α ≤ 1, as Kingma et al. 2015 fit it:
 * `-½ ln α - c₁α - c₂α² - c₃α³ + (γ + ln 2) / 2`, at most 0.04 from the exact one. The constant is that of the exact
 * one, which goes to 0 as α grows.
 */
function divergence(logAlpha: Tensor): Tensor {
  const [c1, c2, c3] = [1.16145124, -1.50204118, 0.58629921]
  const alpha = exp(logAlpha)
  const polynomial = mul(alpha, add(mul(alpha, add(mul(alpha, c3), c2)), c1))
  return add(neg(add(mul(logAlpha, 0.5), polynomial)), 0.6351814227307392)
}

/** What both layers have in common: α, its start and its bound. */
abstract class AlphaLayer extends NoiseLayer implements VariationalLayer {
  /** ln α: of shape `[1]`, or `[units]`. Its use is bounded to α ≤ 1. */
  readonly logAlpha: Parameter

  constructor(
    readonly units: number,
    p: number,
    options: VariationalDropoutOptions,
  ) {
    const { name } = new.target
    checkOptions(name, options, optionNames)
    checkProbability(name, p)
    if (p === 0 || p > 0.5) {
      fail('TN_RANGE', name, `p, where α = p / (1 - p) starts, must be above 0 and at most 0.5, got ${p}`)
    }
    super(options)
    const { alpha = 'layer', dtype } = options
    if (alpha !== 'layer' && alpha !== 'unit') {
      fail('TN_RANGE', name, `alpha must be 'layer' or 'unit', got ${String(alpha)}`)
    }
    this.logAlpha = new Parameter(full([alpha === 'unit' ? units : 1], Math.log(p / (1 - p)), { dtype }))
  }

  /** ln α as it is used: α above 1 would have a divergence that its fit does not follow. */
  protected get boundedLogAlpha(): Tensor {
    return clamp(this.logAlpha, { max: 0 })
  }

  /** The noise's variance α, as it is now. Shape: `[1]` or `[units]`. */
  get alpha(): Tensor {
    return exp(this.boundedLogAlpha.detach())
  }

  /** Of how many numbers the divergence is counted, for each α. */
  protected abstract readonly countForEach: number

  kl(): Tensor {
    return mul(sum(divergence(this.boundedLogAlpha)), this.countForEach)
  }

  protected get sharing(): VariationalSharing {
    return this.logAlpha.numel === this.units && this.units !== 1 ? 'unit' : 'layer'
  }
}

/**
 * Gaussian dropout that learns its own strength: `y[..., i] = x[..., i] · ε`, `ε ~ N(1, αᵢ)` (Kingma, Salimans & Welling
 * 2015, arXiv 1506.02557, type B, correlated weight noise, section 3.2).
 *
 * The units' noise is the posterior of a factor that all weights of a unit share; add `klDivergence(model)` to the loss,
 * divided by the number of training examples. Keeps the expectation, E[y] = x, and Var[y] = α x², α at most 1 (p = 0.5);
 * evaluation does nothing.
 *
 * Shape: `[..., units]`, same out. Draws a normal number an element, in row-major order; none in evaluation. Gradients:
 * of x the noise, of ln α through the standard deviation.
 *
 * @param units How many features the input has.
 * @param p Where α starts: p / (1 - p). Above 0, at most 0.5. Default 0.5.
 * @throws ThinnetError TN_RANGE if p or an option is out of range; TN_SHAPE if the input has other features.
 * @example
 * const model = new nn.Sequential(new nn.VariationalDropout(784, 0.2), new nn.Linear(784, 10))
 * const loss = F.crossEntropy(model.call(x), y).add(klDivergence(model).div(60_000))
 */
export class VariationalDropout extends AlphaLayer implements ScaleAware {
  readonly scaleEquivariant = true

  constructor(units: number, p = 0.5, options: VariationalDropoutOptions = {}) {
    if (!Number.isInteger(units) || units < 1) {
      fail('TN_RANGE', 'VariationalDropout', `units must be a positive whole number, got ${String(units)}`)
    }
    super(units, p, options)
  }

  protected get countForEach(): number {
    return this.units / this.logAlpha.numel
  }

  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.units) {
      fail('TN_SHAPE', 'VariationalDropout', `expected x [..., ${this.units}], got ${formatShape(x.shape)}`)
    }
    if (!this.drops || x.numel === 0) return x
    checkFloating('VariationalDropout', x)
    const deviation = exp(mul(this.boundedLogAlpha, 0.5))
    return mul(x, add(mul(deviation, drawStandardNormal(x, this)), 1))
  }

  protected override settings(): string[] {
    return [String(this.units), `alpha=${this.sharing}`]
  }
}

/**
 * A layer whose weights bear independent Gaussian noise of learned strength: `w ~ N(θ, αθ²)`, and so
 * `y ~ N(θ * x + bias, α · (θ² * x²))` (Kingma, Salimans & Welling 2015, arXiv 1506.02557, type A, section 3.1), drawn
 * by the local reparameterization trick: one number for each output and example.
 *
 * Keeps the expectation, E[y] = θ * x + bias, which evaluation computes. Add `klDivergence(model)` to the loss, divided
 * by the number of training examples.
 *
 * Shape: that of the layer. Draws a normal number for each output, in row-major order; none in evaluation.
 *
 * @param layer `Linear`, `Conv1d` or `Conv2d`, whose weights are θ.
 * @param p Where α starts: p / (1 - p). Above 0, at most 0.5. Default 0.5.
 * @throws ThinnetError TN_RANGE if p or an option is out of range.
 * @example new nn.VariationalWeightDropout(new nn.Linear(784, 512), 0.2, { alpha: 'unit' })
 */
export class VariationalWeightDropout extends AlphaLayer implements ScaleAware {
  constructor(
    readonly layer: WeightLayer,
    p = 0.5,
    options: VariationalDropoutOptions = {},
  ) {
    checkWeightLayer('VariationalWeightDropout', layer)
    super(layer.weight.shape[1] as number, p, options)
  }

  /** The weights that multiply the input, whose noise is in proportion to them; see `convertScaling`. */
  get inputWeight(): Parameter {
    return this.layer.weight
  }

  protected get countForEach(): number {
    return this.layer.weight.numel / this.logAlpha.numel
  }

  forward(x: Tensor): Tensor {
    const { layer, boundedLogAlpha } = this
    if (!this.drops) return layer.call(x)
    const alpha = exp(boundedLogAlpha)
    const perWeight = alpha.reshape([1, alpha.numel, ...layer.weight.shape.slice(2).map(() => 1)])
    return drawOutput(layer, x, layer.weight, mul(square(layer.weight), perWeight), this)
  }

  protected override settings(): string[] {
    return [`alpha=${this.sharing}`]
  }
}
