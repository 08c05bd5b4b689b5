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

  describe('of thinned dropout', () => {
    const timed = (name: 'none' | 'inverted' | 'thinned', seconds: number, testError: number) => ({
      arm: name,
      epochs: [epoch(1, { seconds }), epoch(2, { seconds, testError })],
    })
    const sentences = (...arms: ReturnType<typeof timed>[]) => verdict(comparison({ arms }), say)

    test('says how much faster it was than inverted dropout, and with which error', () => {
      // 60,000 images in 20 and 6 seconds; 150 and 130 mistakes, which chance tells apart: 2 * sqrt(280) is 33.5.
      expect(sentences(timed('inverted', 20, 0.015), timed('thinned', 6, 0.013))).toEqual([
        'Thinned dropout learnt from 10,000 images a second, inverted dropout from 3,000: 3.3 times as many. ' +
          'Training took 12.0 s instead of 40.0 s. ' +
          'Its test error is 1.30 %, that of inverted dropout 1.50 %: a difference this small could also be chance.',
      ])
      expect(sentences(timed('inverted', 20, 0.015), timed('thinned', 6, 0.02)).join()).toMatch(
        /Its test error is 2.00 %, that of inverted dropout 1.50 %\.$/,
      )
      expect(sentences(timed('inverted', 20, 0.015), timed('thinned', 6, 0.015)).join()).toMatch(
        /Its test error is 1.50 %, that of inverted dropout the same\.$/,
      )
    })

    test('says so when it was not faster', () => {
      for (const seconds of [6, 20, 20.5]) {
        const text = sentences(timed('inverted', seconds / 1.02, 0.015), timed('thinned', seconds, 0.013)).join()
        expect(text).toMatch(/it was not faster here\. Its test error is 1.30 %/)
        expect(text).not.toContain('times as many')
      }
    })

    test('without inverted dropout it is told from what there is', () => {
      const [mistakes, ...rest] = sentences(timed('none', 12, 0.02), timed('thinned', 6, 0.012))
      expect(mistakes).toContain('With thinned dropout the network got 120 of 10,000 new images wrong')
      expect(rest.join()).toContain('without dropout from 5,000: 2.0 times as many')
    })

    test('says nothing of arms that were trained for different times', () => {
      const stopped = { arm: 'thinned' as const, epochs: [epoch(1)] }
      expect(sentences(timed('inverted', 20, 0.015), stopped)).toEqual([])
    })
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
