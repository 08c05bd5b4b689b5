// One draw for several elements: a mask of a smaller shape, broadcast (Keras' noise_shape).
import { fail } from '../backend/errors.ts'
import { mul } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { reshape } from '../ops/layout.ts'
import { elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { applyMask, expandMask } from './mask.ts'
import { applyNoise } from './noise.ts'

/**
 * The shape that a mask is drawn in: for each dimension of the input 1, where all places share a draw, or the input's
 * size, where each has its own; `null` or -1 stands for the input's size.
 */
export type NoiseShape = readonly (number | null)[]

/** Throws unless it is a list of sizes. */
export function checkNoiseShape(where: string, noiseShape: NoiseShape): void {
  const isSize = (size: unknown) => size === null || (Number.isInteger(size) && (size as number) >= -1)
  if (Array.isArray(noiseShape) && noiseShape.every(isSize)) return
  const given = Array.isArray(noiseShape) ? textOf(noiseShape) : String(noiseShape)
  fail('TN_RANGE', where, `noiseShape must be an array of sizes, null for the input's size, got ${given}`)
}

/** As the printed form of a layer shows it: Python's tuple. */
export function noiseShapeText(noiseShape: NoiseShape): string {
  const sizes = noiseShape.map((size) => (size === null ? 'None' : String(size)))
  return `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`
}

/**
 * The sizes of the mask for an input of a shape.
 *
 * @throws ThinnetError TN_SHAPE unless there is one for each dimension, 1 or the input's.
 */
export function noiseSizes(where: string, noiseShape: NoiseShape, shape: Shape): Shape {
  checkNoiseShape(where, noiseShape)
  const sizes = noiseShape.map((size, dim) => (size === null || size === -1 ? (shape[dim] ?? 1) : size))
  const fits = sizes.length === shape.length && sizes.every((size, dim) => size === 1 || size === shape[dim])
  if (fits) return sizes
  const rule = `noiseShape must have 1 or the input's size (null) for each of its ${shape.length} dimensions`
  return fail('TN_SHAPE', where, `${rule}, got ${textOf(noiseShape)} for ${formatShape(shape)}`, { noiseShape, shape })
}

const textOf = (noiseShape: NoiseShape): string => `[${noiseShape.map(String).join(', ')}]`

/**
 * `x * (kept ? scale : 0)` with one bit of a mask for each position of `sizes`, in row-major order, broadcast to x. As
 * `applyMask` a product. Floating tensors.
 */
export function applySharedMask(x: Tensor, mask: Tensor, scale: number, sizes: Shape): Tensor {
  const count = elementCount(sizes)
  const sharing = sizes.findLastIndex((size) => size !== 1) + 1
  // Where each bit is for elements beside one another, the bits themselves do.
  if (sameShape(sizes.slice(0, sharing), x.shape.slice(0, sharing))) return applyMask(x, mask, scale, x.numel / count)
  const noise = mul(cast(reshape(expandMask(mask, count), sizes), x.dtype), scale)
  return applyNoise(x, noise)
}
