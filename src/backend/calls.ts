import { descriptorLength } from './memory.ts'
import type { Storage } from './storage.ts'

/** Runs the calls that are written in a block of float64 numbers: each a kernel's place in the table, then its arguments. */
export type RunCalls = (address: number, numbers: number) => void

/** What calls need of the platform. */
export interface CallsHost {
  /** The address of an ArrayBuffer's first byte. */
  addressOf(buffer: ArrayBuffer): number
  run: RunCalls
}

/** More numbers than this waiting, and they run. */
const mostNumbers = 4096
/** No call is longer than this. */
const longestCall = 64
/** Room for the argument blocks of calls that wait. */
const mostDescribed = 4 * descriptorLength
/** More bytes of new memory than this since the last run, and calls run: what they refer to may all be garbage. */
const mostBytes = 64 * 2 ** 20

/**
 * Kernel calls that wait: they are written down as numbers, and run in their order, all in one call of native code, when
 * somebody looks at memory, at the end of an optimizer's step, or when many have gathered.
 *
 * So there is no JavaScript between two kernels. A kernel moves megabytes through the caches, and what JavaScript touches
 * after it comes from memory again: once for many kernels instead of once for each makes its part of a step a third
 * shorter. And a kernel of a small network takes less time than a call of native code.
 */
export class Calls {
  readonly numbers = new Float64Array(mostNumbers + longestCall)
  /** Where the next call goes; 0 if none waits. */
  next = 0
  /** How calls are run. Benchmarks put a clock around it. */
  run: RunCalls
  readonly #address: number
  readonly #described = new Int32Array(mostDescribed + descriptorLength)
  readonly #describedAddress: number
  /** Where the newest argument block begins and ends. */
  #begin = 0
  #end = 0
  /** Memory that calls refer to: the collector must not free it before they have run. */
  readonly #held: (ArrayBuffer | undefined)[] = []
  #holds = 0
  /** Grows with each run. */
  #round = 1
  #bytes = 0

  constructor({ addressOf, run }: CallsHost) {
    this.run = run
    this.#address = addressOf(this.numbers.buffer)
    this.#describedAddress = addressOf(this.#described.buffer)
  }

  /** Keeps memory that the next call refers to until it has run. */
  hold(storage: Storage, buffer: ArrayBuffer): void {
    if (storage.lastUse === this.#round) return
    storage.lastUse = this.#round
    this.#held[this.#holds++] = buffer
  }

  /** Counts new memory. */
  allocated(bytes: number): void {
    this.#bytes += bytes
  }

  /** The argument block of the next call: its address. */
  describe(numbers: readonly number[]): number {
    const at = this.next === 0 ? 0 : this.#end
    if (at + numbers.length > this.#described.length)
      throw new Error('internal: arguments were described that no call took')
    for (let i = 0; i < numbers.length; i++) this.#described[at + i] = numbers[i] as number
    this.#begin = at
    this.#end = at + numbers.length
    return this.#describedAddress + at * Int32Array.BYTES_PER_ELEMENT
  }

  /** What the newest argument block holds after its call. */
  answer(count: number): number[] {
    this.finish()
    const begin = this.#begin
    const numbers = new Array<number>(count)
    for (let i = 0; i < count; i++) numbers[i] = this.#described[begin + i] as number
    return numbers
  }

  /** Says that a call has been written, and where the next one goes. */
  wrote(next: number): void {
    this.next = next
    if (next > mostNumbers || this.#end > mostDescribed || this.#bytes > mostBytes) this.finish()
  }

  /** Runs what waits. */
  finish(): void {
    const { next } = this
    if (next === 0) return
    this.next = 0
    this.run(this.#address, next)
    while (this.#holds > 0) this.#held[--this.#holds] = undefined
    this.#round++
    this.#bytes = 0
    this.#end = 0
  }
}
