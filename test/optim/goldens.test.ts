// Every vector of optim.json: PyTorch's updates, clips and schedules.

import { describe, expect, test } from 'vitest'
import { nn, optim, type Tensor, tensor, zeros } from '../../src/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { goldens } from '../random/support.ts'
import {
  camelCase,
  expectNear,
  expectSameNumbers,
  fromGolden,
  type GoldenTensor,
  goldenNumbers,
  inCamelCase,
} from '../support/goldens.ts'

interface Update {
  readonly optim: 'SGD' | 'Adam' | 'AdamW'
  readonly kwargs: Readonly<Record<string, number | boolean>>
  readonly dtype: DType
  readonly start: GoldenTensor
  readonly grads: readonly number[][]
  readonly after: readonly number[][]
  readonly state: Readonly<Record<string, GoldenTensor>>
}

interface Clip {
  readonly maxNorm: number
  readonly normType: number | 'inf'
  readonly before: readonly GoldenTensor[]
  readonly totalNorm: number
  readonly after: readonly GoldenTensor[]
}

type Inner = readonly [sched: string, kwargs: Readonly<Record<string, unknown>>]

interface Schedule {
  readonly lr: number
  readonly momentum?: number
  readonly sched: string
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly steps: number
  readonly lrs: readonly number[]
  readonly momenta: readonly number[]
}

const { updates, clips, schedules } = goldens<{ updates: Update[]; clips: Clip[]; schedules: Schedule[] }>('optim.json')

/** PyTorch's tolerance for Adam, whose square root its vendor does not round correctly; per step, of the largest value. */
const adamTolerance = { float32: 2e-7, float64: 1e-15 }

describe.each(updates.map((update, i) => ({ i, ...update })))('$i: $optim $kwargs $dtype', (golden) => {
  const { dtype, kwargs, grads, after } = golden
  const settings = inCamelCase(kwargs)

  test(golden.optim === 'SGD' ? 'to the bit' : 'within the tolerance of its square root', () => {
    const parameter = new nn.Parameter(fromGolden(golden.start))
    const optimizer = new optim[golden.optim]([parameter], settings)
    const same = (actual: ArrayLike<number>, expected: readonly number[], steps: number) =>
      golden.optim === 'SGD'
        ? expectSameNumbers(actual, expected)
        : expectNear(actual, expected, steps * adamTolerance[dtype as 'float32' | 'float64'])
    grads.forEach((grad, i) => {
      parameter.grad = tensor(grad, { dtype })
      optimizer.step()
      same(parameter.toArray(), after[i] as number[], i + 1)
    })
    const state = optimizer.stateDict().state[0] ?? {}
    for (const [name, expected] of Object.entries(golden.state)) {
      const own = state[camelCase(name)]
      if (name === 'step') expect(own).toBe(expected.data[0])
      else same((own as Tensor).toArray(), goldenNumbers(expected.data), grads.length)
    }
  })
})

test.each(clips)('clipGradNorm_ to $maxNorm, norm $normType', ({ maxNorm, normType, before, totalNorm, after }) => {
  const parameters = before.map((golden) => {
    const parameter = zeros(golden.shape, { requiresGrad: true })
    parameter.grad = fromGolden(golden)
    return parameter
  })
  const total = optim.clipGradNorm_(parameters, maxNorm, {
    normType: normType === 'inf' ? Number.POSITIVE_INFINITY : normType,
  })
  expectNear([total.item()], [totalNorm], 3e-7)
  parameters.forEach((parameter, i) => {
    const expected = goldenNumbers((after[i] as GoldenTensor).data)
    const actual = (parameter.grad as Tensor).toArray()
    if (total.item() === totalNorm) expectSameNumbers(actual, expected)
    else expectNear(actual, expected, 3e-7)
  })
})

/** A schedule from PyTorch's name and keywords. */
function schedule(optimizer: optim.SGD, name: string, kwargs: Readonly<Record<string, unknown>>): optim.LRScheduler {
  const { stepSize, milestones, gamma, TMax, T0, TMult, maxLr, schedulers, ...rest } = inCamelCase(kwargs)
  const given = gamma === undefined ? {} : { gamma: gamma as number }
  switch (name) {
    case 'StepLR':
      return new optim.StepLR(optimizer, stepSize as number, given)
    case 'MultiStepLR':
      return new optim.MultiStepLR(optimizer, milestones as number[], given)
    case 'ExponentialLR':
      return new optim.ExponentialLR(optimizer, gamma as number)
    case 'CosineAnnealingLR':
      return new optim.CosineAnnealingLR(optimizer, TMax as number, rest)
    case 'CosineAnnealingWarmRestarts':
      return new optim.CosineAnnealingWarmRestarts(optimizer, T0 as number, { ...rest, tMult: TMult as number })
    case 'OneCycleLR':
      return new optim.OneCycleLR(optimizer, maxLr as number, rest)
    case 'LinearLR':
      return new optim.LinearLR(optimizer, rest)
    case 'ConstantLR':
      return new optim.ConstantLR(optimizer, rest)
    case 'PolynomialLR':
      return new optim.PolynomialLR(optimizer, rest)
    case 'SequentialLR': {
      const inner = (schedulers as readonly Inner[]).map(([sched, own]) => schedule(optimizer, sched, own))
      return new optim.SequentialLR(optimizer, inner, milestones as number[])
    }
    default:
      throw new Error(`the goldens have a schedule ${name}, and this test does not`)
  }
}

test.each(schedules.map((golden, i) => ({ i, ...golden })))('$i: $sched $kwargs', (golden) => {
  const { lr, momentum = 0, sched, kwargs, steps, lrs, momenta } = golden
  const optimizer = new optim.SGD([zeros([1], { requiresGrad: true })], { lr, momentum })
  const own = schedule(optimizer, sched, kwargs)
  const [group] = optimizer.paramGroups
  const seen: [number, number][] = [[group?.lr as number, group?.momentum as number]]
  for (let i = 0; i < steps; i++) {
    own.step()
    seen.push([group?.lr as number, group?.momentum as number])
  }
  expect(seen.length).toBe(lrs.length)
  for (const [i, [rate, moment]] of seen.entries()) {
    expectNear([rate], [lrs[i] as number], 1e-12, 1e-18)
    expectNear([moment], [momenta[i] as number], 1e-12)
  }
})
