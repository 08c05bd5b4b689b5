import { expect } from 'vitest'
import { tensor } from '../../src/ops/creation.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** A tensor as the goldens write it: flat, row-major, with words for what JSON has no numbers for. */
export interface GoldenTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: readonly (number | 'nan' | 'inf' | '-inf')[]
}

const words = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }

export const goldenNumbers = (data: GoldenTensor['data']): number[] =>
  data.map((value) => (typeof value === 'number' ? value : words[value]))

export const fromGolden = ({ dtype, shape, data }: GoldenTensor): Tensor =>
  tensor(goldenNumbers(data), { dtype: dtype as DType, shape })

/** Every element the same, to the bit: -0 is not 0, NaN is NaN. */
export function expectSame(actual: Tensor, expected: GoldenTensor): void {
  expect(actual.dtype).toBe(expected.dtype)
  expect(actual.shape).toEqual(expected.shape)
  expectSameNumbers(actual.toArray(), goldenNumbers(expected.data))
}

export function expectSameNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`element ${i} is ${actual[i]}, expected ${expected[i]}`)
  }
}

/** Every element within `relative` times the largest magnitude that is expected. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number, floor = 0): void {
  expect(actual.length).toBe(expected.length)
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const tolerance = Math.max(relative * largest, floor)
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number))
    if (!(difference <= tolerance)) {
      expect.fail(`element ${i} is ${actual[i]}, expected ${expected[i]}: off by ${difference}, allowed ${tolerance}`)
    }
  }
}

/** PyTorch's name of a setting in ours: `weight_decay` is `weightDecay`. */
export const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

export const inCamelCase = (settings: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [camelCase(name), value]))
