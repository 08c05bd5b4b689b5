// The protocol of a peer: one JSON request a line on standard input, one JSON answer a line on standard output.
//   { "setup": name, "kind": kind, ...parameters }  builds a case and warms it up  -> { "ready": name, "versions": "...", ...facts }
//   { "run": name, "seconds": s, "calls": n }       times single calls, for s seconds and at least n of them
//                                                                                  -> { "times": [milliseconds, ...] }
//   { "forget": name }                              lets go of a case              -> {}
// A peer that cannot do a case answers { "error": "..." }.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Serves requests until standard input ends.
 *
 * @param versions What this peer is, for the table.
 * @param builders By kind: maps a case's parameters to the function that is timed, or to `{ once, ...facts }` with what is to be
 *   known beside its time; or to `{ times }`, for a peer that times itself. May return a promise of it.
 */
export async function serve(versions, builders) {
  const cases = new Map()
  for await (const line of createInterface({ input: process.stdin })) {
    let answer
    try {
      answer = await handle(JSON.parse(line))
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }

  async function handle(request) {
    if (request.setup) {
      const build = builders[request.kind]
      if (!build) throw new Error(`does not do ${request.kind}`)
      const built = await build(request)
      const { once, times, ...facts } = typeof built === 'function' ? { once: built } : built
      if (once && request.warmups !== 0) for (let i = 0; i < 3; i++) await once()
      cases.set(request.setup, times ?? ((turn) => time(once, turn)))
      return { ready: request.setup, versions, ...facts }
    }
    if (request.forget) {
      cases.delete(request.forget)
      return {}
    }
    return { times: await cases.get(request.run)(request) }
  }
}

/** The first call of a turn is not counted where there will be many: the caches are another peer's. */
async function time(once, { seconds, calls }) {
  if (calls > 1) await once()
  const times = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end || times.length < calls) {
    const start = performance.now()
    const pending = once()
    if (pending instanceof Promise) await pending
    times.push(performance.now() - start)
  }
  return times
}

/** The version of a package of bench/peers. */
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`peers/node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
}
