import type { Storage } from './storage.ts'

/** Where storages live: V8's ArrayBuffers (native) or one WASM heap. */
export interface Memory {
  /** Bytes of storages that are allocated and not known to be garbage. */
  readonly allocatedBytes: number
  /** A new storage. Its bytes are arbitrary unless `zeroed`. */
  allocate(bytes: number, zeroed?: boolean): Storage
  /** The address of a storage, for the next kernel call; see `Storage.address`. */
  addressOf(storage: Storage): number
  view(storage: Storage): Uint8Array
  release(storage: Storage): void
  /**
   * Writes shapes, strides and the like into an argument block that a kernel reads them from, and returns its address. Valid
   * for the next kernel call only. At most 1024 numbers.
   */
  describe(numbers: readonly number[]): number
  /** Numbers that the kernel called last wrote into the argument block, from its beginning. */
  answer(count: number): number[]
}

/** Throws: what a storage was asked for after its release. */
export function failReleased(): never {
  throw new Error('internal: a released storage was used')
}

/** Numbers that the argument block of `Memory.describe` holds. */
export const descriptorLength = 1024

/** Every storage starts at a multiple of this many bytes: a cache line, and the widest vector. */
export const alignment = 64
