import { describe, expect, test } from 'vitest'
import {
  functional as F,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { expectNear, expectSameNumbers } from '../support/goldens.ts'

const network = () => new nn.Sequential(new nn.Linear(5, 4), new nn.Tanh(), new nn.Linear(4, 3))

function learn(model: nn.Module, optimizer: { zeroGrad(): void; step(): void }, batches: readonly Tensor[]): void {
  for (const x of batches) {
    optimizer.zeroGrad()
    F.mseLoss(model.call(x), zeros([x.shape[0] as number, 3])).backward()
    optimizer.step()
  }
}

const values = (model: nn.Module) => [...model.parameters()].flatMap((parameter) => [...parameter.toArray()])
const batchesOf = (count: number) => Array.from({ length: count }, () => randn([6, 5]))

/** Any of the optimizers, as far as these tests ask. */
interface AnyOptimizer {
  zeroGrad(): void
  step(): void
  stateDict(): optim.OptimizerState
  loadStateDict(state: optim.OptimizerState): void
}

const makers: Record<string, (params: Iterable<Tensor>) => AnyOptimizer> = {
  SGD: (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  Adam: (params) => new optim.Adam(params, { lr: 0.01, amsgrad: true }),
  AdamW: (params) => new optim.AdamW(params, { lr: 0.01 }),
}

describe.each(Object.entries(makers))('%s', (_, make) => {
  test('a saved and loaded optimizer goes on to the same bits', () => {
    manualSeed(3)
    const batches = batchesOf(6)
    const [unbroken, first, second] = [network(), network(), network()]
    first.loadStateDict(unbroken.stateDict())
    learn(unbroken, make(unbroken.parameters()), batches)

    const before = make(first.parameters())
    learn(first, before, batches.slice(0, 3))
    second.loadStateDict(first.stateDict())
    const after = make(second.parameters())
    after.loadStateDict(before.stateDict())
    learn(first, before, batches.slice(3)) // the loaded state is a copy: what goes on here must not reach it
    learn(second, after, batches.slice(3))
    expectSameNumbers(values(second), values(unbroken))
  })

  test('a model converted to float64 goes on with the same optimizer', () => {
    manualSeed(4)
    const model = network()
    const optimizer = make(model.parameters())
    learn(model, optimizer, batchesOf(2))
    model.double()
    const before = values(model)
    learn(model, optimizer, [randn([6, 5], { dtype: 'float64' })])
    expect([...model.parameters()].every(({ dtype }) => dtype === 'float64')).toBe(true)
    expect(values(model)).not.toEqual(before)
    expect(values(model).every(Number.isFinite)).toBe(true)
  })

  test('parameters that are not contiguous are changed as contiguous ones are', () => {
    const base = rand([3, 4])
    const turned = base.clone().T.detach().requiresGrad_()
    const plain = base.T.contiguous().detach().requiresGrad_()
    for (let i = 0; i < 3; i++) {
      const grad = rand([4, 3])
      for (const leaf of [turned, plain]) leaf.grad = grad
    }
    const [a, b] = [make([turned]), make([plain])]
    a.step()
    b.step()
    expect(turned.isContiguous).toBe(false)
    expectSameNumbers(turned.toArray(), plain.toArray())
  })

  test('a parameter without a gradient, or without elements, is left alone', () => {
    const [frozen, empty, moving] = [rand([3]), rand([0]), rand([3])].map((x) => new nn.Parameter(x)) as [
      nn.Parameter,
      nn.Parameter,
      nn.Parameter,
    ]
    const before = frozen.toArray()
    const versions = [frozen.version.count, moving.version.count] as const
    empty.grad = zeros([0])
    moving.grad = ones([3])
    make([frozen, empty, moving]).step()
    expectSameNumbers(frozen.toArray(), before)
    expect([frozen.version.count, moving.version.count]).toEqual([versions[0], versions[1] + 1])
  })

  test('a graph that was recorded before a step fails after it', () => {
    const model = network()
    const optimizer = make(model.parameters())
    const loss = model.call(rand([2, 5])).sum()
    loss.backward({ retainGraph: true })
    optimizer.step()
    expect(() => loss.backward()).toThrow(/modified by an inplace operation.*It was changed by step/s)
  })
})

test('gradients add up over several backwards until zeroGrad', () => {
  manualSeed(5)
  const model = network()
  const halves = batchesOf(2)
  const sum = (x: Tensor) => model.call(x).square().sum()
  for (const x of halves) sum(x).backward()
  const added = [...model.parameters()].map(({ grad }) => (grad as Tensor).toArray())
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
  optimizer.zeroGrad()
  expect([...model.parameters()].every(({ grad }) => grad === undefined)).toBe(true)
  sum(halves[0] as Tensor)
    .add(sum(halves[1] as Tensor))
    .backward()
  ;[...model.parameters()].forEach(({ grad }, i) => {
    expectNear((grad as Tensor).toArray(), added[i] as ArrayLike<number>, 1e-6)
  })
})

test('groups have settings of their own, and take the others from the optimizer', () => {
  const [slow, fast] = [new nn.Parameter(zeros([2])), new nn.Parameter(zeros([2]))]
  const optimizer = new optim.SGD([{ params: [slow] }, { params: [fast], lr: 1 }], { lr: 0.125 })
  slow.grad = ones([2])
  fast.grad = ones([2])
  optimizer.step()
  expect([...slow.toArray(), ...fast.toArray()]).toEqual([-0.125, -0.125, -1, -1])
  const late = new nn.Parameter(zeros([1]))
  optimizer.addParamGroup({ params: late, lr: 2 })
  late.grad = ones([1])
  optimizer.step()
  expect(late.item()).toBe(-2)
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.125, 1, 2])
})

test('a gradient of another shape is refused before anything is written', () => {
  const w = new nn.Parameter(zeros([4]))
  w.grad = ones([2])
  expect(() => new optim.SGD([w]).step()).toThrow(
    'SGD: a gradient must have the shape of its parameter, got [2] and [4]',
  )
})

test('step runs a closure with recording, and returns its loss', () => {
  const w = new nn.Parameter(tensor([3]))
  const optimizer = new optim.SGD([w], { lr: 0.5 })
  const loss = optimizer.step(() => {
    optimizer.zeroGrad()
    const value = w.square().sum()
    value.backward()
    return value
  })
  expect(loss.item()).toBe(9)
  expect(w.item()).toBe(0)
})

const leaf = () => zeros([1], { requiresGrad: true })
const shared = leaf()

test.each<[string, () => unknown, string | RegExp]>([
  ['no parameters', () => new optim.SGD([]), 'optimizer got an empty parameter list'],
  [
    'a tensor',
    () => new optim.SGD(leaf() as never),
    /params must be an iterable.*got a Tensor; write model.parameters\(\)/,
  ],
  ['a computed tensor', () => new optim.SGD([leaf().mul(2)]), "can't optimize a non-leaf Tensor"],
  ['a number', () => new optim.SGD([1] as never), 'SGD: a group must be an object with params, or a Tensor, got 1'],
  ['the same twice', () => new optim.SGD([shared, shared]), 'some parameters appear in more than one parameter group'],
  [
    'an unknown setting',
    () => new optim.SGD([leaf()], { rate: 1 } as never),
    /SGD: unknown option rate; known are lr, momentum/,
  ],
  [
    'a number for settings',
    () => new optim.SGD([leaf()], 0.1 as never),
    /SGD: options go into one object, got 0.1; write new optim.SGD\(params, \{ lr: 0.1 \}\)/,
  ],
  ['NaN as learning rate', () => new optim.SGD([leaf()], { lr: Number.NaN }), 'Invalid learning rate: nan'],
  ['a group out of range', () => new optim.SGD([{ params: [leaf()], lr: -2 }]), 'Invalid learning rate: -2.0'],
  ['negative momentum', () => new optim.SGD([leaf()], { momentum: -0.5 }), 'Invalid momentum value: -0.5'],
  ['negative decay', () => new optim.SGD([leaf()], { weightDecay: -1 }), 'Invalid weight_decay value: -1.0'],
  ['negative eps', () => new optim.Adam([leaf()], { eps: -1e-8 }), 'Invalid epsilon value: -1e-08'],
  ['beta 2', () => new optim.AdamW([leaf()], { betas: [0.9, 1.5] }), 'Invalid beta parameter at index 1: 1.5'],
  ['maxNorm 0', () => new optim.SGD([leaf()], { maxNorm: 0 }), 'SGD: maxNorm must be above 0, got 0'],
])('refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})

test('refuses a state of another optimizer, or what is none, and keeps its own', () => {
  const one = new optim.SGD([leaf()], { lr: 0.3, momentum: 0.9 })
  const own = one.stateDict()
  const [group] = own.paramGroups
  const cases: readonly (readonly [unknown, string])[] = [
    [new optim.Adam([leaf()]).stateDict(), 'the state is of another optimizer: SGD has no setting betas'],
    [undefined, 'a state of an optimizer has state and paramGroups'],
    [{ state: {}, paramGroups: {} }, 'a state of an optimizer has state and paramGroups'],
    [{ state: {}, paramGroups: [{ ...group, params: 1 }] }, "doesn't match the size of optimizer's group"],
    [{ state: {}, paramGroups: [{ ...group, lr: '0.1' }] }, 'lr must be a number, got "0.1"'],
    [{ state: {}, paramGroups: [{ params: [0] }] }, 'lr must be a number, got undefined'],
    [{ state: {}, paramGroups: [{ ...group, lr: -1 }] }, 'Invalid learning rate: -1.0'],
    [{ state: {}, paramGroups: [{ ...group, momentum: Number.NaN }] }, 'Invalid momentum value: nan'],
    [{ state: { 1: {} }, paramGroups: [group] }, 'a state for parameter 1, which is in no group'],
  ]
  for (const [state, message] of cases) {
    expect(() => one.loadStateDict(state as optim.OptimizerState<optim.SGDOptions>)).toThrow(message)
    expect(one.stateDict()).toEqual(own)
  }
})

test('refuses a state of other groups or shapes, and keeps its own', () => {
  const one = new optim.SGD([leaf()], { momentum: 0.9 })
  const two = new optim.SGD([{ params: [leaf()] }, { params: [leaf()] }])
  expect(() => one.loadStateDict(two.stateDict())).toThrow(
    'loaded state dict has a different number of parameter groups',
  )
  const both = new optim.SGD([leaf(), leaf()])
  expect(() => one.loadStateDict(both.stateDict())).toThrow("doesn't match the size of optimizer's group")
  const wide = new nn.Parameter(zeros([3]))
  const wider = new optim.SGD([wide], { momentum: 0.5 })
  wide.grad = ones([3])
  wider.step()
  expect(() => one.loadStateDict(wider.stateDict())).toThrow(
    'momentumBuffer must have the shape of its parameter, got [3] and [1]',
  )
  expect(one.paramGroups[0]?.momentum).toBe(0.9)
})
