// The protocol of a peer: one JSON request a line on standard input, one JSON answer a line on standard output.
//   { "setup": name, ...parameters }  builds a case and warms it up      -> { "ready": name, "versions": "..." }
//   { "run": name, "seconds": s }     times single calls for s seconds   -> { "times": [milliseconds, ...] }
// A peer that cannot do a case answers { "error": "..." }.
import { createInterface } from 'node:readline'

/**
 * Serves requests until standard input ends.
 *
 * @param versions What this peer is, for the table.
 * @param build Maps a case's parameters to the function that is timed; may return a promise of it.
 */
export async function serve(versions, build) {
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
      const once = await build(request)
      for (let i = 0; i < 3; i++) await once()
      cases.set(request.setup, once)
      return { ready: request.setup, versions }
    }
    const once = cases.get(request.run)
    const times = []
    const end = performance.now() + request.seconds * 1000
    while (performance.now() < end || times.length < 3) {
      const start = performance.now()
      const pending = once()
      if (pending instanceof Promise) await pending
      times.push(performance.now() - start)
    }
    return { times }
  }
}
