import { fail } from '../backend/errors.ts'
import { checkBoolean, checkOptions, Module, numberText, type Parameter } from '../module/index.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { expand, reshape, transpose, unsqueeze } from '../ops/layout.ts'
import { linear, matmul } from '../ops/matmul.ts'
import { mean } from '../ops/reduce.ts'
import { square } from '../ops/unary.ts'
import type { GeneratorOption } from '../random/index.ts'
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall } from './decide.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { applyMask, drawMask } from './mask.ts'
import { checkProbability } from './probability.ts'
import { keptScale, type ScaleAware } from './scaling.ts'
import { checkWeightLayer, deviationOf, drawStandardNormal, type WeightLayer } from './weight-layer.ts'

/** What has a mask of its own: each example, or the whole mini-batch. */
export type WeightMasks = 'perExample' | 'perBatch'

/** Options of `dropConnect`. */
export interface DropConnectFunctionOptions extends GeneratorOption {
  /** Drops if true; if false computes with all weights. Default true. */
  readonly training?: boolean | undefined
  /**
   * `perExample` (the default, the paper's): a mask of the weights for each example, which takes the memory of N weight
   * matrices. `perBatch`: one mask for all.
   */
  readonly masks?: WeightMasks | undefined
  /** Drops biases as weights are dropped. Default true, as in the paper. */
  readonly dropBias?: boolean | undefined
}

const functionOptionNames = [
  'training',
  'generator',
  'masks',
  'dropBias',
] as const satisfies readonly (keyof DropConnectFunctionOptions)[]

function checkMasks(where: string, masks: WeightMasks): void {
  if (masks === 'perExample' || masks === 'perBatch') return
  fail('TN_RANGE', where, `masks must be 'perExample' or 'perBatch', got ${String(masks)}`)
}

/** A weight, repeated to a shape, with each element kept and scaled or dropped. */
function dropWeight(weight: Tensor, shape: Shape, p: number, options: GeneratorOption): Tensor {
  const repeated = expand(weight, shape)
  if (p === 0 || elementCount(shape) === 0) return repeated
  if (p === 1) return mul(repeated, 0)
  return applyMask(repeated, drawMask({ shape }, 1 - p, options), keptScale(p, 'inverted', weight.dtype))
}

/** `x · droppedᵀ + dropped bias`, a mask for each of the first dimension's examples. */
function linearPerExample(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  p: number,
  dropBias: boolean,
  options: GeneratorOption,
): Tensor {
  const [outputs, inputs] = weight.shape as readonly [number, number]
  const examples = x.ndim === 1 ? 1 : (x.shape[0] as number)
  const rows = reshape(x, [examples, elementCount(x.shape.slice(1, -1)), inputs])
  const weights = dropWeight(weight, [examples, outputs, inputs], p, options)
  const product = matmul(rows, transpose(weights, 1, 2))
  const shape = [...x.shape.slice(0, -1), outputs]
  if (!bias) return reshape(product, shape)
  const biases = dropBias ? dropWeight(bias, [examples, outputs], p, options) : expand(bias, [examples, outputs])
  return reshape(add(product, unsqueeze(biases, 1)), shape)
}

/**
 * A linear layer that drops single connections: `y = x · (M ∘ W)ᵀ / (1 - p) + (m ∘ b) / (1 - p)`, with M and m of ones
 * and zeros (Wan et al. 2013, "Regularization of Neural Networks using DropConnect").
 *
 * Keeps the expectation, E[y] = x Wᵀ + b, which evaluation computes; Var[y] = p / (1 - p) · (x² W²ᵀ + b²).
 *
 * Shape: x `[N, ..., in]`, weight `[out, in]`, bias `[out]`; result `[N, ..., out]`. Draws two words a weight, for each
 * example or once, then two a bias; none in evaluation, for p = 0 or p = 1. Gradients: those of the linear layer with
 * the dropped weights; a dropped weight has none.
 *
 * @param p Probability to drop a connection, in [0, 1].
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown; TN_SHAPE and TN_DTYPE as `linear`.
 * @example dropConnect(x, layer.weight, layer.bias, 0.5)
 */
export function dropConnect(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  p = 0.5,
  options: DropConnectFunctionOptions = {},
): Tensor {
  const name = 'dropConnect'
  checkOptions(name, options, functionOptionNames, `${name}(x, weight, bias, p, { training: false })`)
  const { training = true, masks = 'perExample', dropBias = true } = options
  checkCall(name, x, p, { training })
  checkMasks(name, masks)
  checkBoolean(name, 'dropBias', dropBias)
  if (!training || p === 0) return linear(x, weight, bias)
  const fits = x.ndim > 0 && weight.ndim === 2 && x.shape.at(-1) === weight.shape[1]
  if (!fits) {
    const shapes = `${formatShape(x.shape)} and ${formatShape(weight.shape)}`
    fail('TN_SHAPE', name, `expected x [N, ..., inFeatures] and weight [outFeatures, inFeatures], got ${shapes}`)
  }
  if (masks === 'perExample') return linearPerExample(x, weight, bias, p, dropBias, options)
  const dropped = dropWeight(weight, weight.shape, p, options)
  return linear(x, dropped, bias && dropBias ? dropWeight(bias, bias.shape, p, options) : bias)
}

/** Options of `DropConnect`. */
export interface DropConnectOptions extends NoiseLayerOptions {
  /** See `dropConnect`. Default `perExample`; layers that are not linear have `perBatch` only. */
  readonly masks?: WeightMasks | undefined
  /** Drops biases as weights are dropped. Default true, as in the paper. */
  readonly dropBias?: boolean | undefined
  /** What is done to the layer's output, element by element, such as `new nn.ReLU()`. Default: nothing. */
  readonly activation?: Module | undefined
  /**
   * What evaluation computes. `mean` (the default): the layer with all its weights. `gaussian`, the paper's: the mean of
   * `activation(u)` over samples of a Gaussian that has the mean and the variance of what training feeds the activation.
   */
  readonly inference?: 'mean' | 'gaussian' | undefined
  /** How many samples `gaussian` takes. Default 100. */
  readonly samples?: number | undefined
}

const optionNames = ['masks', 'dropBias', 'activation', 'inference', 'samples', ...noiseLayerOptionNames]

/**
 * Drops single weights of a layer in training; see `dropConnect`.
 *
 * The activation behind the layer does not commute with the mean over masks, so that evaluation with all weights is an
 * approximation; `{ activation, inference: 'gaussian' }` is the paper's better one (its algorithm 2): by the
 * central limit theorem what the activation sees is nearly normal, with mean `W x + b` and variance
 * `p / (1 - p) · (W² x² + b²)`, and a few samples of that are cheap.
 *
 * Shape: that of the layer. Draws as `dropConnect`; with `gaussian` a normal number for each output and sample in
 * evaluation.
 *
 * @param layer `Linear`; with `masks: 'perBatch'` also `Conv1d` or `Conv2d`.
 * @param p Probability to drop a connection, in [0, 1]. Default 0.5.
 * @throws ThinnetError TN_RANGE if p or an option is out of range; TN_STATE if `gaussian` lacks an activation, or a
 * convolution is to have a mask for each example.
 * @example new nn.DropConnect(new nn.Linear(784, 512), 0.5, { activation: new nn.ReLU(), inference: 'gaussian' })
 */
export class DropConnect extends ProbabilityLayer implements ScaleAware {
  readonly activation: Module | undefined
  readonly masks: WeightMasks
  readonly dropBias: boolean
  readonly inference: 'mean' | 'gaussian'
  readonly samples: number

  constructor(
    readonly layer: WeightLayer,
    p = 0.5,
    options: DropConnectOptions = {},
  ) {
    const name = 'DropConnect'
    checkWeightLayer(name, layer)
    checkOptions(name, options, optionNames, `new nn.${name}(layer, ${numberText(p)}, { masks: 'perBatch' })`)
    super(p, options)
    const { masks = 'perExample', dropBias = true, activation, inference = 'mean', samples = 100 } = options
    checkMasks(name, masks)
    checkBoolean(name, 'dropBias', dropBias)
    if (masks === 'perExample' && layer.spatialDims > 0) {
      const given = (layer as Module).constructor.name
      fail('TN_STATE', name, `${given} can have a mask for each mini-batch only: write { masks: 'perBatch' }`)
    }
    if (activation && !(activation instanceof Module)) {
      fail('TN_DTYPE', name, `activation must be a module, got ${typeof activation}`)
    }
    if (inference !== 'mean' && inference !== 'gaussian') {
      fail('TN_RANGE', name, `inference must be 'mean' or 'gaussian', got ${String(inference)}`)
    }
    if (inference === 'gaussian' && !activation) {
      fail(
        'TN_STATE',
        name,
        "inference: 'gaussian' samples what an activation sees: give one, { activation: new nn.ReLU() }",
      )
    }
    if (!Number.isInteger(samples) || samples < 1) {
      fail('TN_RANGE', name, `samples must be a positive whole number, got ${String(samples)}`)
    }
    this.activation = activation
    this.masks = masks
    this.dropBias = dropBias
    this.inference = inference
    this.samples = samples
  }

  /** The weights that multiply the input; see `convertScaling`. */
  get inputWeight(): Parameter {
    return this.layer.weight
  }

  forward(x: Tensor): Tensor {
    const { layer, p, masks, dropBias, activation, inference } = this
    checkProbability('DropConnect', p)
    if (!this.drops && inference === 'gaussian') return this.#sampled(x)
    const activated = (h: Tensor) => (activation ? activation.call(h) : h)
    if (!this.drops || p === 0) return activated(layer.call(x))
    const { weight, bias } = layer
    if (masks === 'perExample') return activated(linearPerExample(x, weight, bias, p, dropBias, this))
    const dropped = dropWeight(weight, weight.shape, p, this)
    return activated(layer.transform(x, dropped, bias && dropBias ? dropWeight(bias, bias.shape, p, this) : bias))
  }

  /** The mean activation over samples of the Gaussian that stands for the masks. */
  #sampled(x: Tensor): Tensor {
    const { layer, p, dropBias, activation, samples } = this
    const { weight, bias } = layer
    if (p === 1) fail('TN_RANGE', 'DropConnect', 'p must be below 1 for a Gaussian in the place of masks, got 1')
    const center = layer.call(x)
    const variance = layer.transform(square(x), square(weight), bias && dropBias ? square(bias) : undefined)
    const deviation = deviationOf(mul(variance, p / (1 - p)))
    const noise = drawStandardNormal(expand(center, [samples, ...center.shape]), this)
    return mean((activation as Module).call(add(center, mul(deviation, noise))), 0)
  }

  protected override settings(): string[] {
    const { masks, dropBias, inference, samples } = this
    return [
      ...super.settings(),
      `masks=${masks}`,
      ...(dropBias ? [] : ['drop_bias=False']),
      ...(inference === 'mean' ? [] : [`inference=${inference}, samples=${samples}`]),
    ]
  }
}
