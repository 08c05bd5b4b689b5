// Every vector of rng.json: PyTorch's numbers, bit for bit where the reference calls them exact.
import { describe, expect, test } from 'vitest'
import { tensor, zeros } from '../../src/ops/creation.ts'
import {
  bernoulli,
  bernoulli_,
  defaultGenerator,
  exponential_,
  multinomial,
  normal,
  rand,
  randint,
  randn,
  random_,
  randperm,
  uniform_,
} from '../../src/random/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { blank, expectClose, goldens, maskText, numbers, seeded, wordsTaken } from './support.ts'

interface Case {
  seed: string
  u32: number[]
  u64: string[]
  rand_float32: number[]
  rand_float64: number[]
  randn_float32: Record<string, number[]>
  randn_float64: Record<string, number[]>
  uniform: { dtype: DType; from: number; to: number; data: number[] }[]
  normal: { dtype: DType; n: number; mean: number; std: number; data: number[] }[]
  randint: { low: number; high: number; data: number[] }[]
  random: Record<string, (number | string)[]>
  randperm: Record<string, number[]>
  bernoulli: { p: number; scalar: string; tensor_float32: string; tensor_float64: string }[]
  exponential: { lambd: number; data: number[] }[]
  multinomial: { weights: number[]; n: number; replacement: boolean; data: number[] }[]
  mixed: [string, number, number[] | string][]
  mixed_draws: number
}

const { cases } = goldens<{ cases: Case[] }>('rng.json')

describe.each(cases)('seed $seed', (golden) => {
  const { seed } = golden

  test('words', () => {
    expect(numbers(seeded(seed).words(64))).toEqual(golden.u32)
    seeded(seed)
    expect(golden.u64.map(() => String(defaultGenerator.random64()))).toEqual(golden.u64)
  })

  test.each(['float32', 'float64'] as const)('rand %s of every length', (dtype) => {
    const expected = golden[`rand_${dtype}`]
    for (let n = 0; n <= expected.length; n++) {
      seeded(seed)
      expect(numbers(rand([n], { dtype }))).toEqual(expected.slice(0, n))
    }
  })

  test('randn float32 of every length', () => {
    for (const [n, expected] of Object.entries(golden.randn_float32)) {
      seeded(seed)
      expect(numbers(randn([Number(n)]))).toEqual(expected)
    }
  })

  test('randn float64 of every length', () => {
    for (const [n, expected] of Object.entries(golden.randn_float64)) {
      seeded(seed)
      expectClose(numbers(randn([Number(n)], { dtype: 'float64' })), expected)
    }
  })

  test.each(golden.uniform)('uniform_ $dtype from $from to $to', ({ dtype, from, to, data }) => {
    seeded(seed)
    expect(numbers(uniform_(blank(data.length, dtype), from, to))).toEqual(data)
  })

  test.each(golden.normal)('normal $dtype, n = $n', ({ dtype, n, mean, std, data }) => {
    seeded(seed)
    const drawn = numbers(normal(mean, std, [n], { dtype }))
    if (dtype === 'float32') expect(drawn).toEqual(data)
    else expectClose(drawn, data)
  })

  test.each(golden.randint)('randint from $low to $high', ({ low, high, data }) => {
    for (const dtype of ['int32', 'float64'] as const) {
      if (dtype === 'int32' && high > 2 ** 31) continue
      seeded(seed)
      expect(numbers(randint(low, high, [data.length], { dtype }))).toEqual(data)
    }
  })

  test('random_ of every type', () => {
    for (const [dtype, data] of Object.entries(golden.random)) {
      const generator = seeded(seed)
      if (dtype === 'int64') expect(data.map(() => String(generator.random64() % 2n ** 63n))).toEqual(data)
      else expect(numbers(random_(blank(data.length, dtype)))).toEqual(data)
    }
  })

  test('randperm', () => {
    for (const [n, expected] of Object.entries(golden.randperm)) {
      for (const dtype of ['int32', 'float64'] as const) {
        seeded(seed)
        expect(numbers(randperm(Number(n), { dtype }))).toEqual(expected)
      }
    }
  })

  test.each(golden.bernoulli)('bernoulli p = $p', (expected) => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) {
      seeded(seed)
      expect(maskText(bernoulli_(zeros([expected.scalar.length], { dtype }), expected.p))).toBe(expected.scalar)
    }
    for (const dtype of ['float32', 'float64'] as const) {
      const wanted = expected[`tensor_${dtype}`]
      const p = tensor(
        Array.from(wanted, () => expected.p),
        { dtype },
      )
      seeded(seed)
      expect(maskText(bernoulli(p))).toBe(wanted)
    }
  })

  test.each(golden.exponential)('exponential, rate $lambd', ({ lambd, data }) => {
    seeded(seed)
    expect(numbers(exponential_(zeros([data.length]), lambd))).toEqual(data)
  })

  test.each(golden.multinomial)('multinomial of $weights, n = $n, replacement $replacement', (given) => {
    seeded(seed)
    const { replacement } = given
    expect(numbers(multinomial(tensor(given.weights), given.n, { replacement }))).toEqual(given.data)
  })

  test('different draws one after another', () => {
    const draw: Record<string, (n: number) => number[] | string> = {
      rand: (n) => numbers(rand([n])),
      randn: (n) => numbers(randn([n])),
      randperm: (n) => numbers(randperm(n)),
      bernoulli: (n) => maskText(bernoulli_(zeros([n]), 0.4)),
    }
    const taken = wordsTaken(seeded(seed), () => {
      for (const [kind, n, expected] of golden.mixed) expect(draw[kind]?.(n), `${kind}(${n})`).toEqual(expected)
    })
    expect(taken).toBe(golden.mixed_draws)
  })
})
