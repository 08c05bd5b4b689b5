// Thinned networks as objects: what they compute, what they cost, what can be extracted.
import { describe, expect, test } from 'vitest'
import { Generator, Module, manualSeed, nn, noGrad, rand, randn, recordMasks, type Tensor } from '../../src/index.ts'
import { drawThinnedNetwork, recordedNetwork, thinnedNetwork } from '../../src/inspect/index.ts'
import { expectNear } from '../support/goldens.ts'

const numbers = (x: Tensor) => Array.from(x.detach().toArray())

/** 6-5-4-3, with dropout of inputs and hidden neurons. */
function small({ scaling = 'inverted', activation = () => new nn.ReLU() as Module } = {}) {
  const drop = (p: number) => new nn.Dropout(p, { scaling: scaling as 'inverted' })
  return new nn.Sequential(
    drop(0.2),
    new nn.Linear(6, 5),
    activation(),
    drop(0.5),
    new nn.Sequential(new nn.Linear(5, 4), activation(), drop(0.4)),
    new nn.Linear(4, 3),
  )
}

describe('a drawn network', () => {
  test.each(['inverted', 'standard'])('is the one that a training pass over one example draws (%s)', (scaling) => {
    manualSeed(3)
    const model = small({ scaling })
    const x = randn([1, 6])
    for (let seed = 0; seed < 20; seed++) {
      const network = drawThinnedNetwork(model, { generator: new Generator().manualSeed(seed) })
      manualSeed(seed)
      expect(numbers(network.call(x))).toEqual(numbers(model.call(x)))
    }
  })

  test.each(['inverted', 'standard'])('or the one that an example of a recorded step ran through (%s)', (scaling) => {
    manualSeed(3)
    const model = small({ scaling })
    const x = randn([8, 6])
    const recording = recordMasks(model)
    const y = model.call(x)
    const masks = recording.stop()
    for (let i = 0; i < 8; i++) {
      const network = recordedNetwork(model, masks, i)
      expectNear(numbers(network.call(x.narrow(0, i, 1))), numbers(y.select(0, i)), 1e-6, 1e-6)
    }
    expect(() => recordedNetwork(model, masks, 8)).toThrow('the step had examples 0 to 7, got 8')
    expect(() => recordedNetwork(model, new Map())).toThrow('the record has no mask of dropout layer 0')
  })

  test('says which neurons it has', () => {
    manualSeed(0)
    const [input, hidden, last] = drawThinnedNetwork(small()).layers
    expect([input?.name, hidden?.name, last?.name]).toEqual(['0', '3', '4.2'])
    expect([input?.size, hidden?.size, last?.size]).toEqual([6, 5, 4])
    expect([input?.p, hidden?.p, last?.p]).toEqual([0.2, 0.5, 0.4])
    expect([input?.scale, hidden?.scale]).toEqual([Math.fround(1.25), 2])
    for (const layer of [input, hidden, last]) {
      expect(layer?.kept).toEqual([...new Set(layer?.kept)].sort((a, b) => a - b))
    }
  })

  test('keeps about 1 - p of the neurons', () => {
    const model = new nn.Sequential(new nn.Dropout(0.3), new nn.Linear(20_000, 1))
    const [layer] = drawThinnedNetwork(model, { generator: new Generator().manualSeed(1) }).layers
    const sigma = Math.sqrt(20_000 * 0.3 * 0.7)
    expect(Math.abs((layer?.kept.length ?? 0) - 14_000)).toBeLessThan(5 * sigma)
  })

  test('leaves the model, its modes and the default generator as they were', () => {
    manualSeed(1)
    const model = small()
    model.at(1).eval()
    const [modes, weights] = [
      () => [...model.modules()].map(({ training }) => training),
      () => numbers(model.stateDict().get('1.weight') as Tensor),
    ]
    const [modesBefore, weightsBefore] = [modes(), weights()]
    manualSeed(5)
    const next = rand([3])
    manualSeed(5)
    const network = drawThinnedNetwork(model, { generator: new Generator() })
    const x = randn([2, 6], { generator: new Generator() })
    network.call(x)
    network.extract().call(x)
    expect(numbers(rand([3]))).toEqual(numbers(next))
    expect(modes()).toEqual(modesBefore)
    expect(weights()).toEqual(weightsBefore)
    expect(() => network.call(randn([2, 7]))).toThrow()
    expect(modes()).toEqual(modesBefore)
  })

  test('trains nothing of what it has not', () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.Dropout(0.5), new nn.Linear(3, 1))
    thinnedNetwork(model, [[0, 2]])
      .call(randn([4, 2]))
      .sum()
      .backward()
    const [first, last] = [model.at(0) as nn.Linear, model.at(3) as nn.Linear]
    const rows = numbers(first.weight.grad as Tensor)
    expect(rows.slice(2, 4)).toEqual([0, 0])
    expect(rows.filter((value) => value !== 0).length).toBe(4)
    expect(numbers(last.weight.grad as Tensor)[1]).toBe(0)
  })
})

describe('an extracted network', () => {
  const activations: Record<string, () => Module> = {
    ReLU: () => new nn.ReLU(),
    LeakyReLU: () => new nn.LeakyReLU(0.3),
    Tanh: () => new nn.Tanh(),
    Sigmoid: () => new nn.Sigmoid(),
    GELU: () => new nn.GELU({ approximate: 'tanh' }),
    SiLU: () => new nn.SiLU(),
    Softplus: () => new nn.Softplus(),
    ELU: () => new nn.ELU(0.5),
    SELU: () => new nn.SELU(),
  }

  test.each(Object.keys(activations))('computes what the masked one does (%s)', (name) => {
    manualSeed(2)
    for (const scaling of ['inverted', 'standard']) {
      const model = small({ scaling, activation: activations[name] as () => Module })
      const x = randn([7, 6])
      for (let i = 0; i < 10; i++) {
        const network = drawThinnedNetwork(model)
        expectNear(numbers(network.extract().call(x)), numbers(network.call(x)), 1e-6, 1e-6)
      }
    }
  })

  /** Networks in which a factor or a dropped value has to go by another way than straight into the next weights. */
  const others: Record<string, () => nn.Sequential> = {
    'dropout before a sigmoid': () =>
      new nn.Sequential(new nn.Linear(6, 5), new nn.Dropout(0.5), new nn.Sigmoid(), new nn.Linear(5, 3)),
    'dropout before a softplus, without bias behind': () =>
      new nn.Sequential(
        new nn.Linear(6, 5),
        new nn.ReLU(),
        new nn.Dropout(0.5),
        new nn.Softplus(),
        new nn.Linear(5, 3, { bias: false }),
      ),
    'two dropouts of one layer': () =>
      new nn.Sequential(
        new nn.Linear(6, 5),
        new nn.Dropout(0.3),
        new nn.ELU(),
        new nn.Dropout(0.5),
        new nn.Linear(5, 3),
      ),
    'dropout of the logits': () => new nn.Sequential(new nn.Linear(6, 3), new nn.ReLU(), new nn.Dropout(0.5)),
    'softmax behind dropped logits': () =>
      new nn.Sequential(new nn.Linear(6, 3), new nn.Dropout(0.5), new nn.Softmax(1)),
    'batch normalisation before dropout': () => normalized(new nn.ReLU(), new nn.Dropout(0.5)),
    'batch normalisation behind dropout': () => normalized(new nn.Dropout(0.5), new nn.ReLU()),
    'batch normalisation without weights': () => normalized(new nn.Dropout(0.5), new nn.Tanh(), { affine: false }),
    'layer normalisation before dropout': () =>
      new nn.Sequential(
        new nn.Linear(6, 5),
        new nn.LayerNorm(5),
        new nn.ReLU(),
        new nn.Dropout(0.5),
        new nn.Linear(5, 3),
      ),
    'layer normalisation behind dropout': () =>
      new nn.Sequential(new nn.Linear(6, 5), new nn.Dropout(0.5), new nn.LayerNorm(5), new nn.Linear(5, 3)),
    'nothing to drop': () => new nn.Sequential(new nn.Linear(6, 5), new nn.Dropout(0), new nn.Linear(5, 3)),
    'all to drop': () => new nn.Sequential(new nn.Linear(6, 5), new nn.ReLU(), new nn.Dropout(1), new nn.Linear(5, 3)),
  }

  function normalized(first: Module, second: Module, options: nn.BatchNormOptions = {}): nn.Sequential {
    const model = new nn.Sequential(
      new nn.Linear(6, 5),
      first,
      new nn.BatchNorm1d(5, options),
      second,
      new nn.Linear(5, 3),
    )
    const norm = model.at(2) as nn.BatchNorm1d
    noGrad(() => {
      norm.weight?.copy_(rand([5]))
      norm.bias?.copy_(rand([5]))
      norm.runningMean?.copy_(randn([5]))
      norm.runningVar?.copy_(rand([5]))
    })
    return model
  }

  test.each(Object.keys(others))('also with %s', (name) => {
    manualSeed(4)
    const model = (others[name] as () => nn.Sequential)()
    const x = randn([9, 6])
    for (let i = 0; i < 10; i++) {
      const network = drawThinnedNetwork(model)
      expectNear(numbers(network.extract().call(x)), numbers(network.call(x)), 2e-6, 1e-6)
    }
  })

  test('takes pictures, and looks at the pixels that are kept', () => {
    manualSeed(0)
    const model = new nn.Sequential(new nn.Dropout(0.5), new nn.Flatten(), new nn.Linear(12, 2))
    const network = thinnedNetwork(model, [[1, 5, 11]])
    const x = randn([4, 1, 3, 4])
    expectNear(numbers(network.extract().call(x)), numbers(network.call(x)), 1e-6)
    expect(String(network.extract())).toMatch(/Flatten[\s\S]*Select\(features=3\)[\s\S]*in_features=3, out_features=2/)
  })

  test('in double precision is the same to 1e-14', () => {
    const model = small().double()
    const x = randn([5, 6], { dtype: 'float64' })
    const network = drawThinnedNetwork(model)
    expectNear(numbers(network.extract().call(x)), numbers(network.call(x)), 1e-14, 1e-14)
  })

  test('is smaller, has weights of its own, and is in evaluation mode', () => {
    const model = small()
    const network = thinnedNetwork(model, [
      [0, 1, 2, 5],
      [1, 4],
      [0, 2, 3],
    ])
    const extracted = network.extract()
    const shapes = [...extracted.namedParameters()].map(([, { shape }]) => shape)
    expect(shapes).toEqual([[2, 4], [2], [3, 2], [3], [3, 3], [3]])
    expect([...extracted.modules()].some(({ training }) => training)).toBe(false)
    const before = numbers(network.call(randn([1, 6], { generator: new Generator() })))
    noGrad(() => {
      for (const parameter of extracted.parameters()) parameter.zero_()
    })
    expect(numbers(network.call(randn([1, 6], { generator: new Generator() })))).toEqual(before)
    extracted.train()
    expect(model.at(2)).not.toBe(extracted.at(2))
  })
})

describe('the cost', () => {
  test('of a network without neurons 1 of 3 and 0 of 2', () => {
    // 4-3-2-1: rows and columns of what is kept, counted by hand.
    const model = new nn.Sequential(
      new nn.Linear(4, 3),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Linear(3, 2, { bias: false }),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Linear(2, 1),
    )
    const { cost, wholeCost } = thinnedNetwork(model, [[0, 2], [1]])
    expect(wholeCost).toEqual({ parameters: 4 * 3 + 3 + 3 * 2 + 2 * 1 + 1, multiplyAdds: 12 + 6 + 2 })
    expect(cost).toEqual({ parameters: 4 * 2 + 2 + 2 * 1 + 1 * 1 + 1, multiplyAdds: 8 + 2 + 1 })
  })

  test('is that of the extracted network', () => {
    manualSeed(0)
    for (let i = 0; i < 5; i++) {
      const network = drawThinnedNetwork(small())
      const parameters = [...network.extract().parameters()].reduce((sum, { numel }) => sum + numel, 0)
      expect(network.cost.parameters).toBe(parameters)
    }
  })
})

describe('errors', () => {
  class Custom extends Module {
    readonly hidden = new nn.Linear(3, 3)
    forward(x: Tensor): Tensor {
      return this.hidden.call(x)
    }
  }

  test.each([
    [
      'a model of an own class',
      () => new Custom() as unknown as nn.Sequential,
      /cannot take a Custom apart: only a Seq/,
    ],
    [
      'a layer that is not known',
      () => new nn.Sequential(new nn.Linear(3, 3), new Custom()),
      /cannot take 1, Custom\(/,
    ],
    ['alpha dropout', () => new nn.Sequential(new nn.AlphaDropout(), new nn.Linear(3, 3)), /cannot take 0, AlphaDrop/],
    ['no Linear', () => new nn.Sequential(new nn.ReLU()), /the model has no Linear layer/],
    [
      'features that share draws',
      () => new nn.Sequential(new nn.Dropout(0.5, { noiseShape: [null, 1] }), new nn.Linear(3, 3)),
      /drops features together, not neuron by neuron/,
    ],
    [
      'dropout of positions',
      () => new nn.Sequential(new nn.Linear(3, 4), new nn.Dropout(), new nn.Flatten(), new nn.Linear(8, 1)),
      /between a Linear that makes 4 features and one that reads 8: what it drops is not neurons/,
    ],
  ])('%s', (_, make, message) => {
    expect(() => drawThinnedNetwork(make())).toThrow(message)
  })

  test('a factor that cannot go anywhere, at extraction only', () => {
    const model = new nn.Sequential(
      new nn.Linear(3, 4),
      new nn.Tanh(),
      new nn.Dropout(),
      new nn.Sigmoid(),
      new nn.Linear(4, 1),
    )
    const network = drawThinnedNetwork(model)
    expect(network.call(randn([2, 3])).shape).toEqual([2, 1])
    expect(() => network.extract()).toThrow(
      /^extract: cannot make a smaller network without what 2, Dropout\(p=0.5, inplace=False\), drops: its factor/,
    )
  })

  test('outputs that are dropped behind a tanh', () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Dropout())
    expect(() => drawThinnedNetwork(model).extract()).toThrow(/cannot be left out: no Linear reads it/)
  })

  test('neurons that are not there', () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Dropout(), new nn.Linear(4, 1))
    expect(() => thinnedNetwork(model, [])).toThrow('a list of kept neurons for each of 1 dropout layers, got 0')
    expect(() => thinnedNetwork(model, [[4]])).toThrow('different whole numbers from 0 to 3, got 4')
    expect(() => thinnedNetwork(model, [[1, 1]])).toThrow('got one of them twice')
    expect(() => thinnedNetwork(model, [[0]]).call(randn([2, 2, 3])).shape).not.toThrow()
  })
})
