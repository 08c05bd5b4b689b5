// Rows of the table: methods for words and sequences.
import { Generator, nn, ones, type Tensor } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, Limits, MethodSpec } from '../../support/method-spec.ts'
import { int32 } from '../../support/samples.ts'
import { invertedMoments, limitsOfP, optionErrors, times0, unchanged } from './bernoulli.ts'

const fixedTable = (): nn.Embedding => new nn.Embedding(5, 2, { generator: new Generator().manualSeed(1) })

/** The rows of the table that a list of words looks up. */
function lookedUp(layer: Layer, words: Grid): Grid {
  const table = Grid.of((layer as unknown as nn.EmbeddingDropout).embedding.weight)
  return Grid.from([...words.shape, 2], (position) =>
    table.at([words.at(position.slice(0, -1)), position.at(-1) as number]),
  )
}

const limitsOfLookUps: Pick<Limits, 'zero' | 'one'> = {
  zero: (layer, x) => lookedUp(layer, Grid.of(x)),
  one: (layer, x) => lookedUp(layer, Grid.of(x)).map((value) => value * 0),
}

function wordsRow(masks: nn.WordMasks, text: string, words: number, mask: string): MethodSpec {
  const make = (p: number, options = {}) => new nn.EmbeddingDropout(fixedTable(), p, { masks, ...options })
  return {
    layer: 'EmbeddingDropout',
    note: masks,
    make: (options) => make(0.3, options),
    input: () => int32([0, 3, 3, 1, 3, 4], [2, 3]),
    text: `EmbeddingDropout(\n  ${text}\n  (embedding): Embedding(5, 2)\n)`,
    words,
    masks: { 'layer:0': mask },
    moments: (layer, x) => invertedMoments(0.3)(layer, lookedUp(layer, x)),
    evaluated: lookedUp,
    evaluatesToInput: false,
    limits: limitsOfP(make, limitsOfLookUps),
    passesFactors: 'is no layer of a Sequential',
    errors: () => [
      {
        note: 'other masks',
        run: () => make(0.3, { masks: 'perWord' }),
        code: 'TN_RANGE',
        message: /^EmbeddingDropout: masks must be 'perBatch' or 'perExample', got perWord$/,
      },
      {
        note: 'no table',
        run: () => new nn.EmbeddingDropout(0.3 as never),
        code: 'TN_DTYPE',
        message: /^EmbeddingDropout: expected a layer with a table, such as Embedding, got number$/,
      },
      {
        note: 'a word that is not there',
        run: () => make(0.3).call(int32([5], [1, 1])),
        code: 'TN_RANGE',
        message: /^embedding: index out of range in self: row 5 of 5$/,
      },
      {
        note: 'an unknown option',
        run: () => make(0.3, { inplace: true }),
        code: 'TN_RANGE',
        message: /^EmbeddingDropout: unknown option inplace; known are masks, mc, generator$/,
      },
    ],
  }
}

function lockedRow(batchFirst: boolean, mask: readonly number[], text: string): MethodSpec {
  return {
    layer: 'LockedDropout',
    note: batchFirst ? 'batchFirst' : 'time first',
    make: (options) => new nn.LockedDropout(0.3, { ...options, batchFirst }),
    input: (r) => r.nonzero([3, 4, 2]),
    text: `LockedDropout(p=0.3, inplace=False${text})`,
    words: 2 * mask.reduce((product, size) => product * size, 1),
    masks: { 'layer:0': `bool [${mask.join(', ')}]` },
    moments: invertedMoments(0.3),
    evaluated: (_, x) => x,
    evaluatesToInput: true,
    limits: limitsOfP((p) => new nn.LockedDropout(p, { batchFirst }), { zero: unchanged, one: times0 }),
    passesFactors: true,
    errors: () => [
      ...optionErrors('LockedDropout', 'inplace, mc, generator, batchFirst'),
      {
        note: 'images',
        run: () => new nn.LockedDropout(0.3, { batchFirst }).call(ones([1, 2, 3, 4]) as Tensor),
        code: 'TN_SHAPE',
        message: batchFirst
          ? /^lockedDropout: expected x \[N, T, C\] or \[T, C\], got \[1, 2, 3, 4\]$/
          : /^lockedDropout: expected x \[T, N, C\] or \[T, C\], got \[1, 2, 3, 4\]$/,
      },
    ],
  }
}

export const sequenceSpecs: readonly MethodSpec[] = [
  wordsRow('perBatch', 'p=0.3', 10, 'bool [5]'),
  wordsRow('perExample', 'p=0.3, masks=perExample', 20, 'bool [2, 5]'),
  lockedRow(false, [1, 4, 2], ''),
  lockedRow(true, [3, 1, 2], ', batch_first=True'),
]
