// The processor's own limits, by peak.cpp, compiled for this machine. Argument: number of threads.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { serve } from '../serve.mjs'

const compiler = process.env.CXX ?? 'c++'

function compile() {
  const program = join(mkdtempSync(join(tmpdir(), 'thinnet-bench-')), 'peak')
  const source = fileURLToPath(new URL('peak.cpp', import.meta.url))
  const { status, error, stderr } = spawnSync(
    compiler,
    ['-std=c++17', '-O3', '-march=native', '-pthread', source, '-o', program],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${compiler} does not compile peak.cpp: ${error?.message ?? stderr}`)
  return program
}

let child
let lines

/** One line of the program's protocol; the times in milliseconds. */
async function ask(kind, size, seconds) {
  if (!child) {
    child = spawn(compile(), [process.argv[2]], { stdio: ['pipe', 'pipe', 'inherit'] })
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }
  child.stdin.write(`${kind} ${size} ${seconds}\n`)
  const { value } = await lines.next()
  return value.trim().split(' ').map(Number)
}

await serve('FMA loop', {
  /** The time that `work` operations take. */
  product: async ({ work }) => {
    await ask('fma', work, 0.01)
    return { times: ({ seconds }) => ask('fma', work, seconds) }
  },
  /** Two medians: the time of `work` operations, and that of a sweep over `parameters` weights and momenta. */
  limits: async ({ work, parameters, seconds }) => ({
    arithmetic: middle(await ask('fma', work, seconds)),
    sweep: middle(await ask('sweep', parameters, seconds)),
  }),
})
child?.stdin.end()

function middle(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]
}
