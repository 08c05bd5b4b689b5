import { describe, expect, test } from 'vitest'
import { tensor, zeros } from '../../src/ops/creation.ts'
import { defaultGenerator, Generator, manualSeed, rand, randn } from '../../src/random/index.ts'
import { goldens, numbers } from './support.ts'

interface States {
  states: {
    seed: string
    initialSeed: string
    steps: { op: 'manualSeed' | 'rand' | 'randn'; n?: number; state: string }[]
    following: number[]
  }[]
}

const { states } = goldens<States>('random.json')
const bytesOf = (state: string) => Uint8Array.from(Buffer.from(state, 'base64'))
const draws = { rand, randn }

describe('state', () => {
  test.each(states)("is PyTorch's after every step, seed $seed", ({ seed, initialSeed, steps, following }) => {
    const generator = new Generator().manualSeed(BigInt(seed))
    expect(String(generator.initialSeed())).toBe(initialSeed)
    for (const { op, n, state } of steps) {
      if (op !== 'manualSeed') draws[op]([n as number], { generator })
      expect(generator.getState().toArray()).toEqual(bytesOf(state))
    }
    expect(numbers(randn([4], { generator })).concat(numbers(rand([700], { generator })).slice(-4))).toEqual(following)
  })

  test.each(states)('continues from a dump of PyTorch, seed $seed', ({ initialSeed, steps }) => {
    for (const [i, { state }] of steps.entries()) {
      const generator = new Generator().setState(tensor(bytesOf(state)))
      expect(String(generator.initialSeed())).toBe(initialSeed)
      for (const { op, n } of steps.slice(i + 1)) if (op !== 'manualSeed') draws[op]([n as number], { generator })
      expect(generator.getState().toArray()).toEqual(bytesOf(steps.at(-1)?.state as string))
    }
  })

  test('saved and restored in the middle of a block repeats what was drawn, the cached normal included', () => {
    const generator = new Generator().manualSeed(3)
    randn([7], { generator })
    const saved = generator.getState()
    const first = [randn([3], { generator }), rand([1000], { generator })].map(numbers)
    generator.setState(saved)
    expect([randn([3], { generator }), rand([1000], { generator })].map(numbers)).toEqual(first)
  })

  test('refuses what is no state, and stays as it was', () => {
    const generator = new Generator().manualSeed(3)
    const before = generator.getState().toArray()
    expect(() => generator.setState(zeros([10], { dtype: 'uint8' }))).toThrow(
      'Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 10',
    )
    expect(() => generator.setState(zeros([5056]))).toThrow('RNG state must be a torch.ByteTensor')
    expect(() => generator.setState(zeros([5056], { dtype: 'uint8' }))).toThrow('Invalid mt19937 state')
    const broken = Uint8Array.from(before)
    broken[18] = 1 // a next index far beyond the block
    expect(() => generator.setState(tensor(broken))).toThrow('Invalid mt19937 state')
    expect(generator.getState().toArray()).toEqual(before)
  })
})

describe('seeds', () => {
  test.each([
    [-1, 18446744073709551615n],
    [-(2n ** 63n), 2n ** 63n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
    [2 ** 53, 2n ** 53n],
    [0, 0n],
  ])('%s gives the initial seed %s', (seed, initial) => {
    expect(new Generator().manualSeed(seed).initialSeed()).toBe(initial)
  })

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 2 ** 64])('%s is too large', (seed) => {
    expect(() => manualSeed(seed)).toThrow('Overflow when unpacking long long')
  })

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is no whole number', (seed) => {
    expect(() => manualSeed(seed)).toThrow(`manualSeed: the seed must be a whole number, got ${seed}`)
  })

  test('only the low 32 bits choose the sequence', () => {
    const words = (seed: bigint) => numbers(new Generator().manualSeed(seed).words(8))
    expect(words(2n ** 32n + 5n)).toEqual(words(5n))
    expect(words(6n)).not.toEqual(words(5n))
  })

  test('a new generator starts from a fixed seed, and seed() from an unforeseen one', () => {
    expect(new Generator().initialSeed()).toBe(67280421310721n)
    expect(numbers(new Generator().words(3))).toEqual(numbers(new Generator().words(3)))
    const generator = new Generator()
    const seed = generator.seed()
    expect(generator.initialSeed()).toBe(seed)
    expect(generator.seed()).not.toBe(seed)
  })

  test('manualSeed seeds the default generator and forgets its cached normal', () => {
    expect(manualSeed(0)).toBe(defaultGenerator)
    const fresh = numbers(randn([4]))
    manualSeed(0)
    randn([1])
    manualSeed(0)
    expect(numbers(randn([4]))).toEqual(fresh)
  })
})

test('a generator of its own leaves the default one alone', () => {
  manualSeed(1)
  const expected = numbers(rand([5]))
  manualSeed(1)
  const generator = new Generator().manualSeed(1)
  expect(numbers(rand([5], { generator }))).toEqual(expected)
  expect(numbers(rand([5]))).toEqual(expected)
})
