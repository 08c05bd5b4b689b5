import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { collate } from '../../src/data/collate.ts'
import { type Dataset, Subset, TensorDataset } from '../../src/data/dataset.ts'
import { DataLoader } from '../../src/data/loader.ts'
import { RandomSampler, SequentialSampler, WeightedRandomSampler } from '../../src/data/samplers.ts'
import { randomSplit } from '../../src/data/split.ts'
import { arange, tensor } from '../../src/ops/creation.ts'
import { defaultGenerator, Generator, manualSeed } from '../../src/random/index.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

interface LoaderCase {
  readonly seed: string
  readonly n: number
  readonly batchSize: number
  readonly dropLast: boolean
  readonly ownGenerator: boolean
  readonly epochs: readonly (readonly (readonly number[])[])[]
  readonly draws: number | null
}

interface SamplerCase {
  readonly seed: string
  readonly sampler: 'RandomSampler' | 'WeightedRandomSampler'
  readonly n?: number
  readonly weights?: readonly number[]
  readonly kwargs: { readonly num_samples?: number; readonly replacement?: boolean }
  readonly indices: readonly number[]
}

interface Goldens {
  readonly loaders: readonly LoaderCase[]
  readonly unshuffled: readonly { readonly seed: string; readonly draws: number }[]
  readonly splits: readonly {
    readonly seed: string
    readonly n: number
    readonly parts: readonly number[]
    readonly indices: readonly (readonly number[])[]
  }[]
  readonly samplers: readonly SamplerCase[]
}

// Made by PyTorch: shared with the reference, `meta` in the file says which version.
const goldens = JSON.parse(readFileSync(new URL('../goldens/loader.json', import.meta.url), 'utf8')) as Goldens

/** The numbers from 0, as examples. */
const numbers = (n: number): Dataset<number> => ({ length: n, get: (i) => i })
const values = (x: Tensor): number[] => Array.from(x.toArray())
const column = ([x]: readonly Tensor[]): number[] => values(x as Tensor)

/** Throws unless the default generator stands where `draws` words after the seed lead. */
function expectDraws(seed: string, draws: number): void {
  const reference = new Generator().manualSeed(BigInt(seed))
  reference.words(draws)
  expect(values(defaultGenerator.getState())).toEqual(values(reference.getState()))
}

describe("PyTorch's orders", () => {
  test.each(goldens.loaders.map((row, i) => [i, row] as const))('DataLoader %i', (_, row) => {
    manualSeed(BigInt(row.seed))
    const generator = row.ownGenerator ? new Generator().manualSeed(BigInt(row.seed)) : undefined
    const { batchSize, dropLast } = row
    const loader = new DataLoader(new TensorDataset(arange(row.n)), { batchSize, dropLast, shuffle: true, generator })
    const epochs = row.epochs.map(() => Array.from(loader, column))
    expect(epochs).toEqual(row.epochs)
    expect(loader.length).toBe(row.epochs[0]?.length)
    if (row.draws !== null) expectDraws(row.seed, row.draws)
  })

  test.each(goldens.unshuffled)('an unshuffled epoch of seed $seed', ({ seed, draws }) => {
    manualSeed(BigInt(seed))
    expect(Array.from(new DataLoader(numbers(5), { batchSize: 2 }), values)).toEqual([[0, 1], [2, 3], [4]])
    expectDraws(seed, draws)
  })

  test.each(goldens.splits)('randomSplit of $n into $parts, seed $seed', ({ seed, n, parts, indices }) => {
    manualSeed(BigInt(seed))
    expect(randomSplit(numbers(n), parts).map((part) => part.indices)).toEqual(indices)
  })

  test.each(goldens.samplers.map((row, i) => [i, row] as const))(
    'sampler %i',
    (_, { seed, n, weights, kwargs, indices }) => {
      manualSeed(BigInt(seed))
      const { num_samples: numSamples, replacement } = kwargs
      const sampler = weights
        ? new WeightedRandomSampler(weights, numSamples as number, { replacement })
        : new RandomSampler(numbers(n as number), { numSamples, replacement })
      expect([...sampler]).toEqual(indices)
      expect(sampler.length).toBe(indices.length)
    },
  )
})

describe('DataLoader', () => {
  const dataset = new TensorDataset(
    tensor([
      [0, 1],
      [2, 3],
      [4, 5],
    ]),
    tensor([7, 8, 9], { dtype: 'int32' }),
  )

  test('gives tuples of batches, of the types that the tensors have', () => {
    const [first, second, ...more] = new DataLoader(dataset, { batchSize: 2 })
    expect(more).toEqual([])
    const [x, y] = first as [Tensor, Tensor]
    expect([x.shape, x.dtype, values(x)]).toEqual([[2, 2], 'float32', [0, 1, 2, 3]])
    expect([y.shape, y.dtype, values(y)]).toEqual([[2], 'int32', [7, 8]])
    expect(second?.map((part) => part.shape)).toEqual([[1, 2], [1]])
  })

  test('a batch at once equals the collated single examples', () => {
    const batch = dataset.getBatch([2, 0])
    const collated = collate([dataset.get(2), dataset.get(0)])
    expect(batch.map((part) => [part.shape, part.dtype, values(part)])).toEqual(
      collated.map((part) => [part.shape, part.dtype, values(part)]),
    )
  })

  test('fetches a batch of tensors at once, also through subsets', () => {
    let calls = 0
    const counted: Dataset<number> = {
      length: 6,
      get: () => expect.unreachable('get was called'),
      getBatch: (indices) => {
        calls++
        return tensor(indices)
      },
    }
    const subset = new Subset(new Subset(counted, [5, 4, 3, 2]), [3, 1])
    expect(Array.from(new DataLoader(subset, { batchSize: 2 }), values)).toEqual([[2, 4]])
    expect(calls).toBe(1)
  })

  test('a subset of a dataset without batches has none either', () => {
    const subset = new Subset(numbers(9), [8, 1])
    expect(subset.getBatch).toBeUndefined()
    expect(Array.from(new DataLoader(subset, { batchSize: 2 }), values)).toEqual([[8, 1]])
  })

  test('a collate function gets the examples', () => {
    const loader = new DataLoader(numbers(5), { batchSize: 2, collate: (examples) => examples.join('+') })
    expect([...loader]).toEqual(['0+1', '2+3', '4'])
  })

  test('a sampler decides the order', () => {
    const sampler = { length: 3, [Symbol.iterator]: () => [2, 2, 0].values() }
    const loader = new DataLoader(numbers(3), { sampler, batchSize: 2 })
    expect(Array.from(loader, values)).toEqual([[2, 2], [0]])
    expect(loader.length).toBe(2)
  })

  test('refuses what PyTorch refuses, in its words', () => {
    expect(() => new DataLoader(dataset, { batchSize: 0 })).toThrow(
      'batch_size should be a positive integer value, but got batch_size=0',
    )
    const sampler = new SequentialSampler(dataset)
    expect(() => new DataLoader(dataset, { sampler, shuffle: true })).toThrow(
      'sampler option is mutually exclusive with shuffle',
    )
    expect(() => new RandomSampler([], {})).toThrow(
      'num_samples should be a positive integer value, but got num_samples=0',
    )
    expect(() => randomSplit(numbers(5), [2, 2])).toThrow(
      'Sum of input lengths does not equal the length of the input dataset!',
    )
    expect(() => randomSplit(numbers(5), [1.5, -0.5])).toThrow('Fraction at index 0 is not between 0 and 1')
  })

  test('refuses misspelt options, odd sizes and bad indices', () => {
    expect(() => new DataLoader(dataset, { batchsize: 3 } as object)).toThrow('DataLoader: unknown option batchsize')
    expect(() => new TensorDataset(arange(3), arange(4))).toThrow('Size mismatch between tensors')
    expect(() => new TensorDataset()).toThrow('Size mismatch between tensors')
    expect(() => new TensorDataset(tensor(1))).toThrow('Size mismatch between tensors')
    expect(() => dataset.get(3)).toThrow('index must be a whole number from 0 to 2, got 3')
    expect(() => new Subset(numbers(3), [0, -1])).toThrow('index must be a whole number from 0 to 2, got -1')
  })
})

describe('collate', () => {
  test('numbers, booleans, tensors, tuples and objects', () => {
    const batch = collate([
      { x: tensor([1, 2]), pair: [3, 0.5] as [number, number], ok: true, name: 'a' },
      { x: tensor([3, 4]), pair: [4, 1] as [number, number], ok: false, name: 'b' },
    ])
    expect([batch.x.shape, values(batch.x)]).toEqual([
      [2, 2],
      [1, 2, 3, 4],
    ])
    expect(batch.pair.map((part) => [part.dtype, values(part)])).toEqual([
      ['int32', [3, 4]],
      ['float32', [0.5, 1]],
    ])
    expect([batch.ok.dtype, values(batch.ok)]).toEqual(['bool', [1, 0]])
    expect(batch.name).toEqual(['a', 'b'])
  })

  test('refuses examples of different kinds', () => {
    expect(() => collate<unknown>([[1, 2], [3]])).toThrow(
      'the first example of the batch has an array of 2 where example 1 has none',
    )
    expect(() => collate<unknown>([1, true])).toThrow(
      'the first example of the batch has a number where example 1 has none',
    )
  })
})
