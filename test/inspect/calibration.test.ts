// Calibration and rejection: small cases counted by hand, and laws.
import { describe, expect, test } from 'vitest'
import { manualSeed, multinomial, randn, type Tensor, tensor } from '../../src/index.ts'
import { calibration, rejectionCurve } from '../../src/inspect/index.ts'

/** Two classes, the probability of the first. */
const binary = (p: readonly number[]) => tensor(p.map((value) => [value, 1 - value]))
const labels = (y: readonly number[]) => tensor(Int32Array.from(y))

describe('calibration', () => {
  const four = calibration(binary([0.9, 0.8, 0.7, 0.4]), labels([0, 0, 1, 1]), { bins: 5 })

  test('bins by confidence', () => {
    // .9 and .8 (a bit above 4/5 in float32), .7 and .6.
    expect(four.bins.map(({ examples }) => examples)).toEqual([0, 0, 0, 2, 2])
    expect(four.bins.map(({ from, to }) => [from, to])[3]).toEqual([3 / 5, 4 / 5])
    expect(four.bins[3]?.accuracy).toBe(0.5)
    expect(four.bins[4]?.accuracy).toBe(1)
    expect(four.bins[4]?.confidence).toBeCloseTo(0.85, 6)
  })

  test('error, Brier score and likelihood by hand', () => {
    expect(four.error).toBe(0.25)
    expect(four.brier).toBeCloseTo((2 * 0.1 ** 2 + 2 * 0.2 ** 2 + 2 * 0.7 ** 2 + 2 * 0.4 ** 2) / 4, 6)
    expect(four.nll).toBeCloseTo(-Math.log(0.9 * 0.8 * 0.3 * 0.6) / 4, 6)
  })

  test('ECE and MCE by hand', () => {
    // Confidences .95, .95, .95, .95 with three right; .55, .55 with one right.
    const { ece, mce, bins } = calibration(binary([0.95, 0.95, 0.95, 0.95, 0.55, 0.55]), labels([0, 0, 0, 1, 0, 1]), {
      bins: 10,
    })
    expect(bins.flatMap(({ examples }, i) => (examples > 0 ? [[i, examples]] : []))).toEqual([
      [5, 2],
      [9, 4],
    ])
    expect(ece).toBeCloseTo((4 / 6) * 0.2 + (2 / 6) * 0.05, 6)
    expect(mce).toBeCloseTo(0.2, 6)
  })

  test('a sure and right prediction is perfect, a sure and wrong one as bad as can be', () => {
    expect(calibration(binary([1, 1]), labels([0, 0]))).toMatchObject({ ece: 0, mce: 0, brier: 0, nll: 0, error: 0 })
    expect(calibration(binary([1]), labels([1]))).toMatchObject({ ece: 1, mce: 1, brier: 2, error: 1 })
    expect(calibration(binary([1]), labels([1])).nll).toBeCloseTo(1022 * Math.log(2), 6)
  })

  test.each(['width', 'count'] as const)(
    'labels drawn from the probabilities are calibrated (bins of one %s)',
    (binning) => {
      manualSeed(0)
      const probabilities = randn([20_000, 4]).mul(2).softmax(1)
      const drawn = multinomial(probabilities, 1).squeeze(1)
      const honest = calibration(probabilities, drawn, { binning })
      expect(honest.ece).toBeLessThan(0.02)
      const boastful = calibration(probabilities.pow(3).div(probabilities.pow(3).sum(1, { keepdim: true })), drawn, {
        binning,
      })
      expect(boastful.ece).toBeGreaterThan(0.1)
      expect(boastful.nll).toBeGreaterThan(honest.nll)
      expect(boastful.brier).toBeGreaterThan(honest.brier)
      expect(boastful.error).toBe(honest.error)
    },
  )

  test('bins of one number of examples are that', () => {
    manualSeed(0)
    const { bins } = calibration(randn([103, 3]).softmax(1), labels(Array(103).fill(0)), { bins: 10, binning: 'count' })
    for (const { examples, from, to } of bins) {
      expect([10, 11]).toContain(examples)
      expect(to).toBeGreaterThan(from)
    }
  })

  test.each([
    [
      'logits',
      () => calibration(tensor([[3, 1]]), labels([0])),
      'must be probabilities that sum to 1, got a sum of 4: logits? use softmax',
    ],
    [
      'a class that is none',
      () => calibration(binary([0.5]), labels([2])),
      'labels must be classes from 0 to 1, got 2',
    ],
    [
      'too few labels',
      () => calibration(binary([0.5, 0.5]), labels([0])),
      'expected probabilities [N, classes] and labels [N], got [2, 2] and [1]',
    ],
    ['no example', () => calibration(tensor([], { shape: [0, 2] }), labels([])), 'there is no example to judge by'],
    [
      'no bins',
      () => calibration(binary([0.5]), labels([0]), { bins: 0 }),
      'bins must be a whole number of at least 1, got 0',
    ],
    [
      'unknown bins',
      () => calibration(binary([0.5]), labels([0]), { binning: 'log' as 'width' }),
      "binning must be 'width' or 'count', got log",
    ],
  ])('error: %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('rejection', () => {
  const lossOf = (points: ReturnType<typeof rejectionCurve>) => points.map(({ loss }) => loss)

  test('by hand: the most uncertain go first', () => {
    const points = rejectionCurve(tensor([0, 1, 0, 1]), tensor([0.1, 0.9, 0.2, 0.3]), { points: 4 })
    expect(points).toEqual([
      { rejected: 0, examples: 4, loss: 0.5, threshold: Math.fround(0.9) },
      { rejected: 0.25, examples: 3, loss: 1 / 3, threshold: Math.fround(0.3) },
      { rejected: 0.5, examples: 2, loss: 0, threshold: Math.fround(0.2) },
      { rejected: 0.75, examples: 1, loss: 0, threshold: Math.fround(0.1) },
    ])
  })

  test('an uncertainty that knows its mistakes makes the error fall, one that knows nothing leaves it level', () => {
    manualSeed(0)
    const wrong = randn([5000]).gt(1)
    const knowing = wrong.to('float32').add(randn([5000]).mul(0.5))
    const falling = lossOf(rejectionCurve(wrong, knowing))
    expect(falling.slice(0, 10)).toEqual(falling.slice(0, 10).sort((a, b) => b - a))
    expect(falling[10]).toBeLessThan(0.1 * (falling[0] ?? 0))
    const level = lossOf(rejectionCurve(wrong, randn([5000])))
    expect(Math.max(...level.slice(0, 10)) - Math.min(...level.slice(0, 10))).toBeLessThan(0.03)
  })

  test('equally uncertain examples count by their mean, whatever their order', () => {
    const even = (losses: Tensor) => lossOf(rejectionCurve(losses, tensor([1, 1, 1, 1]), { points: 4 }))
    expect(even(tensor([0, 0, 1, 1]))).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(even(tensor([1, 0, 1, 0]))).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  test('errors', () => {
    expect(() => rejectionCurve(tensor([0, 1]), tensor([1]))).toThrow('for each of N examples, got [2] and [1]')
    expect(() => rejectionCurve(tensor([0]), tensor([Number.NaN]))).toThrow('an uncertainty is NaN')
    expect(() => rejectionCurve(tensor([0]), tensor([1]), { points: 0 })).toThrow('points must be a whole number')
  })
})
