import { describe, expect, test } from 'vitest'
import { countMultiplications } from '../../src/backend/arithmetic.ts'
import {
  functional as F,
  Generator,
  manualSeed,
  nn,
  noGrad,
  rand,
  randint,
  randn,
  recordMasks,
  type Tensor,
  thin,
  zeros,
} from '../../src/index.ts'
import { errorOf } from '../support/op-spec.ts'

/** The network of the main job. */
const usualNetwork = () =>
  new nn.Sequential(
    new nn.Dropout(0.2),
    new nn.Linear(784, 1024),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(1024, 1024),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(1024, 10),
  )

const linears = ({ layers }: nn.ModelSummary) => layers.filter(({ type }) => type === 'Linear')
const leftOf = (summary: nn.ModelSummary) => linears(summary).map(({ arithmeticLeft }) => arithmeticLeft)

describe('784-1024-1024-10, counted by hand', () => {
  test('shapes, parameters and multiply-adds', () => {
    const summary = usualNetwork().summary()
    expect(summary.layers.map(({ name, type }) => `${name} ${type}`)).toEqual([
      '0 Dropout',
      '1 Linear',
      '2 ReLU',
      '3 Dropout',
      '4 Linear',
      '5 ReLU',
      '6 Dropout',
      '7 Linear',
    ])
    expect(linears(summary)).toMatchObject([
      { outputShape: [128, 1024], parameters: 784 * 1024 + 1024, multiplyAdds: 784 * 1024 },
      { outputShape: [128, 1024], parameters: 1024 * 1024 + 1024, multiplyAdds: 1024 * 1024 },
      { outputShape: [128, 10], parameters: 1024 * 10 + 10, multiplyAdds: 1024 * 10 },
    ])
    expect(summary).toMatchObject({
      ...{ type: 'Sequential', inputShape: [128, 784], batchSize: 128 },
      ...{ parameters: 1_863_690, trainableParameters: 1_863_690, multiplyAdds: 1_861_632 },
    })
  })

  test('masks for each example: a bit for each neuron of each example, and all arithmetic is left', () => {
    const summary = usualNetwork().summary()
    const dropout = { p: 0.5, subnets: 'perExample', units: 1024, expectedKept: 512, maskBytes: (128 * 1024) / 8 }
    expect(summary.layers[3]?.dropout).toEqual(dropout)
    expect(summary.layers[0]?.dropout).toMatchObject({ units: 784, maskBytes: (128 * 784) / 8 })
    expect(summary.layers[0]?.dropout?.expectedKept).toBeCloseTo(627.2, 9)
    expect(leftOf(summary)).toEqual([1, 1, 1])
    expect(summary.arithmeticLeft).toBe(1)
    expect(summary.maskBytes).toBe((128 * (784 + 1024 + 1024)) / 8)
  })

  test('thinned: kept inputs times kept outputs are left, and masks are lists of what groups keep', () => {
    const summary = thin(usualNetwork(), { subnets: 4 }).summary()
    const left = [0.8 * 0.5, 0.5 * 0.5, 0.5]
    for (const [i, share] of leftOf(summary).entries()) expect(share).toBeCloseTo(left[i] as number, 12)
    const rest = 0.4 * 784 * 1024 + 0.25 * 1024 * 1024 + 0.5 * 1024 * 10
    expect(summary.arithmeticLeft).toBeCloseTo(rest / 1_861_632, 12)
    // For each group and 16 neurons: 16 indices, bits and their running sum, of 4 bytes; and each group's count.
    const bytes = [784, 1024, 1024].map((neurons) => 4 * (16 + 4 * (neurons / 16) * (16 + 2)))
    const dropouts = summary.layers.flatMap(({ dropout }) => dropout ?? [])
    expect(dropouts.map(({ maskBytes }) => maskBytes)).toEqual(bytes)
    expect(dropouts.map(({ subnets }) => subnets)).toEqual([4, 4, 4])
  })

  test('groups that are too small to be computed by themselves leave all arithmetic', () => {
    expect(leftOf(thin(usualNetwork(), { subnets: 4 }).summary({ batchSize: 16 }))).toEqual([1, 1, 1])
  })

  test('printed', () => {
    const summary = thin(usualNetwork(), { subnets: 4 }).summary()
    expect(String(summary)).toBe(
      `
Sequential, run on [128, 784]

layer      output       parameters  multiply-adds    left    p  subnets          kept     masks
---------  -----------  ----------  -------------  ------  ---  -------  ------------  --------
0 Dropout  [128, 784]                                      0.2        4    627 of 784  13.8 KiB
1 Linear   [128, 1024]     803,840        802,816  40.0 %
2 ReLU     [128, 1024]
3 Dropout  [128, 1024]                                     0.5        4  512 of 1,024  18.1 KiB
4 Linear   [128, 1024]   1,049,600      1,048,576  25.0 %
5 ReLU     [128, 1024]
6 Dropout  [128, 1024]                                     0.5        4  512 of 1,024  18.1 KiB
7 Linear   [128, 10]        10,250         10,240  50.0 %

Parameters: 1,863,690
Multiply-adds of an example, forward: 1,861,632
  what dropout leaves of them, in the mean: 588,390 (31.6 %)
Masks of a mini-batch of 128: 50.0 KiB`.trimStart(),
    )
    expect(Object.keys(summary)).not.toContain('toString')
    expect(JSON.parse(JSON.stringify(summary)).layers).toHaveLength(8)
  })

  test('a network without dropout has no columns for it', () => {
    const lines = String(new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh()).summary({ batchSize: 2 })).split('\n')
    expect(lines[2]).toBe('layer     output  parameters  multiply-adds     left')
  })
})

describe('the arithmetic that kernels count in training', () => {
  test('is what the summary expects, where each neuron is kept by half of the groups', () => {
    const drop = new nn.Dropout(0.5, { subnets: 4, balance: true })
    const model = new nn.Sequential(new nn.Linear(20, 40), new nn.ReLU(), drop, new nn.Linear(40, 8))
    const { multiplyAdds = 0, arithmeticLeft = 0 } = model.summary({ inputShape: [64, 20] })
    const counted = countMultiplications(() => noGrad(() => model.call(rand([64, 20])).settle()))
    expect(counted).toBe(64 * multiplyAdds * arithmeticLeft)
  })

  test('is so in the mean, with inputs and outputs thinned, of a module of one’s own', () => {
    class Net extends nn.Module {
      readonly first = new nn.Linear(60, 100)
      readonly second = new nn.Linear(100, 80)
      readonly out = new nn.Linear(80, 5)
      readonly dropInputs = new nn.Dropout(0.2, { subnets: 4 })
      readonly dropout = new nn.Dropout(0.5, { subnets: 4 })
      forward(x: Tensor): Tensor {
        const h = this.dropout.call(this.first.call(this.dropInputs.call(x)).relu())
        return this.out.call(this.dropout.call(this.second.call(h).tanh()))
      }
    }
    const model = new Net()
    const { multiplyAdds = 0, arithmeticLeft = 0 } = model.summary({ inputShape: [64, 60] })
    expect(multiplyAdds).toBe(60 * 100 + 100 * 80 + 80 * 5)
    expect(arithmeticLeft).toBeCloseTo((0.4 * 60 * 100 + 0.25 * 100 * 80 + 0.5 * 80 * 5) / multiplyAdds, 12)
    manualSeed(0)
    const x = rand([64, 60])
    let counted = 0
    for (let i = 0; i < 200; i++) counted += countMultiplications(() => noGrad(() => model.call(x).settle()))
    expect(counted / (200 * 64 * multiplyAdds)).toBeCloseTo(arithmeticLeft, 2)
  })

  test('a layer that reads the same tensor undropped is not thinned', () => {
    class Branches extends nn.Module {
      readonly dropout = new nn.Dropout(0.5, { subnets: 2 })
      readonly dropped = new nn.Linear(10, 4)
      readonly whole = new nn.Linear(10, 4)
      forward(x: Tensor): Tensor {
        return this.dropped.call(this.dropout.call(x)).add(this.whole.call(x))
      }
    }
    expect(leftOf(new Branches().summary({ inputShape: [32, 10] }))).toEqual([0.5, 1])
  })

  test('what stands between dropout and a layer makes it dense', () => {
    const model = new nn.Sequential(new nn.Dropout(0.5, { subnets: 2 }), new nn.Tanh(), new nn.Linear(10, 4))
    expect(leftOf(model.summary())).toEqual([1])
    const normalized = new nn.Sequential(
      new nn.Linear(6, 10),
      new nn.BatchNorm1d(10),
      new nn.Dropout(0.5, { subnets: 2 }),
      new nn.Linear(10, 4),
    )
    expect(leftOf(normalized.summary())).toEqual([1, 0.5])
  })

  test('layers that are skipped', () => {
    const model = new nn.Sequential(
      new nn.LayerDrop([new nn.Linear(10, 10), new nn.Linear(10, 10)], 0.2),
      new nn.Residual(new nn.Linear(10, 10), 0.25, { mode: 'batch' }),
      new nn.Residual(new nn.Linear(10, 10), 0.25),
    )
    expect(leftOf(model.summary())).toEqual([0.8, 0.8, 0.75, 1])
  })

  test('counts products of every kind: recurrent layers, matmul in a module of one’s own', () => {
    const lstm = new nn.LSTM(10, 20).summary({ inputShape: [7, 3, 10], batchSize: 3 })
    expect(lstm.layers).toMatchObject([{ outputShape: [7, 3, 20], multiplyAdds: 7 * 4 * (20 * 10 + 20 * 20) }])
    class Projection extends nn.Module {
      readonly matrix = new nn.Parameter(randn([6, 3]))
      readonly inner = new nn.Linear(3, 2)
      forward(x: Tensor): Tensor {
        return this.inner.call(x.matmul(this.matrix))
      }
    }
    const projection = new Projection().summary({ inputShape: [5, 6] })
    expect(projection.layers).toMatchObject([
      { name: '', type: 'Projection', parameters: 18, multiplyAdds: 18, outputShape: [5, 2] },
      { name: 'inner', parameters: 8, multiplyAdds: 6 },
    ])
    expect(projection.multiplyAdds).toBe(24)
  })
})

describe('every way to drop', () => {
  const facts = (layer: nn.Module, inputShape: readonly number[]) => layer.summary({ inputShape }).layers[0]?.dropout

  test.each<[string, nn.Module, number[], object]>([
    ['channels', new nn.Dropout2d(0.25), [4, 6, 5, 5], { p: 0.25, units: 6, expectedKept: 4.5, maskBytes: 3 }],
    ['channels of one example', new nn.Dropout1d(0.5), [6, 5], { units: 6, maskBytes: 1 }],
    ['elements of images', new nn.Dropout(0.5), [2, 3, 4, 4], { units: 48, maskBytes: 12 }],
    ['SELU', new nn.AlphaDropout(0.5), [10, 20], { units: 20, maskBytes: 25 }],
    ['features of SELU', new nn.FeatureAlphaDropout(0.5), [4, 6, 5], { units: 6, maskBytes: 3 }],
    ['one mask for all times', new nn.LockedDropout(0.5), [9, 4, 8], { units: 8, maskBytes: 4 }],
    ['the same, batch first', new nn.LockedDropout(0.5, { batchFirst: true }), [4, 9, 8], { units: 8, maskBytes: 4 }],
    [
      'a mask of a given shape',
      new nn.Dropout(0.5, { noiseShape: [null, 1, null] }),
      [4, 9, 8],
      { units: 8, maskBytes: 4 },
    ],
    [
      'groups of sequences',
      new nn.Dropout(0.5, { subnets: 2 }),
      [8, 9, 32],
      { units: 32, maskBytes: 4 * (16 + 2 * 2 * 18) },
    ],
    ['noise', new nn.GaussianDropout(0.5), [4, 8], { units: undefined, expectedKept: undefined, maskBytes: 128 }],
    ['p = 0', new nn.Dropout(0), [4, 8], { units: 8, expectedKept: 8, maskBytes: 0 }],
    ['p = 1', new nn.Dropout(1, { subnets: 2 }), [32, 8], { units: 8, expectedKept: 0, maskBytes: 0 }],
    ['paths', new nn.DropPath(0.1), [4, 8], { p: 0.1, subnets: undefined, units: undefined }],
  ])('%s', (_, layer, shape, expected) => {
    expect(facts(layer, shape)).toMatchObject(expected)
  })

  test('connections, and a p that is learnt', () => {
    const model = new nn.Sequential(
      new nn.DropConnect(new nn.Linear(4, 4), 0.3),
      new nn.ConcreteDropout(new nn.Linear(4, 2), 0.25),
    )
    const { layers } = model.summary()
    const ps = layers.flatMap(({ dropout }) => dropout?.p ?? [])
    expect(ps[0]).toBe(0.3)
    expect(ps[1]).toBeCloseTo(0.25, 6)
  })
})

describe('leaves the model as it was', () => {
  test('modes, running statistics, gradients, generators and hooks', () => {
    const generator = new Generator().manualSeed(3)
    const model = new nn.Sequential(
      new nn.Linear(6, 8),
      new nn.BatchNorm1d(8),
      new nn.Dropout(0.5, { mc: true, generator }),
      new nn.DropConnect(new nn.Linear(8, 8), 0.5, { activation: new nn.ReLU(), inference: 'gaussian', generator }),
      new nn.Dropout(0.5, { subnets: 2 }),
      new nn.Linear(8, 2),
    )
    model.at(1).eval()
    manualSeed(5)
    const next = randn([3]).toArray()
    manualSeed(5)
    const before = {
      state: [...model.stateDict()].map(([name, x]) => [name, x.toArray()]),
      modes: Array.from(model.modules(), ({ training }) => training),
      drawn: generator.getState().toArray(),
    }
    const summary = model.summary()
    expect(summary.layers).toHaveLength(8)
    expect([...model.stateDict()].map(([name, x]) => [name, x.toArray()])).toEqual(before.state)
    expect(Array.from(model.modules(), ({ training }) => training)).toEqual(before.modes)
    expect((model.at(2) as nn.Dropout).mc).toBe(true)
    expect(generator.getState().toArray()).toEqual(before.drawn)
    expect(randn([3]).toArray()).toEqual(next)
    expect([...model.parameters()].filter(({ grad }) => grad)).toEqual([])
    expect([...model.modules()].filter((module) => module instanceof nn.Module && module.hasHooks)).toEqual([])
  })

  test('after an error, too', () => {
    const model = thin(usualNetwork(), { subnets: 4 })
    expect(errorOf(() => model.summary({ inputShape: [128, 28, 28] })).message).toMatch(
      /^linear: expected x \[\.\.\., inFeatures\]/,
    )
    expect(Array.from(model.modules(), ({ training }) => training)).not.toContain(false)
    expect([...model.modules()].filter((module) => module instanceof nn.Module && module.hasHooks)).toEqual([])
  })

  test('who records masks sees none of it', () => {
    const model = thin(usualNetwork(), { subnets: 2 })
    const recording = recordMasks(model)
    model.summary()
    expect([...recording.stop()]).toEqual([])
  })

  test('a forward that draws draws the same before and after', () => {
    class Noisy extends nn.Module {
      readonly linear = new nn.Linear(4, 4)
      forward(x: Tensor): Tensor {
        return F.dropout(this.linear.call(x), 0.5)
      }
    }
    manualSeed(1)
    const next = rand([2]).toArray()
    manualSeed(1)
    const model = new Noisy()
    manualSeed(1)
    model.summary()
    expect(rand([2]).toArray()).toEqual(next)
  })
})

describe('what to run on', () => {
  test('integers, and several inputs', () => {
    const words = new nn.Sequential(new nn.Embedding(100, 8), new nn.Linear(8, 3))
    expect(words.summary({ inputs: [randint(0, 100, [4, 7])] }).layers).toMatchObject([
      { outputShape: [4, 7, 8], parameters: 800, multiplyAdds: 0 },
      { outputShape: [4, 7, 3], parameters: 27, multiplyAdds: 7 * 24 },
    ])
    class Sum extends nn.Module<[a: Tensor, b: Tensor]> {
      readonly linear = new nn.Linear(3, 2)
      forward(a: Tensor, b: Tensor): Tensor {
        return this.linear.call(a).add(this.linear.call(b))
      }
    }
    const { layers, inputShape } = new Sum().summary({ inputs: [zeros([5, 3]), zeros([5, 3])] })
    expect(layers).toMatchObject([{ name: 'linear', parameters: 8, multiplyAdds: 12 }]) // called twice
    expect(inputShape).toEqual([5, 3])
  })

  test('float64', () => {
    const model = usualNetwork().double()
    expect(model.summary({ inputShape: [2, 784] }).multiplyAdds).toBe(1_861_632)
  })

  test('without an input that fits: what needs none, and how to give one', () => {
    const model = new nn.Sequential(new nn.Embedding(10, 4), new nn.Dropout(0.3), new nn.Linear(4, 2))
    const summary = model.summary()
    expect(summary).toMatchObject({ inputShape: undefined, multiplyAdds: undefined, parameters: 50, batchSize: 128 })
    expect(summary.layers[1]).toMatchObject({ outputShape: undefined, dropout: { p: 0.3, units: undefined } })
    expect(String(summary)).toMatch(/Shapes and costs need an input: give \{ inputShape \} or \{ inputs \}\.$/)
  })

  test('shared parameters count once, frozen ones are told', () => {
    const shared = new nn.Linear(4, 4)
    const model = new nn.Sequential(shared, shared, new nn.Linear(4, 2).requiresGrad_(false))
    const summary = model.summary()
    expect(summary).toMatchObject({ parameters: 30, trainableParameters: 20, multiplyAdds: 2 * 16 + 8 })
    expect(String(summary)).toContain('Parameters: 30, of which 10 are frozen')
  })

  test('wrong options', () => {
    const model = new nn.Linear(2, 2)
    const given = (options: object) => errorOf(() => model.summary(options)).message
    expect(given({ shape: [1, 2] })).toBe('summary: unknown option shape; known are inputShape, inputs, batchSize')
    expect(given({ inputShape: [1, 2], inputs: [zeros([1, 2])] })).toBe(
      'summary: inputShape and inputs both say what to run on: give one of them',
    )
    expect(given({ inputs: zeros([1, 2]) })).toMatch(/inputs are a list, .* write \{ inputs: \[x\] \}$/)
    expect(given({ batchSize: 0 })).toBe('summary: batchSize must be a whole number from 1 on, got 0')
    expect(given({ inputShape: [-1, 2] })).toMatch(/^summary: /)
    expect(errorOf(() => model.summary([128, 2] as never)).message).toBe(
      'summary: options go into one object, got [128, 2]; write model.summary({ inputShape: [128, 784] })',
    )
  })
})
