import { alignment } from './memory.ts'

/** A stretch of the heap: given out, or free. Neighbours in memory know each other; no two of them are both free. */
export interface Block {
  /** The address of its first byte, a multiple of `alignment`. */
  readonly address: number
  /** Its length in bytes, a multiple of `alignment`. */
  size: number
  free: boolean
  /** The blocks that end where it begins, and begin where it ends. */
  before: Block | undefined
  after: Block | undefined
  /** Its neighbours in the list of free blocks of its class. */
  previousFree: Block | undefined
  nextFree: Block | undefined
}

/** Size classes to a power of two: a request is rounded up by at most 1/16. */
const classesPerOctave = 16

/** Classes for every size that fits 32 bits: exact below 16 units, then 16 to each of the octaves 2^4 .. 2^26 units. */
const octaves = 24

/** The class of blocks that hold `units` and less than the next class does. */
function classOf(units: number): number {
  const log = 31 - Math.clz32(units)
  if (log < 4) return units
  return (log - 3) * classesPerOctave + ((units >>> (log - 4)) & (classesPerOctave - 1))
}

/** The least size, in units, of a block of a class. */
function leastOf(sizeClass: number): number {
  const octave = Math.floor(sizeClass / classesPerOctave)
  if (octave === 0) return sizeClass
  return (classesPerOctave + (sizeClass % classesPerOctave)) * 2 ** (octave - 1)
}

/**
 * An allocator of address ranges: two-level segregated fit (Masmano et al., 2004). Free blocks lie in lists by size
 * class, and two levels of bitmaps find the first list that fits, so that taking and giving back are a few steps
 * whatever the heap holds. Requests are rounded up to their class: a block given back serves the next request of its
 * size exactly, which is what a training loop asks for. Neighbours that are free merge at once.
 *
 * The book-keeping is JavaScript's; the heap itself holds nothing but the users' bytes.
 */
export class Heap {
  readonly #lists: (Block | undefined)[] = new Array(octaves * classesPerOctave).fill(undefined)
  /** Bit i of #classesInUse[octave]: list i of that octave has a block. Bit i of #octavesInUse: octave i has such a list. */
  readonly #classesInUse = new Int32Array(octaves)
  #octavesInUse = 0
  #last: Block | undefined
  #end: number

  /** An empty heap that begins at an address; `extend` gives it room. */
  constructor(begin: number) {
    this.#end = Math.ceil(begin / alignment) * alignment
  }

  /** The size of the block that `allocate(bytes)` gives. */
  static sizeFor(bytes: number): number {
    const units = Math.max(1, Math.ceil(bytes / alignment))
    const least = leastOf(classOf(units))
    return (least === units ? units : leastOf(classOf(units) + 1)) * alignment
  }

  /** Bytes that the heap must be extended by for `allocate(bytes)` to succeed at its end. */
  shortfall(bytes: number): number {
    return Heap.sizeFor(bytes) - (this.#last?.free ? this.#last.size : 0)
  }

  /** Lets the heap reach up to the address `end`. */
  extend(end: number): void {
    const size = Math.floor((end - this.#end) / alignment) * alignment
    if (size <= 0) return
    const block: Block = {
      address: this.#end,
      size,
      free: false,
      before: this.#last,
      after: undefined,
      previousFree: undefined,
      nextFree: undefined,
    }
    if (this.#last) this.#last.after = block
    this.#last = block
    this.#end += size
    this.free(block)
  }

  /** A block of at least `bytes` bytes, or undefined if no free one is large enough. */
  allocate(bytes: number): Block | undefined {
    const size = Heap.sizeFor(bytes)
    const block = this.#firstFit(classOf(size / alignment))
    if (!block) return undefined
    this.#unlist(block)
    if (block.size > size) this.#split(block, size)
    return block
  }

  /** Takes back a block, which must not be used again. */
  free(block: Block): void {
    if (block.free) throw new Error('internal: a heap block was freed twice')
    let whole = block
    if (block.before?.free) {
      whole = block.before
      this.#unlist(whole)
      this.#join(whole)
    }
    if (whole.after?.free) {
      this.#unlist(whole.after)
      this.#join(whole)
    }
    this.#list(whole)
  }

  #firstFit(sizeClass: number): Block | undefined {
    let octave = Math.floor(sizeClass / classesPerOctave)
    let candidates = (this.#classesInUse[octave] as number) & (-1 << (sizeClass % classesPerOctave))
    if (candidates === 0) {
      const higher = this.#octavesInUse & (-2 << octave)
      if (higher === 0) return undefined
      octave = lowestBit(higher)
      candidates = this.#classesInUse[octave] as number
    }
    return this.#lists[octave * classesPerOctave + lowestBit(candidates)]
  }

  /** Cuts a block to `size`; the rest becomes a free block of its own. */
  #split(block: Block, size: number): void {
    const rest: Block = {
      address: block.address + size,
      size: block.size - size,
      free: false,
      before: block,
      after: block.after,
      previousFree: undefined,
      nextFree: undefined,
    }
    if (rest.after) rest.after.before = rest
    else this.#last = rest
    block.after = rest
    block.size = size
    this.#list(rest)
  }

  /** Merges a block with the one behind it, which must be in no list. */
  #join(block: Block): void {
    const gone = block.after as Block
    block.size += gone.size
    block.after = gone.after
    if (block.after) block.after.before = block
    else this.#last = block
  }

  #list(block: Block): void {
    const sizeClass = classOf(block.size / alignment)
    const head = this.#lists[sizeClass]
    block.free = true
    block.previousFree = undefined
    block.nextFree = head
    if (head) head.previousFree = block
    this.#lists[sizeClass] = block
    const octave = Math.floor(sizeClass / classesPerOctave)
    this.#classesInUse[octave] = (this.#classesInUse[octave] as number) | (1 << (sizeClass % classesPerOctave))
    this.#octavesInUse |= 1 << octave
  }

  #unlist(block: Block): void {
    block.free = false
    if (block.nextFree) block.nextFree.previousFree = block.previousFree
    if (block.previousFree) {
      block.previousFree.nextFree = block.nextFree
      return
    }
    const sizeClass = classOf(block.size / alignment)
    this.#lists[sizeClass] = block.nextFree
    if (block.nextFree) return
    const octave = Math.floor(sizeClass / classesPerOctave)
    const left = (this.#classesInUse[octave] as number) & ~(1 << (sizeClass % classesPerOctave))
    this.#classesInUse[octave] = left
    if (left === 0) this.#octavesInUse &= ~(1 << octave)
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
