// What rng.json leaves out: layouts other than row-major, broadcasting, rows, in-place rules, errors.
import { describe, expect, test } from 'vitest'
import { mul } from '../../src/ops/arithmetic.ts'
import { arange, tensor, zeros } from '../../src/ops/creation.ts'
import {
  bernoulli,
  bernoulli_,
  exponential_,
  manualSeed,
  multinomial,
  normal,
  normal_,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  random_,
  randperm,
  uniform_,
} from '../../src/random/index.ts'
import { allocateLike } from '../../src/tensor/memory-order.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { goldens, numbers, viewByStrides } from './support.ts'

interface Layout {
  shape: number[]
  strides: number[]
  offset: number
}
interface Goldens {
  fills: (Layout & { op: keyof typeof fills; arguments: [number, number]; base: number[]; next: number })[]
  likes: (Layout & { outStrides: number[]; randLike: number[]; randnLike: number[]; bernoulli: number[] })[]
  others: { name: keyof typeof others; data: number[]; next: number }[]
}

const fills = { uniform_, normal_, bernoulli_, random_ }
const others = {
  'normal(tensor, 2)': () => normal(arange(0, 20, 1, { dtype: 'float32' }), 2),
  'normal(3, tensor)': () => normal(3, arange(0, 20, 1, { dtype: 'float32' })),
  'normal(row, column)': () => normal(tensor([0, 1, 2]), tensor([[0.1], [2]])),
  'normal(permuted, 2)': () => normal(arange(0, 40, 1, { dtype: 'float32' }).view([8, 5]).T, 2),
  'bernoulli_(tensor) of int32': () => bernoulli_(zeros([2, 3], { dtype: 'int32' }), tensor([0.1, 0.5, 0.9])),
  'multinomial rows': () => multinomial(rows(), 3),
  'multinomial rows, replacement': () => multinomial(rows(), 6, { replacement: true }),
  'multinomial rows, one': () => multinomial(rows(), 1, { replacement: true }),
  'multinomial float64': () => multinomial(doubles(), 8, { replacement: true }),
  'multinomial float64, once': () => multinomial(doubles(), 3),
}
const rows = () =>
  tensor([
    [1, 2, 3, 4],
    [4, 0, 2, 1],
  ])
const doubles = () => tensor([0.1, 0.7, 0.2], { dtype: 'float64' })

const golden = goldens<Goldens>('random.json')

test.each(golden.fills)('$op of a view, shape $shape, strides $strides', (expected) => {
  const base = zeros([200])
  const view = viewByStrides(base, expected.shape, expected.strides, expected.offset)
  manualSeed(7)
  expect(fills[expected.op](view, ...expected.arguments)).toBe(view)
  expect(numbers(base)).toEqual(expected.base)
  expect(rand([1]).item()).toBe(expected.next)
})

test.each(golden.likes)('like a tensor of shape $shape, strides $strides', (expected) => {
  const values = tensor(Array.from({ length: 800 }, (_, i) => i / 799))
  const x = viewByStrides(values, expected.shape, expected.strides, expected.offset)
  const { strides } = allocateLike(x)
  expected.shape.forEach((size, i) => {
    if (size > 1) expect(strides[i]).toBe(expected.outStrides[i])
  })
  for (const [name, make] of Object.entries({ randLike, randnLike, bernoulli })) {
    manualSeed(11)
    expect(numbers(make(x)), name).toEqual(expected[name as 'randLike'])
  }
})

test.each(golden.others)('$name', ({ name, data, next }) => {
  manualSeed(5)
  const drawn = numbers(others[name]())
  if (name.startsWith('normal')) drawn.forEach((value, i) => void expect(value).toBeCloseTo(data[i] as number, 5))
  else expect(drawn).toEqual(data)
  expect(rand([1]).item()).toBe(next)
})

describe('shapes, types and options', () => {
  test('scalars, empty tensors and types', () => {
    expect(rand([]).shape).toEqual([])
    expect(randn([0, 3]).shape).toEqual([0, 3])
    expect(randint(5, [2]).dtype).toBe('int32')
    expect(randint(2, [3], { dtype: 'bool' }).dtype).toBe('bool')
    expect(randperm(0).shape).toEqual([0])
    expect(randperm(3, { dtype: 'float32' }).dtype).toBe('float32')
    expect(rand([2], { dtype: 'float64' }).dtype).toBe('float64')
    expect(randLike(zeros([2, 3]), { dtype: 'float64' }).dtype).toBe('float64')
    expect(multinomial(tensor([[1, 1]]), 2).shape).toEqual([1, 2])
  })

  test('an empty tensor draws nothing', () => {
    manualSeed(1)
    const expected = rand([1]).item()
    manualSeed(1)
    for (const draw of [uniform_, normal_, bernoulli_, exponential_, random_]) draw(zeros([0]))
    expect(rand([1]).item()).toBe(expected)
  })

  test('requiresGrad', () => {
    expect(randn([2], { requiresGrad: true }).requiresGrad).toBe(true)
    expect(randn([2]).requiresGrad).toBe(false)
  })
})

describe('in place', () => {
  test('a leaf that requires a gradient is refused before anything is drawn', () => {
    const leaf = zeros([3], { requiresGrad: true })
    manualSeed(1)
    expect(() => uniform_(leaf, 2, 1)).toThrow(
      'a leaf Variable that requires grad is being used in an in-place operation.',
    )
    const drawn = rand([1]).item()
    manualSeed(1)
    expect(rand([1]).item()).toBe(drawn)
  })

  test('what was drawn depends on nothing, but stays in the graph, as in PyTorch', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true })
    const y = mul(x, 2)
    normal_(y)
    y.sum().backward()
    expect(Array.from(x.grad?.toArray() ?? [])).toEqual([0, 0, 0])
  })

  test('elements that share memory are refused', () => {
    const x = viewByStrides(zeros([1]), [3], [0], 0)
    expect(() => uniform_(x)).toThrow(
      'unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.',
    )
  })
})

describe("errors are PyTorch's", () => {
  const ints = (): Tensor => zeros([3], { dtype: 'int32' })
  const bytes = (): Tensor => zeros([3], { dtype: 'uint8' })
  test.each<[string, () => unknown]>([
    ['normal expects std >= 0.0, but found std -1', () => normal_(zeros([3]), 0, -1)],
    ['normal expects std >= 0.0, but found std nan', () => normal_(zeros([3]), 0, Number.NaN)],
    ['normal expects all elements of std >= 0.0', () => normal(tensor([0, 0]), tensor([-1, 1]))],
    ['uniform_ expects to return a [from, to) range, but found from=2 > to=1', () => uniform_(zeros([3]), 2, 1)],
    ['to is out of bounds for float', () => uniform_(zeros([3]), 0, 1e39)],
    ['from is out of bounds for float', () => uniform_(zeros([3]), Number.NaN, 1)],
    [
      'uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result in to-from to exceed the limit',
      () => uniform_(zeros([3]), -3e38, 3e38),
    ],
    ['bernoulli_ expects p to be in [0, 1], but got p=1.5', () => bernoulli_(zeros([3]), 1.5)],
    ['bernoulli_ expects p to be in [0, 1], but got p=nan', () => bernoulli_(ints(), Number.NaN)],
    ['exponential_ expects lambda > 0.0, but found lambda=-1.5', () => exponential_(zeros([3]), -1.5)],
    ["random_ expects 'from' to be less than 'to', but got from=5 >= to=5", () => random_(zeros([3]), 5, 5)],
    ["random_ expects 'from' to be less than 'to', but got from=0 >= to=0", () => random_(zeros([3]), 0)],
    ["random_ expects 'from' to be less than 'to', but got from=5 >= to=5", () => randint(5, 5, [2])],
    ['to - 1 is out of bounds for int', () => randint(0, 2 ** 31 + 5, [2])],
    ['to - 1 is out of bounds for unsigned char', () => random_(bytes(), 0, 257)],
    ['from is out of bounds for unsigned char', () => random_(bytes(), -5, 3)],
    ['to - 1 is out of bounds for bool', () => randint(0, 3, [2], { dtype: 'bool' })],
    ['prob_dist must be 1 or 2 dim', () => multinomial(zeros([2, 2, 2]), 1)],
    ['cannot sample n_sample <= 0 samples', () => multinomial(tensor([1, 2]), 0)],
    ['cannot sample n_sample > prob_dist.size(-1) samples without replacement', () => multinomial(tensor([1, 2]), 3)],
    ['probability tensor contains either `inf`, `nan` or element < 0', () => multinomial(tensor([1, -2]), 1)],
    [
      'probability tensor contains either `inf`, `nan` or element < 0',
      () => multinomial(tensor([1, Number.POSITIVE_INFINITY]), 1),
    ],
    ['invalid multinomial distribution (sum of probabilities <= 0)', () => multinomial(tensor([0, 0]), 1)],
    [
      'invalid multinomial distribution (encountering probability entry < 0)',
      () => multinomial(tensor([1, Number.NaN]), 2, { replacement: true }),
    ],
    [
      'invalid multinomial distribution (encountering probability entry = infinity or NaN)',
      () => multinomial(tensor([1, Number.POSITIVE_INFINITY]), 2, { replacement: true }),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }))
  })

  test.each<[string, () => unknown]>([
    ['uniform_: expected a floating tensor', () => uniform_(ints())],
    ['normal_: expected a floating tensor', () => randn([2], { dtype: 'int32' })],
    ['exponential_: expected a floating tensor', () => exponential_(ints())],
    ['bernoulli: expected a floating tensor', () => bernoulli(ints())],
    ['bernoulli: probabilities must be in [0, 1], got 1.5', () => bernoulli(tensor([0.5, 1.5]))],
    ['bernoulli: probabilities must be in [0, 1], got nan', () => bernoulli(tensor([Number.NaN]))],
    ['randperm: sizes must be whole numbers', () => randperm(-1)],
    ['randperm: uint8 does not hold', () => randperm(300, { dtype: 'uint8' })],
    ['random_: bounds must be whole numbers', () => randint(0, 1.5, [2])],
    ['multinomial: only supports floating-point dtypes', () => multinomial(ints(), 1)],
  ])('%s', (message, call) => {
    expect(call).toThrow(message)
  })
})
