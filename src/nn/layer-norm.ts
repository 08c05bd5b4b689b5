import { failAsPyTorch } from '../backend/errors.ts'
import { booleanText, checkBoolean, checkOptions, Module, numberText, Parameter } from '../module/index.ts'
import { ones, zeros } from '../ops/creation.ts'
import type { DType } from '../tensor/dtype.ts'
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ones_, zeros_ } from './init.ts'
import {
  checkEps,
  checkNormalizable,
  checkOperand,
  checkSizes,
  divideByDeviation,
  moments,
  type NormOptions,
  scaleAndShift,
} from './normalize.ts'

/** Options of `layerNorm`; weight and bias have the shape `normalizedShape`. */
export type LayerNormFunctionOptions = NormOptions

const functionOptionNames = ['weight', 'bias', 'eps'] as const satisfies readonly (keyof LayerNormFunctionOptions)[]

/**
 * Normalises each example by itself: `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`, mean and biased variance over
 * the last dimensions (Ba et al. 2016, arXiv 1607.06450).
 *
 * Shape: `[..., *normalizedShape]`, same out. The same in training and in evaluation. Gradient, with ĝ = g · weight and
 * x̂ the normalised x: `(ĝ - mean ĝ - x̂ · mean(ĝ · x̂)) / √(Var[x] + eps)`.
 *
 * @param normalizedShape The sizes of the last dimensions, over which mean and variance are taken.
 * @throws ThinnetError TN_SHAPE if x does not end in them, or weight or bias have another shape; TN_DTYPE for integers
 * or mixed types; TN_RANGE if eps is negative.
 * @example layerNorm(tensor([[1, 3], [10, 30]]), [2]) // [[-1, 1], [-1, 1]], nearly
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, options: LayerNormFunctionOptions = {}): Tensor {
  checkOptions('layerNorm', options, functionOptionNames)
  const { weight, bias, eps = 1e-5 } = options
  checkNormalizable('layerNorm', x, eps)
  const { length } = normalizedShape
  const wanted = `normalized_shape = ${formatShape(normalizedShape)}`
  if (length === 0) {
    const rule = 'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element'
    failAsPyTorch('TN_SHAPE', 'layerNorm', `${rule}, but got ${wanted}`)
  }
  if (x.ndim < length || !sameShape(x.shape.slice(-length), normalizedShape)) {
    const rule = `Given normalized_shape=${formatShape(normalizedShape)}`
    const shape = `[*, ${normalizedShape.join(', ')}]`
    const got = `got input of size${formatShape(x.shape)}`
    failAsPyTorch('TN_SHAPE', 'layerNorm', `${rule}, expected input with shape ${shape}, but ${got}`)
  }
  for (const [name, operand] of Object.entries({ weight, bias })) {
    const rule = `Expected ${name} to be of same shape as normalized_shape`
    checkOperand('layerNorm', name, x, operand, normalizedShape, (given) => {
      return `${rule}, but got ${name} of shape ${formatShape(given)} and ${wanted}`
    })
  }
  const dims = normalizedShape.map((_, i) => x.ndim - length + i)
  const { centered, variance } = moments(x, dims)
  return scaleAndShift(divideByDeviation(centered, variance, eps), weight, bias)
}

/** Options of the layer `LayerNorm`. */
export interface LayerNormOptions {
  /** Is added to the variance. At least 0; default 1e-5. */
  readonly eps?: number | undefined
  /** Learns a weight and a bias for each element of an example. Default true. */
  readonly elementwiseAffine?: boolean | undefined
  /** Whether the bias is among what is learnt. Default true. */
  readonly bias?: boolean | undefined
  /** The type of the parameters: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames = ['eps', 'elementwiseAffine', 'bias', 'dtype'] as const satisfies readonly (keyof LayerNormOptions)[]

/**
 * `layerNorm` as a layer, that learns weight and bias. Initial values: weight 1, bias 0; nothing is drawn.
 *
 * Shape: `[..., *normalizedShape]`, same out.
 *
 * @param normalizedShape The sizes of the last dimensions, over which mean and variance are taken; a number for one.
 * @throws ThinnetError TN_RANGE if a size is not a whole number or an option is unknown.
 * @example new nn.LayerNorm(512).call(randn([32, 20, 512]))
 */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape
  readonly eps: number
  /** Shape: `normalizedShape`. */
  readonly weight: Parameter | undefined
  /** Shape: `normalizedShape`. */
  readonly bias: Parameter | undefined

  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super()
    checkOptions('LayerNorm', options, optionNames)
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype } = options
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape]
    checkSizes('LayerNorm', 'normalizedShape', this.normalizedShape)
    checkEps('LayerNorm', eps)
    checkBoolean('LayerNorm', 'elementwiseAffine', elementwiseAffine)
    checkBoolean('LayerNorm', 'bias', bias)
    this.eps = eps
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { dtype })) : undefined
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape, { dtype })) : undefined
  }

  /** Sets the initial values again. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight)
    if (this.bias) zeros_(this.bias)
  }

  forward(x: Tensor): Tensor {
    const { normalizedShape, weight, bias, eps } = this
    return layerNorm(x, normalizedShape, { weight, bias, eps })
  }

  override extraRepr(): string {
    const { normalizedShape, eps, weight, bias } = this
    const sizes = `(${normalizedShape.join(', ')}${normalizedShape.length === 1 ? ',' : ''})`
    const affine = `elementwise_affine=${booleanText(weight !== undefined)}, bias=${booleanText(bias !== undefined)}`
    return `${sizes}, eps=${numberText(eps)}, ${affine}`
  }
}
