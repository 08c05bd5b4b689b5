// Batch and layer normalisation: every vector of layers.json, gradients twice, buffers, and words.
import { describe, expect, test } from 'vitest'
import { functional as F, Generator, nn, ones, randn, type Tensor, tensor, zeros } from '../../src/index.ts'
import { goldens } from '../random/support.ts'
import { expectNear, fromGolden, type GoldenTensor, goldenNumbers, inCamelCase } from '../support/goldens.ts'
import { gradcheck, gradgradcheck } from '../support/gradcheck.ts'
import { Samples, strided } from '../support/samples.ts'

type State = Readonly<Record<string, GoldenTensor>>

interface Batch {
  readonly input: GoldenTensor
  readonly output: GoldenTensor
  readonly gradOutput: GoldenTensor
  readonly gradInput: GoldenTensor
  readonly gradParams: State | null
  readonly after: State
}

interface Norm {
  readonly cls: 'BatchNorm1d' | 'BatchNorm2d' | 'LayerNorm'
  readonly args: readonly [never]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly dtype: 'float32' | 'float64'
  readonly initial: State
  readonly batches: readonly Batch[]
  readonly evalInput: GoldenTensor
  readonly evalOutput: GoldenTensor
}

const { norms } = goldens<{ norms: Norm[] }>('layers.json')

/** Relative to the largest magnitude: what the reference grants for other orders of sums. */
const tolerance = { float32: 3e-6, float64: 1e-12 }

test.each(norms.map((golden, i) => ({ i, ...golden })))('$i: $cls $args $kwargs $dtype', (golden) => {
  const { cls, args, kwargs, dtype, initial, batches, evalInput, evalOutput } = golden
  const near = (actual: Tensor, { data, shape }: GoldenTensor, floor = 0) => {
    expect(actual.shape).toEqual(shape)
    expectNear(actual.toArray(), goldenNumbers(data), tolerance[dtype], floor)
  }
  const expectState = (expected: State) => {
    const state = layer.stateDict()
    expect([...state.keys()]).toEqual(Object.keys(expected))
    for (const [name, x] of state) near(x, expected[name] as GoldenTensor)
  }
  const layer = new nn[cls](...args, { ...inCamelCase(kwargs), dtype })
  const start = Object.entries(initial).map(([name, x]) => [name, fromGolden({ ...x, dtype })] as const)
  layer.loadStateDict(Object.fromEntries(start))
  for (const { input, output, gradOutput, gradInput, gradParams, after } of batches) {
    const x = fromGolden(input).requiresGrad_()
    layer.zeroGrad()
    const y = layer.call(x)
    expect(y.dtype).toBe(dtype)
    near(y, output)
    y.backward({ gradient: fromGolden(gradOutput) })
    near(x.grad as Tensor, gradInput, dtype === 'float32' ? 1e-6 : 0)
    for (const [name, parameter] of layer.namedParameters()) {
      near(parameter.grad as Tensor, (gradParams as State)[name] as GoldenTensor)
    }
    expectState(after)
  }
  near(layer.eval().call(fromGolden(evalInput)), evalOutput)
  expectState((batches.at(-1) as Batch).after)
})

describe('gradients and second derivatives', () => {
  const r = new Samples(5)
  const weighted = [r.uniform([3]), r.uniform([3])]

  test.each<[string, Tensor[], (inputs: readonly Tensor[]) => Tensor]>([
    [
      'batchNorm in training, [N, C]',
      [r.uniform([5, 3]), ...weighted],
      ([x, weight, bias]) => F.batchNorm(x as Tensor, undefined, undefined, { weight, bias, training: true }),
    ],
    [
      'batchNorm in training, [N, C, L]',
      [r.uniform([2, 3, 4]), ...weighted],
      ([x, weight, bias]) => F.batchNorm(x as Tensor, undefined, undefined, { weight, bias, training: true }),
    ],
    [
      'batchNorm in evaluation',
      [r.uniform([2, 3, 2]), ...weighted],
      ([x, weight, bias]) => {
        const [mean, variance] = [tensor(Float64Array.of(1, 2, 3)), tensor(Float64Array.of(0.5, 1, 2))]
        return F.batchNorm(x as Tensor, mean, variance, { weight, bias })
      },
    ],
    [
      'layerNorm over the last dimension',
      [r.uniform([4, 3]), ...weighted],
      ([x, weight, bias]) => F.layerNorm(x as Tensor, [3], { weight, bias }),
    ],
    [
      'layerNorm over two dimensions, without bias',
      [r.uniform([2, 2, 3]), r.uniform([2, 3])],
      ([x, weight]) => F.layerNorm(x as Tensor, [2, 3], { weight }),
    ],
  ])('%s', (what, inputs, f) => {
    gradcheck(what, f, inputs)
    gradgradcheck(what, f, inputs)
  })
})

describe('numbers', () => {
  test('a mean far from 0 costs no more than its own rounding', () => {
    const x = randn([64, 8], { generator: new Generator().manualSeed(1) }).add(1000)
    const exact = x.to('float64')
    const ofBatch = (input: Tensor) => F.batchNorm(input, undefined, undefined, { training: true })
    // The mean of float32 numbers near 1000 is good to some 1e-4; that of their squares would be to 0.1.
    expectNear(F.layerNorm(x, [8]).toArray(), F.layerNorm(exact, [8]).toArray(), 0, 1e-3)
    expectNear(ofBatch(x).toArray(), ofBatch(exact).toArray(), 0, 1e-3)
  })

  test('strided inputs are as good as contiguous ones', () => {
    const x = new Samples(3).uniform([4, 3, 2])
    expect(F.layerNorm(strided(x), [3, 2]).equal(F.layerNorm(x, [3, 2]))).toBe(true)
    const batch = (input: Tensor) => F.batchNorm(input, undefined, undefined, { training: true })
    expect(batch(strided(x)).equal(batch(x))).toBe(true)
  })

  test('one value everywhere becomes the bias', () => {
    const layer = new nn.LayerNorm(4)
    layer.bias?.detach().fill_(0.5)
    expect([...layer.call(ones([2, 4])).toArray()]).toEqual(new Array(8).fill(0.5))
  })
})

describe('running statistics', () => {
  const x = tensor([
    [1, 10],
    [3, 30],
  ])

  test('of one batch with momentum 1 are its mean and unbiased variance', () => {
    const [mean, variance] = [zeros([2]), ones([2])]
    F.batchNorm(x, mean, variance, { training: true, momentum: 1 })
    expect([...mean.toArray(), ...variance.toArray()]).toEqual([2, 20, 2, 200])
  })

  test('may be asked for one by one', () => {
    const mean = zeros([2])
    F.batchNorm(x, mean, undefined, { training: true, momentum: 0.5 })
    expect([...mean.toArray()]).toEqual([1, 10])
  })

  test('are left alone by evaluation, by empty batches, and by a call that fails', () => {
    const layer = new nn.BatchNorm1d(2)
    layer.eval().call(x)
    layer.train()
    expect(() => layer.call(ones([1, 2]))).toThrow()
    expect(layer.numBatchesTracked?.item()).toBe(0)
    expect(layer.call(zeros([0, 2])).shape).toEqual([0, 2])
    expect([...(layer.runningMean?.toArray() ?? [])]).toEqual([0, 0])
    expect([...(layer.runningVar?.toArray() ?? [])]).toEqual([1, 1])
  })

  test('can be forgotten, and so can what was learnt', () => {
    const layer = new nn.BatchNorm1d(2, { momentum: null })
    const fresh = new nn.BatchNorm1d(2).stateDict()
    layer.call(x)
    layer.weight?.detach().fill_(3)
    layer.resetRunningStats()
    expect([...layer.stateDict()].filter(([name, own]) => !fresh.get(name)?.equal(own)).map(([name]) => name)).toEqual([
      'weight',
    ])
    layer.resetParameters()
    expect([...layer.stateDict()].every(([name, own]) => fresh.get(name)?.equal(own))).toBe(true)
  })

  test('stay whole numbers and floats when the layer is converted', () => {
    const types = [...new nn.BatchNorm1d(2).double().namedBuffers()].map(([name, { dtype }]) => [name, dtype])
    expect(types).toEqual([
      ['running_mean', 'float64'],
      ['running_var', 'float64'],
      ['num_batches_tracked', 'int32'],
    ])
  })

  test('are no part of the graph', () => {
    const layer = new nn.BatchNorm1d(2)
    const y = layer.call(x.clone().requiresGrad_())
    layer.call(x)
    y.sum().backward()
    expect(layer.runningMean?.requiresGrad).toBe(false)
  })
})

test('what a normalisation returns may be overwritten before backward', () => {
  const x = randn([4, 3]).requiresGrad_()
  for (const layer of [new nn.BatchNorm1d(3), new nn.LayerNorm(3, { elementwiseAffine: false })]) {
    F.dropout(layer.call(x), 0.5, { inplace: true }).sum().backward()
  }
  expect(x.grad?.shape).toEqual([4, 3])
})

test('layerNorm does not ask for training, nor for whole batches', () => {
  const layer = new nn.LayerNorm([2])
  const x = tensor([1, 3])
  expect(layer.call(x).equal(layer.eval().call(x))).toBe(true)
  expect(layer.call(zeros([0, 2])).shape).toEqual([0, 2])
})

test.each<[string, () => unknown, string, string]>([
  ['rank', () => new nn.BatchNorm1d(2).call(ones([2, 2, 2, 2])), 'TN_SHAPE', 'expected 2D or 3D input (got 4D input)'],
  ['rank of images', () => new nn.BatchNorm2d(2).call(ones([2, 2])), 'TN_SHAPE', 'expected 4D input (got 2D input)'],
  [
    'rank of volumes',
    () => new nn.BatchNorm3d(2).call(ones([2, 2, 2, 2])),
    'TN_SHAPE',
    'expected 5D input (got 4D input)',
  ],
  [
    'one value a channel',
    () => new nn.BatchNorm2d(3).call(ones([1, 3, 1, 1])),
    'TN_SHAPE',
    'Expected more than 1 value per channel when training, got input size torch.Size([1, 3, 1, 1])',
  ],
  [
    'channels',
    () => new nn.BatchNorm1d(3).call(ones([4, 2])),
    'TN_SHAPE',
    'running_mean should contain 2 elements not 3',
  ],
  [
    'a weight of two dimensions',
    () => F.batchNorm(ones([4, 2]), undefined, undefined, { weight: ones([2, 2]), training: true }),
    'TN_SHAPE',
    'weight should contain 2 elements not 2 x 2',
  ],
  [
    'no channels',
    () => F.batchNorm(ones([4]), undefined, undefined, { training: true }),
    'TN_SHAPE',
    'batchNorm: expected x [N, C, ...], got a 1D tensor',
  ],
  [
    'evaluation without a mean',
    () => F.batchNorm(ones([4, 2]), undefined, ones([2])),
    'TN_RANGE',
    'running_mean must be defined in evaluation mode',
  ],
  [
    'evaluation without a variance',
    () => F.batchNorm(ones([4, 2]), ones([2]), undefined),
    'TN_RANGE',
    'running_var must be defined in evaluation mode',
  ],
  [
    'integers',
    () => F.layerNorm(ones([2], { dtype: 'int32' }), [2]),
    'TN_DTYPE',
    'layerNorm: expected a floating tensor (float32 or float64), got int32',
  ],
  [
    'mixed types',
    () => new nn.LayerNorm(2).call(ones([2], { dtype: 'float64' })),
    'TN_DTYPE',
    'layerNorm: expected one data type, got x float64, weight float32',
  ],
  [
    'a shape to normalise that x does not end in',
    () => new nn.LayerNorm([3, 4]).call(ones([2, 3, 5])),
    'TN_SHAPE',
    'Given normalized_shape=[3, 4], expected input with shape [*, 3, 4], but got input of size[2, 3, 5]',
  ],
  [
    'fewer dimensions than are normalised',
    () => F.layerNorm(ones([3]), [3, 3]),
    'TN_SHAPE',
    'Given normalized_shape=[3, 3], expected input with shape [*, 3, 3], but got input of size[3]',
  ],
  [
    'nothing to normalise over',
    () => F.layerNorm(ones([3]), []),
    'TN_SHAPE',
    'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []',
  ],
  [
    'a bias of another shape',
    () => F.layerNorm(ones([3]), [3], { bias: ones([4]) }),
    'TN_SHAPE',
    'Expected bias to be of same shape as normalized_shape, but got bias of shape [4] and normalized_shape = [3]',
  ],
  ['eps', () => new nn.LayerNorm(3, { eps: -1 }), 'TN_RANGE', 'LayerNorm: eps must be at least 0, got -1'],
  [
    'momentum',
    () => new nn.BatchNorm1d(3, { momentum: 2 }),
    'TN_RANGE',
    'BatchNorm1d: momentum must be in [0, 1], got 2',
  ],
  [
    'half a channel',
    () => new nn.BatchNorm1d(1.5),
    'TN_RANGE',
    'BatchNorm1d: numFeatures must be made of whole numbers, got [1.5]',
  ],
  [
    'a number where options belong',
    () => new nn.LayerNorm(3, 1e-6 as never),
    'TN_RANGE',
    'LayerNorm: options go into one object, got 0.000001; write { eps, elementwiseAffine, bias, dtype }',
  ],
])('refuses: %s', (_, run, code, message) => {
  expect(run).toThrow(expect.objectContaining({ code, message }))
})
