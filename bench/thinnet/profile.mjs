// Where the time of a step goes. This looks inside the library: its table of kernels, and their count of multiplications.
import { takeMultiplications } from '../../dist/backend/arithmetic.js'
import { backend } from '../../dist/backend/backend.js'
import { step } from './steps.mjs'

/** Stand-ins for kernels, which add up the calls and milliseconds of each. */
function timed(kernels) {
  const spent = new Map()
  const table = {}
  for (const [name, kernel] of Object.entries(kernels)) {
    const sum = { calls: 0, time: 0 }
    spent.set(name, sum)
    table[name] = (...args) => {
      const start = performance.now()
      const result = kernel(...args)
      sum.time += performance.now() - start
      sum.calls++
      return result
    }
  }
  return { table, spent }
}

/** What a stand-in adds to a step, in milliseconds a call, beside what it counts as its kernel's. */
function overhead() {
  const { table, spent } = timed({ nothing: () => {} })
  const calls = 100_000
  const start = performance.now()
  for (let i = 0; i < calls; i++) table.nothing(i, i, i, i)
  return (performance.now() - start - spent.get('nothing').time) / calls
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Steps in a row with stand-ins or without: those with are compared with others of about the same moment. */
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
  run(once, Math.max(1, request.seconds / 4)) // warms up the stand-ins, too
  const { walls, shares, kernels } = run(once, request.seconds)
  const used = [...kernels].map(([label, { calls, times }]) => ({ label, calls: median(calls), time: median(times) }))
  const total = used.reduce((sum, { time }) => sum + time, 0)
  const entries = used
    .filter(({ calls }) => calls > 0)
    .map(({ label, calls, time }) => ({ label, calls, part: time / total }))
    .toSorted((a, b) => b.part - a.part)
  const parameters = request.sizes.slice(1).reduce((sum, outputs, i) => sum + outputs * (request.sizes[i] + 1), 0)
  return { wall: median(walls), share: median(shares), multiplications, parameters, entries }
}

function run(once, seconds) {
  const chosen = backend()
  const { kernels } = chosen
  const { table, spent } = timed(kernels)
  const seen = new Map([...spent.keys()].map((name) => [name, { calls: [], times: [] }]))
  const added = overhead()
  const [walls, shares] = [[], []]
  const end = performance.now() + 1000 * seconds
  do {
    for (let i = 0; i < stretch; i++) walls.push(timeOf(once))
    Object.assign(chosen, { kernels: table })
    for (let i = 0; i < stretch; i++) {
      const wall = timeOf(once)
      const { calls, time } = takeSums(spent, seen)
      shares.push(1 - time / (wall - calls * added))
    }
    Object.assign(chosen, { kernels })
  } while (performance.now() < end)
  return { walls, shares, kernels: seen }
}

/** Moves what a step spent into the lists of `seen`. */
function takeSums(spent, seen) {
  const all = { calls: 0, time: 0 }
  for (const [name, sum] of spent) {
    seen.get(name).calls.push(sum.calls)
    seen.get(name).times.push(sum.time)
    all.calls += sum.calls
    all.time += sum.time
    Object.assign(sum, { calls: 0, time: 0 })
  }
  return all
}

function timeOf(once) {
  const start = performance.now()
  once()
  return performance.now() - start
}
