// Random shapes, layouts, probabilities and seeds: every element, and the generator afterwards, as the rules say.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { functional as F, Generator, type Shape, type Tensor } from '../../src/index.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { goldens } from '../random/support.ts'
import { expectSameNumbers } from '../support/goldens.ts'
import { Samples } from '../support/samples.ts'
import {
  broadcastMask,
  drawOrder,
  SlowGenerator,
  slowAlphaDropout,
  slowDropout,
  slowMask,
} from '../support/slow-random.ts'
import { threadCounts, withThreads } from '../support/threads.ts'

const types = fc.constantFrom('float32' as const, 'float64' as const)
const seeds = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
const probabilities = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 0.1, 0.5, 1 - 2 ** -53, 1),
)

/** Small ones of any rank, and some that kernels cut into pieces for several threads. */
const shapes = fc.oneof(
  { weight: 9, arbitrary: fc.array(fc.nat({ max: 6 }), { maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 4), fc.integer({ min: 3000, max: 12_000 })),
  },
)

/** Whole tensors with their dimensions in any order in memory; every few of them; and row-major ones that repeat. */
const layouts = shapes.chain((shape) => {
  const dims = shape.map((_, dim) => dim)
  const order = fc.shuffledSubarray(dims, { minLength: shape.length })
  return fc.oneof(
    fc.record({ kind: fc.constant('dense' as const), shape: fc.constant(shape), order }),
    fc.record({
      kind: fc.constant('sliced' as const),
      shape: fc.constant(shape),
      order,
      starts: fc.array(fc.nat({ max: 2 }), { minLength: shape.length, maxLength: shape.length }),
      steps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length }),
    }),
    fc.record({ kind: fc.constant('expanded' as const), shape: fc.constant(shape), repeated: fc.subarray(dims) }),
  )
})

type Layout = typeof layouts extends fc.Arbitrary<infer T> ? T : never

function tensorOf(layout: Layout, dtype: 'float32' | 'float64'): Tensor {
  const { kind, shape } = layout
  const numbers = (sizes: Shape) => new Samples(1).uniform(sizes).to(dtype)
  if (kind === 'expanded') {
    const { repeated } = layout
    return numbers(shape.map((size, dim) => (size > 0 && repeated.includes(dim) ? 1 : size))).expand(shape)
  }
  const { order } = layout
  const permuted = (sizes: Shape) =>
    numbers(order.map((dim) => sizes[dim] as number)).permute(shape.map((_, dim) => order.indexOf(dim)))
  if (kind === 'dense') return permuted(shape)
  const { starts, steps } = layout
  const wide = shape.map((size, dim) => (starts[dim] as number) + size * (steps[dim] as number))
  return shape.reduce((x, _, dim) => x.slice(dim, starts[dim], undefined, steps[dim]), permuted(wide))
}

interface Way {
  run(x: Tensor, p: number, generator: Generator): Tensor
  /** What becomes of one element. */
  readonly element: typeof slowDropout
  /** The shape that masks are drawn in; left out, that of the input, in the order of its memory. */
  sizes?(shape: Shape): Shape
}

function keptOf(x: Tensor, generator: SlowGenerator, p: number, sizes: Shape | undefined): boolean[] {
  if (x.numel === 0) return []
  if (sizes) return broadcastMask(slowMask(generator, elementCount(sizes), p), sizes, x.shape)
  const kept = new Array<boolean>(x.numel)
  const mask = slowMask(generator, x.numel, p)
  drawOrder(x.shape, x.strides).forEach((element, i) => {
    kept[element] = mask[i] as boolean
  })
  return kept
}

/** Throws unless all elements, and the word that is drawn next, are those of the rules, at every number of threads. */
function expectRules({ run, element, sizes }: Way, x: Tensor, p: number, seed: bigint): void {
  const slow = new SlowGenerator(seed)
  const kept = keptOf(x, slow, p, sizes?.(x.shape))
  const round = x.dtype === 'float32' ? Math.fround : (value: number) => value
  const expected = Array.from(x.toArray(), (value, i) => element(value, kept[i] as boolean, p, round))
  const next = slow.word()
  for (const threads of threadCounts) {
    const generator = new Generator().manualSeed(seed)
    const y = withThreads(threads, () => run(x, p, generator))
    expect(y.shape).toEqual(x.shape)
    expectSameNumbers(y.toArray(), expected)
    expect(generator.words(1)[0]).toBe(next)
  }
}

const check = <T>(cases: fc.Arbitrary<T>, layoutOf: (item: T) => Layout, wayOf: (item: T) => Way) =>
  fc.assert(
    fc.property(cases, types, probabilities, seeds, (item, dtype, p, seed) =>
      expectRules(wayOf(item), tensorOf(layoutOf(item), dtype), p, seed),
    ),
  )

test('dropout: a draw for each element, in the order of memory', () => {
  const run: Way['run'] = (x, p, generator) => F.dropout(x, p, { generator })
  check(
    layouts,
    (layout) => layout,
    () => ({ run, element: slowDropout }),
  )
})

test('alphaDropout: the same draws', () => {
  const run: Way['run'] = (x, p, generator) => F.alphaDropout(x, p, { training: true, generator })
  check(
    layouts,
    (layout) => layout,
    () => ({ run, element: slowAlphaDropout }),
  )
})

const sizesOfChannels = (shape: Shape) => shape.map((size, dim) => (dim < 2 ? size : 1))

test('channel dropout: a draw for each example and channel, in row-major order', () => {
  const ofRank = [F.dropout1d, F.dropout2d, F.dropout3d]
  const run: Way['run'] = (x, p, generator) => (ofRank[x.ndim - 3] as typeof F.dropout1d)(x, p, { generator })
  check(
    layouts.filter(({ shape }) => shape.length >= 3),
    (layout) => layout,
    () => ({ run, element: slowDropout, sizes: sizesOfChannels }),
  )
})

test('featureAlphaDropout: the same draws', () => {
  const run: Way['run'] = (x, p, generator) => F.featureAlphaDropout(x, p, { training: true, generator })
  check(
    layouts.filter(({ shape }) => shape.length >= 2),
    (layout) => layout,
    () => ({ run, element: slowAlphaDropout, sizes: sizesOfChannels }),
  )
})

test('noiseShape: a draw for each element of the smaller shape, in row-major order', () => {
  const cases = layouts.chain((layout) => {
    const sizes = layout.shape.map((size) => fc.constantFrom(1, null, -1, size))
    return fc.record({ layout: fc.constant(layout), noiseShape: fc.tuple(...sizes) })
  })
  check(
    cases,
    ({ layout }) => layout,
    ({ noiseShape }) => ({
      run: (x, p, generator) => F.dropout(x, p, { generator, noiseShape }),
      element: slowDropout,
      sizes: (shape) => shape.map((size, dim) => (noiseShape[dim] === 1 ? 1 : size)),
    }),
  )
})

test('the slow generator draws what PyTorch draws', () => {
  const { cases } = goldens<{ cases: { seed: string; u32: number[]; rand_float64: number[] }[] }>('rng.json')
  for (const { seed, u32, rand_float64: doubles } of cases) {
    const [words, fractions] = [new SlowGenerator(BigInt(seed)), new SlowGenerator(BigInt(seed))]
    expect(u32.map(() => words.word())).toEqual(u32)
    expect(doubles.map(() => fractions.uniform())).toEqual(doubles)
  }
})
