import { describe, expect, test } from 'vitest'
import { optim, zeros } from '../../src/index.ts'

const sgd = (settings: Partial<optim.SGDOptions> = {}) =>
  new optim.SGD([zeros([1], { requiresGrad: true })], { lr: 0.5, momentum: 0.9, ...settings })

test('LambdaLR multiplies the initial rate of each group', () => {
  const optimizer = new optim.SGD([
    { params: [zeros([1])], lr: 1 },
    { params: [zeros([1])], lr: 2 },
  ])
  const schedule = new optim.LambdaLR(optimizer, (t) => 1 / (t + 1))
  schedule.step()
  expect(schedule.getLastLr()).toEqual([0.5, 1])
})

test('LinearMomentum rises in a line and stays', () => {
  const optimizer = sgd()
  const schedule = new optim.LinearMomentum(optimizer, { start: 0.5, end: 0.75, totalIters: 2 })
  const seen = Array.from({ length: 4 }, () => {
    const momentum = optimizer.paramGroups[0]?.momentum
    schedule.step()
    return momentum
  })
  expect(seen).toEqual([0.5, 0.625, 0.75, 0.75])
})

test('OneCycleLR moves the first beta of Adam, and ends where its steps do', () => {
  const optimizer = new optim.Adam([zeros([1])])
  const schedule = new optim.OneCycleLR(optimizer, 1, { totalSteps: 10 })
  expect(optimizer.paramGroups[0]?.betas).toEqual([0.95, 0.999])
  for (let i = 0; i < 2; i++) schedule.step()
  expect(optimizer.paramGroups[0]?.betas[0]).toBeCloseTo(0.85, 12) // the top of the cycle: step 0.3 * 10 - 1
  const short = new optim.OneCycleLR(sgd(), 1, { totalSteps: 3 })
  for (let i = 0; i < 3; i++) short.step()
  expect(() => short.step()).toThrow('Tried to step 4 times. The specified number of total steps is 3')
})

describe('a schedule that is loaded goes on as one that never stopped', () => {
  const make: Record<string, (optimizer: optim.SGD) => optim.LRScheduler | optim.LinearMomentum> = {
    StepLR: (optimizer) => new optim.StepLR(optimizer, 2, { gamma: 0.5 }),
    CosineAnnealingWarmRestarts: (optimizer) => new optim.CosineAnnealingWarmRestarts(optimizer, 3, { tMult: 2 }),
    OneCycleLR: (optimizer) => new optim.OneCycleLR(optimizer, 1, { totalSteps: 10 }),
    LinearMomentum: (optimizer) => new optim.LinearMomentum(optimizer, { start: 0.5, end: 0.99, totalIters: 7 }),
    SequentialLR: (optimizer) =>
      new optim.SequentialLR(
        optimizer,
        [
          new optim.LinearLR(optimizer),
          new optim.CosineAnnealingLR(optimizer, 4),
          new optim.ExponentialLR(optimizer, 0.5),
        ],
        [2, 6],
      ),
  }
  test.each(Object.keys(make))('%s', (name) => {
    const unbroken = sgd()
    const schedule = make[name]?.(unbroken)
    for (let i = 0; i < 4; i++) schedule?.step()
    const again = sgd()
    const loaded = make[name]?.(again)
    loaded?.loadStateDict(schedule?.stateDict() ?? { time: 0 })
    again.loadStateDict(unbroken.stateDict())
    for (let i = 0; i < 5; i++) {
      schedule?.step()
      loaded?.step()
      expect(again.paramGroups[0]).toMatchObject({
        lr: unbroken.paramGroups[0]?.lr,
        momentum: unbroken.paramGroups[0]?.momentum,
      })
    }
  })
})

test.each<[string, () => unknown, string]>([
  ['StepLR', () => new optim.StepLR(sgd(), 0), 'StepLR: stepSize must be a whole number above 0, got 0'],
  [
    'ConstantLR',
    () => new optim.ConstantLR(sgd(), { factor: 2 }),
    'Constant multiplicative factor expected to be between 0 and 1.',
  ],
  [
    'LinearLR',
    () => new optim.LinearLR(sgd(), { startFactor: 0 }),
    'Starting multiplicative factor expected to be greater than 0',
  ],
  [
    'LinearLR',
    () => new optim.LinearLR(sgd(), { endFactor: 2 }),
    'Ending multiplicative factor expected to be between 0 and 1.',
  ],
  [
    'MultiStepLR',
    () => new optim.MultiStepLR(sgd(), [1], { factor: 1 } as never),
    'MultiStepLR: unknown option factor',
  ],
  ['WarmRestarts', () => new optim.CosineAnnealingWarmRestarts(sgd(), 0), 'Expected positive integer T_0, but got 0'],
  ['SequentialLR', () => new optim.SequentialLR(sgd(), [], []), 'expected one milestone less than schedules'],
  [
    'OneCycleLR',
    () => new optim.OneCycleLR(sgd(), 1, { epochs: 3 }),
    'You must define either totalSteps OR (epochs AND stepsPerEpoch)',
  ],
  [
    'OneCycleLR',
    () => new optim.OneCycleLR(sgd(), 1, { totalSteps: 9, pctStart: 2 }),
    'Expected float between 0 and 1 pct_start, but got 2',
  ],
])('%s refuses what is out of range', (_, run, message) => {
  expect(run).toThrow(message)
})
