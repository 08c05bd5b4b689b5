import { fail } from './errors.ts'
import { descriptorLength, failReleased, type Memory } from './memory.ts'
import { Storage } from './storage.ts'
import { type Block, Heap } from './wasm-heap.ts'

const pageBytes = 65536
/** All that 32-bit addresses reach; the module's --max-memory. */
const maximumBytes = 2 ** 32
const firstBudget = 24 * 2 ** 20
/** What a resident costs in JavaScript objects, roughly: a heap of a million scalars has to be swept, too. */
const bookkeepingBytes = 1024
/** Storages used within so many ticks of the clock may be operands of the call that is being prepared: they stay. */
const protectedTicks = 64
/** A pass of eviction stops at this share of the budget, so that the next one is some way off. */
const shareAfterEviction = 0.75
/** If more than this share of what moved out has come back by the next pass, the budget is too small for what is alive. */
const toleratedReturns = 1 / 8

/**
 * Memory of the WASM backend: one linear memory that holds the storages' bytes.
 *
 * The table of residents keeps every storage in the heap alive, since no callback would tell in time that one is garbage
 * (none runs inside a synchronous loop). Instead, when the heap holds more than a budget, the storages used longest ago
 * move out: their bytes go to an ArrayBuffer that only the storage refers to, and the table forgets them. What was
 * garbage is then collected like any object; what was not comes back when its address is next asked for. So each byte
 * of garbage costs one copy, and a loop's memory is bounded by the budget, which doubles until what is alive fits.
 *
 * Moving out happens in `allocate` only: a caller allocates its results, then takes all addresses, then calls the kernel,
 * and `addressOf` makes room by growing the heap, so that no address that was just taken dies. At the end of the address
 * space, where growing is impossible, the last `protectedTicks` uses are safe.
 */
export class WasmMemory implements Memory {
  /** Counts uses of addresses; see `Storage.lastUse`. */
  #clock = 1
  /** Bytes of the residents. Moved-out storages are not counted: nothing tells which of them are still alive. */
  allocatedBytes = 0
  readonly #memory: WebAssembly.Memory
  readonly #heap: Heap
  readonly #zero: (address: number, bytes: number) => void
  readonly #residents = new Map<Storage, Block>()
  /** Bytes of the residents' blocks and their book-keeping: what the budget bounds. */
  #charge = 0
  #budget: number
  /** No budget above this is of use. */
  #budgetLimit = maximumBytes * shareAfterEviction
  /** The charge that starts the next pass of eviction. */
  #evictAbove: number
  #movedOut = 0
  #broughtBack = 0
  readonly #descriptorAddress: number
  // Views of the memory, made anew whenever it grows.
  #bytes: Uint8Array
  #descriptor: Int32Array

  /**
   * @param heapBase The first address that the module's own data leaves free.
   * @param zero Sets bytes of the memory to 0.
   * @param budget Bytes that residents may take before the first ones move out.
   */
  constructor(
    memory: WebAssembly.Memory,
    heapBase: number,
    zero: (address: number, bytes: number) => void,
    budget = firstBudget,
  ) {
    this.#memory = memory
    this.#zero = zero
    this.#budget = budget
    this.#evictAbove = budget
    this.#heap = new Heap(heapBase)
    this.#heap.extend(memory.buffer.byteLength)
    this.#descriptorAddress = this.#obtain(descriptorLength * Int32Array.BYTES_PER_ELEMENT).address
    this.#bytes = new Uint8Array(memory.buffer)
    this.#descriptor = new Int32Array(memory.buffer, this.#descriptorAddress, descriptorLength)
  }

  /** Bytes of the linear memory, the module's own data included. It never shrinks. */
  get heapBytes(): number {
    return this.#bytes.length
  }

  /** Bytes that residents may take at present before some move out. */
  get budget(): number {
    return this.#budget
  }

  allocate(bytes: number, zeroed = false): Storage {
    if (this.#charge + bytes > this.#evictAbove) this.#relieve(bytes)
    const storage = new Storage(this, bytes)
    storage.lastUse = this.#clock++
    const address = this.#settle(storage)
    if (zeroed) this.#zero(address, bytes)
    return storage
  }

  addressOf(storage: Storage): number {
    storage.lastUse = this.#clock++
    return storage.base !== 0 ? storage.base : this.#bringIn(storage)
  }

  /** Moves a storage's bytes back into the heap. */
  #bringIn(storage: Storage): number {
    const { buffer } = storage
    if (!buffer) failReleased()
    const address = this.#settle(storage)
    this.#bytes.set(new Uint8Array(buffer), address)
    storage.buffer = undefined
    this.#broughtBack += storage.bytes
    return address
  }

  view(storage: Storage): Uint8Array {
    if (storage.base !== 0) return new Uint8Array(this.#memory.buffer, storage.base, storage.bytes)
    if (!storage.buffer) failReleased()
    return new Uint8Array(storage.buffer)
  }

  release(storage: Storage): void {
    const block = this.#residents.get(storage)
    if (block) this.#unsettle(storage, block)
    storage.buffer = undefined
  }

  describe(numbers: readonly number[]): number {
    this.#descriptor.set(numbers)
    return this.#descriptorAddress
  }

  answer(count: number): number[] {
    return Array.from(this.#descriptor.subarray(0, count))
  }

  /**
   * The address of so many bytes that stay what they are for good: for the stacks of threads. Undefined if the heap cannot
   * grow by them. It may be called while a kernel runs: nothing moves.
   */
  reserve(bytes: number): number | undefined {
    return this.#allocate(bytes)?.address
  }

  /** Gives a storage a block, which makes it a resident. */
  #settle(storage: Storage): number {
    const block = this.#obtain(storage.bytes)
    storage.base = block.address
    this.#residents.set(storage, block)
    this.#charge += block.size + bookkeepingBytes
    this.allocatedBytes += storage.bytes
    return block.address
  }

  #unsettle(storage: Storage, block: Block): void {
    storage.base = 0
    this.#residents.delete(storage)
    this.#charge -= block.size + bookkeepingBytes
    this.allocatedBytes -= storage.bytes
    this.#heap.free(block)
  }

  /** A block of the heap; where it can grow no more, storages move out. */
  #obtain(bytes: number): Block {
    const block = this.#allocate(bytes)
    if (block) return block
    if (bytes < maximumBytes) {
      // Nothing is left to grow into. From now on the budget keeps below what this engine gives.
      this.#evict(0)
      this.#budgetLimit = Math.min(this.#budgetLimit, this.heapBytes * shareAfterEviction)
      this.#budget = Math.min(this.#budget, this.#budgetLimit)
      this.#evictAbove = this.#budget
      const freed = this.#allocate(bytes)
      if (freed) return freed
    }
    fail(
      'TN_BACKEND',
      'memory',
      `the WASM heap cannot hold ${bytes} bytes more; ${this.allocatedBytes} bytes are in use, ` +
        `and it has grown to ${this.heapBytes} of at most ${maximumBytes}`,
      { bytes, allocatedBytes: this.allocatedBytes, heapBytes: this.heapBytes },
    )
  }

  /** A block of the heap, which grows if it must and can; nothing moves out. */
  #allocate(bytes: number): Block | undefined {
    return this.#heap.allocate(bytes) ?? this.#allocateGrown(bytes)
  }

  #allocateGrown(bytes: number): Block | undefined {
    const pages = this.#memory.buffer.byteLength / pageBytes
    const needed = Math.ceil(this.#heap.shortfall(bytes) / pageBytes)
    const left = maximumBytes / pageBytes - pages
    if (needed > left) return undefined
    const generous = Math.min(left, Math.max(needed, Math.ceil(pages / 8)))
    if (!this.#growBy(generous) && !this.#growBy(needed)) return undefined
    return this.#heap.allocate(bytes)
  }

  #growBy(pages: number): boolean {
    try {
      this.#memory.grow(pages)
    } catch {
      return false // a RangeError: the engine has no more to give
    }
    const { buffer } = this.#memory
    this.#heap.extend(buffer.byteLength)
    this.#bytes = new Uint8Array(buffer)
    this.#descriptor = new Int32Array(buffer, this.#descriptorAddress, descriptorLength)
    return true
  }

  /** Adapts the budget to what came back since the last pass; then moves storages out until `incoming` bytes fit in. */
  #relieve(incoming: number): void {
    if (this.#broughtBack > this.#movedOut * toleratedReturns) {
      this.#budget = Math.min(2 * this.#budget, this.#budgetLimit)
    }
    this.#movedOut = 0
    this.#broughtBack = 0
    if (this.#charge + incoming > this.#budget) this.#evict(shareAfterEviction * this.#budget - incoming)
    // Where protected storages alone exceed the budget, passes must still be some way apart.
    this.#evictAbove = Math.max(this.#budget, this.#charge + incoming + (1 - shareAfterEviction) * this.#budget)
  }

  /** Moves out the storages used longest ago until the charge is at most `target`. */
  #evict(target: number): void {
    const firstProtected = this.#clock - protectedTicks
    const candidates = [...this.#residents].filter(([storage]) => storage.lastUse < firstProtected)
    candidates.sort(([a], [b]) => a.lastUse - b.lastUse)
    for (const [storage, block] of candidates) {
      if (this.#charge <= target) break
      storage.buffer = this.#bytes.slice(storage.base, storage.base + storage.bytes).buffer as ArrayBuffer
      this.#unsettle(storage, block)
      this.#movedOut += storage.bytes
    }
  }
}
