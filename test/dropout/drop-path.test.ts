// Stochastic depth and LayerDrop beside their rows in methods.test.ts: what is skipped, and the rules for depth.
import { describe, expect, test } from 'vitest'
import { grad, manualSeed, nn, ones, randn, recordMasks, type Tensor, zerosLike } from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'

/** Counts the rows that it sees. */
class Counting extends nn.Module {
  readonly linear = new nn.Linear(3, 3)
  rows = 0

  forward(x: Tensor): Tensor {
    this.rows += x.shape[0] as number
    return this.linear.call(x)
  }
}

test('linear decay: p grows with depth, up to that of the last block', () => {
  expect(nn.linearDecay(0.5, 4)).toEqual([0.125, 0.25, 0.375, 0.5])
  expect(nn.linearDecay(0.5, 0)).toEqual([])
  expect(() => nn.linearDecay(1.5, 4)).toThrow('between 0 and 1, but got 1.5')
  expect(() => nn.linearDecay(0.5, 2.5)).toThrow('linearDecay: count must be a whole number, got 2.5')
  // Huang et al. 2016, section 3: with p_L = 0.5 the expected depth of 54 blocks is about 3/4 of them, 40.
  const depth = nn.linearDecay(0.5, 54).reduce((total, p) => total + 1 - p, 0)
  expect(depth).toBeCloseTo((3 * 54 - 1) / 4, 10)
})

describe.each(['row', 'batch'] as const)('a residual block in mode %s', (mode) => {
  test('skipping computes less, and the same: outputs and gradients', () => {
    manualSeed(0)
    const branch = new Counting()
    const [x, weights] = [randn([8, 3], { requiresGrad: true }), randn([8, 3])]
    const variables = [x, ...branch.parameters()]
    const seen = { all: 0, kept: 0 }
    for (let seed = 1; seed <= 6; seed++) {
      const run = (skip: boolean) => {
        const block = new nn.Residual(branch, 0.5, { mode, skip })
        branch.rows = 0
        manualSeed(seed)
        const y = block.call(x)
        const gradients = grad(y.mul(weights).sum(), variables)
        seen[skip ? 'kept' : 'all'] += branch.rows
        return { y, gradients }
      }
      const [all, kept] = [run(false), run(true)]
      expectNear(kept.y.toArray(), all.y.toArray(), 1e-6)
      for (const [k, gradient] of all.gradients.entries()) {
        // A branch that never ran has no gradient, where one that was multiplied by 0 has zeros.
        const skipped = kept.gradients[k] ?? zerosLike(gradient as Tensor)
        expectNear(skipped.toArray(), (gradient as Tensor).toArray(), 1e-5, 1e-6)
      }
    }
    expect(seen.all).toBe(48)
    expect(seen.kept).toBeGreaterThan(4)
    expect(seen.kept).toBeLessThan(44)
  })
})

test('an example whose branch is dropped passes its shortcut alone', () => {
  manualSeed(1)
  const shortcut = new nn.Linear(3, 3)
  const block = new nn.Residual(new nn.Linear(3, 3), 0.5, { shortcut })
  const x = ones([6, 3])
  const recording = recordMasks(block)
  const y = block.call(x)
  const kept = Array.from(recording.stop().get(':0')?.toArray() ?? [])
  const passed = shortcut.call(x)
  for (const [n, bit] of kept.entries()) expect(y.select(0, n).equal(passed.select(0, n))).toBe(bit === 0)
  expect(new Set(kept).size).toBe(2)
})

test('batch normalisation in a skipped branch keeps its statistics', () => {
  const norm = new nn.BatchNorm1d(3)
  const block = new nn.Residual(norm, 0.5, { mode: 'batch' })
  manualSeed(2)
  let runs = 0
  for (let call = 0; call < 20; call++) {
    const recording = recordMasks(block)
    block.call(randn([4, 3]))
    runs += recording.stop().get(':0')?.toArray()[0] as number
  }
  expect(norm.numBatchesTracked?.item()).toBe(runs)
  expect(runs).toBeGreaterThan(0)
  expect(runs).toBeLessThan(20)
})

describe('LayerDrop', () => {
  test('what is left out is not run', () => {
    manualSeed(3)
    const layers = Array.from({ length: 10 }, () => new Counting())
    const stack = new nn.LayerDrop(layers, 0.5)
    const recording = recordMasks(stack)
    stack.call(ones([1, 3]))
    const kept = Array.from(recording.stop().get(':0')?.toArray() ?? [])
    expect(layers.map(({ rows }) => rows)).toEqual(kept)
    expect(new Set(kept).size).toBe(2)
  })

  test('has the state of a Sequential, and gives a shallower one', () => {
    const layers = Array.from({ length: 4 }, () => new nn.Linear(3, 3))
    const stack = new nn.LayerDrop(layers)
    expect([...stack.stateDict().keys()]).toEqual([...new nn.Sequential(...layers).stateDict().keys()])
    expect(stack.length).toBe(4)
    const shallow = stack.subset(nn.everyOther(4, 0.5))
    const x = randn([2, 3])
    const expected = (layers[2] as nn.Linear).call((layers[0] as nn.Linear).call(x))
    expect(shallow.call(x).equal(expected)).toBe(true)
  })

  test.each([
    [6, 0, [0, 1, 2, 3, 4, 5]],
    [6, 0.5, [0, 2, 4]],
    [6, 1 / 3, [0, 1, 3, 4]],
    [6, 0.25, [0, 1, 2, 4, 5]],
    [0, 0.5, []],
  ])('of %i layers, every other at p = %d: %j stay', (count, p, expected) => {
    expect(nn.everyOther(count, p)).toEqual(expected)
  })

  test('refuses shares above a half, where nothing would stay', () => {
    expect(() => nn.everyOther(6, 0.75)).toThrow('everyOther: p must be in [0, 0.5], got 0.75')
  })
})
