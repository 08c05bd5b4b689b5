// Where the time of a step goes. This looks inside the library: its table of kernels, the calls of them that wait, and their
// count of multiplications.
import { takeMultiplications } from '../../dist/backend/arithmetic.js'
import { backend } from '../../dist/backend/backend.js'
import { step } from './steps.mjs'

/** Stand-ins for kernels, which run at once and add up the calls and milliseconds of each. */
function timed({ kernels, finish }) {
  const spent = new Map()
  const table = {}
  for (const [name, kernel] of Object.entries(kernels)) {
    const sum = { calls: 0, time: 0 }
    spent.set(name, sum)
    table[name] = (...args) => {
      const start = performance.now()
      kernel(...args)
      finish()
      sum.time += performance.now() - start
      sum.calls++
    }
  }
  return { table, spent }
}

/** Puts a clock around the running of kernels. Returns a function that takes the milliseconds since it was last called. */
function clocked({ memory: { calls } }) {
  const { run } = calls
  let spent = 0
  calls.run = (address, numbers) => {
    const start = performance.now()
    run(address, numbers)
    spent += performance.now() - start
  }
  return () => {
    const taken = spent
    spent = 0
    return taken
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Seconds of training before anything counts: V8 compiles for long what runs a few hundred times a second. */
const warmUp = 8

/** Steps in a row with stand-ins or without: both kinds are of about the same moments. */
const stretch = 10

/**
 * Where the time of a step goes, in medians: `wall`, milliseconds without stand-ins; `share`, the part of it outside kernels; and
 * of each kernel its calls and its part of the time in kernels.
 */
export function profile(request) {
  const { once } = step(request)
  takeMultiplications()
  once()
  const multiplications = takeMultiplications()
  const takeTime = clocked(backend())
  run(once, warmUp, takeTime)
  const { walls, shares, kernels } = run(once, request.seconds, takeTime)
  const used = [...kernels].map(([label, { calls, times }]) => ({ label, calls: median(calls), time: median(times) }))
  const total = used.reduce((sum, { time }) => sum + time, 0)
  const entries = used
    .filter(({ calls }) => calls > 0)
    .map(({ label, calls, time }) => ({ label, calls, part: time / total }))
    .toSorted((a, b) => b.part - a.part)
  const parameters = request.sizes.slice(1).reduce((sum, outputs, i) => sum + outputs * (request.sizes[i] + 1), 0)
  return { wall: median(walls), share: median(shares), multiplications, parameters, entries }
}

function run(once, seconds, takeTime) {
  const chosen = backend()
  const { kernels } = chosen
  const { table, spent } = timed(chosen)
  const seen = new Map([...spent.keys()].map((name) => [name, { calls: [], times: [] }]))
  const [walls, shares] = [[], []]
  const end = performance.now() + 1000 * seconds
  do {
    for (let i = 0; i < stretch; i++) {
      takeTime()
      const wall = timeOf(once)
      walls.push(wall)
      shares.push(1 - takeTime() / wall)
    }
    Object.assign(chosen, { kernels: table })
    for (let i = 0; i < stretch; i++) {
      once()
      takeSums(spent, seen)
    }
    Object.assign(chosen, { kernels })
  } while (performance.now() < end)
  return { walls, shares, kernels: seen }
}

/** Moves what a step spent into the lists of `seen`. */
function takeSums(spent, seen) {
  for (const [name, sum] of spent) {
    seen.get(name).calls.push(sum.calls)
    seen.get(name).times.push(sum.time)
    Object.assign(sum, { calls: 0, time: 0 })
  }
}

function timeOf(once) {
  const start = performance.now()
  once()
  return performance.now() - start
}
