// The first 50 steps of the training that docs/pytorch.md shows, against PyTorch's. `examples/pytorch-comparison/compare.mjs`
// compares all five epochs.
import { beforeAll, expect, test } from 'vitest'
import { mnist } from '../../src/data/index.ts'
import { goldens } from '../random/support.ts'

interface Step {
  readonly loss: number
  readonly indices: readonly number[]
  readonly batch: string
  readonly masks: string
}

interface Golden {
  readonly settings: object
  readonly initialWeights: Readonly<Record<string, string>>
  readonly batches: readonly (readonly number[])[]
  readonly steps: readonly Omit<Step, 'indices'>[]
}

interface Training {
  readonly initialWeights: Readonly<Record<string, string>>
  epoch(): Iterable<Step>
}

const torch = goldens<Golden>('pytorch-comparison.json')
let training: Training
const steps: Step[] = []

beforeAll(async () => {
  // By a path that the type checker does not follow: the example is plain JavaScript on the built package's types.
  const { Training } = await import(new URL('../../examples/pytorch-comparison/training.mjs', import.meta.url).pathname)
  training = new Training(await mnist(), torch.settings)
  for (const step of training.epoch()) if (steps.push(step) === torch.steps.length) break
})

test('initial weights are the same bits', () => {
  expect(training.initialWeights).toEqual(torch.initialWeights)
})

test('batches are the same examples in the same order', () => {
  expect(steps.slice(0, torch.batches.length).map(({ indices }) => indices)).toEqual(torch.batches)
  expect(steps.map(({ batch }) => batch)).toEqual(torch.steps.map(({ batch }) => batch))
})

test('masks are the same bits', () => {
  expect(steps.map(({ masks }) => masks)).toEqual(torch.steps.map(({ masks }) => masks))
})

test('losses are within 1e-4', () => {
  expect(steps.length).toBe(50)
  const apart = steps.map(({ loss }, i) => Math.abs(loss - (torch.steps[i]?.loss ?? Number.NaN)))
  expect(Math.max(...apart)).toBeLessThanOrEqual(1e-4)
})
