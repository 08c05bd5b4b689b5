// DropBlock beside its rows in methods.test.ts: blocks are whole, and about as much is dropped as p says.
import { describe, expect, test } from 'vitest'
import { functional as F, manualSeed, nn, ones, recordMasks, type Tensor } from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'

/** True if each dropped element lies in a block of dropped ones. */
function isMadeOfBlocks(kept: Tensor, height: number, width: number): boolean {
  const [h, w] = kept.shape as readonly [number, number]
  const dropped = (i: number, j: number) => kept.toArray()[i * w + j] === 0
  const covered = new Set<number>()
  for (let row = 0; row + height <= h; row++) {
    for (let column = 0; column + width <= w; column++) {
      const cells = Array.from(
        { length: height * width },
        (_, k) => [row + Math.floor(k / width), column + (k % width)] as const,
      )
      if (cells.every(([i, j]) => dropped(i, j))) for (const [i, j] of cells) covered.add(i * w + j)
    }
  }
  return Array.from({ length: h * w }, (_, k) => k).every((k) => !dropped(Math.floor(k / w), k % w) || covered.has(k))
}

describe.each([2, 3, 5])('blocks of %i', (size) => {
  test('are whole, within the image, and kept elements have one factor', () => {
    manualSeed(size)
    let [blocks, all] = [0, 0]
    for (let call = 0; call < 30; call++) {
      const y = F.dropBlock2d(ones([1, 2, 9, 11]), 0.2, size)
      const values = new Set(y.toArray())
      expect(values.size).toBeLessThanOrEqual(2)
      for (const c of [0, 1]) {
        const kept = y.select(0, 0).select(0, c).gt(0)
        expect(isMadeOfBlocks(kept, size, size)).toBe(true)
        blocks += kept.toArray().filter((bit) => bit === 0).length
        all += kept.numel
      }
      // numel / kept makes the mean what it was.
      expect(y.mean().item()).toBeCloseTo(1, 4)
    }
    // γ counts overlapping blocks twice: 1 - (1 - p) of the paper is an upper bound.
    expect(blocks / all).toBeGreaterThan(0.1)
    expect(blocks / all).toBeLessThan(0.24)
  })
})

test('a block as large as the image drops channels whole, as dropout2d does', () => {
  manualSeed(1)
  const y = F.dropBlock2d(ones([200, 50, 4, 4]), 0.3, 7)
    .amax(3)
    .amax(2)
  const dropped = Array.from(y.toArray()).filter((value) => value === 0).length
  expect(Math.abs(dropped - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7))
})

test('a block of 1 is dropout, scaled by the share that was kept', () => {
  manualSeed(2)
  const y = F.dropBlock2d(ones([2, 3, 5, 5]), 0.3, 1)
  manualSeed(2)
  // What seeds a block drops there: dropout keeps with the other probability.
  const dropped = F.dropout(ones([2, 3, 5, 5]), 0.7)
    .gt(0)
    .to('float32')
  const kept = dropped.neg().add(1)
  expectNear(y.toArray(), kept.mul(150 / kept.sum().item()).toArray(), 1e-5)
})

test('runs of a sequence', () => {
  manualSeed(3)
  for (let call = 0; call < 20; call++) {
    const kept = F.dropBlock1d(ones([1, 1, 20]), 0.3, 4).gt(0)
    expect(isMadeOfBlocks(kept.select(0, 0), 1, 4)).toBe(true)
  }
})

test('all dropped: zeros, not NaN', () => {
  const layer = new nn.DropBlock2d(0.99, 3)
  manualSeed(4)
  const recording = recordMasks(layer)
  const y = layer.call(ones([1, 1, 3, 3]))
  const mask = recording.stop().get(':0') as Tensor
  expect(mask.toArray()[0]).toBe(0)
  expect([...y.toArray()]).toEqual(new Array(9).fill(0))
})

test.each<[string, () => unknown, string]>([
  ['two dimensions', () => F.dropBlock2d(ones([3, 3])), 'input should be 4 dimensional. Got 2 dimensions.'],
  [
    'no block',
    () => F.dropBlock2d(ones([1, 1, 3, 3]), 0.1, 0),
    'dropBlock2d: blockSize must be a whole number above 0, got 0',
  ],
  [
    'options for a size',
    () => F.dropBlock1d(ones([1, 1, 3]), 0.1, { training: false } as never),
    'dropBlock1d: blockSize must be a whole number above 0',
  ],
  [
    'integers',
    () => F.dropBlock1d(ones([1, 1, 3], { dtype: 'int32' }), 0.1),
    'dropBlock1d: expected a floating tensor',
  ],
])('refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})
