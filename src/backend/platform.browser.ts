// What the backend needs of the platform, outside Node: no addon is there, so WASM with its defaults runs.
import type { Addon } from './backend.ts'

export function environment(_name: string): string | undefined {
  return undefined
}

/** Those that kernels may use: a page must not wait for other threads, and only isolated Workers may share memory. */
export function processorCount(): number {
  const inWorker = 'WorkerGlobalScope' in globalThis
  return inWorker && globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1
}

/** As in platform.node.ts. The thread starts when the caller's event loop next turns. */
export function startThread(program: string, data: object): boolean {
  const code = `onmessage = ({ data }) => (${program})(data)`
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
    worker.postMessage(data)
    return true
  } catch {
    return false // a policy forbids it
  }
}

export function uninitialized(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes)
}

export function loadAddon(): { addon: Addon | undefined; reason: string } {
  return { addon: undefined, reason: 'this is not Node' }
}
