// MC dropout: its statistics against formulas, its modes, its draws.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  Generator,
  Module,
  manualSeed,
  mcDropout,
  nn,
  noGrad,
  rand,
  randn,
  stack,
  type Tensor,
  tensor,
  thin,
} from '../../src/index.ts'
import { describeClasses, describeValues, modelPrecision, predict, sampleOutputs } from '../../src/inspect/index.ts'
import { expectNear } from '../support/goldens.ts'

const numbers = (x: Tensor) => Array.from(x.toArray())

const classifier = (p = 0.5) =>
  new nn.Sequential(new nn.Linear(4, 16), new nn.ReLU(), new nn.Dropout(p), new nn.Linear(16, 3))

/** One linear layer behind dropout: its moments are known in closed form. */
function linear(p: number, options: nn.DropoutOptions = {}) {
  const layer = new nn.Linear(8, 1)
  return { layer, model: new nn.Sequential(new nn.Dropout(p, options), layer) }
}

describe('the moments of a linear layer', () => {
  test.each([0.2, 0.5, 0.8])('p = %d: mean w·x + b, variance p / (1 - p) Σ (w x)²', (p) => {
    manualSeed(1)
    const { layer, model } = linear(p)
    const x = randn([5, 8])
    const samples = 20_000
    const { mean, std } = predict(model, x, { task: 'regression', samples })
    const w = numbers(layer.weight.detach())
    const [b = 0] = numbers(layer.bias?.detach() as Tensor)
    for (let i = 0; i < 5; i++) {
      const products = w.map((weight, j) => weight * (x.select(0, i).toArray()[j] as number))
      const variance = (p / (1 - p)) * products.reduce((sum, product) => sum + product ** 2, 0)
      const expected = b + products.reduce((sum, product) => sum + product, 0)
      expect(Math.abs((mean.toArray()[i] as number) - expected)).toBeLessThan(5 * Math.sqrt(variance / samples))
      expect(Math.abs((std.toArray()[i] as number) / Math.sqrt(variance) - 1)).toBeLessThan(0.05)
    }
  })

  test('standard scaling in training: mean (1 - p) w·x + b', () => {
    manualSeed(1)
    const { layer, model } = linear(0.5, { scaling: 'standard' })
    const x = randn([1, 8])
    const { mean } = predict(model, x, { task: 'regression', samples: 20_000 })
    model.eval()
    expect(Math.abs(mean.item() - noGrad(() => model.call(x).item()))).toBeLessThan(0.02)
    expect(layer.weight.requiresGrad).toBe(true)
  })
})

describe('predictive variance', () => {
  test("is 1 / τ + Σ y² / T - (Σ y / T)², Gal's equation", () => {
    manualSeed(0)
    const samples = randn([7, 5, 2], { dtype: 'float64' })
    const { mean, std, predictiveStd } = describeValues(samples, { precision: 4 })
    const values = samples.toArray()
    for (let cell = 0; cell < 10; cell++) {
      const own = Array.from({ length: 7 }, (_, s) => values[s * 10 + cell] as number)
      const first = own.reduce((sum, y) => sum + y, 0) / 7
      const second = own.reduce((sum, y) => sum + y * y, 0) / 7
      expect(mean.toArray()[cell]).toBeCloseTo(first, 12)
      expect((std.toArray()[cell] as number) ** 2).toBeCloseTo(second - first ** 2, 12)
      expect((predictiveStd.toArray()[cell] as number) ** 2).toBeCloseTo(1 / 4 + second - first ** 2, 12)
    }
  })

  test('τ = (1 - p) l² / (2 N λ)', () => {
    expect(modelPrecision({ p: 0.1, lengthScale: 0.5, examples: 100, weightDecay: 1e-3 })).toBeCloseTo(1.125, 12)
  })
})

describe('class uncertainty', () => {
  const logits = (rows: number[][]) => tensor(rows, { dtype: 'float64' }).unsqueeze(1)

  test('of networks that agree and are unsure: entropy log 2, mutual information exactly 0', () => {
    const { entropy, expectedEntropy, mutualInformation } = describeClasses(
      logits([
        [0, 0],
        [1, 1],
        [-3, -3],
      ]),
    )
    expect(entropy.item()).toBeCloseTo(Math.log(2), 12)
    expect(expectedEntropy.item()).toBeCloseTo(Math.log(2), 12)
    expect(mutualInformation.item()).toBe(0)
  })

  test('of sure networks that contradict each other: entropy log 2, all of it mutual information', () => {
    const { entropy, expectedEntropy, mutualInformation, mean } = describeClasses(
      logits([
        [900, 0],
        [0, 900],
      ]),
    )
    expect(entropy.item()).toBeCloseTo(Math.log(2), 12)
    expect(expectedEntropy.item()).toBeCloseTo(0, 12)
    expect(mutualInformation.item()).toBeCloseTo(Math.log(2), 12)
    expect(numbers(mean)).toEqual([0.5, 0.5])
  })

  test('is entropy less expected entropy, never below 0', () => {
    manualSeed(3)
    const { entropy, expectedEntropy, mutualInformation, mean, samples } = describeClasses(randn([20, 50, 4]).mul(3))
    expectNear(numbers(mutualInformation), numbers(entropy.sub(expectedEntropy)), 1e-6, 1e-6)
    expect(Math.min(...numbers(mutualInformation))).toBeGreaterThanOrEqual(0)
    expectNear(numbers(mean.sum(-1)), Array(50).fill(1), 1e-6)
    expectNear(numbers(samples.mean(0)), numbers(mean), 1e-6)
  })

  test('without dropout there is none', () => {
    manualSeed(5)
    const x = randn([6, 4])
    const model = classifier(0)
    const { mutualInformation, std, mean } = predict(model, x, { samples: 10 })
    expect(numbers(mutualInformation)).toEqual([0, 0, 0, 0, 0, 0])
    expect(Math.max(...numbers(std))).toBe(0)
    expectNear(numbers(mean), numbers(noGrad(() => model.eval().call(x).softmax(1))), 1e-6)
  })

  test('one column is the logit of the second of two classes', () => {
    const { mean, classes } = describeClasses(tensor([[[2]], [[0]]]))
    const sigmoid = (1 / (1 + Math.exp(-2)) + 0.5) / 2
    expectNear(numbers(mean), [1 - sigmoid, sigmoid], 1e-6)
    expect(numbers(classes)).toEqual([1])
  })

  test('a model that ends with softmax returns probabilities already', () => {
    manualSeed(2)
    const plain = classifier()
    const x = randn([3, 4])
    const wrapped = new nn.Sequential(plain, new nn.Softmax(1))
    const [a, b] = [plain, wrapped].map((model) => predict(model, x, { generator: new Generator(), samples: 9 }))
    expectNear(numbers(b?.mean as Tensor), numbers(a?.mean as Tensor), 1e-6)
    expectNear(numbers(b?.mutualInformation as Tensor), numbers(a?.mutualInformation as Tensor), 1e-5, 1e-6)
  })
})

test('quantiles are those of NumPy and PyTorch', () => {
  const samples = tensor([
    [3, 0],
    [1, 10],
    [2, 30],
    [4, 20],
  ])
  const { quantile } = describeValues(samples)
  expect(numbers(quantile(0.5))).toEqual([2.5, 15])
  expect(quantile([0, 0.25, 1]).shape).toEqual([3, 2])
  expect(numbers(quantile([0, 0.25, 1]))).toEqual([1, 0, 1.75, 7.5, 4, 30])
  expect(() => quantile(1.5)).toThrow('a quantile must be in [0, 1], got 1.5')
})

describe('the passes', () => {
  test('are the same numbers as single ones, if one example fills the memory', () => {
    manualSeed(7)
    const model = classifier()
    const x = randn([3, 4])
    const samples = sampleOutputs(model, x, { samples: 5, memory: 1, generator: new Generator().manualSeed(11) })
    manualSeed(11)
    const single = noGrad(() =>
      stack(Array.from({ length: 5 }, () => stack([0, 1, 2].map((i) => model.call(x.narrow(0, i, 1)).squeeze(0))))),
    )
    expectNear(numbers(samples), numbers(single), 1e-6, 1e-7)
  })

  test('are the same numbers as one pass over the batch repeated', () => {
    manualSeed(7)
    const model = new nn.Sequential(new nn.Dropout(0.3), classifier())
    const x = randn([3, 4])
    const samples = sampleOutputs(model, x, { samples: 5, generator: new Generator().manualSeed(11) })
    manualSeed(11)
    const repeated = noGrad(() => model.call(x.repeat([5, 1])))
    expect(samples.shape).toEqual([5, 3, 3])
    expectNear(numbers(samples), numbers(repeated), 1e-6, 1e-7)
  })

  test.each([1, 300, 2000, 1e9])('in pieces of %d bytes have the same mean', (memory) => {
    manualSeed(0)
    const model = classifier()
    const x = randn([4, 4])
    const { mean } = predict(model, x, { samples: 4000, memory })
    const reference = predict(model, x, { samples: 4000 }).mean
    expectNear(numbers(mean), numbers(reference), 0.05)
  })

  test('differ from example to example and from sample to sample', () => {
    manualSeed(0)
    const model = new nn.Sequential(new nn.Linear(4, 64), new nn.Tanh(), new nn.Dropout(), new nn.Linear(64, 3))
    const samples = sampleOutputs(model, randn([1, 4]).expand([20, 4]), { samples: 20 })
    expect(new Set(numbers(samples.select(2, 0))).size).toBeGreaterThan(390)
  })

  test('with masks for each batch run a sample through one network, and vary as before', () => {
    manualSeed(1)
    const { layer, model } = linear(0.5)
    const x = randn([1, 8])
    const samples = sampleOutputs(model, x.expand([16, 8]), { samples: 4000, masks: 'perBatch' })
    expect(
      samples
        .sub(samples.narrow(1, 0, 1))
        .abs()
        .amax()
        .item(),
    ).toBeLessThan(1e-6)
    const products = numbers(x.mul(layer.weight).detach())
    const variance = products.reduce((sum, product) => sum + product ** 2, 0)
    const { std } = describeValues(samples)
    expect(Math.abs((std.toArray()[0] as number) / Math.sqrt(variance) - 1)).toBeLessThan(0.06)
    // As many networks as there are masks, at most.
    expect(new Set(numbers(samples.select(1, 0)).map((value) => value.toFixed(4))).size).toBeGreaterThan(200)
  })

  test('of a model that was thinned for training are still drawn for each example; it stays thinned', () => {
    manualSeed(0)
    const model = new nn.Sequential(new nn.Linear(4, 64), new nn.Tanh(), new nn.Dropout(), new nn.Linear(64, 3))
    thin(model, { subnets: 2, balance: true })
    const x = randn([1, 4]).expand([20, 4])
    for (const [masks, different] of [
      ['perExample', 390],
      ['perBatch', 19],
    ] as const) {
      const values = sampleOutputs(model, x, { samples: 20, masks }).select(2, 0)
      expect(new Set(numbers(values).map((value) => value.toFixed(5))).size).toBeGreaterThan(different)
      if (masks === 'perBatch')
        expect(
          values
            .sub(values.narrow(1, 0, 1))
            .abs()
            .amax()
            .item(),
        ).toBeLessThan(1e-6)
    }
    expect(model.at(2)).toMatchObject({ subnets: 2, balance: true })
  })

  test('of no examples are empty', () => {
    const { mean, mutualInformation, quantile } = predict(classifier(), rand([0, 4]), { samples: 3 })
    expect([mean.shape, mutualInformation.shape, quantile([0.5]).shape]).toEqual([[0, 3], [0], [1, 0, 3]])
  })
})

describe('what is left behind', () => {
  /** Counts calls by mode, and fails at the third. */
  class Probe extends Module {
    readonly seen: boolean[] = []
    fails = false
    forward(x: Tensor): Tensor {
      this.seen.push(this.training)
      if (this.fails) throw new Error('probe')
      return x
    }
  }

  const modes = (model: Module) => [...model.modules()].map(({ training }) => training)

  test('only dropout is in training mode, and every mode is as before, also after an error', () => {
    const probe = new Probe()
    const norm = new nn.BatchNorm1d(4)
    const drop = new nn.Dropout(0.5)
    const model = new nn.Sequential(norm, drop, probe, new nn.Sequential(new nn.Linear(4, 2), new nn.AlphaDropout(0.2)))
    model.eval()
    drop.train()
    model.at(3).train()
    const before = modes(model)
    const statistics = () =>
      [norm.runningMean, norm.runningVar, norm.numBatchesTracked].map((x) => numbers(x as Tensor))
    const statisticsBefore = statistics()
    manualSeed(0)
    predict(model, randn([8, 4]), { samples: 4 })
    expect(probe.seen).not.toContain(true)
    expect(modes(model)).toEqual(before)
    expect(statistics()).toEqual(statisticsBefore)
    probe.fails = true
    expect(() => predict(model, randn([8, 4]))).toThrow('probe')
    expect(modes(model)).toEqual(before)
  })

  test('layers of Monte Carlo dropout draw here as everywhere, and are as before', () => {
    manualSeed(0)
    const model = mcDropout(classifier()).eval()
    const { std } = predict(model, randn([2, 4]), { samples: 20 })
    expect(Math.max(...numbers(std))).toBeGreaterThan(0)
    expect(model.at(2)).toMatchObject({ mc: true, training: false })
  })

  test('a generator that was given is drawn from, the default one is not', () => {
    manualSeed(9)
    const [model, x] = [classifier(), randn([2, 4])]
    const generator = new Generator().manualSeed(4)
    manualSeed(9)
    const first = predict(model, x, { generator, samples: 3 })
    const after = numbers(rand([4]))
    manualSeed(9)
    expect(after).toEqual(numbers(rand([4])))
    expect(numbers(predict(model, x, { generator, samples: 3 }).samples)).not.toEqual(numbers(first.samples))
    generator.manualSeed(4)
    expect(numbers(predict(model, x, { generator, samples: 3 }).samples)).toEqual(numbers(first.samples))
    manualSeed(4)
    expect(numbers(predict(model, x, { samples: 3 }).samples)).toEqual(numbers(first.samples))
  })

  test('hooks on a Sequential see it run', () => {
    const model = classifier()
    let calls = 0
    const remove = model.registerForwardHook(() => {
      calls++
      return undefined
    })
    sampleOutputs(model, randn([2, 4]), { samples: 3 })
    expect(calls).toBeGreaterThan(0)
    remove()
  })

  test('results carry no graph', () => {
    const { mean, samples } = predict(classifier(), randn([2, 4]), { samples: 3 })
    expect([mean.requiresGrad, samples.requiresGrad]).toEqual([false, false])
  })
})

describe('modules of one’s own', () => {
  class Functional extends Module {
    readonly hidden = new nn.Linear(4, 16)
    readonly last = new nn.Linear(16, 3)
    forward(x: Tensor): Tensor {
      return this.last.call(F.dropout(this.hidden.call(x).relu(), 0.5, { training: this.training }))
    }
  }

  test('are named, or else the error says how', () => {
    manualSeed(0)
    const model = new Functional()
    expect(() => predict(model, randn([2, 4]))).toThrow(
      'predict: the model has no dropout layer, so that all samples would be the same; a module of your own that calls functional.dropout is named with { isDropout: (module) => ... }',
    )
    const { std } = predict(model, randn([2, 4]), { isDropout: (module) => module instanceof Functional, samples: 10 })
    expect(Math.min(...numbers(std))).toBeGreaterThan(0)
  })
})

describe('errors', () => {
  const x = rand([2, 4])
  test.each([
    ['no samples', { samples: 0 }, 'predict: samples must be a whole number of at least 1, got 0'],
    ['half a sample', { samples: 1.5 }, 'got 1.5'],
    ['unknown masks', { masks: 'shared' }, "masks must be 'perExample' or 'perBatch', got shared"],
    ['no memory', { memory: 0 }, 'memory must be a number of bytes above 0, got 0'],
    ['an unknown option', { sample: 3 }, 'predict: unknown option sample; known are samples, '],
    ['an unknown task', { task: 'ranking' }, "task must be 'classification' or 'regression', got ranking"],
    ['unknown outputs', { outputs: 'scores' }, "outputs must be 'logits' or 'probabilities', got scores"],
    ['noise without end', { precision: 0 }, 'precision must be a number above 0, got 0'],
  ])('%s', (_, options, message) => {
    expect(() => predict(classifier(), x, options as object)).toThrow(message)
  })

  test('a number where options belong', () => {
    expect(() => predict(classifier(), x, 100 as unknown as object)).toThrow('predict(model, x, { samples: 100 })')
  })

  test('a scalar', () => {
    expect(() => predict(classifier(), tensor(1))).toThrow('expected a batch of examples [N, ...], got a scalar')
  })

  test('a model that sums over examples', () => {
    class Total extends Module {
      readonly drop = new nn.Dropout()
      forward(x: Tensor): Tensor {
        return this.drop.call(x).sum(0, { keepdim: true })
      }
    }
    expect(() => predict(new Total(), x, { samples: 2 })).toThrow(
      'the model must return an output for each example, got [1, 4] for 4 examples',
    )
  })
})
