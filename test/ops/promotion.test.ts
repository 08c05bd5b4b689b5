// The type of a result of two operands: PyTorch's table, except that whole numbers are int32 where PyTorch has int64.
import { describe, expect, test } from 'vitest'
import { add } from '../../src/ops/arithmetic.ts'
import { allclose, equal } from '../../src/ops/compare.ts'
import { ones, tensor } from '../../src/ops/creation.ts'
import { type DType, dtypes } from '../../src/tensor/dtype.ts'

const order: readonly DType[] = ['bool', 'uint8', 'int32', 'float32', 'float64']
/** Row: the type of the operand that has dimensions; column: that of the other, in `order`. */
const sameRank: Record<DType, readonly DType[]> = {
  bool: ['bool', 'uint8', 'int32', 'float32', 'float64'],
  uint8: ['uint8', 'uint8', 'int32', 'float32', 'float64'],
  int32: ['int32', 'int32', 'int32', 'float32', 'float64'],
  float32: ['float32', 'float32', 'float32', 'float32', 'float64'],
  float64: ['float64', 'float64', 'float64', 'float64', 'float64'],
}
const with0Dim: Record<DType, readonly DType[]> = {
  bool: ['bool', 'uint8', 'int32', 'float32', 'float64'],
  uint8: ['uint8', 'uint8', 'uint8', 'float32', 'float64'],
  int32: ['int32', 'int32', 'int32', 'float32', 'float64'],
  float32: ['float32', 'float32', 'float32', 'float32', 'float32'],
  float64: ['float64', 'float64', 'float64', 'float64', 'float64'],
}
/** With 2 and with 0.5. */
const withNumber: Record<DType, readonly [DType, DType]> = {
  bool: ['int32', 'float32'],
  uint8: ['uint8', 'float32'],
  int32: ['int32', 'float32'],
  float32: ['float32', 'float32'],
  float64: ['float64', 'float64'],
}

describe.each(dtypes)('%s', (dtype) => {
  const x = ones([2], { dtype })
  const scalar = ones([], { dtype })
  test('with a tensor of its rank', () => {
    expect(order.map((other) => add(x, ones([2], { dtype: other })).dtype)).toEqual(sameRank[dtype])
    expect(order.map((other) => add(ones([3, 2], { dtype: other }), x).dtype)).toEqual(sameRank[dtype])
    expect(order.map((other) => add(scalar, ones([], { dtype: other })).dtype)).toEqual(sameRank[dtype])
  })

  test('with one of no dimensions', () => {
    expect(order.map((other) => add(x, ones([], { dtype: other })).dtype)).toEqual(with0Dim[dtype])
    expect(order.map((other) => add(ones([], { dtype: other }), x).dtype)).toEqual(with0Dim[dtype])
  })

  test('with a number', () => {
    expect([add(x, 2).dtype, add(x, 0.5).dtype]).toEqual(withNumber[dtype])
    expect([add(2, scalar).dtype, add(0.5, scalar).dtype]).toEqual(withNumber[dtype])
  })
})

test('equal compares shapes and elements', () => {
  const x = tensor([1, 2])
  expect(equal(x, tensor([1, 2]))).toBe(true)
  expect(equal(x, tensor([1, 3]))).toBe(false)
  expect(equal(x, tensor([[1, 2]]))).toBe(false)
  expect(equal(tensor([Number.NaN]), tensor([Number.NaN]))).toBe(false)
})

test('allclose has PyTorch’s bounds', () => {
  const x = tensor([1, 1000], { dtype: 'float64' })
  expect(allclose(x, tensor([1.000009, 1000.009], { dtype: 'float64' }))).toBe(true)
  expect(allclose(x, tensor([1.00002, 1000], { dtype: 'float64' }))).toBe(false)
  expect(allclose(x, tensor([1.1, 1000]), { atol: 0.2 })).toBe(true)
  expect(allclose(tensor([1, 1]), tensor(1))).toBe(true)
  const [infinite, missing] = [tensor([Number.POSITIVE_INFINITY]), tensor([Number.NaN])]
  expect([allclose(infinite, infinite), allclose(infinite, infinite.neg()), allclose(infinite, tensor([1]))]).toEqual([
    true,
    false,
    false,
  ])
  expect([allclose(missing, missing), allclose(missing, missing, { equalNan: true })]).toEqual([false, true])
})
