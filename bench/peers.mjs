// The processes that measure, and how they are started.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** A Python with PyTorch. */
export const python = process.env.THINNET_BENCH_PYTHON ?? 'python3'

/** The path of a file of bench/. */
export const benchFile = (...path) => join(here, ...path)

/** How a peer is started. Peers of equal commands and environments are one process; another name makes another of them. */
export const thinnet = (threads, env = {}, name = '') => ({
  command: [process.execPath, benchFile('thinnet/peer.mjs'), name],
  env: { THINNET_THREADS: String(threads), ...env },
})
export const torch = (threads, env = {}, name = '') => ({
  command: [python, benchFile('peers/torch_peer.py'), String(threads), name],
  env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads), ...env },
})
/** A script of bench/peers. */
export const script = (name, ...args) => ({
  command: [process.execPath, benchFile(`peers/${name}.mjs`), ...args.map(String)],
  env: {},
})

/** A peer that has not answered for so long, in milliseconds, is stuck. */
const patience = 600_000

/** A process that speaks the protocol of serve.mjs. */
export class Peer {
  #child
  #lines
  versions = ''

  constructor({ command: [program, ...args], env }) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } })
    // Either shows as an end of its output, too, which ask() reports.
    this.#child.on('error', () => {})
    this.#child.stdin.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const stuck = setTimeout(() => this.#child.kill(), patience)
    const { value, done } = await this.#lines.next()
    clearTimeout(stuck)
    if (done) throw new Error('the peer ended')
    const answer = JSON.parse(value)
    if (answer.error) throw new Error(answer.error)
    if (answer.versions) this.versions = answer.versions
    return answer
  }

  end() {
    this.#child.stdin.end()
  }
}

/** The peers that run. */
export class Peers {
  #running = new Map()

  get(start) {
    const key = JSON.stringify(start)
    const peer = this.#running.get(key) ?? new Peer(start)
    this.#running.set(key, peer)
    return peer
  }

  /** Ends those that are none of these. */
  keep(starts) {
    const keys = new Set(starts.map((start) => JSON.stringify(start)))
    for (const [key, peer] of this.#running) {
      if (keys.has(key)) continue
      peer.end()
      this.#running.delete(key)
    }
  }
}
