// What the backend needs of Node. `#platform` in package.json chooses this file or platform.browser.ts.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Addon } from './backend.ts'
import { tableSignature } from './kernels.generated.ts'

/** An environment variable; undefined where it is unset or empty. */
export function environment(name: string): string | undefined {
  return process.env[name] || undefined
}

export function processorCount(): number {
  return availableParallelism()
}

/** Below this many bytes zeroing costs less than the view that comes with an uninitialised buffer. */
const smallBuffer = 16384

/** A new ArrayBuffer whose bytes are arbitrary: V8 owns it, and nothing large is spent on zeroing. */
export function uninitialized(bytes: number): ArrayBuffer {
  return bytes < smallBuffer ? new ArrayBuffer(bytes) : (Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer)
}

/** True if threads can share memory with this one, which may wait for them. */
export function hasThreads(): boolean {
  return true
}

/**
 * Starts a thread that runs a program, the text of a function, on `data`. It keeps no process alive.
 *
 * @returns False if it cannot.
 */
export function startThread(program: string, data: object): boolean {
  const code = `(${program})(require('node:worker_threads').workerData)`
  try {
    // Without our flags: a loader of TypeScript, say, is nothing to it.
    const worker = new Worker(code, { eval: true, workerData: data, execArgv: [] })
    worker.on('error', () => {}) // it never joins, or the caller has been told
    worker.unref()
    return true
  } catch {
    return false // the system, or a permission, refuses it
  }
}

/** The native addon, or why there is none: a build of this folder first, then a prebuilt package for the platform. */
export function loadAddon(): { addon: Addon | undefined; reason: string } {
  const require = createRequire(import.meta.url)
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url)))) // src/backend and dist/backend lie equally deep
  const built = join(root, 'build', 'native', 'thinnet.node')
  const prebuilt = `@thinnet/native-${process.platform}-${process.arch}`
  const attempts: [string, string][] = existsSync(built) ? [[built, 'native addon built on this machine']] : []
  attempts.push([prebuilt, `prebuilt native addon ${prebuilt}`])
  let failure = 'no native addon is built'
  for (const [path, reason] of attempts) {
    try {
      const addon = require(path) as Addon
      if (addon.signature === tableSignature) return { addon, reason }
      failure = `the native addon at ${path} was built from the kernels of another version`
    } catch (error) {
      if (path === built) failure = `the native addon does not load (${(error as Error).message.split('\n')[0]})`
    }
  }
  return { addon: undefined, reason: failure }
}
