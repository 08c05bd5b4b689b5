// Scores of predicted values against formulas and draws.
import { describe, expect, test } from 'vitest'
import { manualSeed, randn, tensor, zeros } from '../../src/index.ts'
import { valueScores } from '../../src/inspect/index.ts'

describe('scores of values', () => {
  test('by hand: two samples, one target', () => {
    const { rmse, nll } = valueScores(tensor([[[1]], [[3]]], { dtype: 'float64' }), tensor([[4]]), { precision: 0.5 })
    expect(rmse).toBe(2)
    const density = (y: number) => Math.sqrt(0.5 / (2 * Math.PI)) * Math.exp(-0.25 * (4 - y) ** 2)
    expect(nll).toBeCloseTo(-Math.log((density(1) + density(3)) / 2), 12)
  })

  test('one sample with precision τ is a normal distribution: ½ log 2π/τ + ½ τ (y - ŷ)² for each output', () => {
    const { nll } = valueScores(zeros([1, 1, 2]), tensor([[1, 2]]), { precision: 3 })
    expect(nll).toBeCloseTo(Math.log((2 * Math.PI) / 3) + 1.5 * (1 + 4), 12)
  })

  test('intervals of samples from the distribution of the targets hold the share that they should', () => {
    manualSeed(0)
    const { coverage, nll } = valueScores(randn([200, 3000]), randn([3000]), { levels: [0, 0.5, 0.9, 1] })
    for (const { level, share } of coverage) expect(Math.abs(share - level)).toBeLessThan(0.03)
    expect(nll).toBeUndefined()
    const narrow = valueScores(randn([200, 3000]).mul(0.3), randn([3000])).coverage
    for (const { level, share } of narrow) expect(share).toBeLessThan(level - 0.2)
  })

  test('noise is part of the distribution', () => {
    manualSeed(0)
    // One sample at 0 and observations of variance 1/4.
    const { coverage } = valueScores(zeros([1, 4000]), randn([4000]).mul(0.5), { precision: 4 })
    for (const { level, share } of coverage) expect(Math.abs(share - level)).toBeLessThan(0.03)
  })

  test('errors', () => {
    expect(() => valueScores(zeros([2, 3]), zeros([2]))).toThrow(
      'samples [samples, N, ...] and targets [N, ...], got [2, 3] and [2]',
    )
    expect(() => valueScores(zeros([2, 3]), zeros([3]), { levels: [2] })).toThrow('levels must be in [0, 1], got 2')
    expect(() => valueScores(zeros([2, 3]), zeros([3]), { precision: -1 })).toThrow(
      'precision must be a number above 0',
    )
  })
})
