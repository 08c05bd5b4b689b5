import type { Calls } from './calls.ts'
import { alignment, failReleased, type Memory } from './memory.ts'
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
const slabLimit = 32768
/**
 * How large slabs are, within these numbers of blocks. One lives as long as any of its blocks, so a tensor that is kept
 * forever may keep so much more than itself.
 */
const slabBytes = 65536
const [fewestBlocks, mostBlocks] = [8, 64]
/** Blocks up to this many bytes are as large as asked for. */
const exactLimit = 4096

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

/** Blocks of one size: those that were released, and what is left of the newest slab. */
interface SizeClass {
  readonly size: number
  readonly released: Block[]
  slab: ArrayBuffer | undefined
  next: number
  left: number
}

const roundedUp = (bytes: number, to = alignment): number => Math.ceil(bytes / to) * to

/**
 * Memory of the native backend: V8-owned ArrayBuffers, larger than asked for by at most a sixteenth and the boundary that
 * they start at. The collector frees them inside any loop, and their addresses do not move.
 */
export class NativeMemory implements Memory {
  allocatedBytes = 0
  /** Kernel calls that have still to run. */
  readonly calls: Calls
  readonly #host: NativeHost
  readonly #classes: (SizeClass | undefined)[] = []
  #recycledBytes = 0

  constructor(host: NativeHost, calls: Calls) {
    this.#host = host
    this.calls = calls
  }

  allocate(bytes: number, zeroed = false): Storage {
    const storage = new Storage(this, bytes)
    const kind = this.#classOf(bytes)
    this.allocatedBytes += bytes
    const reused = kind.released.pop()
    if (reused) {
      this.#recycledBytes -= kind.size
      storage.buffer = reused.buffer
      storage.base = reused.base
    } else if (kind.size <= slabLimit) this.#takeFromSlab(storage, kind)
    else {
      this.#takeBuffer(storage, kind.size, zeroed)
      return storage
    }
    if (zeroed) {
      if (reused) this.calls.finish() // they may read what is there
      this.#bytesOf(storage).fill(0)
    }
    return storage
  }

  /**
   * The class of a storage's size. Above `exactLimit` sizes go in steps of a sixteenth of their power of two, so that buffers
   * whose length depends on how many neurons a step keeps serve the next step, too.
   */
  #classOf(bytes: number): SizeClass {
    let step = alignment
    let index = 0 // of the class before the first that has this step
    if (bytes > exactLimit) {
      step = exactLimit / 16
      index = exactLimit / alignment - 16
      for (; bytes > 32 * step; step *= 2) index += 16
    }
    const steps = Math.max(Math.ceil(bytes / step), 1)
    index += steps
    const known = this.#classes[index]
    if (known) return known
    const made: SizeClass = { size: steps * step, released: [], slab: undefined, next: 0, left: 0 }
    this.#classes[index] = made
    return made
  }

  #takeFromSlab(storage: Storage, kind: SizeClass): void {
    if (kind.left === 0) {
      kind.left = Math.max(fewestBlocks, Math.min(mostBlocks, Math.floor(slabBytes / kind.size)))
      kind.slab = this.#host.uninitialized(kind.size * kind.left + alignment)
      kind.next = roundedUp(this.#host.addressOf(kind.slab))
    }
    storage.buffer = kind.slab
    storage.base = kind.next
    kind.next += kind.size
    kind.left--
  }

  #takeBuffer(storage: Storage, size: number, zeroed: boolean): void {
    const start = size < largePage ? alignment : largePage
    this.calls.allocated(size)
    const buffer = zeroed ? new ArrayBuffer(size + start) : this.#host.uninitialized(size + start)
    storage.buffer = buffer
    storage.base = roundedUp(this.#host.addressOf(buffer), start)
    if (start === largePage) this.#host.adviseLargePages(storage.base, Math.floor(size / largePage) * largePage)
  }

  addressOf(storage: Storage): number {
    this.calls.hold(storage, storage.buffer ?? failReleased())
    return storage.base
  }

  view(storage: Storage): Uint8Array {
    this.calls.finish()
    return this.#bytesOf(storage)
  }

  #bytesOf(storage: Storage): Uint8Array {
    const buffer = storage.buffer ?? failReleased()
    return new Uint8Array(buffer, storage.base - this.#host.addressOf(buffer), storage.bytes)
  }

  release(storage: Storage): void {
    const { buffer, base } = storage
    if (!buffer) return
    storage.buffer = undefined
    storage.base = 0
    this.allocatedBytes -= storage.bytes
    const { size, released } = this.#classOf(storage.bytes)
    if (this.#recycledBytes + size > recycledLimit) return
    this.#recycledBytes += size
    released.push({ buffer, base })
  }

  describe(numbers: readonly number[]): number {
    return this.calls.describe(numbers)
  }

  answer(count: number): number[] {
    return this.calls.answer(count)
  }
}
