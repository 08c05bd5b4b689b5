// Which words and features are dropped together. The rest: methods.test.ts.
import { expect, test } from 'vitest'
import { functional as F, grad, manualSeed, nn, ones, type Tensor } from '../../src/index.ts'
import { int32 } from '../support/samples.ts'

const tokens = int32([0, 1, 2, 1, 3, 1, 0, 0, 2, 1, 3, 3], [3, 4])

/** By example and word: whether it was kept. Throws if two occurrences differ that should not. */
function keptWords(y: Tensor, perExample: boolean): Map<string, boolean> {
  const kept = new Map<string, boolean>()
  for (const [i, word] of Array.from(tokens.toArray()).entries()) {
    const key = perExample ? `${Math.floor(i / 4)}, ${word}` : String(word)
    const isKept = (y.toArray()[i * 2] as number) !== 0
    expect(y.toArray()[i * 2 + 1]).toBe(isKept ? 2 : 0)
    expect(kept.get(key) ?? isKept).toBe(isKept)
    kept.set(key, isKept)
  }
  return kept
}

test('all occurrences of a word are dropped together: in the mini-batch, or in each example', () => {
  let differ = false
  for (let seed = 0; seed < 20; seed++) {
    manualSeed(seed)
    keptWords(F.embeddingDropout(tokens, ones([4, 2]), 0.5), false)
    manualSeed(seed)
    const kept = keptWords(F.embeddingDropout(tokens, ones([4, 2]), 0.5, { masks: 'perExample' }), true)
    differ ||= kept.get('0, 1') !== kept.get('1, 1')
  }
  expect(differ).toBe(true)
})

test('the function draws what the layer draws, evaluates to the table, and has its options', () => {
  const table = new nn.Embedding(4, 2, { paddingIdx: 3 })
  for (const masks of ['perBatch', 'perExample'] as const) {
    manualSeed(1)
    const y = new nn.EmbeddingDropout(table, 0.4, { masks }).call(tokens)
    manualSeed(1)
    expect(F.embeddingDropout(tokens, table.weight, 0.4, { masks, paddingIdx: 3 }).equal(y)).toBe(true)
  }
  const y = F.embeddingDropout(tokens, table.weight, 0, { paddingIdx: 3 })
  expect(y.equal(F.embeddingDropout(tokens, table.weight, 0.5, { training: false }))).toBe(true)
  const [gradient] = grad(y.sum(), [table.weight])
  expect((gradient as Tensor).select(1, 0).toArray()).toEqual(new Float32Array([3, 4, 2, 0]))
})

test.each<[string, () => unknown, string]>([
  [
    'one word with masks for each example',
    () => F.embeddingDropout(int32([1], []), ones([4, 2]), 0.5, { masks: 'perExample' }),
    "embeddingDropout: masks: 'perExample' needs indices [N, ...], got []",
  ],
  ['p out of range', () => F.embeddingDropout(tokens, ones([4, 2]), -1), 'between 0 and 1, but got -1'],
  [
    'a boolean',
    () => F.embeddingDropout(tokens, ones([4, 2]), 0.5, false as never),
    'write embeddingDropout(indices, weight, p, { training: false })',
  ],
])('refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})

test('a locked mask drops a feature of a sequence at all times or at none', () => {
  const constantAlong = (y: Tensor, dim: number) => y.amax(dim).equal(y.amin(dim))
  manualSeed(2)
  const y = F.lockedDropout(ones([5, 4, 6]), 0.5)
  expect([constantAlong(y, 0), constantAlong(y, 1), constantAlong(y, 2)]).toEqual([true, false, false])
  const turned = F.lockedDropout(ones([4, 5, 6]), 0.5, { batchFirst: true })
  expect([constantAlong(turned, 0), constantAlong(turned, 1)]).toEqual([false, true])
  expect(constantAlong(F.lockedDropout(ones([5, 6]), 0.5, { batchFirst: true }), 0)).toBe(true)
})
