import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { relu } from '../../src/ops/activation.ts'
import { arange, type CreationOptions, type TensorData, tensor, zeros } from '../../src/ops/creation.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const goldens = JSON.parse(readFileSync(new URL('../goldens/print.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>

const floats = (count: number, shape: readonly number[] = [count]) => arange(count).reshape(shape).to('float32')
const of = (data: TensorData, options: CreationOptions = {}) => tensor(data, options)
const leaf = () => of([1, 2], { requiresGrad: true })
const requiringGrad = (x: Tensor) => {
  x.requiresGrad = true
  return x
}
const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]

/** The tensors of make_print.py. */
const cases: Record<string, () => Tensor> = {
  matrix: () =>
    of([
      [1, 2],
      [3, 4],
    ]),
  fractions: () =>
    of([
      [0.5, -1.25],
      [100.123456, 3],
    ]),
  scalar: () => of(3.5),
  'whole scalar': () => of(3),
  'leaf scalar': () => of(2.5, { requiresGrad: true }),
  int32: () => of([1, -20, 300], { dtype: 'int32' }),
  bool: () => of([true, false]),
  uint8: () =>
    of(
      [
        [1, 2],
        [3, 255],
      ],
      { dtype: 'uint8' },
    ),
  float64: () => of([1.5, 2], { dtype: 'float64' }),
  'wide range': () => of([1e-3, 1, 2000]),
  tiny: () => of([1e-5, 2e-5]),
  huge: () => of([1e9, 2]),
  'whole numbers far apart': () => of([123456, 7]),
  'nothing finite': () => of([nan, inf, -inf, 0]),
  'nan among fractions': () => of([nan, inf, 1.5, -2]),
  'nan among whole numbers': () => of([nan, -inf, 1, -200]),
  zeros: () => zeros([2, 3]),
  'negative zero': () => of([-0, 1]),
  'negative zero among fractions': () => of([-0, 1.5]),
  ties: () => of([0.03125, 0.09375, -0.03125, 1.5]),
  'scientific ties': () => of([1.03125, 2.09375, 40960.5, 1e-3], { dtype: 'float64' }),
  empty: () => zeros([0]),
  'empty matrix': () => zeros([0, 3]),
  'empty int32': () => zeros([2, 0], { dtype: 'int32' }),
  'empty bool': () => zeros([0], { dtype: 'bool' }),
  'three dimensions': () => floats(12, [2, 3, 2]),
  'four dimensions': () => floats(8, [2, 1, 2, 2]),
  'several lines': () => floats(40),
  summary: () => floats(1001),
  'summary of a matrix': () => floats(2000, [40, 50]).div(8),
  'summary of rows': () => arange(1200).reshape([300, 4]),
  'summary of three dimensions': () => floats(1024, [8, 16, 8]),
  leaf,
  relu: () => relu(leaf()),
  'add a number': () => leaf().add(1),
  mul: () => leaf().mul(leaf()),
  'suffix on a new line': () => requiringGrad(floats(14)),
  'two suffixes on a new line': () => requiringGrad(of(new Array(8).fill(1.123456), { dtype: 'float64' })),
}

test('the cases are those that PyTorch printed', () => {
  expect(Object.keys(cases)).toEqual(Object.keys(goldens))
})

// thinnet's types have no prefix: dtype=int32 where PyTorch has dtype=torch.int32.
test.each(Object.keys(cases))('%s', (name) => {
  expect(cases[name]?.().toString()).toBe(goldens[name]?.replaceAll('torch.', ''))
})

test('a view prints as what it shows', () => {
  expect(floats(6, [2, 3]).transpose(0, 1).toString()).toBe('tensor([[0., 3.],\n        [1., 4.],\n        [2., 5.]])')
})

test("Node's console prints the same", () => {
  expect(inspect(of([1, 2]))).toBe('tensor([1., 2.])')
})
