import { expect } from 'vitest'
import { zeros } from '../../src/ops/creation.ts'
import { type Generator, manualSeed } from '../../src/random/index.ts'
import { Tensor } from '../../src/tensor/tensor.ts'
import { applying, goldenFile } from '../support/not-yet.ts'

/** The sections of a file of test/goldens, with the cases that apply: all but those of not-yet.json. */
export function goldens<Sections>(name: string): Sections {
  const sections = Object.entries(goldenFile(name)).map(([section, cases]) => {
    return [section, Array.isArray(cases) ? applying(name, section, cases) : cases]
  })
  return Object.fromEntries(sections) as Sections
}

/** Seeds the default generator with a golden's seed. */
export const seeded = (seed: string): Generator => manualSeed(BigInt(seed))

/** Plain numbers out of a tensor or a typed array. */
export const numbers = (values: Tensor | ArrayLike<number>): number[] =>
  Array.from(values instanceof Tensor ? values.toArray() : values)

/** A mask as the goldens write it. */
export const maskText = (mask: Tensor | ArrayLike<number>): string =>
  Array.from(mask instanceof Tensor ? mask.toArray() : mask).join('')

/** Float64 values of the C library's functions: PyTorch's up to `units` in the last place of the larger term. */
export function expectClose(actual: readonly number[], expected: readonly number[], scale = 1, units = 2): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of actual.entries()) {
    const wanted = expected[i] as number
    const tolerance = units * 2 ** -52 * Math.max(Math.abs(wanted), scale)
    expect(Math.abs(value - wanted), `element ${i}: ${value}, expected ${wanted}`).toBeLessThanOrEqual(tolerance)
  }
}

/** A tensor of zeros, or of given values, and a view of it by strides. */
export function viewByStrides(
  base: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Tensor {
  const view = new Tensor(shape, base.dtype, base.storage, strides, offset, base.version)
  view.base = base
  return view
}

/** How many words `draw` takes from a generator that was just seeded: found by the word that comes next. */
export function wordsTaken(generator: Generator, draw: () => unknown): number {
  const start = generator.getState()
  draw()
  const after = generator.getState()
  const [next] = generator.words(1)
  generator.setState(start)
  const sequence = generator.words(10_000)
  generator.setState(after)
  return sequence.indexOf(next as number)
}

/** Zeros of a golden's type. */
export const blank = (n: number, dtype: string): Tensor => zeros([n], { dtype: dtype as Tensor['dtype'] })
