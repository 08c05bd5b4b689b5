import { expect, test } from 'vitest'
import { usualEpochs } from '../../src/cli/compare/command.ts'
import { planEpochs } from '../../src/cli/compare/plan.ts'

// An epoch is 2 * (100 * 0.1 + 10 * 0.2) + 100 * 0.08 + 10 * 0.4 = 36 seconds.
const paces = [
  { step: 0.1, score: 0.2 },
  { step: 0.1, score: 0.2 },
  { step: 0.08, score: 0.4 },
]
const workload = { steps: 100, scored: 10 }

test('the usual number of epochs where they fit', () => {
  expect(planEpochs(paces, workload, { minutes: 15 })).toEqual({ epochs: usualEpochs, seconds: usualEpochs * 36 })
})

test('as many as fit where they do not, and it is told', () => {
  const plan = planEpochs(paces, workload, { minutes: 2 })
  expect(plan).toEqual({ epochs: 3, seconds: 108, usualSeconds: usualEpochs * 36 })
})

test('one at least', () => {
  expect(planEpochs(paces, workload, { minutes: 0.1 }).epochs).toBe(1)
})

test('what the user asks for, however long it takes', () => {
  expect(planEpochs(paces, workload, { epochs: 50, minutes: 1 })).toEqual({ epochs: 50, seconds: 1800 })
})
