// Probabilities over training: the papers' formulas, and the scheduler that sets them.
import { describe, expect, test } from 'vitest'
import { manualSeed, nn, ones } from '../../src/index.ts'

const over = (rule: nn.DropoutRule, steps: readonly number[], p = 0.5) => steps.map((t) => rule(t, p))

describe('rules', () => {
  test('early: p falls in a line, or stays, and then is 0 (Liu et al. 2023)', () => {
    expect(over(nn.earlyDropout(4), [0, 1, 2, 3, 4, 5])).toEqual([0.5, 0.375, 0.25, 0.125, 0, 0])
    expect(over(nn.earlyDropout(2, { shape: 'constant' }), [0, 1, 2])).toEqual([0.5, 0.5, 0])
  })

  test('late: 0, and then p (Liu et al. 2023)', () => {
    expect(over(nn.lateDropout(2), [0, 1, 2, 9])).toEqual([0, 0, 0.5, 0.5])
  })

  test('curriculum: keep(t) = (1 - keep) exp(-γ t) + keep (Morerio et al. 2017)', () => {
    const [keep, steps] = [0.5, 200]
    const rule = nn.curriculumDropout(steps)
    for (const t of [0, 1, 50, 200]) {
      expect(1 - rule(t, 1 - keep)).toBeCloseTo((1 - keep) * Math.exp((-10 / steps) * t) + keep, 12)
    }
    expect(rule(0, 0.5)).toBe(0)
    expect(rule(steps, 0.5)).toBeGreaterThan(0.4999)
    expect(nn.curriculumDropout(10, { gamma: 1 })(1, 0.5)).toBeCloseTo(0.5 * (1 - Math.exp(-1)), 12)
  })

  test('annealed: p max(0, 1 - t / N) (Rennie et al. 2014); ramp: the way up (Ghiasi et al. 2018)', () => {
    expect(over(nn.annealedDropout(5), [0, 1, 5, 7])).toEqual([0.5, 0.4, 0, 0])
    expect(over(nn.rampDropout(5), [0, 1, 5, 7])).toEqual([0, 0.1, 0.5, 0.5])
  })

  test.each<[string, () => unknown, string]>([
    ['no steps', () => nn.earlyDropout(0), 'earlyDropout: steps must be above 0, got 0'],
    [
      'another shape',
      () => nn.earlyDropout(5, { shape: 'cosine' as never }),
      "earlyDropout: shape must be 'linear' or 'constant', got cosine",
    ],
    [
      'a shape without its name',
      () => nn.earlyDropout(5, 'constant' as never),
      "write earlyDropout(steps, { shape: 'constant' })",
    ],
    ['a negative start', () => nn.lateDropout(-1), 'lateDropout: start must be at least 0, got -1'],
    [
      'a falling curriculum',
      () => nn.curriculumDropout(5, { gamma: -1 }),
      'curriculumDropout: gamma must be above 0, got -1',
    ],
    [
      'endless steps',
      () => nn.rampDropout(Number.POSITIVE_INFINITY),
      'rampDropout: steps must be above 0, got Infinity',
    ],
  ])('refuse %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('DropoutScheduler', () => {
  const model = () =>
    new nn.Sequential(
      new nn.Dropout(0.2),
      new nn.Linear(4, 8),
      new nn.Residual(new nn.Linear(8, 8), 0.4),
      new nn.GaussianDropout(0.5),
    )

  test('sets all probabilities, each from its own, at once and at each step', () => {
    const network = model()
    const schedule = new nn.DropoutScheduler(network, nn.annealedDropout(4))
    expect(schedule.probabilities).toEqual([0.2, 0.4, 0.5])
    schedule.step()
    expect(schedule.probabilities).toEqual([0.2 * 0.75, 0.4 * 0.75, 0.5 * 0.75])
    expect((network.at(0) as nn.Dropout).p).toBe(0.2 * 0.75)
    for (let step = 0; step < 5; step++) schedule.step()
    expect(schedule.probabilities).toEqual([0, 0, 0])
    manualSeed(0)
    const x = ones([2, 4])
    expect(network.call(x).equal(network.call(x))).toBe(true)
  })

  test('also those of recurrent layers and cells', () => {
    const lstm = new nn.LSTM(2, 3, { numLayers: 2, dropout: 0.4, recurrentDropout: 0.2, zoneout: [0.1, 0.5] })
    const cell = new nn.Zoneout(new nn.LSTMCell(2, 3), 0.05, { pCell: 0.5 })
    new nn.DropoutScheduler(lstm, (_, p) => p / 2)
    expect([lstm.dropout, lstm.recurrentDropout, lstm.weightDropout, lstm.zoneout, lstm.zoneoutCell]).toEqual([
      0.2, 0.1, 0, 0.05, 0.25,
    ])
    new nn.DropoutScheduler(cell, (_, p) => p / 2)
    expect([cell.p, cell.pCell]).toEqual([0.025, 0.25])
  })

  test('goes on from its state, in another copy of the model', () => {
    const first = new nn.DropoutScheduler(model(), nn.curriculumDropout(10))
    for (let step = 0; step < 3; step++) first.step()
    const state = JSON.parse(JSON.stringify(first.stateDict()))
    const second = new nn.DropoutScheduler(model(), nn.curriculumDropout(10))
    second.loadStateDict(state)
    expect(second.probabilities).toEqual(first.probabilities)
    first.step()
    second.step()
    expect(second.probabilities).toEqual(first.probabilities)
  })

  test.each<[string, () => unknown, string]>([
    [
      'a model without dropout',
      () => new nn.DropoutScheduler(new nn.Linear(2, 2), nn.rampDropout(5)),
      'DropoutScheduler: no layer of the model has a probability to set',
    ],
    [
      'layers that learn their noise',
      () => new nn.DropoutScheduler(new nn.VariationalDropout(3), nn.rampDropout(5)),
      'DropoutScheduler: no layer of the model has a probability to set',
    ],
    [
      'what is no model',
      () => new nn.DropoutScheduler(0.5 as never, nn.rampDropout(5)),
      'DropoutScheduler: expected a module, got number',
    ],
    [
      'what is no rule',
      () => new nn.DropoutScheduler(new nn.Dropout(), 5 as never),
      'DropoutScheduler: rule must be a function of step and p, got number',
    ],
    [
      'a rule out of range',
      () => new nn.DropoutScheduler(new nn.Dropout(), (_, p) => 3 * p),
      'dropout probability has to be between 0 and 1, but got 1.5',
    ],
    [
      'the state of another model',
      () => new nn.DropoutScheduler(model(), nn.rampDropout(5)).loadStateDict({ time: 1, initial: [0.5] }),
      'loadStateDict: a state of this schedule has the steps taken, time, and 3 initial probabilities, got {"time":1,"initial":[0.5]}',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})
