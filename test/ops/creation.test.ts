import { describe, expect, test } from 'vitest'
import * as creation from '../../src/ops/creation.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { errorOf } from '../support/op-spec.ts'

const { arange, empty, eye, full, fullLike, linspace, ones, onesLike, tensor, zeros, zerosLike } = creation
const told = (x: Tensor) => ({ dtype: x.dtype, shape: x.shape, data: Array.from(x.toArray()) })

describe('tensor', () => {
  test.each([
    ['a number', 3, 'float32', [], [3]],
    ['a boolean', true, 'bool', [], [1]],
    ['an array', [1, 2.5], 'float32', [2], [1, 2.5]],
    [
      'nested arrays',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'float32',
      [3, 2],
      [1, 2, 3, 4, 5, 6],
    ],
    ['booleans', [[true, false]], 'bool', [1, 2], [1, 0]],
    ['nothing', [], 'float32', [0], []],
    ['rows of nothing', [[], []], 'float32', [2, 0], []],
    ['a Float64Array', Float64Array.of(1.1), 'float64', [1], [1.1]],
    ['an Int32Array', Int32Array.of(-7), 'int32', [1], [-7]],
    ['a Uint8Array', Uint8Array.of(255), 'uint8', [1], [255]],
    ['rows of typed arrays', [Int32Array.of(1, 2), Int32Array.of(3, 4)], 'int32', [2, 2], [1, 2, 3, 4]],
  ])('of %s', (_note, data, dtype, shape, values) => {
    expect(told(tensor(data))).toEqual({ dtype, shape, data: values })
  })

  test('in another type', () => {
    expect(told(tensor([0, 2], { dtype: 'bool' })).data).toEqual([0, 1])
    expect(told(tensor([Number.NaN, 0.5], { dtype: 'bool' })).data).toEqual([1, 1])
    expect(told(tensor([1.9, -1.9], { dtype: 'int32' })).data).toEqual([1, -1])
  })

  test('of flat values in a shape', () => {
    expect(told(tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] })).shape).toEqual([2, 2])
  })

  test('copies what it is given', () => {
    const data = Float32Array.of(1, 2)
    const x = tensor(data)
    data[0] = 9
    expect(told(x).data).toEqual([1, 2])
  })

  test.each([
    ['rows of different lengths', [[1, 2], [3]]],
    ['a number among rows', [[1], 2]],
    ['a row among numbers', [1, [2]]],
    ['depths that differ', [[[1]], [2]]],
  ])('not of %s', (_note, data) => {
    expect(errorOf(() => tensor(data as creation.TensorData)).message).toContain(
      'nested arrays must have one length at each depth',
    )
  })

  test('not of anything else', () => {
    const error = errorOf(() => tensor('1' as unknown as number))
    expect([error.code, error.message]).toEqual([
      'TN_DTYPE',
      "tensor: expected numbers, booleans or arrays of them, got '1'",
    ])
    expect(errorOf(() => tensor([1, 2, 3], { shape: [2] })).message).toContain(
      'shape [2] holds 2 elements, got 3 values',
    )
  })

  test('asked for gradients, it must be of a floating type', () => {
    expect(tensor(1, { requiresGrad: true }).requiresGrad).toBe(true)
    expect(errorOf(() => tensor(true, { requiresGrad: true })).code).toBe('TN_DTYPE')
  })
})

test('filled with one value', () => {
  expect(told(zeros([2, 2]))).toEqual({ dtype: 'float32', shape: [2, 2], data: [0, 0, 0, 0] })
  expect(told(ones([2], { dtype: 'int32' }))).toEqual({ dtype: 'int32', shape: [2], data: [1, 1] })
  expect(told(full([2], 2.5, { dtype: 'float64' }))).toEqual({ dtype: 'float64', shape: [2], data: [2.5, 2.5] })
  expect(empty([3, 0]).shape).toEqual([3, 0])
  expect(errorOf(() => zeros([2, -1])).message).toContain(
    'sizes must be whole numbers that are not negative, got [2, -1]',
  )
})

test('like another tensor', () => {
  const x = tensor([[1, 2]], { dtype: 'float64' })
  expect(told(zerosLike(x))).toEqual({ dtype: 'float64', shape: [1, 2], data: [0, 0] })
  expect(told(onesLike(x, { dtype: 'int32' }))).toEqual({ dtype: 'int32', shape: [1, 2], data: [1, 1] })
  expect(told(fullLike(x, 7)).data).toEqual([7, 7])
})

describe('arange', () => {
  test.each([
    [[3], 'int32', [0, 1, 2]],
    [[2, 5], 'int32', [2, 3, 4]],
    [[5, 0, -2], 'int32', [5, 3, 1]],
    [[0, 1, 0.25], 'float32', [0, 0.25, 0.5, 0.75]],
    [[0], 'int32', []],
  ] as const)('(%j)', (bounds, dtype, data) => {
    const [start, end, step] = bounds
    expect(told(arange(start, end, step))).toEqual({ dtype, shape: [data.length], data })
  })

  test('needs a step that leads somewhere', () => {
    expect(errorOf(() => arange(0, 3, 0)).code).toBe('TN_RANGE')
    expect(errorOf(() => arange(0, 3, -1)).message).toContain(
      'step must lead from start to end, got start 0, end 3, step -1',
    )
  })
})

test('linspace has both ends', () => {
  expect(told(linspace(0, 1, 5)).data).toEqual([0, 0.25, 0.5, 0.75, 1])
  expect(told(linspace(2, 2, 1)).data).toEqual([2])
  expect(told(linspace(0, 0.1, 4, { dtype: 'float64' })).data[3]).toBe(0.1)
  expect(linspace(0, 1, 0).shape).toEqual([0])
})

test('eye', () => {
  expect(told(eye(2)).data).toEqual([1, 0, 0, 1])
  expect(told(eye(2, 3))).toEqual({ dtype: 'float32', shape: [2, 3], data: [1, 0, 0, 0, 1, 0] })
  expect(eye(2, 2, { requiresGrad: true }).requiresGrad).toBe(true)
})
