// Backward gives the memory of gradients back as soon as it is done with them. No graph, however its tensors share
// memory, may ever see that: random programs are run with and without recycling, and everything that a user can reach
// is read again after that memory has been written over.
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { noGrad } from '../../src/autograd/mode.ts'
import { Storage } from '../../src/backend/storage.ts'
import { full } from '../../src/ops/creation.ts'
import { grad } from '../../src/ops/gradients.ts'
import { cat, flip, split } from '../../src/ops/join.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { gradcheck } from '../support/gradcheck.ts'
import { Grid } from '../support/grid.ts'
import { Samples } from '../support/samples.ts'

const rows = 4

/** Makes a `[4, 4]` tensor of one or two others; some results share memory with an operand, some gradients with another. */
const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a) => a.add(a),
  (a, b) => a.sub(b),
  (a, b) => a.mul(b),
  (a) => a.mul(a),
  (a) => a.mul(0.5),
  (a) => a.tanh(),
  (a) => a.sigmoid(),
  (a, b) => a.matmul(b).mul(0.2),
  (a) => a.transpose(0, 1),
  (a) => a.reshape([2, 8]).reshape([rows, rows]),
  (a, b) => a.add(b.select(0, 1)),
  (a) => a.sum(0).expand([rows, rows]),
  (a) => a.mean(1, { keepdim: true }).expand([rows, rows]),
  (a, b) => cat([a.narrow(0, 0, 2), b.narrow(0, 2, 2)]),
  (a) => cat(split(a, 1, 1).toReversed(), 1),
  (a) => flip(a, [0, 1]),
  (a) => a.clone(),
  (a, b) => a.clone().add_(b),
  (a, b) => {
    const copy = a.clone()
    copy.select(1, 2).add_(b.select(0, 0))
    return copy
  },
]

interface Step {
  readonly operation: number
  readonly a: number
  readonly b: number
  readonly watched: 'no' | 'hook' | 'retained'
}

const program = fc.array(
  fc.record<Step>({
    operation: fc.nat(operations.length - 1),
    a: fc.nat(30),
    b: fc.nat(30),
    watched: fc.constantFrom('no', 'no', 'hook', 'retained'),
  }),
  { minLength: 1, maxLength: 12 },
)

interface Run {
  readonly out: Tensor
  /** Everything that the user of the program holds on to. */
  readonly reachable: () => readonly (Tensor | undefined)[]
}

function run(steps: readonly Step[], leaves: readonly Tensor[]): Run {
  const tensors = [...leaves]
  const caught: Tensor[] = []
  for (const { operation, a, b, watched } of steps) {
    const pick = (i: number) => tensors[i % tensors.length] as Tensor
    const made = (operations[operation] as (typeof operations)[number])(pick(a), pick(b))
    if (made.requiresGrad && watched === 'hook') made.registerHook((gradient) => void caught.push(gradient))
    if (made.requiresGrad && watched === 'retained') made.retainGrad()
    tensors.push(made)
  }
  // Everything is used, the last tensor twice.
  const out = [...tensors, tensors.at(-1) as Tensor]
    .map((x) => x.mul(0.3).tanh().sum())
    .reduce((total, x) => total.add(x))
  return { out, reachable: () => [...tensors, ...tensors.map((x) => x.grad), ...caught] }
}

const makeLeaves = () => {
  const r = new Samples(7)
  return [0, 1, 2].map(() => {
    const leaf = r.uniform([rows, rows], -1, 1)
    leaf.requiresGrad = true
    return leaf
  })
}

const valuesOf = (list: readonly (Tensor | undefined)[]) => list.map((x) => x && Array.from(noGrad(() => x.toArray())))

/** Takes memory of every size that backward uses, and writes over it. */
function overwriteFreedMemory(): void {
  const sizes = [[], [1], [rows], [2, rows], [rows, rows], [2, 8]]
  for (const shape of sizes) for (let i = 0; i < 40; i++) full(shape, Number.NaN, { dtype: 'float64' })
}

function backwardOf(steps: readonly Step[], passes: number) {
  const leaves = makeLeaves()
  const { out, reachable } = run(steps, leaves)
  for (let pass = 1; pass <= passes; pass++) out.backward({ retainGraph: pass < passes })
  const before = valuesOf(reachable())
  overwriteFreedMemory()
  return { before, after: valuesOf(reachable()) }
}

test('recycled memory is none that anybody can reach', () => {
  let recycled = 0
  fc.assert(
    fc.property(program, fc.integer({ min: 1, max: 2 }), (steps, passes) => {
      const release = vi.spyOn(Storage.prototype, 'release')
      const { before, after } = backwardOf(steps, passes)
      recycled += release.mock.calls.length
      release.mockImplementation(() => undefined)
      const unrecycled = backwardOf(steps, passes)
      release.mockRestore()
      expect(after).toEqual(before)
      expect(before).toEqual(unrecycled.before)
    }),
    { numRuns: 300, seed: 1 },
  )
  expect(recycled).toBeGreaterThan(300) // or nothing was tested
})

test('the gradients of random programs are their slopes', () => {
  fc.assert(
    fc.property(program, (steps) => {
      const unwatched = steps.map((step) => ({ ...step, watched: 'no' as const }))
      gradcheck(JSON.stringify(steps), (leaves) => run(unwatched, leaves).out, makeLeaves())
    }),
    { numRuns: 25, seed: 2 },
  )
})

test('grad gives each its own answer, also where one lies on the way to another', () => {
  fc.assert(
    fc.property(program, fc.nat(30), (steps, chosen) => {
      const leaves = makeLeaves()
      const { out, reachable } = run(steps, leaves)
      const tensors = reachable().slice(0, leaves.length + steps.length) as Tensor[]
      const middle = tensors[chosen % tensors.length] as Tensor
      const wanted = middle.requiresGrad ? [middle, ...leaves] : leaves
      const together = grad(out, wanted, { retainGraph: true })
      overwriteFreedMemory()
      const alone = wanted.map((x) => grad(out, [x], { retainGraph: true })[0])
      together.forEach((gradient, i) => {
        expect(gradient && Grid.of(gradient)).toEqual(alone[i] && Grid.of(alone[i] as Tensor))
      })
    }),
    { numRuns: 100, seed: 3 },
  )
})
