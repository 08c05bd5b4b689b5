// Moments by going through everything that can happen.
import { Grid } from '../../support/grid.ts'
import type { Moments } from '../../support/method-spec.ts'

type Vector = readonly number[]

/** The moments over all outcomes of some bits, each kept with probability 1 - p. */
export function overOutcomes(
  bits: number,
  p: number,
  shape: readonly number[],
  run: (kept: readonly boolean[]) => Vector,
): Moments {
  const outcomes = Array.from({ length: 2 ** bits }, (_, code) => {
    const kept = Array.from({ length: bits }, (_, i) => (code & (1 << i)) !== 0)
    return { probability: kept.reduce((product, bit) => product * (bit ? 1 - p : p), 1), y: run(kept) }
  })
  const count = (outcomes[0] as { y: Vector }).y.length
  const over = (f: (y: number, i: number) => number) =>
    Array.from({ length: count }, (_, i) =>
      outcomes.reduce((total, { probability, y }) => total + probability * f(y[i] as number, i), 0),
    )
  const mean = over((y) => y)
  return {
    mean: new Grid(shape, mean),
    variance: new Grid(
      shape,
      over((y, i) => (y - (mean[i] as number)) ** 2),
    ),
  }
}
