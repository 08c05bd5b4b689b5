import { withGradMode } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { checkOptions, numberText, Parameter } from '../module/index.ts'
import { sigmoid, softplus } from '../ops/activation.ts'
import { add, mul, neg, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { lt } from '../ops/compare.ts'
import { full } from '../ops/creation.ts'
import { sum } from '../ops/reduce.ts'
import { clamp, exp, log, square } from '../ops/unary.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { VariationalLayer } from './kl.ts'
import { NoiseLayer, type NoiseLayerOptions, noiseLayerOptionNames } from './layer.ts'
import { checkWeightLayer, drawOutput, type WeightLayer } from './weight-layer.ts'

/** Options of `SparseVariationalDropout`. */
export interface SparseVariationalDropoutOptions extends NoiseLayerOptions {
  /** A weight whose ln α is at least this counts as noise: evaluation leaves it out. Default 3: p above 0.95. */
  readonly threshold?: number | undefined
  /** Where ln σ² of all weights starts. Default -10. */
  readonly logSigma2?: number | undefined
}

const optionNames = ['threshold', 'logSigma2', ...noiseLayerOptionNames]

/** The range in which ln α is compared and counted. */
const bounds = { min: -10, max: 10 }

/** Is added to θ², whose logarithm would have no bound at 0. */
const tiny = 1e-16

/**
 * A layer whose weights learn, each for itself, how noisy they may be, and so which of them the layer can do without:
 * `w ~ N(θ, σ²)`, `α = σ² / θ²` (Molchanov, Ashukha & Vetrov 2017, arXiv 1701.05369). Training draws
 * `y ~ N(θ * x + bias, σ² * x²)`, one number for each output and example (local reparameterization); σ² is learned
 * beside θ (the additive parameterization). Evaluation computes with θ where ln α is below the threshold,
 * with 0 elsewhere.
 *
 * Add `klDivergence(model)` to the loss, divided by the number of training examples; it is usual to let its share grow
 * from 0 over the first epochs. `sparsity` tells which share of weights is left out, `prune()` takes them out for good.
 * Keeps the expectation, E[y] = θ * x + bias, but for the weights left out.
 *
 * Shape: that of the layer. Draws a normal number for each output, in row-major order; none in evaluation.
 *
 * @param layer `Linear`, `Conv1d` or `Conv2d`, whose weights are θ.
 * @throws ThinnetError TN_DTYPE if `layer` has no weights to be drawn; TN_RANGE if an option is no number or unknown.
 * @example
 * const hidden = new nn.SparseVariationalDropout(new nn.Linear(784, 300))
 * const loss = F.crossEntropy(model.call(x), y).add(klDivergence(model).div(60_000))
 * hidden.sparsity // 0.97, after training
 */
export class SparseVariationalDropout extends NoiseLayer implements VariationalLayer {
  /** ln σ², of the weights' shape. */
  readonly logSigma2: Parameter
  readonly threshold: number

  constructor(
    readonly layer: WeightLayer,
    options: SparseVariationalDropoutOptions = {},
  ) {
    const name = 'SparseVariationalDropout'
    checkWeightLayer(name, layer)
    checkOptions(name, options, optionNames, `new nn.${name}(layer, { threshold: 3 })`)
    const { threshold = 3, logSigma2 = -10 } = options
    for (const [option, value] of Object.entries({ threshold, logSigma2 })) {
      if (!Number.isFinite(value)) fail('TN_RANGE', name, `${option} must be a number, got ${String(value)}`)
    }
    super(options)
    this.threshold = threshold
    this.logSigma2 = new Parameter(full(layer.weight.shape, logSigma2, { dtype: layer.weight.dtype }))
  }

  /** ln α of each weight, within [-10, 10]; differentiable. */
  get logAlpha(): Tensor {
    return clamp(sub(this.logSigma2, log(add(square(this.layer.weight), tiny))), bounds)
  }

  /** True for the weights that evaluation computes with. Shape: the weights'. */
  get kept(): Tensor {
    return withGradMode(false, () => lt(this.logAlpha, this.threshold))
  }

  /** The share of weights that evaluation leaves out, in [0, 1]. */
  get sparsity(): number {
    const { kept } = this
    return kept.numel === 0 ? 0 : 1 - cast(kept, 'float64').mean().item()
  }

  /**
   * The divergence of all weights from the log-uniform prior, by the paper's fit (equation 14), which is 0 for α without
   * bound: `Σ k₁ - k₁ σ(k₂ + k₃ ln α) + ½ ln(1 + 1/α)`.
   */
  kl(): Tensor {
    const [k1, k2, k3] = [0.63576, 1.8732, 1.48695]
    const { logAlpha } = this
    const rise = mul(sigmoid(add(mul(logAlpha, k3), k2)), -k1)
    return sum(add(add(rise, mul(softplus(neg(logAlpha)), 0.5)), k1))
  }

  /** Sets the weights to 0 that evaluation leaves out, and returns the layer, which then computes what this evaluates. */
  prune(): WeightLayer {
    withGradMode(false, () => this.layer.weight.mul_(cast(this.kept, this.layer.weight.dtype)))
    return this.layer
  }

  forward(x: Tensor): Tensor {
    const { layer, logSigma2, kept } = this
    if (this.drops) return drawOutput(layer, x, layer.weight, exp(logSigma2), this)
    return layer.transform(x, mul(layer.weight, cast(kept, layer.weight.dtype)), layer.bias)
  }

  protected override settings(): string[] {
    return [`threshold=${numberText(this.threshold)}`]
  }
}
