import { describe, expect, test } from 'vitest'
import { foldScaling, manualSeed, nn, noGrad, randn, type Tensor } from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'

const { convertScaling } = nn
const standard = { scaling: 'standard' } as const

const network = () =>
  new nn.Sequential(
    new nn.Dropout(0.2, standard),
    new nn.Linear(8, 16),
    new nn.ReLU(),
    new nn.Dropout(0.5, standard),
    new nn.Sequential(new nn.Flatten(), new nn.Dropout(0.3, standard), new nn.Linear(16, 16)),
    new nn.LeakyReLU(),
    new nn.Dropout(0, standard),
    new nn.Identity(),
    new nn.Linear(16, 3),
  )

/** What a model computes: evaluated, and in training from given masks, with the gradient of its input. */
function behaviour(model: nn.Module): number[][] {
  const x = randn([5, 8], { requiresGrad: true })
  manualSeed(23)
  const trained = model.train().call(x)
  trained.square().sum().backward()
  return [trained, x.grad as Tensor, noGrad(() => model.eval().call(x))].map((y) => [...y.toArray()])
}

describe('a folded model', () => {
  const pairOf = () => {
    manualSeed(1)
    const model = network()
    manualSeed(2)
    const before = behaviour(model)
    return { model, before }
  }

  test('computes what it computed, in training, in evaluation, and backwards', () => {
    const { model, before } = pairOf()
    expect(foldScaling(model)).toBe(model)
    expect(String(model)).not.toContain('standard')
    manualSeed(2)
    const after = behaviour(model)
    for (const [i, values] of before.entries()) expectNear(after[i] as number[], values, 1e-6)
  })

  test('differs from one whose layers were switched without their weights', () => {
    const { model, before } = pairOf()
    for (const module of model.modules()) if (module instanceof nn.Dropout) module.scaling = 'inverted'
    manualSeed(2)
    const [trained] = behaviour(model)
    expect(() => expectNear(trained as number[], before[0] as number[], 1e-2)).toThrow()
  })

  test('evaluates dropout for nothing: its layers return the very tensor', () => {
    const { model } = pairOf()
    foldScaling(model).eval()
    for (const module of model.modules()) {
      if (!(module instanceof nn.Dropout)) continue
      const x = randn([2, 2])
      expect(module.call(x)).toBe(x)
    }
  })

  test('goes back, and folding twice does nothing', () => {
    const { model, before } = pairOf()
    const [, linear] = model
    const weight = (linear as nn.Linear).weight.toArray()
    foldScaling(foldScaling(model))
    convertScaling(model, 'standard')
    expectNear((linear as nn.Linear).weight.toArray(), weight, 2e-7)
    manualSeed(2)
    expectNear(behaviour(model)[0] as number[], before[0] as number[], 1e-6)
  })

  test('biases stay, weights are multiplied by 1 - p', () => {
    const linear = new nn.Linear(3, 2)
    const [weight, bias] = [linear.weight.toArray(), (linear.bias as Tensor).toArray()]
    foldScaling(new nn.Sequential(new nn.Dropout(0.75, standard), linear))
    expect([...linear.weight.toArray()]).toEqual([...weight].map((value) => value * 0.25))
    expect([...(linear.bias as Tensor).toArray()]).toEqual([...bias])
  })

  test('has gradients that are larger by 1 / (1 - p)', () => {
    manualSeed(6)
    const linear = new nn.Linear(8, 3)
    const model = new nn.Sequential(new nn.Dropout(0.75, standard), linear)
    const x = randn([4, 8])
    const gradient = () => {
      manualSeed(7)
      model.zeroGrad()
      model.call(x).square().sum().backward()
      return (linear.weight.grad as Tensor).toArray()
    }
    const before = gradient()
    foldScaling(model)
    expectNear(
      gradient(),
      before.map((value) => 4 * value),
      1e-6,
    )
  })
})

class Net extends nn.Module {
  readonly dropout = new nn.Dropout(0.5, standard)
  readonly out = new nn.Linear(2, 2)
  forward(x: Tensor): Tensor {
    return this.out.call(this.dropout.call(x))
  }
}

class Tied extends nn.Module {
  readonly body: nn.Sequential
  readonly again: nn.Linear
  constructor() {
    super()
    this.again = new nn.Linear(2, 2)
    this.body = new nn.Sequential(new nn.Dropout(0.5, standard), this.again)
  }
  forward(x: Tensor): Tensor {
    return this.again.call(this.body.call(x))
  }
}

const drop = () => new nn.Dropout(0.5, standard)
const twice = new nn.Linear(2, 2)
const prefix = 'convertScaling: cannot move the factor of '

test.each<[string, nn.Module, string]>([
  [
    'a layer between does not let factors pass',
    new nn.Sequential(drop(), new nn.Sigmoid(), new nn.Linear(2, 2)),
    '0, Dropout(p=0.5, inplace=False, scaling=standard): a factor does not pass through Sigmoid (1) to the weights behind it',
  ],
  [
    'nothing reads it',
    new nn.Sequential(new nn.Linear(2, 2), drop(), new nn.ReLU()),
    '1, Dropout(p=0.5, inplace=False, scaling=standard): no layer with weights reads its output',
  ],
  [
    'the order is not known',
    new Net(),
    'dropout, Dropout(p=0.5, inplace=False, scaling=standard): it is not in a Sequential, so that nothing says which layer reads its output',
  ],
  [
    'the model is the layer itself',
    drop(),
    'Dropout(p=0.5, inplace=False, scaling=standard): it is not in a Sequential',
  ],
  [
    'the weights are used twice in a row',
    new nn.Sequential(drop(), twice, twice),
    'the weights behind it are used in more than one place',
  ],
  ['the weights are used elsewhere', new Tied(), 'the weights behind it are used in more than one place'],
  [
    'nothing would be left',
    new nn.Sequential(new nn.Dropout(1, standard), new nn.Linear(2, 2)),
    '0, Dropout(p=1, inplace=False, scaling=standard): with p = 1 nothing is left to scale',
  ],
])('refuses, and changes nothing, where %s', (_, model, message) => {
  const before = [...model.parameters()].map((parameter) => [...parameter.toArray()])
  const printed = String(model)
  expect(() => foldScaling(model)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), code: 'TN_STATE' }),
  )
  expect(() => foldScaling(model)).toThrow(prefix)
  expect([...model.parameters()].map((parameter) => [...parameter.toArray()])).toEqual(before)
  expect(String(model)).toBe(printed)
})
