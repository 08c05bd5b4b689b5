// Nothing has to be disposed: memory stays flat in one loop without `await`, where the garbage collector runs no
// callbacks. The loops run as child processes on the built library, as a user's script would.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('./loops.mjs', import.meta.url))

function residentMemory(loop: string, backend: string, largeSteps: number): { early: number; late: number } {
  const output = execFileSync(process.execPath, [script, loop, String(largeSteps)], {
    env: { ...process.env, THINNET_BACKEND: backend },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

describe.each([
  ['native', 500],
  ['wasm', 40], // a step takes a second there
] as const)('resident memory on the %s backend', (backend, largeSteps) => {
  it.each([
    ['training', '20,000 steps of 784-64-64-10 at batch 32 with dropout, a fresh batch each'],
    ['discarded', '20,000 forwards whose results are thrown away'],
    ['evaluation', '20,000 evaluations under noGrad'],
    ['largeTraining', `${largeSteps} steps of 784-2048-2048-10 at batch 512`],
  ])(
    '%s: %s',
    (loop) => {
      const { early, late } = residentMemory(loop, backend, largeSteps)
      // What one step leaks, 15,000 steps would show: a single activation of the small network is 8 KB.
      expect(late / early).toBeLessThan(1.25)
    },
    600_000,
  )
})
