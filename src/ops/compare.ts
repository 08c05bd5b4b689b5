// Comparisons and logic: bool results, no gradients.
import { backend } from '../backend/backend.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import type { DType } from '../tensor/dtype.ts'
import { isFloating } from '../tensor/dtype.ts'
import { broadcastShapes } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { binary, describeOperands, promoted, toFloating, unary, withScalar } from './launch.ts'

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'

function compare(name: Comparison, a: Tensor, b: Tensor | number): Tensor {
  const dtype = promoted(name, a, b)
  if (typeof b === 'number') return withScalar(`${name}Scalar`, cast(a, dtype), b, 'bool')
  return binary(name, cast(a, dtype), cast(b, dtype), 'bool')
}

/** `a == b`, element by element, broadcast. */
export const eq = (a: Tensor, b: Tensor | number): Tensor => compare('eq', a, b)
/** `a != b`, element by element, broadcast. */
export const ne = (a: Tensor, b: Tensor | number): Tensor => compare('ne', a, b)
/** `a < b`, element by element, broadcast. */
export const lt = (a: Tensor, b: Tensor | number): Tensor => compare('lt', a, b)
/** `a <= b`, element by element, broadcast. */
export const le = (a: Tensor, b: Tensor | number): Tensor => compare('le', a, b)
/** `a > b`, element by element, broadcast. */
export const gt = (a: Tensor, b: Tensor | number): Tensor => compare('gt', a, b)
/** `a >= b`, element by element, broadcast. */
export const ge = (a: Tensor, b: Tensor | number): Tensor => compare('ge', a, b)

function logical(name: 'logicalAnd' | 'logicalOr' | 'logicalXor', a: Tensor, b: Tensor): Tensor {
  const { kernels, memory } = backend()
  checkTensor(name, a)
  checkTensor(name, b)
  const [x, y] = [cast(a, 'bool'), cast(b, 'bool')]
  const shape = broadcastShapes(name, x.shape, y.shape)
  const out = allocate(shape, 'bool')
  const { rank, description } = describeOperands(shape, [x, y])
  kernels[name](out.address, x.address, y.address, rank, memory.describe(description))
  return out
}

/** True where both are not zero, broadcast. */
export const logicalAnd = (a: Tensor, b: Tensor): Tensor => logical('logicalAnd', a, b)
/** True where at least one is not zero, broadcast. */
export const logicalOr = (a: Tensor, b: Tensor): Tensor => logical('logicalOr', a, b)
/** True where exactly one is not zero, broadcast. */
export const logicalXor = (a: Tensor, b: Tensor): Tensor => logical('logicalXor', a, b)
/** True where `x` is zero. */
export function logicalNot(x: Tensor): Tensor {
  checkTensor('logicalNot', x)
  return unary('logicalNot', x, 'bool')
}

const test = (name: 'isNan' | 'isFinite', x: Tensor): Tensor =>
  unary(name, toFloating(name.toLowerCase(), x), 'bool' satisfies DType)

/** True where `x` is NaN. */
export const isnan = (x: Tensor): Tensor => test('isNan', x)
/** True where `x` is neither NaN nor infinite. */
export const isfinite = (x: Tensor): Tensor => test('isFinite', x)

/** True if shapes and all elements are equal (NaN equals nothing). */
export function equal(a: Tensor, b: Tensor): boolean {
  checkTensor('equal', a)
  checkTensor('equal', b)
  if (a.shape.length !== b.shape.length || a.shape.some((size, i) => size !== b.shape[i])) return false
  return (eq(a, b).toArray() as Uint8Array).every((same) => same === 1)
}

/** Options of `allclose`. */
export interface AllcloseOptions {
  /** What values may differ by, as a part of the second one's size. Default 1e-5. */
  readonly rtol?: number | undefined
  /** What they may differ by besides. Default 1e-8. */
  readonly atol?: number | undefined
  /** Whether NaN is close to NaN. Default false. */
  readonly equalNan?: boolean | undefined
}

/** True if `|a - b| <= atol + rtol * |b|` everywhere, as PyTorch's `allclose`. */
export function allclose(a: Tensor, b: Tensor, options: AllcloseOptions = noOptions): boolean {
  checkTensor('allclose', a)
  checkTensor('allclose', b)
  checkOptions('allclose', options, ['rtol', 'atol', 'equalNan'], 'allclose(a, b, { rtol: 1e-5, atol: 1e-8 })')
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  const shape = broadcastShapes('allclose', a.shape, b.shape)
  const [x, y] = [a, b].map((t) =>
    cast(t, isFloating(t.dtype) ? t.dtype : 'float64')
      .expand(shape)
      .toArray(),
  ) as [Float64Array, Float64Array]
  return x.every((value, i) => {
    const other = y[i] as number
    if (value === other) return true
    if (Number.isNaN(value) || Number.isNaN(other)) return equalNan && Number.isNaN(value) && Number.isNaN(other)
    return Number.isFinite(value) && Number.isFinite(other) && Math.abs(value - other) <= atol + rtol * Math.abs(other)
  })
}
