// Nothing has to be disposed: memory stays flat in one loop without `await`, where the garbage collector runs no
// callbacks. The loops run as child processes on the built library, as a user's script would.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('./loops.mjs', import.meta.url))

/** V8's young generation grows by doubling for as long as it pays: that is not what is watched, so it begins at its end. */
const flags = ['--min-semi-space-size=16', '--max-semi-space-size=16']

function residentMemory(loop: string, backend: string, large: readonly number[]): { early: number; late: number } {
  const threads = loop.startsWith('large') ? {} : { THINNET_THREADS: '1' } // small work is not shared out
  const output = execFileSync(process.execPath, [...flags, script, loop, ...large.map(String)], {
    env: { ...process.env, THINNET_BACKEND: backend, ...threads },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

describe.each([
  ['native', 500, 60],
  ['wasm', 96, 60], // a step takes half a second; by then the heap's budget has doubled until what is alive fits
] as const)('resident memory on the %s backend', (backend, steps, settled) => {
  it.each([
    ['training', '20,000 steps of 784-64-64-10 at batch 32 with dropout, a fresh batch each'],
    ['thinnedTraining', 'the same, thinned'],
    ['discarded', '50,000 forwards whose results are thrown away'],
    ['thinnedDiscarded', 'the same, thinned'],
    ['evaluation', '50,000 evaluations under noGrad'],
    ['largeTraining', `${steps} steps of 784-2048-2048-10 at batch 512`],
    // On WASM it would take a minute more, for the small net's word.
    ...(backend === 'native' ? [['largeThinnedTraining', 'the same, thinned']] : []),
  ])(
    '%s: %s',
    (loop) => {
      // In 15,000 steps, 5 % is what a leak of 500 bytes a step would take: one activation of the small network is 8 KB. A
      // leak shows each time; an early wave that happened to stay low does not.
      let growth = Number.POSITIVE_INFINITY
      for (let attempt = 0; growth >= 1.05 && attempt < 3; attempt++) {
        const { early, late } = residentMemory(loop, backend, [steps, settled])
        growth = late / early
      }
      expect(growth).toBeLessThan(1.05)
    },
    900_000,
  )
})
