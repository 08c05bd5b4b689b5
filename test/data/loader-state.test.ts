// A loader that goes on from a saved state gives what one that never stopped gives, and leaves its generators so.
import { expect, test } from 'vitest'
import {
  DataLoader,
  type DataLoaderOptions,
  type Dataset,
  type LoaderState,
  RandomSampler,
  WeightedRandomSampler,
} from '../../src/data/index.ts'
import { tensor } from '../../src/ops/creation.ts'
import { defaultGenerator, Generator, manualSeed, rand } from '../../src/random/index.ts'
import { Tensor } from '../../src/tensor/tensor.ts'

const count = 23
const numbers: Dataset<number> = { length: count, get: (i) => i }
const values = (x: Tensor): number[] => Array.from(x.toArray())
const seeded = () => new Generator().manualSeed(7)
const weights = Array.from({ length: count }, (_, i) => 1 + (i % 5))

type Options = DataLoaderOptions<number>

/** Each makes options with samplers and generators of its own. */
const kinds: Readonly<Record<string, () => Options>> = {
  'in order': () => ({}),
  'in order, with a generator': () => ({ generator: seeded() }),
  shuffled: () => ({ shuffle: true }),
  'shuffled, with a generator': () => ({ shuffle: true, generator: seeded() }),
  'shuffled, no batch that is not full': () => ({ shuffle: true, dropLast: true, generator: seeded() }),
  'drawn with replacement': () => ({ sampler: new RandomSampler(numbers, { replacement: true, numSamples: 50 }) }),
  'drawn with replacement from a generator': () => ({
    sampler: new RandomSampler(numbers, { replacement: true, numSamples: 50, generator: seeded() }),
  }),
  'more than one permutation': () => ({ sampler: new RandomSampler(numbers, { numSamples: 50 }) }),
  'drawn by weight': () => ({ sampler: new WeightedRandomSampler(weights, 30) }),
  'drawn by weight from a generator': () => ({
    sampler: new WeightedRandomSampler(weights, 30, { generator: seeded() }),
    generator: new Generator().manualSeed(8),
  }),
  "a user's sampler": () => ({ sampler: { length: 9, [Symbol.iterator]: () => [8, 7, 6, 5, 4, 3, 2, 1, 0].values() } }),
}

/** A loader's state, its tensors as numbers. */
const stateOf = (loader: DataLoader<number>): unknown =>
  JSON.parse(JSON.stringify(loader.stateDict(), (_, value) => (value instanceof Tensor ? values(value) : value)))

const loaderOf = (options: Options) => new DataLoader(numbers, { batchSize: 4, ...options })

/** Two epochs in which a model, say, takes random numbers too; stops after so many batches, if told to. */
function run(loader: DataLoader<number>, epoch: number, stopAfter = Number.POSITIVE_INFINITY): number[][][] {
  const epochs: number[][][] = []
  let given = 0
  for (; epoch < 2; epoch++) {
    const batches: number[][] = []
    epochs.push(batches)
    for (const batch of loader) {
      batches.push(values(batch))
      rand([3])
      if (++given === stopAfter) return epochs
    }
  }
  return epochs
}

test.each(Object.entries(kinds))('%s: stopped after any batch', (_, options) => {
  manualSeed(5)
  const whole = run(loaderOf(options()), 0)
  const end = values(defaultGenerator.getState())
  const perEpoch = whole[0]?.length ?? 0
  expect(perEpoch).toBe(loaderOf(options()).length)
  for (let stop = 1; stop <= 2 * perEpoch; stop++) {
    manualSeed(5)
    const first = loaderOf(options())
    const before = run(first, 0, stop).flat()
    const [state, random] = [first.stateDict(), defaultGenerator.getState()]
    run(loaderOf(options()), 0) // anything else that takes random numbers

    const second = loaderOf(options())
    defaultGenerator.setState(random)
    second.loadStateDict(state)
    expect(stateOf(second)).toEqual(stateOf(first))
    const after = run(second, stop > perEpoch ? 1 : 0).flat()
    expect([...before, ...after]).toEqual(whole.flat())
    expect(values(defaultGenerator.getState())).toEqual(end)
    const reference = loaderOf(options())
    manualSeed(5)
    run(reference, 0)
    expect(stateOf(second)).toEqual(stateOf(reference))
  }
})

test('between epochs the next one begins anew', () => {
  manualSeed(1)
  const loader = loaderOf({ shuffle: true })
  const first = Array.from(loader, values)
  const state = loader.stateDict()
  expect(state.batches).toBeUndefined()
  loader.loadStateDict(state)
  const second = Array.from(loader, values)
  expect(second).toHaveLength(first.length)
  expect(second).not.toEqual(first)
})

test('a loop that was left early begins anew, unless the state of that moment is loaded', () => {
  const loader = loaderOf({})
  for (const _ of loader) break
  expect(Array.from(loader, values)).toHaveLength(6)
  for (const _ of loader) break
  loader.loadStateDict(loader.stateDict())
  expect(Array.from(loader, values)).toHaveLength(5)
})

test('refuses the state of another loader, and changes nothing', () => {
  const partOf = (options: Options) => {
    const loader = loaderOf(options)
    for (const _ of loader) break
    return loader.stateDict()
  }
  const shuffled = partOf({ shuffle: true })
  const cases: readonly (readonly [Options, LoaderState, string])[] = [
    [{ batchSize: 8 }, partOf({}), 'the state is of a DataLoader with batchSize 4, this one has batchSize 8'],
    [{ dropLast: true }, partOf({}), 'the state is of a DataLoader with dropLast false, this one has dropLast true'],
    [kinds['drawn by weight']?.() ?? {}, partOf({}), 'with examples 23, this one has examples 30'],
    [{}, shuffled, 'the state is of a DataLoader with a drawn order, this one has none'],
    [{ shuffle: true }, partOf({}), 'the state is of a DataLoader with no drawn order, this one has one'],
    [{ generator: seeded() }, partOf({}), 'the state is of a DataLoader with no generator, this one has one'],
    [
      { sampler: new RandomSampler(numbers, { generator: seeded() }) },
      shuffled,
      'the state is of a DataLoader with no generator for its sampler, this one has one',
    ],
    [{}, { ...partOf({}), batches: 7 }, 'the state is of batch 7 of 6'],
    [{}, { ...partOf({}), batches: 0.5 }, 'the state is of batch 0.5 of 6'],
    [
      { shuffle: true },
      { ...shuffled, order: { draws: 1, left: tensor([3, 23], { dtype: 'int32' }) } },
      'the state visits example 23, and there are 23',
    ],
    [
      { shuffle: true },
      { ...shuffled, order: { draws: -1, left: tensor([3], { dtype: 'int32' }) } },
      "this is no state of a sampler's iteration",
    ],
  ]
  for (const [options, state, message] of cases) {
    const loader = loaderOf(options)
    const before = stateOf(loader)
    expect(() => loader.loadStateDict(state)).toThrow(
      expect.objectContaining({ code: 'TN_STATE', message: expect.stringContaining(message) }),
    )
    expect(stateOf(loader)).toEqual(before)
  }
})
