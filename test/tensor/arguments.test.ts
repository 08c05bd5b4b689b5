// What plain JavaScript gets wrong where TypeScript would have said so: an error in our words, at the call, with the right form.
import * as thinnet from 'thinnet'
import { functional, Generator, nn, rand, type Tensor, tensor } from 'thinnet'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../support/op-spec.ts'

type Untyped = Record<string, (...given: unknown[]) => unknown>
const js = thinnet as unknown as Untyped
const F = functional as unknown as Untyped
const init = nn.init as unknown as Untyped
const untyped = (x: Tensor): Untyped => x as unknown as Untyped

const x = tensor([
  [1, 2],
  [3, 4],
])
const m = untyped(x)
const classes = tensor([0, 1], { dtype: 'int32' })

describe('mistakes of those who know PyTorch', () => {
  test.each<[string, () => unknown, string]>([
    ['zeros(2, 3)', () => js.zeros?.(2, 3), 'zeros: sizes go into one array, got 2; write zeros([2, ...])'],
    ['ones(2, 3)', () => js.ones?.(2, 3), 'ones: sizes go into one array, got 2; write ones([2, ...])'],
    ['rand(2, 3)', () => js.rand?.(2, 3), 'rand: sizes go into one array, got 2; write rand([2, ...])'],
    ['randn()', () => js.randn?.(), 'randn: sizes go into one array, got undefined'],
    [
      'zeros([2, 3], float64)',
      () => js.zeros?.([2, 3], 'float64'),
      "zeros: options go into one object, got 'float64'; write { dtype: 'float32' }",
    ],
    [
      "{ dtype: 'int64' }",
      () => js.zeros?.([2], { dtype: 'int64' }),
      "zeros: dtype must be one of float32, float64, int32, uint8, bool, got 'int64'; int64 is for files only: use int32",
    ],
    [
      "{ dtype: 'float' }",
      () => js.randn?.([2], { dtype: 'float' }),
      "randn: dtype must be one of float32, float64, int32, uint8, bool, got 'float'",
    ],
    [
      "x.to('double')",
      () => m.to?.('double'),
      "to: dtype must be one of float32, float64, int32, uint8, bool, got 'double'",
    ],
    ['x.reshape(4, 1)', () => m.reshape?.(4, 1), 'reshape: sizes go into one array, got 4; write reshape([4, ...])'],
    ['x.view(4)', () => m.view?.(4), 'view: sizes go into one array, got 4; write view([4, ...])'],
    ['x.expand(3, 2, 2)', () => m.expand?.(3, 2, 2), 'expand: sizes go into one array, got 3; write expand([3, ...])'],
    [
      'x.permute(1, 0)',
      () => m.permute?.(1, 0),
      'permute: dimensions go into one array, got 1; write permute([1, ...])',
    ],
    ['x.repeat(2, 2)', () => m.repeat?.(2, 2), 'repeat: counts go into one array, got 2; write repeat([2, ...])'],
    [
      'cat(x, x)',
      () => js.cat?.(x, x),
      'cat: tensors go into one array, got a tensor of shape [2, 2]; write cat([a, b])',
    ],
    [
      'stack(x, x)',
      () => js.stack?.(x, x),
      'stack: tensors go into one array, got a tensor of shape [2, 2]; write stack([a, b])',
    ],
    ['cat([x, 1])', () => js.cat?.([x, 1]), 'cat: expected a tensor, got 1; write tensor(1)'],
    ['x.sum(1, true)', () => m.sum?.(1, true), 'sum: options go into one object, got true; write { keepdim: true }'],
    ['x.sum({ dim: 1 })', () => m.sum?.({ dim: 1 }), 'sum: a dimension must be a whole number, got { dim }'],
    [
      'x.mean(1, { keepDim })',
      () => m.mean?.(1, { keepDim: true }),
      'mean: unknown option keepDim; known are keepdim; did you mean keepdim?',
    ],
    ['x.max()', () => m.max?.(), 'max: expected a dimension, got undefined; of all elements, amax() is the maximum'],
    [
      'x.clamp(0, 1)',
      () => m.clamp?.(0, 1),
      'clamp: options go into one object, got 0; write clamp({ min: 0, max: 1 })',
    ],
    [
      'F.leakyRelu(x, 0.1)',
      () => F.leakyRelu?.(x, 0.1),
      'leakyRelu: options go into one object, got 0.1; write leakyRelu(x, { negativeSlope: 0.01 })',
    ],
    [
      "F.gelu(x, 'tanh')",
      () => F.gelu?.(x, 'tanh'),
      "gelu: options go into one object, got 'tanh'; write gelu(x, { approximate: 'tanh' })",
    ],
    [
      'crossEntropy(…, { label_smoothing })',
      () => F.crossEntropy?.(x, classes, { label_smoothing: 0.1 }),
      'crossEntropy: unknown option label_smoothing; known are reduction, weight, ignoreIndex, labelSmoothing; did you mean labelSmoothing?',
    ],
    [
      'crossEntropy(…, { ignoreIndex: 0.5 })',
      () => F.crossEntropy?.(x, classes, { ignoreIndex: 0.5 }),
      'crossEntropy: ignoreIndex must be a whole number, got 0.5',
    ],
    [
      'crossEntropy(x, y, weight)',
      () => F.crossEntropy?.(x, classes, tensor([1, 2])),
      "crossEntropy: options go into one object, got a tensor of shape [2]; write crossEntropy(input, target, { reduction: 'mean' })",
    ],
    [
      'crossEntropy(x, [0, 1])',
      () => F.crossEntropy?.(x, [0, 1]),
      'crossEntropy: expected a tensor, got [0, 1]; write tensor([0, 1])',
    ],
    ['mseLoss(x, 1)', () => F.mseLoss?.(x, 1), 'mseLoss: expected a tensor, got 1; write tensor(1)'],
    ["x.add('1')", () => m.add?.('1'), "add: expected a tensor, got '1'"],
    ['x.mul([1, 2])', () => m.mul?.([1, 2]), 'mul: expected a tensor, got [1, 2]; write tensor([1, 2])'],
    [
      'x.matmul([[1], [2]])',
      () => m.matmul?.([[1], [2]]),
      'matmul: expected a tensor, got [[1], [2]]; write tensor([[1], [2]])',
    ],
    ['where(true, x, x)', () => js.where?.(true, x, x), 'where: expected a tensor, got true'],
    ['exp(1)', () => js.exp?.(1), 'exp: expected a tensor, got 1; write tensor(1)'],
    ['relu()', () => F.relu?.(), 'relu: expected a tensor, got undefined'],
    ['sum([1, 2])', () => js.sum?.([1, 2]), 'sum: expected a tensor, got [1, 2]; write tensor([1, 2])'],
    ['softmax(null, 0)', () => F.softmax?.(null, 0), 'softmax: expected a tensor, got null'],
    ['x.gather(0, [[0]])', () => m.gather?.(0, [[0]]), 'gather: expected a tensor, got [[0]]; write tensor([[0]])'],
    ["x.sum('rows')", () => m.sum?.('rows'), "sum: a dimension must be a whole number, got 'rows'"],
    [
      'rand([2], generator)',
      () => js.rand?.([2], new Generator()),
      "rand: options go into one object, got a Generator; write { dtype: 'float32' }",
    ],
    [
      'x.uniform_(0, 1, generator)',
      () => untyped(rand([2])).uniform_?.(0, 1, new Generator()),
      'uniform_: options go into one object, got a Generator; write { generator }',
    ],
    [
      'x.backward(true)',
      () => m.backward?.(true),
      'backward: options go into one object, got true; write backward({ gradient })',
    ],
    ["tensor('1')", () => js.tensor?.('1'), "tensor: expected numbers, booleans or arrays of them, got '1'"],
    [
      'kaimingUniform_(x, 0.1)',
      () => init.kaimingUniform_?.(x, 0.1),
      "kaimingUniform_: options go into one object, got 0.1; write kaimingUniform_(x, { mode: 'fanIn' })",
    ],
    [
      'the layer gets an array',
      () => new nn.Linear(2, 2).call([1, 2] as unknown as Tensor),
      'linear: expected a tensor, got [1, 2]; write tensor([1, 2])',
    ],
  ])('%s', (_, run, message) => {
    expect(errorOf(run).message).toBe(message)
  })
})

/** Every function that takes options, with what stands before them. */
const withOptions: Record<string, readonly [Untyped, ...unknown[]]> = {
  ...Object.fromEntries(
    ['sum', 'prod', 'mean', 'variance', 'std', 'max', 'min', 'amax', 'amin'].map((f) => [f, [js, x, 1]]),
  ),
  ...Object.fromEntries(['argmax', 'argmin', 'any', 'all', 'logsumexp'].map((f) => [f, [js, x, 1]])),
  norm: [js, x, 2, 1],
  clamp: [js, x],
  allclose: [js, x, x],
  indexPut_: [js, x.clone(), [0], 1],
  ...Object.fromEntries(['zeros', 'ones', 'empty', 'rand', 'randn'].map((f) => [f, [js, [2]]])),
  ...Object.fromEntries(['zerosLike', 'onesLike', 'randLike', 'randnLike'].map((f) => [f, [js, x]])),
  full: [js, [2], 1],
  fullLike: [js, x, 1],
  tensor: [js, [1, 2]],
  arange: [js, 0, 3, 1],
  linspace: [js, 0, 1, 3],
  eye: [js, 2, 2],
  randint: [js, 0, 3, [2]],
  randperm: [js, 3],
  normal: [js, 0, 1, [2]],
  bernoulli: [js, rand([2])],
  multinomial: [js, rand([2]), 1],
  ...Object.fromEntries(['gelu', 'leakyRelu', 'elu'].map((f) => [f, [F, x]])),
  ...Object.fromEntries(['mseLoss', 'l1Loss', 'smoothL1Loss', 'huberLoss', 'bceWithLogits'].map((f) => [f, [F, x, x]])),
  binaryCrossEntropy: [F, rand([2]), rand([2])],
  ...Object.fromEntries(['crossEntropy', 'nllLoss'].map((f) => [f, [F, x, classes]])),
  embedding: [F, classes, x],
  ...Object.fromEntries(
    ['kaimingUniform_', 'kaimingNormal_', 'xavierUniform_', 'xavierNormal_', 'orthogonal_', 'truncNormal_'].map((f) => [
      f,
      [init, rand([2, 2])],
    ]),
  ),
}

describe.each(Object.entries(withOptions))('%s', (name, [from, ...given]) => {
  const call = (options?: unknown) => from[name]?.(...given, options)

  test('takes no options, or an empty object', () => {
    call()
    call({})
  })

  test('refuses an option that it does not know', () => {
    expect(errorOf(() => call({ bogus: 1 })).message).toMatch(/^\w+: unknown option bogus; known are \w+/)
  })

  test.each([true, null, [1], x])('refuses what is no object of options: %s', (options) => {
    expect(errorOf(() => call(options)).message).toMatch(/^\w+: options go into one object, got .+; write .+/)
  })
})

test('options may be of a class without prototype, and come from a prototype', () => {
  expect(x.sum(1, Object.assign(Object.create(null), { keepdim: true })).shape).toEqual([2, 1])
})
