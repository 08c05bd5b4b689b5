import { fail } from '../backend/errors.ts'
import { Module, Parameter } from '../module/index.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { sqrt, square } from '../ops/unary.ts'
import { type GeneratorOption, normal_ } from '../random/index.ts'
import type { Shape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { takeNoise } from './noise.ts'

/** A layer that computes a product with its weights, or a convolution: `y = weight * x + bias`. */
export interface WeightLayer extends Module {
  /** Shape: `[out, in, ...kernel]`. */
  readonly weight: Parameter
  /** Shape: `[out]`. */
  readonly bias: Parameter | undefined
  /** How many of the input's last dimensions are places of one unit: 0 for features, 2 for the channels of images. */
  readonly spatialDims: number
  /** How many units, features or channels, the input has. */
  readonly inputUnits: number
  /** What the layer computes with other weights. */
  transform(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor
}

/** Throws unless `layer` is one, such as `Linear` or `Conv2d`. */
export function checkWeightLayer(where: string, layer: WeightLayer): void {
  if (layer instanceof Module && layer.weight instanceof Parameter && typeof layer.transform === 'function') return
  const given = layer instanceof Module ? (layer as Module).constructor.name : typeof layer
  fail('TN_DTYPE', where, `expected a layer with weights, such as Linear or Conv2d, got ${given}`)
}

/** The shape of one number for each unit of each example: `[N, C, 1, 1]` for the channels of images. */
export const unitShape = ({ spatialDims }: WeightLayer, { shape }: Tensor): Shape =>
  shape.map((size, i) => (i < shape.length - spatialDims ? size : 1))

/** `√(variance + 1e-8)`: the root has no gradient at 0. */
export const deviationOf = (variance: Tensor): Tensor => sqrt(add(variance, 1e-8))

/**
 * Draws the layer's output for weights that are all independent and normal: `y ~ N(μ * x + bias, σ² * x²)`, an own draw
 * for each output of each example instead of one for each weight (the local reparameterization trick, Kingma et al.
 * 2015, arXiv 1506.02557).
 */
export function drawOutput(
  layer: WeightLayer,
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  options: GeneratorOption,
): Tensor {
  const center = layer.transform(x, mean, layer.bias)
  const spread = deviationOf(layer.transform(square(x), variance, undefined))
  return add(center, mul(spread, drawStandardNormal(center, options)))
}

/** Numbers of N(0, 1), in x's shape and type and in row-major order. */
export function drawStandardNormal({ shape, dtype }: Tensor, { generator }: GeneratorOption): Tensor {
  return takeNoise({ shape, dtype, draw: () => normal_(allocate(shape, dtype), 0, 1, { generator }) })
}
