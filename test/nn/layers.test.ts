import { describe, expect, test } from 'vitest'
import {
  functional as F,
  Generator,
  manualSeed,
  nn,
  ones,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { expectNear, expectSameNumbers } from '../support/goldens.ts'

describe('Linear', () => {
  test('is x · weightᵀ + bias, for any leading dimensions', () => {
    const linear = new nn.Linear(2, 3, { dtype: 'float64' })
    linear.loadStateDict({
      weight: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      bias: tensor([0.5, 0, -1]),
    })
    const out = linear.call(tensor([[[1, 10]], [[-1, 0]]], { dtype: 'float64' }))
    expect(out.shape).toEqual([2, 1, 3])
    expect([...out.toArray()]).toEqual([21.5, 43, 64, -0.5, -3, -6])
  })

  test('without bias', () => {
    const linear = new nn.Linear(2, 1, { bias: false })
    expect([linear.bias, [...linear.stateDict().keys()]]).toEqual([undefined, ['weight']])
    expect(linear.call(zeros([1, 2])).item()).toBe(0)
  })

  test('draws from its own generator, again with resetParameters', () => {
    const generator = new Generator().manualSeed(4)
    const own = new nn.Linear(3, 3, { generator })
    manualSeed(4)
    const usual = new nn.Linear(3, 3)
    expectSameNumbers(own.weight.toArray(), usual.weight.toArray())
    usual.resetParameters()
    own.resetParameters({ generator })
    expectSameNumbers(own.weight.toArray(), usual.weight.toArray())
  })

  test('without inputs', () => {
    const linear = new nn.Linear(0, 2)
    expect([...linear.call(zeros([3, 0])).toArray()]).toEqual(new Array(6).fill(0))
  })

  test.each<[string, () => unknown, string]>([
    [
      'a boolean',
      () => new nn.Linear(2, 3, false as never),
      'Linear: options go into one object, got false; write new nn.Linear(2, 3, { bias: false })',
    ],
    ['half a feature', () => new nn.Linear(2.5, 3), 'Linear: inFeatures must be a whole number, got 2.5'],
    ['fewer than none', () => new nn.Linear(2, -1), 'Linear: outFeatures must be a whole number, got -1'],
    [
      'an unknown option',
      () => new nn.Linear(2, 3, { biases: false } as never),
      'Linear: unknown option biases; known are bias, dtype, generator',
    ],
    [
      'integers',
      () => new nn.Linear(2, 3, { dtype: 'int32' }),
      'only Tensors of floating point dtype can require gradients',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

const x = tensor([[-2, -0.5, 0, 1, 30]])

test.each<[string, nn.Module, (x: Tensor) => Tensor, string]>([
  ['ReLU', new nn.ReLU(), F.relu, 'ReLU()'],
  ['LeakyReLU', new nn.LeakyReLU(0.2), (x) => F.leakyRelu(x, { negativeSlope: 0.2 }), 'LeakyReLU(negative_slope=0.2)'],
  ['Sigmoid', new nn.Sigmoid(), F.sigmoid, 'Sigmoid()'],
  ['Tanh', new nn.Tanh(), F.tanh, 'Tanh()'],
  ['GELU', new nn.GELU({ approximate: 'tanh' }), (x) => F.gelu(x, { approximate: 'tanh' }), "GELU(approximate='tanh')"],
  ['SiLU', new nn.SiLU(), F.silu, 'SiLU()'],
  ['Softplus', new nn.Softplus(), F.softplus, 'Softplus(beta=1.0, threshold=20.0)'],
  ['ELU', new nn.ELU(0.5), (x) => F.elu(x, { alpha: 0.5 }), 'ELU(alpha=0.5)'],
  ['SELU', new nn.SELU(), F.selu, 'SELU()'],
  ['Softmax', new nn.Softmax(1), (x) => F.softmax(x, 1), 'Softmax(dim=1)'],
  ['LogSoftmax', new nn.LogSoftmax(-1), (x) => F.logSoftmax(x, -1), 'LogSoftmax(dim=-1)'],
])('%s is its function', (_, layer, fn, printed) => {
  expectSameNumbers(layer.call(x).toArray(), fn(x).toArray())
  expect(String(layer)).toBe(printed)
})

test('ReLU in place', () => {
  const own = tensor([-1, 2])
  expect(new nn.ReLU({ inplace: true }).call(own)).toBe(own)
  expect([...own.toArray()]).toEqual([0, 2])
  expect(() => new nn.ReLU(true as never)).toThrow('write new nn.ReLU({ inplace: true })')
})

test('layers that say so let positive factors pass', () => {
  const layers: (nn.Module & nn.ScaleAware)[] = [
    new nn.ReLU(),
    new nn.LeakyReLU(),
    new nn.Identity(),
    new nn.Flatten(),
    new nn.Unflatten(1, [1, 5]),
    new nn.Tanh(),
    new nn.ELU(),
    new nn.GELU(),
  ]
  for (const layer of layers) {
    const passes = [0.25, 3].every((c) => layer.call(x.mul(c)).equal(layer.call(x).mul(c)))
    expect([layer.constructor.name, passes]).toEqual([layer.constructor.name, layer.scaleEquivariant === true])
  }
})

test('Flatten and Unflatten undo each other', () => {
  const images = rand([2, 3, 4, 5])
  const flat = new nn.Flatten().call(images)
  expect(flat.shape).toEqual([2, 60])
  expect(new nn.Unflatten(1, [3, -1, 5]).call(flat).equal(images)).toBe(true)
  expect(new nn.Flatten(0, 1).call(images).shape).toEqual([6, 4, 5])
  expect(() => new nn.Unflatten(1, [7, 7]).call(flat)).toThrow("shape '[7, 7]' is invalid for input of size 60")
})

describe('losses', () => {
  const [logits, classes] = [randn([4, 3]), tensor([0, 2, 1, 1], { dtype: 'int32' })]
  const [a, b] = [rand([6]), rand([6])]
  test.each<[string, () => Tensor, () => Tensor]>([
    [
      'CrossEntropyLoss',
      () => new nn.CrossEntropyLoss({ labelSmoothing: 0.1, reduction: 'sum' }).call(logits, classes),
      () => F.crossEntropy(logits, classes, { labelSmoothing: 0.1, reduction: 'sum' }),
    ],
    [
      'NLLLoss',
      () => new nn.NLLLoss({ ignoreIndex: 2 }).call(logits, classes),
      () => F.nllLoss(logits, classes, { ignoreIndex: 2 }),
    ],
    ['MSELoss', () => new nn.MSELoss({ reduction: 'none' }).call(a, b), () => F.mseLoss(a, b, { reduction: 'none' })],
    ['L1Loss', () => new nn.L1Loss({ reduction: 'sum' }).call(a, b), () => F.l1Loss(a, b, { reduction: 'sum' })],
    ['SmoothL1Loss', () => new nn.SmoothL1Loss({ beta: 0.1 }).call(a, b), () => F.smoothL1Loss(a, b, { beta: 0.1 })],
    ['HuberLoss', () => new nn.HuberLoss({ delta: 0.1 }).call(a, b), () => F.huberLoss(a, b, { delta: 0.1 })],
    [
      'BCEWithLogitsLoss',
      () => new nn.BCEWithLogitsLoss({ posWeight: tensor(3) }).call(a, b),
      () => F.bceWithLogits(a, b, { posWeight: tensor(3) }),
    ],
    [
      'BCELoss',
      () => new nn.BCELoss({ reduction: 'sum' }).call(a, b),
      () => F.binaryCrossEntropy(a, b, { reduction: 'sum' }),
    ],
  ])('%s is its function with its options', (_, layer, fn) => {
    expectSameNumbers(layer().toArray(), fn().toArray())
  })

  test('an option that the loss has not', () => {
    expect(() => new nn.MSELoss({ beta: 1 } as never)).toThrow('MSELoss: unknown option beta; known are reduction')
  })
})

describe('init', () => {
  const { init } = nn

  test('fills parameters without recording, and returns them', () => {
    const parameter = new nn.Parameter(zeros([3, 4]))
    for (const fill of [
      init.uniform_,
      init.normal_,
      init.ones_,
      init.zeros_,
      init.eye_,
      init.kaimingUniform_,
      init.kaimingNormal_,
      init.xavierUniform_,
      init.xavierNormal_,
      init.truncNormal_,
      init.orthogonal_,
    ]) {
      const before = parameter.version.count
      expect(fill(parameter)).toBe(parameter)
      expect([parameter.isLeaf, parameter.requiresGrad]).toEqual([true, true])
      expect(parameter.version.count).toBeGreaterThan(before)
    }
  })

  test('constants', () => {
    expect([...init.constant_(zeros([2]), 1.5).toArray()]).toEqual([1.5, 1.5])
    expect([...init.eye_(ones([2, 3])).toArray()]).toEqual([1, 0, 0, 0, 1, 0])
    expect(() => init.eye_(ones([2]))).toThrow('Only tensors with 2 dimensions are supported')
  })

  test('gains', () => {
    const gains = (['linear', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'selu'] as const).map((name) =>
      init.calculateGain(name),
    )
    expect(gains).toEqual([1, 1, 5 / 3, Math.SQRT2, Math.sqrt(2 / 1.0001), 0.75])
    expect(() => init.calculateGain('gelu' as never)).toThrow('Unsupported nonlinearity gelu')
  })

  test('fans need two dimensions', () => {
    expect(() => init.xavierNormal_(zeros([3]))).toThrow(
      'Fan in and fan out can not be computed for tensor with fewer than 2 dimensions',
    )
    expect(() => init.kaimingNormal_(zeros([3, 3]), { mode: 'fan_in' as never })).toThrow(
      'mode must be fanIn or fanOut, got fan_in',
    )
  })

  test.each([[[5, 3]], [[3, 5]], [[4, 2, 2]]])('orthogonal_ %j has orthonormal rows or columns', (shape) => {
    const matrix = init.orthogonal_(zeros(shape, { dtype: 'float64' }), { gain: 2 }).reshape([shape[0] as number, -1])
    const [rows = 0, columns = 0] = matrix.shape
    const product = rows < columns ? matrix.matmul(matrix.T) : matrix.T.matmul(matrix)
    expectNear(
      product.toArray(),
      init
        .eye_(zeros(product.shape, { dtype: 'float64' }))
        .mul(4)
        .toArray(),
      1e-14,
    )
  })

  test.each([
    [-2, 2],
    [1.5, 4],
    [-9, -3],
    [0.1, 0.2],
  ])('truncNormal_ within [%d, %d] has the density of normal numbers', (a, b) => {
    manualSeed(9)
    const values = Array.from(init.truncNormal_(zeros([40_000]), { a, b }).toArray())
    expect(values.every((value) => value >= a && value <= b)).toBe(true)
    // The share below the middle, against the integral of the density.
    const middle = a + (b - a) / 3
    const integral = (from: number, to: number) => {
      const steps = 2000
      const at = (i: number) => Math.exp(-0.5 * (from + ((i + 0.5) / steps) * (to - from)) ** 2)
      return (Array.from({ length: steps }, (_, i) => at(i)).reduce((sum, y) => sum + y, 0) * (to - from)) / steps
    }
    const share = integral(a, middle) / integral(a, b)
    const below = values.reduce((count, value) => count + (value < middle ? 1 : 0), 0) / values.length
    expect(Math.abs(below - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / values.length))
  })

  test('truncNormal_ refuses bounds without room', () => {
    expect(() => init.truncNormal_(zeros([2]), { a: 2, b: 2 })).toThrow('expected a < b and std > 0')
  })
})
