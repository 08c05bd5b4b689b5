// What the backend needs of the platform, outside Node: nothing is there, so WASM with its defaults runs.
import type { Addon } from './backend.ts'

export function environment(_name: string): string | undefined {
  return undefined
}

export function processorCount(): number {
  return 1
}

export function uninitialized(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes)
}

export function loadAddon(): { addon: Addon | undefined; reason: string } {
  return { addon: undefined, reason: 'this is not Node' }
}
