// Images and sequences made larger at their edges.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { formatShape, normalizeDim } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { full, tensor } from './creation.ts'
import { indexSelect } from './indexing.ts'
import { cat } from './join.ts'

/** What the new positions hold. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular'

/** Options of `pad`. */
export interface PadOptions {
  /**
   * `constant` (the default): one number. `reflect`: what lies as far on the other side of the edge, which itself is not
   * repeated. `replicate`: the edge. `circular`: the other end.
   */
  readonly mode?: PadMode | undefined
  /** The number for `constant`. Default 0. */
  readonly value?: number | undefined
}

/** The position of the input that position i of the output shows. */
const sourceOf: Record<Exclude<PadMode, 'constant'>, (i: number, size: number) => number> = {
  reflect: (i, size) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i),
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  circular: (i, size) => (i + size) % size,
}

/** The most that a mode has to give on one side. */
const mostOf: Record<Exclude<PadMode, 'constant'>, (size: number) => number> = {
  reflect: (size) => size - 1,
  replicate: (size) => (size > 0 ? Number.POSITIVE_INFINITY : 0),
  circular: (size) => size,
}

function padDim(x: Tensor, dim: number, before: number, after: number, mode: PadMode, value: number): Tensor {
  if (before === 0 && after === 0) return x
  const size = x.shape[dim] as number
  if (mode === 'constant') {
    const edge = (length: number) => full(x.shape.with(dim, length), value, { dtype: x.dtype })
    return cat([edge(before), x, edge(after)], dim)
  }
  const most = mostOf[mode](size)
  if (before > most || after > most) {
    const given = `(${before}, ${after}) at dimension ${dim} of input ${formatShape(x.shape)}`
    fail('TN_RANGE', 'pad', `mode ${mode} can pad at most ${most} on a side, got ${given}`)
  }
  const places = Int32Array.from({ length: before + size + after }, (_, i) => sourceOf[mode](i - before, size))
  return indexSelect(x, dim, tensor(places, { dtype: 'int32' }))
}

/**
 * `x` with more positions at its edges. PyTorch's `F.pad`.
 *
 * @param amounts How many positions to put before and behind the last dimension, then the one before it, and so on.
 * @throws ThinnetError TN_RANGE if an amount is negative, or more than a mode has to give.
 * @example pad(images, [1, 1, 2, 2]) // one column on both sides, two rows above and below
 */
export function pad(x: Tensor, amounts: readonly number[], { mode = 'constant', value = 0 }: PadOptions = {}): Tensor {
  if (amounts.length % 2 !== 0) failAsPyTorch('TN_RANGE', 'pad', 'Padding length must be divisible by 2')
  if (amounts.length > 2 * x.ndim) {
    const sizes = `but got ${amounts.length / 2} for ${formatShape(x.shape)}`
    fail('TN_RANGE', 'pad', `there is a pair of amounts for each dimension at most, ${sizes}`)
  }
  if (amounts.some((amount) => !Number.isInteger(amount) || amount < 0)) {
    fail('TN_RANGE', 'pad', `amounts must be whole numbers that are not negative, got ${formatShape(amounts)}`)
  }
  if (mode !== 'constant' && !(mode in sourceOf)) {
    fail('TN_RANGE', 'pad', `mode must be constant, reflect, replicate or circular, got ${String(mode)}`)
  }
  let padded = x
  for (let i = 0; 2 * i < amounts.length; i++) {
    const dim = normalizeDim('pad', -1 - i, x.ndim)
    padded = padDim(padded, dim, amounts[2 * i] as number, amounts[2 * i + 1] as number, mode, value)
  }
  return padded
}
