// PyTorch's rules of drawing and dropping, written down as plainly as they can be said: slow, and obviously right.
import type { Shape } from '../../src/tensor/shape.ts'
import { positionsOf } from './grid.ts'

/** The Mersenne Twister MT19937 of Matsumoto & Nishimura (1998), one word at a time. */
export class SlowGenerator {
  readonly #words: number[]
  #next = 624

  /** The low 32 bits of a seed choose the sequence. */
  constructor(seed: bigint) {
    this.#words = [Number(BigInt.asUintN(32, seed))]
    for (let j = 1; j < 624; j++) {
      const before = this.#words[j - 1] as number
      this.#words.push((Math.imul(1812433253, before ^ (before >>> 30)) + j) >>> 0)
    }
  }

  #regenerate(): void {
    const at = (i: number) => this.#words[i % 624] as number
    for (let i = 0; i < 624; i++) {
      const joined = (at(i) & 0x80000000) | (at(i + 1) & 0x7fffffff)
      this.#words[i] = (at(i + 397) ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0)) >>> 0
    }
    this.#next = 0
  }

  word(): number {
    if (this.#next === 624) this.#regenerate()
    let y = this.#words[this.#next++] as number
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }

  /** 53 bits of two words, the first of which is the upper one, as a fraction of 1. */
  uniform(): number {
    const upper = this.word() % 2 ** 21
    return (upper * 2 ** 32 + this.word()) / 2 ** 53
  }
}

/** Which elements are kept, one draw each. Nothing is drawn where nothing is to be decided. */
export function slowMask(generator: SlowGenerator, count: number, p: number): boolean[] {
  return Array.from({ length: count }, () => (p === 0 ? true : p === 1 ? false : generator.uniform() < 1 - p))
}

/**
 * The elements, as row-major numbers, in the order that draws run in: as they lie in memory; in row-major order where
 * one place in memory is several elements.
 */
export function drawOrder(shape: Shape, strides: Shape): number[] {
  const places = positionsOf(shape).map((position) =>
    position.reduce((sum, index, dim) => sum + index * (strides[dim] as number), 0),
  )
  const numbers = places.map((_, i) => i)
  if (new Set(places).size < places.length) return numbers
  return numbers.sort((a, b) => (places[a] as number) - (places[b] as number))
}

/** What a mask of a smaller shape says of each element: sizes of 1 are shared. */
export const broadcastMask = (mask: readonly boolean[], sizes: Shape, shape: Shape): boolean[] =>
  positionsOf(shape).map((position) => {
    const at = position.reduce((number, index, dim) => {
      const size = sizes[dim] as number
      return number * size + (size === 1 ? 0 : index)
    }, 0)
    return mask[at] as boolean
  })

/** `x * noise` of one element: noise is `1 / (1 - p)` or 0; each operation is rounded to the type. */
export function slowDropout(x: number, kept: boolean, p: number, round: (x: number) => number): number {
  if (p === 0) return x
  return round(x * (kept ? round(1 / round(1 - p)) : 0))
}

/** Alpha dropout of one element: `x * noise + shift`, each operation rounded to the type. */
export function slowAlphaDropout(x: number, kept: boolean, p: number, round: (x: number) => number): number {
  if (p === 0) return x
  if (p === 1) return round(x * 0)
  const alpha = 1.7580993408473766
  const a = 1 / Math.sqrt((alpha ** 2 * p + 1) * (1 - p))
  const [noise, mask] = kept ? [round(a), 1] : [0, 0]
  const shift = round(round((mask - 1) * round(alpha * a)) + round(alpha * a * p))
  return round(round(x * noise) + shift)
}
