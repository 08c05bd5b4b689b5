import { alignment, descriptorLength, type Memory } from './memory.ts'
import { Storage } from './storage.ts'

/** What the native memory needs of the platform. */
export interface NativeHost {
  /** The address of an ArrayBuffer's first byte. */
  addressOf(buffer: ArrayBuffer): number
  /** A new ArrayBuffer whose bytes are arbitrary. */
  uninitialized(bytes: number): ArrayBuffer
  /** Asks for memory that nothing was written to yet to come in large pages, where the system has them on request. */
  adviseLargePages(address: number, bytes: number): void
}

/** Released blocks kept for reuse, in bytes; beyond it they are left to the garbage collector. */
const recycledLimit = 256 * 2 ** 20

/**
 * Blocks up to this many bytes come out of slabs of their own size. An ArrayBuffer costs more than a small op, and a
 * training step of a small network makes dozens.
 */
const slabLimit = 4096
/** A slab lives as long as one of its blocks: so few that a tensor kept forever holds little more than itself. */
const blocksPerSlab = 16

/**
 * What processors map as one large page. Blocks of at least this many bytes start at a multiple of it: kernels walk through
 * large operands in steps of a row, and looking up a small page for each costs a large product a quarter of its time.
 */
const largePage = 2 ** 21

/** Memory for one storage: where it starts, and the buffer that owns it. */
interface Block {
  readonly buffer: ArrayBuffer
  readonly base: number
}

/** What is left of the newest slab of a size. */
interface Slab {
  readonly buffer: ArrayBuffer
  next: number
  left: number
}

const roundedUp = (bytes: number, to = alignment): number => Math.ceil(bytes / to) * to

/**
 * The size of the block for a storage: in steps of a sixteenth of its power of two, so that buffers whose length depends
 * on how many neurons a step keeps serve the next step, too.
 */
function blockSize(bytes: number): number {
  if (bytes <= slabLimit) return Math.max(roundedUp(bytes), alignment)
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 4)
  return Math.ceil(bytes / step) * step
}

/**
 * Memory of the native backend: V8-owned ArrayBuffers, larger than asked for by at most a sixteenth and the boundary that
 * they start at. The collector frees them inside any loop, and their addresses do not move.
 */
export class NativeMemory implements Memory {
  clock = 1
  allocatedBytes = 0
  readonly #host: NativeHost
  /** By size, rounded up. */
  readonly #recycled = new Map<number, Block[]>()
  #recycledBytes = 0
  readonly #slabs = new Map<number, Slab>()
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
    const size = blockSize(bytes)
    this.allocatedBytes += bytes
    const reused = this.#recycled.get(size)?.pop()
    if (reused) {
      this.#recycledBytes -= size
      storage.buffer = reused.buffer
      storage.base = reused.base
    } else if (size <= slabLimit) this.#takeFromSlab(storage, size)
    else {
      const start = size < largePage ? alignment : largePage
      const buffer = zeroed ? new ArrayBuffer(size + start) : this.#host.uninitialized(size + start)
      storage.buffer = buffer
      storage.base = roundedUp(this.#host.addressOf(buffer), start)
      if (start === largePage) this.#host.adviseLargePages(storage.base, Math.floor(size / largePage) * largePage)
      return storage
    }
    if (zeroed) this.view(storage).fill(0)
    return storage
  }

  #takeFromSlab(storage: Storage, size: number): void {
    let slab = this.#slabs.get(size)
    if (!slab || slab.left === 0) {
      const buffer = new ArrayBuffer(size * blocksPerSlab + alignment)
      slab = { buffer, next: roundedUp(this.#host.addressOf(buffer)), left: blocksPerSlab }
      this.#slabs.set(size, slab)
    }
    storage.buffer = slab.buffer
    storage.base = slab.next
    slab.next += size
    slab.left--
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
    const { buffer, base } = storage
    if (!buffer) return
    storage.buffer = undefined
    storage.base = 0
    this.allocatedBytes -= storage.bytes
    const size = blockSize(storage.bytes)
    if (this.#recycledBytes + size > recycledLimit) return
    this.#recycledBytes += size
    const list = this.#recycled.get(size)
    if (list) list.push({ buffer, base })
    else this.#recycled.set(size, [{ buffer, base }])
  }

  describe(numbers: readonly number[]): number {
    for (let i = 0; i < numbers.length; i++) this.#descriptor[i] = numbers[i] as number
    return this.#descriptorAddress
  }
}
