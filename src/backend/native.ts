import { descriptorLength, alignment, type Memory } from './memory.ts'
import { Storage } from './storage.ts'

/** What the native memory needs of the platform. */
export interface NativeHost {
  /** The address of an ArrayBuffer's first byte. */
  addressOf(buffer: ArrayBuffer): number
  /** A new ArrayBuffer whose bytes are arbitrary. */
  uninitialized(bytes: number): ArrayBuffer
}

/** Released buffers kept for reuse, in bytes; beyond it they are left to the garbage collector. */
const recycledLimit = 256 * 2 ** 20

/** Memory of the native backend: V8-owned ArrayBuffers, at most one cache line larger than asked for. */
export class NativeMemory implements Memory {
  clock = 1
  allocatedBytes = 0
  readonly #host: NativeHost
  readonly #recycled = new Map<number, ArrayBuffer[]>()
  #recycledBytes = 0
  readonly #descriptor: Int32Array
  readonly #descriptorAddress: number

  constructor(host: NativeHost) {
    this.#host = host
    const block = new ArrayBuffer(descriptorLength * 4)
    this.#descriptor = new Int32Array(block)
    this.#descriptorAddress = host.addressOf(block)
  }

  allocate(bytes: number, zeroed = false): Storage {
    const storage = new Storage(this, bytes)
    const size = Math.ceil(bytes / alignment) * alignment + alignment
    const reused = this.#recycled.get(size)?.pop()
    if (reused) this.#recycledBytes -= size
    const buffer = reused ?? (zeroed ? new ArrayBuffer(size) : this.#host.uninitialized(size))
    storage.buffer = buffer
    storage.base = Math.ceil(this.#host.addressOf(buffer) / alignment) * alignment
    this.allocatedBytes += bytes
    if (zeroed && reused) this.view(storage).fill(0)
    return storage
  }

  bringIn(): number {
    throw new Error('internal: a released storage was used')
  }

  view(storage: Storage): Uint8Array {
    if (!storage.buffer) this.bringIn()
    const buffer = storage.buffer as ArrayBuffer
    return new Uint8Array(buffer, storage.base - this.#host.addressOf(buffer), storage.bytes)
  }

  release(storage: Storage): void {
    const { buffer } = storage
    if (!buffer) return
    storage.buffer = undefined
    storage.base = 0
    this.allocatedBytes -= storage.bytes
    const size = buffer.byteLength
    if (this.#recycledBytes + size > recycledLimit) return
    this.#recycledBytes += size
    const list = this.#recycled.get(size)
    if (list) list.push(buffer)
    else this.#recycled.set(size, [buffer])
  }

  describe(numbers: readonly number[]): number {
    for (let i = 0; i < numbers.length; i++) this.#descriptor[i] = numbers[i] as number
    return this.#descriptorAddress
  }
}
