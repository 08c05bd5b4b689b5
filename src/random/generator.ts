import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import type { Storage } from '../backend/storage.ts'
import { allocate, Tensor } from '../tensor/tensor.ts'

/** Byte offsets of the state that kernels work on: GeneratorState in kernels/mt19937.inl.hpp. */
const state = { bytes: 2560, seed: 0, position: 8, hasNormal: 12, cachedNormal: 16, words: 64 } as const

/** Byte offsets of PyTorch's state dump. */
const dump = {
  bytes: 5056,
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  cachedNormal: 5024,
  hasNormal: 5040,
} as const

const blockWords = 624
/** The position of a state that was seeded and not drawn from. */
const freshPosition = 625
const defaultSeed = 67280421310721n

/**
 * A source of random numbers: MT19937 with PyTorch's rules, so that a seed gives the numbers of PyTorch's CPU generator.
 * A new one starts from a fixed seed. Any random function takes one as `{ generator }`.
 *
 * @example
 * const generator = new Generator().manualSeed(0)
 * rand([3], { generator })
 */
export class Generator {
  readonly #firstSeed: () => bigint
  #storage: Storage | undefined

  /** @internal The argument is for the default generator. */
  constructor(firstSeed = () => defaultSeed) {
    this.#firstSeed = firstSeed
  }

  /**
   * Starts the sequence of a seed; returns this generator.
   *
   * @param seed A whole number from -2^63 to 2^64 - 1 (a bigint where a number cannot hold it). Negative ones stand for
   * `seed + 2^64`. Only the low 32 bits choose the sequence, as in PyTorch.
   * @throws ThinnetError TN_RANGE if it is not such a number.
   */
  manualSeed(seed: number | bigint): this {
    if (typeof seed !== 'bigint' && !Number.isInteger(seed)) {
      fail('TN_RANGE', 'manualSeed', `the seed must be a whole number, got ${seed}`)
    }
    const wide = BigInt(seed)
    if (wide < -(2n ** 63n) || wide >= 2n ** 64n) {
      failAsPyTorch('TN_RANGE', 'manualSeed', 'Overflow when unpacking long long')
    }
    this.#storage ??= backend().memory.allocate(state.bytes)
    const bits = BigInt.asUintN(64, wide)
    backend().kernels.randomSeed(this.#storage.address, Number(bits & 0xffffffffn), Number(bits >> 32n))
    return this
  }

  /** Seeds with a number that nobody can foresee, and returns it. */
  seed(): bigint {
    const seed = unforeseenSeed()
    this.manualSeed(seed)
    return seed
  }

  /** The seed that the sequence started from, from 0 to 2^64 - 1. */
  initialSeed(): bigint {
    return this.#view().getBigUint64(state.seed, true)
  }

  /**
   * The state as PyTorch dumps it: 5056 bytes, which `torch.Generator.set_state` accepts too. Shape: `[5056]`, uint8.
   */
  getState(): Tensor {
    const saved = allocate([dump.bytes], 'uint8', true)
    const to = viewOfBytes(saved.hostView() as Uint8Array)
    const from = this.#view()
    const position = from.getUint32(state.position, true)
    to.setBigUint64(dump.seed, from.getBigUint64(state.seed, true), true)
    to.setInt32(dump.left, position < blockWords ? blockWords + 1 - position : 1, true)
    to.setInt32(dump.seeded, 1, true)
    to.setBigUint64(dump.next, position === freshPosition ? 0n : BigInt(position), true)
    for (let i = 0; i < blockWords; i++)
      to.setUint32(dump.words + 8 * i, from.getUint32(state.words + 4 * i, true), true)
    if (from.getUint32(state.hasNormal, true) === 1) {
      to.setFloat64(dump.cachedNormal, from.getFloat64(state.cachedNormal, true), true)
      to.setInt32(dump.hasNormal, 1, true)
    }
    return saved
  }

  /**
   * Continues from a state that `getState`, or PyTorch's `get_state` of a CPU generator, gave; returns this generator.
   *
   * @throws ThinnetError TN_DTYPE or TN_STATE if it is not such a state; the generator is then unchanged.
   */
  setState(saved: Tensor): this {
    if (!(saved instanceof Tensor) || saved.dtype !== 'uint8') {
      failAsPyTorch('TN_DTYPE', 'setState', 'RNG state must be a torch.ByteTensor')
    }
    if (saved.numel !== dump.bytes) {
      const expected = `Expected a CPUGeneratorImplState of size ${dump.bytes}`
      failAsPyTorch('TN_STATE', 'setState', `${expected} but found the input RNG state size to be ${saved.numel}`)
    }
    const from = viewOfBytes(saved.toArray() as Uint8Array)
    const left = from.getInt32(dump.left, true)
    const next = from.getBigUint64(dump.next, true)
    const fresh = left === 1 && next === 0n
    if (from.getInt32(dump.seeded, true) !== 1 || left < 1 || !(fresh || next === BigInt(blockWords + 1 - left))) {
      failAsPyTorch('TN_STATE', 'setState', 'Invalid mt19937 state')
    }
    this.#storage ??= backend().memory.allocate(state.bytes)
    const to = this.#view()
    const hasNormal = from.getInt32(dump.hasNormal, true) === 0 ? 0 : 1
    to.setBigUint64(state.seed, from.getBigUint64(dump.seed, true), true)
    to.setUint32(state.position, fresh ? freshPosition : Number(next), true)
    to.setUint32(state.hasNormal, hasNormal, true)
    to.setFloat64(state.cachedNormal, hasNormal === 1 ? from.getFloat64(dump.cachedNormal, true) : 0, true)
    for (let i = 0; i < blockWords; i++)
      to.setUint32(state.words + 4 * i, from.getUint32(dump.words + 8 * i, true), true)
    return this
  }

  /** Draws `count` 32-bit words: what all random numbers are made of. */
  words(count: number): Uint32Array {
    const drawn = allocate([count], 'int32')
    backend().kernels.randomWords(this.address, drawn.address, count)
    const words = Uint32Array.from(new Uint32Array(drawn.hostView().buffer, drawn.hostView().byteOffset, count))
    drawn.storage.release()
    return words
  }

  /** Draws 64 bits: two words, the first of which is the high one. */
  random64(): bigint {
    const [high, low] = this.words(2) as unknown as [number, number]
    return (BigInt(high) << 32n) | BigInt(low)
  }

  /** @internal The address of the state for a kernel, valid until the next allocation. */
  get address(): number {
    return this.#seeded().address
  }

  #seeded(): Storage {
    if (!this.#storage) this.manualSeed(this.#firstSeed())
    return this.#storage as Storage
  }

  #view(): DataView {
    return viewOfBytes(this.#seeded().bytesView())
  }
}

const viewOfBytes = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)

const unforeseenSeed = () => crypto.getRandomValues(new BigUint64Array(1))[0] as bigint

/** The generator of every random function that is given no other. Until `manualSeed`, its numbers cannot be foreseen. */
export const defaultGenerator: Generator = /* @__PURE__ */ new Generator(unforeseenSeed)

/** Seeds the default generator, and returns it. @see Generator.manualSeed */
export const manualSeed = (seed: number | bigint): Generator => defaultGenerator.manualSeed(seed)
