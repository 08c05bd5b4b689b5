// What dropout does to features: figures on layers whose answer is known.
import { describe, expect, test } from 'vitest'
import {
  cat,
  Generator,
  Module,
  manualSeed,
  mcDropout,
  nn,
  noGrad,
  randint,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import {
  activationsOf,
  coAdaptation,
  featurePictures,
  removeEachNeuron,
  removeRandomNeurons,
  sparsity,
} from '../../src/inspect/index.ts'
import { expectNear } from '../support/goldens.ts'

const numbers = (x: Tensor) => Array.from(x.detach().toArray())

class Custom extends Module {
  readonly hidden = new nn.Linear(4, 6)
  readonly act = new nn.ReLU()
  readonly last = new nn.Linear(6, 3)
  forward(x: Tensor): Tensor {
    return this.last.call(this.act.call(this.hidden.call(x)))
  }
}

const asSequential = ({ hidden, act, last }: Custom) =>
  new nn.Sequential(hidden, new nn.Sequential(act, new nn.Dropout()), last)

describe('activations', () => {
  test('are what the layers return in evaluation', () => {
    manualSeed(0)
    const model = new nn.Sequential(
      new nn.Linear(4, 6),
      new nn.ReLU({ inplace: true }),
      new nn.Dropout(),
      new nn.Linear(6, 3),
      new nn.Tanh(),
    )
    const x = randn([5, 4])
    const seen = activationsOf(model, x)
    expect([...seen.keys()]).toEqual(['1', '4'])
    expect(model.training).toBe(true)
    model.eval()
    expect(numbers(seen.get('4') as Tensor)).toEqual(numbers(model.call(x)))
    expect(Math.min(...numbers(seen.get('1') as Tensor))).toBe(0)
    // Not what a layer behind made of it in place.
    const before = activationsOf(model, x, { layers: ['0'] }).get('0') as Tensor
    expect(Math.min(...numbers(before))).toBeLessThan(0)
  })

  test('are those of the whole network, also where dropout goes on in evaluation', () => {
    manualSeed(0)
    const model = new nn.Sequential(new nn.Dropout(0.9), new nn.Linear(4, 6), new nn.Tanh())
    const x = randn([5, 4])
    const [whole, again] = [activationsOf(model, x), activationsOf(mcDropout(model), x)]
    expect(numbers(again.get('2') as Tensor)).toEqual(numbers(whole.get('2') as Tensor))
    expect(model.at(0)).toMatchObject({ mc: true, training: true })
  })

  test('errors', () => {
    const model = new nn.Sequential(new nn.Linear(4, 3))
    expect(() => activationsOf(model, randn([1, 4]))).toThrow('the model has no layer of activations')
    expect(() => activationsOf(model, randn([1, 4]), { layers: ['1'] })).toThrow('there is no layer 1, only , 0')
  })
})

describe('co-adaptation', () => {
  test('of neurons that say the same, the opposite, nothing, and something else', () => {
    const a = tensor([1, 2, 3, 4])
    const other = tensor([1, -1, -1, 1]) // orthogonal to a once both are centred
    const { correlation, units, constant, meanAbsolute, rms } = coAdaptation(
      cat(
        [a, a.mul(-2).add(7), zeros([4]).add(5), other].map((column) => column.unsqueeze(1)),
        1,
      ),
    )
    expect(units).toEqual([0, 1, 3])
    expect(constant).toBe(1)
    expectNear(numbers(correlation), [1, -1, 0, -1, 1, 0, 0, 0, 1], 1e-6, 1e-6)
    expect(meanAbsolute).toBeCloseTo(1 / 3, 6)
    expect(rms).toBeCloseTo(Math.sqrt(1 / 3), 6)
  })

  test('of independent neurons falls with the root of the number of examples', () => {
    manualSeed(0)
    // |r| of n independent normal pairs has mean √(2 / (π n)).
    for (const n of [200, 3200]) {
      const ratio = coAdaptation(randn([n, 40])).meanAbsolute / Math.sqrt(2 / (Math.PI * n))
      expect(Math.abs(ratio - 1)).toBeLessThan(0.1)
    }
  })

  test('of channels takes each place for an example', () => {
    manualSeed(0)
    const x = randn([3, 2, 4, 5])
    const flat = x.permute([0, 2, 3, 1]).reshape([60, 2])
    expect(coAdaptation(x).meanAbsolute).toBeCloseTo(coAdaptation(flat).meanAbsolute, 12)
  })

  test('errors', () => {
    expect(() => coAdaptation(randn([1, 3]))).toThrow('a correlation needs at least two examples, got [1, 3]')
    expect(() => coAdaptation(randn([3]))).toThrow('expected activations [N, units] or [N, channels, ...], got [3]')
  })
})

describe('sparsity', () => {
  test('by hand', () => {
    const { mean, zeros, silentUnits, activations, meanActivations } = sparsity(
      tensor([
        [0, 0, 4],
        [2, 0, 2],
      ]),
      { bins: 2 },
    )
    expect([mean, zeros, silentUnits]).toEqual([8 / 6, 0.5, 1])
    expect(activations).toEqual({ edges: [0, 2, 4], counts: [3, 3] })
    expect(meanActivations).toEqual({ edges: [0, 1.5, 3], counts: [2, 1] })
  })

  test('of a rectified normal distribution: half are 0, the mean is 1 / √(2π)', () => {
    manualSeed(0)
    const { mean, zeros, activations } = sparsity(randn([500, 100]).relu())
    expect(zeros).toBeCloseTo(0.5, 1)
    expect(Math.abs(mean - 1 / Math.sqrt(2 * Math.PI))).toBeLessThan(0.02)
    expect(activations.counts.reduce((sum, count) => sum + count, 0)).toBe(50_000)
  })

  test('of equal values is one bin', () => {
    expect(sparsity(zeros([2, 2]), { bins: 3 }).activations).toEqual({ edges: [0, 1 / 3, 2 / 3, 1], counts: [4, 0, 0] })
  })

  test('errors', () => {
    expect(() => sparsity(zeros([0, 3]))).toThrow('there are no activations')
    expect(() => sparsity(zeros([2, 3]), { bins: 0 })).toThrow('bins must be a whole number of at least 1, got 0')
  })
})

describe('pictures of a first layer', () => {
  test('a grid with gaps, black for the largest minus, white for the largest plus', () => {
    const { width, height, pixels, count } = featurePictures(
      tensor([
        [-1, 0, 0, 1],
        [0, 0, 1, -1],
        [1, 1, 1, 1],
      ]),
      { columns: 2 },
    )
    expect([width, height, count]).toEqual([5, 5, 3])
    expect([...pixels.subarray(0, 10)]).toEqual([0, 128, 255, 128, 128, 128, 255, 255, 255, 0])
    expect([...pixels.subarray(15, 20)]).toEqual([255, 255, 255, 255, 255])
  })

  test('of another shape', () => {
    const { width, height } = featurePictures(zeros([2, 6]), { size: [2, 3], zoom: 2, gap: 0 })
    expect([width, height]).toEqual([12, 4])
  })

  test('errors', () => {
    expect(() => featurePictures(zeros([2, 6]))).toThrow(
      'the rows of weights [2, 6] are not square pictures; give { size',
    )
    expect(() => featurePictures(zeros([2, 6]), { size: [2, 2] })).toThrow('are not pictures of 2 x 2')
  })
})

/** Two inputs, one class each; neuron 0 sees the first, neuron 1 the second, neuron 2 nothing. */
function twoSigns() {
  const model = new nn.Sequential(
    new nn.Linear(2, 3, { bias: false }),
    new nn.ReLU(),
    new nn.Linear(3, 2, { bias: false }),
  )
  noGrad(() => {
    ;(model.at(0) as nn.Linear).weight.copy_(
      tensor([
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
    )
    ;(model.at(2) as nn.Linear).weight.copy_(
      tensor([
        [2, 0, 5],
        [0, 2, 5],
      ]),
    )
  })
  return {
    model,
    batches: [
      [
        tensor([
          [1, 0],
          [0, 1],
        ]),
        tensor(Int32Array.of(0, 1)),
      ] as const,
    ],
  }
}

describe('removing each neuron', () => {
  test('by hand', () => {
    const { model, batches } = twoSigns()
    const { whole, without } = removeEachNeuron(model, batches, '1')
    const sure = Math.log(1 + Math.exp(-2))
    expect(whole.error).toBe(0)
    expect(whole.nll).toBeCloseTo(sure, 6)
    expect(without.map(({ neuron }) => neuron)).toEqual([0, 1, 2])
    expect(without.map(({ nll }) => nll)).toEqual(
      [(sure + Math.log(2)) / 2, (sure + Math.log(2)) / 2, sure].map((value) => expect.closeTo(value, 6)),
    )
    expect(without[1]?.error).toBe(0.5) // of equal scores the first class is chosen
  })

  test('is the same for a Sequential, which goes on from the layer, and for another module, which starts again', () => {
    manualSeed(0)
    const model = new Custom()
    const batches = [[randn([20, 4]), randint(3, [20])] as const, [randn([7, 4]), randint(3, [7])] as const]
    const [a, b] = [
      removeEachNeuron(model, batches, 'act'),
      removeEachNeuron(asSequential(model), batches, '1.0', { neurons: [5, 2] }),
    ]
    expect(b.whole).toEqual(a.whole)
    expect(b.without).toEqual([a.without[5], a.without[2]])
    expect(model.training).toBe(true)
    // No hook is left.
    expect(model.act.hasHooks).toBe(false)
  })

  test('errors', () => {
    const { model, batches } = twoSigns()
    expect(() => removeEachNeuron(model, batches, '1', { neurons: [3] })).toThrow('neurons of 1 are 0 to 2, got 3')
    expect(() => removeEachNeuron(model, batches, '9')).toThrow('there is no layer 9, only , 0, 1, 2')
    expect(() => removeEachNeuron(model, [], '1')).toThrow('there is no batch to score')
  })
})

describe('removing growing shares', () => {
  manualSeed(0)
  const model = asSequential(new Custom())
  const batches = [[randn([40, 4]), randint(3, [40])] as const]

  test('nothing removed is the whole network, everything removed is its last bias', () => {
    const [none, all] = removeRandomNeurons(model, batches, { fractions: [0, 1], repeats: 2 })
    expect(none?.nll).toBeCloseTo(removeEachNeuron(model, batches, '1.0', { neurons: [] }).whole.nll, 12)
    const bias = numbers((model.at(2) as nn.Linear).bias as Tensor)
    const total = Math.log(bias.reduce((sum, b) => sum + Math.exp(b), 0))
    const labels = batches[0]?.[1].toArray() as ArrayLike<number>
    const nll = Array.from(labels).reduce((sum, y) => sum + total - (bias[y] as number), 0) / 40
    expect(all?.nll).toBeCloseTo(nll, 5)
    expect(all?.scores.length).toBe(2)
  })

  test('the same generator removes the same neurons; a larger share, those and more', () => {
    const run = () =>
      removeRandomNeurons(model, batches, { generator: new Generator().manualSeed(1), fractions: [0.5] })
    expect(run()).toEqual(run())
    expect(model.training).toBe(true)
  })

  test('rescaled, a layer of equal neurons keeps its sum', () => {
    const { model, batches } = twoSigns()
    noGrad(() => {
      ;(model.at(0) as nn.Linear).weight.fill_(1)
      ;(model.at(2) as nn.Linear).weight.copy_(
        tensor([
          [1, 1, 1],
          [2, 2, 2],
        ]),
      )
    })
    const [plain, rescaled] = [false, true].map((rescale) =>
      removeRandomNeurons(model, batches, { fractions: [0, 1 / 3], rescale }),
    )
    expect(rescaled?.[1]?.nll).toBeCloseTo(rescaled?.[0]?.nll ?? 0, 5)
    expect(plain?.[1]?.nll).not.toBeCloseTo(plain?.[0]?.nll ?? 0, 2)
  })

  test('errors', () => {
    expect(() => removeRandomNeurons(model, batches, { fractions: [1.5] })).toThrow(
      'fractions must be in [0, 1], got 1.5',
    )
    expect(() => removeRandomNeurons(model, batches, { repeats: 0 })).toThrow(
      'repeats must be a whole number of at least 1',
    )
  })
})
