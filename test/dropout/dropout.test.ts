import { describe, expect, test } from 'vitest'
import {
  functional as F,
  Generator,
  grad,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { defaultGenerator } from '../../src/random/index.ts'
import { expectNear, expectSameNumbers } from '../support/goldens.ts'
import { gradcheck, gradgradcheck } from '../support/gradcheck.ts'

const layers = ['Dropout', 'Dropout1d', 'Dropout2d', 'Dropout3d', 'AlphaDropout', 'FeatureAlphaDropout'] as const
/** An input of a rank that the layer takes without a warning. */
const inputFor = (name: (typeof layers)[number]) =>
  rand(name === 'Dropout3d' ? [2, 3, 2, 2, 2] : name === 'Dropout1d' ? [2, 3, 4] : [2, 3, 4, 2])

describe.each(layers)('%s', (name) => {
  const make = (...args: ConstructorParameters<typeof nn.Dropout1d>) => new nn[name](...args)

  test('evaluation, and p = 0, return the very tensor and draw nothing', () => {
    const x = inputFor(name)
    const before = defaultGenerator.getState()
    expect(make(0.5).eval().call(x)).toBe(x)
    expect(make(1).eval().call(x)).toBe(x)
    expect(make(0).call(x)).toBe(x)
    expect(defaultGenerator.getState().equal(before)).toBe(true)
  })

  test('the same seed drops the same, the next call others', () => {
    const x = inputFor(name)
    const layer = make(0.5)
    manualSeed(1)
    const [first, second] = [layer.call(x), layer.call(x)]
    manualSeed(1)
    expect(layer.call(x).equal(first)).toBe(true)
    expect(second.equal(first)).toBe(false)
  })

  test('a generator of its own', () => {
    const x = inputFor(name)
    const layer = make(0.5, { generator: new Generator().manualSeed(1) })
    const before = defaultGenerator.getState()
    const own = layer.call(x)
    expect(defaultGenerator.getState().equal(before)).toBe(true)
    manualSeed(1)
    expect(make(0.5).call(x).equal(own)).toBe(true)
  })

  test('p is checked at every call', () => {
    const layer = make(0.5)
    layer.p = 2
    expect(() => layer.call(inputFor(name))).toThrow('dropout probability has to be between 0 and 1, but got 2')
    expect(() => make(Number.NaN).eval().call(inputFor(name))).toThrow('between 0 and 1, but got nan')
  })

  test('gradients, and gradients of gradients', () => {
    const layer = make(0.4)
    const drop = ([x]: readonly Tensor[]) => {
      manualSeed(7)
      return layer.call(x as Tensor)
    }
    const x = inputFor(name).to('float64')
    gradcheck(name, drop, [x])
    gradgradcheck(name, (inputs) => drop(inputs).square(), [x])
  })

  test('has no state', () => {
    expect(make().stateDict().size).toBe(0)
    expect([...make().parameters()]).toEqual([])
  })

  test.each<[string, () => unknown, string | RegExp]>([
    [
      'a boolean',
      () => make(0.5, true as never),
      `${name}: options go into one object, got true; write new nn.${name}(0.5, { inplace: true })`,
    ],
    [
      'an unknown option',
      () => make(0.5, { inPlace: true } as never),
      /unknown option inPlace; known are inplace, mc, generator(, .+)?; did you mean inplace\?$/,
    ],
    ['inplace as a number', () => make(0.5, { inplace: 1 } as never), `${name}: inplace must be true or false, got 1`],
    ['p as a text', () => make('0.5' as never), `${name}: p must be a number, the probability to drop, got 0.5`],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

test.each<[string, () => unknown, string]>([
  [
    'a boolean',
    () => F.dropout(ones([2]), 0.5, false as never),
    'dropout: options go into one object, got false; write dropout(x, p, { training: false })',
  ],
  [
    'training as a number',
    () => F.dropout(ones([2]), 0.5, { training: 1 as never }),
    'dropout: training must be true or false, got 1',
  ],
  ['an array', () => F.dropout([1, 2] as never), 'dropout: the input must be a Tensor, got object'],
  [
    'an unknown scaling',
    () => F.dropout(ones([2]), 0.5, { scaling: 'both' as never }),
    "dropout: scaling must be 'inverted' or 'standard', got both",
  ],
])('the function refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})

test('with a million elements the rate is p, and kept values are x / (1 - p)', () => {
  manualSeed(0)
  const n = 1_000_000
  for (const p of [0.1, 0.5, 0.9]) {
    const out = Array.from(F.dropout(ones([n]), p).toArray())
    const dropped = out.reduce((count, value) => count + (value === 0 ? 1 : 0), 0)
    expect(Math.abs(dropped - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)))
    const kept = Math.fround(1 / Math.fround(1 - p))
    expect(out.every((value) => value === 0 || value === kept)).toBe(true)
  }
})

test('what rides on a product drops as it does alone: infinities become NaN, negative numbers -0', () => {
  const linear = new nn.Linear(1, 1, { bias: false })
  noGrad(() => linear.weight.fill_(1))
  const special = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -1.5, 2, 0, -0]
  const x = tensor(Array.from({ length: 70 }, (_, i) => [special[i % special.length] as number]))
  const alone = linear.call(x).toArray() as Float32Array
  manualSeed(4)
  const expected = F.dropout(tensor(alone), 0.5).toArray() as Float32Array
  manualSeed(4)
  const got = new nn.Sequential(linear, new nn.Dropout(0.5)).call(x).toArray() as Float32Array
  expect([...expected].filter((value) => Object.is(value, -0)).length).toBeGreaterThan(2)
  for (const [i, value] of got.entries()) expect(value, `row ${i}`).toBe(expected[i])
})

describe('standard scaling', () => {
  test('training leaves kept values as they are, with the masks of inverted scaling', () => {
    const x = randn([50])
    manualSeed(2)
    const standard = F.dropout(x, 0.25, { scaling: 'standard' })
    manualSeed(2)
    const inverted = F.dropout(x, 0.25)
    const pairs = Array.from(standard.toArray(), (value, i) => [value, inverted.toArray()[i], x.toArray()[i]])
    for (const [value, other, input] of pairs) expect(value).toBe(other === 0 ? 0 * (input as number) : input)
    expect(pairs.some(([value]) => value === 0) && pairs.some(([value]) => value !== 0)).toBe(true)
  })

  test('evaluation multiplies by 1 - p, with gradient', () => {
    const x = tensor([2, -4], { requiresGrad: true })
    const layer = new nn.Dropout(0.25, { scaling: 'standard' }).eval()
    const out = layer.call(x)
    expect([...out.toArray()]).toEqual([1.5, -3])
    out.sum().backward()
    expect([...(x.grad as Tensor).toArray()]).toEqual([0.75, 0.75])
  })

  test('p = 0 and p = 1, and in place', () => {
    const x = tensor([2, 3])
    const evaluate = (p: number, inplace = false) => F.dropout(x, p, { training: false, scaling: 'standard', inplace })
    expect(evaluate(0)).toBe(x)
    expect([...evaluate(1).toArray()]).toEqual([0, 0])
    expect(evaluate(0.5, true)).toBe(x)
    expect([...x.toArray()]).toEqual([1, 1.5])
  })

  test('integers', () => {
    const x = ones([2], { dtype: 'int32' })
    expect(() => F.dropout(x, 0.5, { training: false, scaling: 'standard' })).toThrow("result type Float can't be cast")
  })

  test('the layer prints it', () => {
    expect(String(new nn.Dropout(0.5, { scaling: 'standard' }))).toBe('Dropout(p=0.5, inplace=False, scaling=standard)')
  })
})

describe('in place', () => {
  test('the same object comes back, and gradients are those of the copy', () => {
    const x = randn([20], { requiresGrad: true })
    const run = (inplace: boolean) => {
      manualSeed(3)
      const h = x.mul(2)
      const out = F.dropout(h, 0.5, { inplace })
      expect(out === h).toBe(inplace)
      return [out, grad(out.square().sum(), [x])[0] as Tensor] as const
    }
    const [[copy, copyGrad], [own, ownGrad]] = [run(false), run(true)]
    expectSameNumbers(own.toArray(), copy.toArray())
    expectSameNumbers(ownGrad.toArray(), copyGrad.toArray())
  })

  test.each([
    ['relu', (x: Tensor) => x.relu()],
    ['sigmoid', (x: Tensor) => x.sigmoid()],
    ['tanh', (x: Tensor) => x.tanh()],
  ])('on the saved output of %s, backward fails and says what changed it', (_, activation) => {
    const h = activation(ones([4], { requiresGrad: true }))
    const loss = F.dropout(h, 0.5, { inplace: true }).sum()
    expect(() => loss.backward()).toThrow(
      /modified by an inplace operation: \[torch.FloatTensor \[4\]\].* is at version 1; expected version 0 instead. It was changed by dropout_ .*dropout.test.ts/,
    )
  })
})

describe('a dropped neuron takes no part', () => {
  // One example, and so one mask: SGD without momentum and decay must not touch the weights of what was dropped.
  test.each(['inverted', 'standard'] as const)('its weights in and out stay to the bit, %s scaling', (scaling) => {
    manualSeed(11)
    const [input, output] = [new nn.Linear(6, 40), new nn.Linear(40, 3)]
    const dropout = new nn.Dropout(0.5, { scaling })
    let hidden: Tensor | undefined
    dropout.registerForwardHook((_, __, out) => {
      hidden = out
      return undefined
    })
    const model = new nn.Sequential(input, new nn.Tanh(), dropout, output)
    const before = [input.weight, input.bias as Tensor, output.weight].map((x) => x.toArray())
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.5 })
    F.mseLoss(model.call(randn([1, 6])), ones([1, 3])).backward()
    optimizer.step()
    const after = [input.weight, input.bias as Tensor, output.weight].map((x) => x.toArray())
    const moved = (which: number, at: number) => after[which]?.[at] !== before[which]?.[at]
    const values = (hidden as Tensor).toArray()
    let dropped = 0
    for (const [neuron, value] of values.entries()) {
      const touched = [
        ...Array.from({ length: 6 }, (_, i) => moved(0, neuron * 6 + i)),
        moved(1, neuron),
        ...Array.from({ length: 3 }, (_, i) => moved(2, i * 40 + neuron)),
      ]
      expect(new Set(touched)).toEqual(new Set([value !== 0]))
      if (value === 0) dropped++
    }
    expect(dropped).toBeGreaterThan(5)
    expect(dropped).toBeLessThan(35)
  })
})

test('the mean of many thinned networks comes near the whole one behind a linear layer', () => {
  manualSeed(5)
  const model = new nn.Sequential(new nn.Dropout(0.5), new nn.Linear(10, 4))
  const x = randn([1, 10])
  const votes = model.call(x.expand([4000, 10]).contiguous())
  const whole = model.eval().call(x)
  expectNear(votes.mean(0).toArray(), whole.flatten().toArray(), 0, 0.08)
})

test('nothing is written into what nobody gave', () => {
  const x = zeros([3]).sub(1)
  F.dropout(x, 0.5)
  expect([...x.toArray()]).toEqual([-1, -1, -1])
})
