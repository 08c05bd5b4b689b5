import { describe, expect, test } from 'vitest'
import { summarize } from '../../src/report/comparison.ts'
import { verdict } from '../../src/report/verdict.ts'
import { reportWords, speaker } from '../../src/report/words.ts'
import { arm, comparison, epoch } from './comparison.ts'

const say = speaker(reportWords, 'en')
const text = (none: number, inverted: number) =>
  verdict(comparison({ arms: [arm('none', none), arm('inverted', inverted)] }), say).join(' ')

describe('the verdict', () => {
  test('counts mistakes', () => {
    expect(text(0.02, 0.012)).toContain(
      'got 120 of 10,000 new images wrong, without dropout 200: 80 fewer mistakes (40 % fewer)',
    )
  })

  test('calls a difference within two deviations chance, and a larger one not', () => {
    // The deviation of a difference of two counts is the root of their sum: 2 * sqrt(200 + 165) is 38.2.
    expect(text(0.02, 0.0165)).toContain('could also be chance')
    expect(text(0.02, 0.016)).not.toContain('could also be chance')
  })

  test('says so when dropout did not help, and that few epochs may be why', () => {
    expect(text(0.012, 0.02)).toContain('dropout did not help here')
    expect(text(0.012, 0.02)).toContain('pays only after more epochs')
  })

  test('tells of learning by heart only where the training images go much better', () => {
    expect(text(0.02, 0.012)).toContain(
      'Without dropout the training images themselves go wrong in only 0.01 % of cases',
    )
    const arms = [arm('none', 0.02), arm('inverted', 0.015)].map((one) => ({
      ...one,
      epochs: one.epochs.map((each) => ({ ...each, trainingError: one.arm === 'none' ? 0.015 : 0.0149 })),
    }))
    expect(verdict(comparison({ arms }), say).join(' ')).not.toContain('training images themselves')
  })

  test('does not compare arms that were trained for different times', () => {
    const arms = [arm('none', 0.02), { arm: 'inverted' as const, epochs: [epoch(1)] }]
    expect(verdict(comparison({ arms }), say)).toEqual([])
  })

  test('has nothing to say of one arm', () => {
    expect(verdict(comparison({ arms: [arm('inverted', 0.01)] }), say)).toEqual([])
  })
})

test('the summary takes the last error and the best, and adds up times', () => {
  const epochs = [
    epoch(1, { testError: 0.03 }),
    epoch(2, { testError: 0.01 }),
    epoch(3, { testError: 0.02, trainingError: 0.005 }),
  ]
  const [row] = summarize([{ arm: 'none', epochs }], 60_000)
  expect(row).toEqual({
    arm: 'none',
    epochs: 3,
    testError: 0.02,
    bestTestError: 0.01,
    trainingError: 0.005,
    gap: 0.015,
    seconds: 6,
    examplesPerSecond: 30_000,
  })
})

test('an arm without a finished epoch is not in the summary', () => {
  expect(summarize([{ arm: 'none', epochs: [] }], 10)).toEqual([])
})
