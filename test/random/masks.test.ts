// Every default-variant vector of masks.json, drawn as values and as packed bits.
import { describe, expect, test } from 'vitest'
import { backend } from '../../src/backend/backend.ts'
import { zeros } from '../../src/ops/creation.ts'
import { expand, reshape } from '../../src/ops/layout.ts'
import { bernoulli_, defaultGenerator } from '../../src/random/index.ts'
import { allocateLike } from '../../src/tensor/memory-order.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { goldens, maskText, seeded, viewByStrides, wordsTaken } from './support.ts'

interface Masks {
  cases: { seed: string; p: number; n: number; default: string; defaultDraws: number }[]
  edge: { seed: string; p: number; n: number; default: string }[]
  sequences: { seed: string; calls: [number, number][]; default: string[]; defaultDraws: number }[]
  layouts: {
    seed: string
    p: number
    layout: string
    shape: number[]
    strides: number[]
    outStrides: number[]
    default: string
  }[]
  features: { seed: string; p: number; fn: string; shape: number[]; default: string; defaultDraws: number }[]
}

const masks = goldens<Masks>('masks.json')

/** A mask of n elements, p the probability to drop, by the kernel that packs eight to a byte. */
function packedMask(n: number, p: number): string {
  const { kernels, memory } = backend()
  const bytes = Math.ceil(n / 8)
  const guard = 64 // bytes behind the mask that must stay as they are
  const storage = memory.allocate(bytes + guard, true)
  storage.bytesView().fill(0xa5)
  kernels.randomMask(defaultGenerator.address, storage.address, n, 1 - p)
  const packed = storage.bytesView()
  expect(packed.subarray(bytes).every((byte) => byte === 0xa5)).toBe(true)
  const bits = Array.from({ length: bytes * 8 }, (_, i) => ((packed[i >> 3] as number) >> (i & 7)) & 1)
  expect(bits.slice(n).every((bit) => bit === 0)).toBe(true)
  return maskText(bits.slice(0, n))
}

const valueMask = (n: number, p: number): string => maskText(bernoulli_(zeros([n]), 1 - p))

describe.each([
  ['values', valueMask],
  ['packed bits', packedMask],
] as const)('%s', (_, draw) => {
  test.each(masks.cases)('seed $seed, p = $p, every length', (golden) => {
    for (let n = 0; n <= golden.n; n++) {
      seeded(golden.seed)
      expect(draw(n, golden.p)).toBe(golden.default.slice(0, n))
    }
    const taken = wordsTaken(seeded(golden.seed), () => draw(golden.n, golden.p))
    expect(taken).toBe(golden.defaultDraws)
  })

  test.each(masks.edge)('seed $seed, unusual p = $p', ({ seed, p, n, default: expected }) => {
    seeded(seed)
    expect(draw(n, p)).toBe(expected)
  })

  test.each(masks.sequences)('calls in a row, seed $seed', ({ seed, calls, default: expected, defaultDraws }) => {
    const taken = wordsTaken(seeded(seed), () => {
      expect(calls.map(([n, p]) => draw(n, p))).toEqual(expected)
    })
    expect(taken).toBe(defaultDraws)
  })
})

test.each(masks.layouts)('the mask of a $layout tensor of shape $shape', (golden) => {
  const { shape, strides } = golden
  const last = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] as number), 0)
  const mask = allocateLike(viewByStrides(zeros([last + 1]), shape, strides, 0))
  expect(mask.strides).toEqual(golden.outStrides)
  seeded(golden.seed)
  expect(maskText(bernoulli_(mask, 1 - golden.p))).toBe(golden.default)
})

test.each(masks.features)('the channel mask of $fn, shape $shape', (golden) => {
  const { shape } = golden
  // dropout3d reads fewer than five axes as unbatched: the first is the channels then.
  const channels = elementCount(shape.slice(0, golden.defaultDraws / 2 === shape[0] ? 1 : 2))
  expect(2 * channels).toBe(golden.defaultDraws)
  seeded(golden.seed)
  const mask = reshape(bernoulli_(zeros([channels]), 1 - golden.p), [channels, 1])
  expect(maskText(expand(mask, [channels, elementCount(shape) / channels]))).toBe(golden.default)
})
