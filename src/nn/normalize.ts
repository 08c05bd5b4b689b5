// What batch and layer normalisation have in common: compositions, so that they can be differentiated again.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { mean } from '../ops/reduce.ts'
import { rsqrt, square } from '../ops/unary.ts'
import { isFloating } from '../tensor/dtype.ts'
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of a normalisation: what follows it, and what keeps it from dividing by zero. */
export interface NormOptions {
  /** Multiplies what was normalised. Left out, nothing does. */
  readonly weight?: Tensor | undefined
  /** Is added after that. Left out, nothing is. */
  readonly bias?: Tensor | undefined
  /** Is added to the variance. At least 0; default 1e-5. */
  readonly eps?: number | undefined
}

/** x less its mean, and the mean of the squares of that: biased, of every place along `dims`, whose sizes become 1. */
export function moments(x: Tensor, dims: readonly number[]) {
  const center = mean(x, dims, { keepdim: true })
  const centered = sub(x, center)
  return { center, centered, variance: mean(square(centered), dims, { keepdim: true }) }
}

/** `centered / √(variance + eps)`. */
export const divideByDeviation = (centered: Tensor, variance: Tensor, eps: number): Tensor =>
  mul(centered, rsqrt(add(variance, eps)))

/** `x · weight + bias`, broadcast, as far as they are given. */
export function scaleAndShift(x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? mul(x, weight) : x
  return bias ? add(scaled, bias) : scaled
}

/** Throws unless x is floating and eps a number that can be added to a variance. */
export function checkNormalizable(where: string, x: Tensor, eps: number): void {
  if (!isFloating(x.dtype)) fail('TN_DTYPE', where, `expected a floating tensor (float32 or float64), got ${x.dtype}`)
  checkEps(where, eps)
}

/** Throws unless eps is at least 0 and finite. */
export function checkEps(where: string, eps: number): void {
  if (!(eps >= 0 && eps < Number.POSITIVE_INFINITY)) fail('TN_RANGE', where, `eps must be at least 0, got ${eps}`)
}

/** Throws unless an operand beside x has x's type and a shape; `message` says what the shape must be, in PyTorch's words. */
export function checkOperand(
  where: string,
  name: string,
  x: Tensor,
  operand: Tensor | undefined,
  shape: Shape,
  message: (given: Shape) => string,
): void {
  if (!operand) return
  if (!sameShape(operand.shape, shape)) failAsPyTorch('TN_SHAPE', where, message(operand.shape))
  if (operand.dtype === x.dtype) return
  fail('TN_DTYPE', where, `expected one data type, got x ${x.dtype}, ${name} ${operand.dtype}`)
}

/** Throws unless a layer's list of sizes is one of whole numbers. */
export function checkSizes(where: string, name: string, sizes: Shape): void {
  if (sizes.every((size) => Number.isInteger(size) && size >= 0)) return
  fail('TN_RANGE', where, `${name} must be made of whole numbers, got ${formatShape(sizes)}`)
}
