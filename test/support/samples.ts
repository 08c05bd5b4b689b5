// Inputs of op tests: reproducible, and away from where derivatives jump.
import { tensor } from '../../src/ops/creation.ts'
import { elementCount, type Shape } from '../../src/tensor/shape.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** Makes inputs from a seed. Floating ones are float64; the runner casts them to the type under test. */
export class Samples {
  #state: number

  constructor(readonly seed: number) {
    this.#state = seed
  }

  /** Uniform in [0, 1); the mulberry32 generator, since tests of ops should not rest on the one under test. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  #of(shape: Shape, f: () => number): Tensor {
    return tensor(Float64Array.from({ length: elementCount(shape) }, f), { shape })
  }

  uniform(shape: Shape, low = -2, high = 2): Tensor {
    return this.#of(shape, () => low + (high - low) * this.next())
  }

  /** In [0.3, 2.3]. */
  positive(shape: Shape): Tensor {
    return this.uniform(shape, 0.3, 2.3)
  }

  /** Of either sign, at least 0.2 from 0. */
  nonzero(shape: Shape): Tensor {
    return this.#of(shape, () => (this.next() < 0.5 ? -1 : 1) * (0.2 + 1.8 * this.next()))
  }

  /** All at least 0.05 apart, in random order: no ties for maxima. */
  distinct(shape: Shape): Tensor {
    const count = elementCount(shape)
    const order = Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1))
      ;[order[i], order[j]] = [order[j] as number, order[i] as number]
    }
    return tensor(
      Float64Array.from(order, (i) => (i - count / 2) * 0.1 + 0.025),
      { shape },
    )
  }

  /** int32 in [low, high). */
  integers(shape: Shape, low: number, high: number): Tensor {
    const data = Int32Array.from({ length: elementCount(shape) }, () => low + Math.floor(this.next() * (high - low)))
    return tensor(data, { shape })
  }

  bools(shape: Shape): Tensor {
    const data = Uint8Array.from({ length: elementCount(shape) }, () => (this.next() < 0.5 ? 0 : 1))
    return tensor(data, { shape, dtype: 'bool' })
  }
}

/** The same values at memory that has gaps and another order of dimensions. */
export function strided(x: Tensor): Tensor {
  const order = x.shape.map((_, i) => x.ndim - 1 - i)
  const turned = x.permute(order)
  const wide = turned.shape.map((size, i) => (i === turned.ndim - 1 ? 2 * size : size))
  const holder = tensor(new Float64Array(elementCount(wide)).fill(-99), { shape: wide, dtype: x.dtype })
  const part = x.ndim === 0 ? holder : holder.slice(-1, 1, undefined, 2)
  part.copy_(turned)
  return part.permute(order)
}

/** An int32 tensor. */
export const int32 = (data: readonly number[], shape: Shape = [data.length]): Tensor =>
  tensor(Int32Array.from(data), { shape })

/** A bool tensor. */
export const bool = (data: readonly number[], shape: Shape = [data.length]): Tensor =>
  tensor(Uint8Array.from(data), { shape, dtype: 'bool' })
