import type { Memory } from './memory.ts'

/**
 * One allocation in the backend's address space.
 *
 * Native: a V8-owned ArrayBuffer, so that the garbage collector frees it inside any loop; its address never changes.
 * WASM: a block of the heap; under pressure the least recently used ones move out to an ArrayBuffer of their own
 * (`base` is 0 then) and come back when an address is asked for.
 */
export class Storage {
  /** The address of the first byte, or 0 while the bytes are moved out of the WASM heap. */
  base = 0
  /** Native: the memory itself. WASM: the bytes while they are moved out. */
  buffer: ArrayBuffer | undefined
  /**
   * When the address was last taken. Native: before which run of calls, so that they hold the memory once. WASM: by a clock of
   * uses; what was used longest ago moves out first.
   */
  lastUse = 0

  /** @internal Made by `Memory.allocate` only. */
  constructor(
    readonly memory: Memory,
    readonly bytes: number,
  ) {}

  /** The address for a kernel. Valid until the next allocation, so take it right before the call. */
  get address(): number {
    return this.memory.addressOf(this)
  }

  /** The bytes for the host, computed. Valid until the next allocation or `address`: in WASM the heap grows, and bytes move. */
  bytesView(): Uint8Array {
    return this.memory.view(this)
  }

  /**
   * Gives the memory back at once. Only for buffers that no tensor of the user's can reach: the garbage collector
   * does not run callbacks inside a synchronous loop, so the engine recycles its own buffers by hand.
   */
  release(): void {
    this.memory.release(this)
  }
}
