// What the backend needs of the platform, outside Node: no addon is there, so WASM with its defaults runs.
import type { Addon } from './backend.ts'

export function environment(_name: string): string | undefined {
  return undefined
}

export function processorCount(): number {
  return navigator.hardwareConcurrency ?? 1
}

/** As in platform.node.ts. Only isolated pages share memory with Workers, and a page itself must not wait. */
export function hasThreads(): boolean {
  return globalThis.crossOriginIsolated && 'WorkerGlobalScope' in globalThis
}

/** As in platform.node.ts. The thread starts when the caller's event loop next turns. */
export function startThread(program: string, data: object): boolean {
  const code = `onmessage = ({ data }) => (${program})(data)`
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  try {
    const worker = new Worker(url)
    worker.onerror = (event) => event.preventDefault() // it never joins, or the caller has been told
    worker.postMessage(data)
    return true
  } catch {
    URL.revokeObjectURL(url)
    return false // a policy forbids it
  }
}

export function uninitialized(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes)
}

export function loadAddon(): { addon: Addon | undefined; reason: string } {
  return { addon: undefined, reason: 'this is not Node' }
}
