import { fail } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * Quantiles over the first dimension, between neighbours in proportion.
 *
 * Shape: `[samples, ...]` to `[...]`, or `[quantiles, ...]` for a list.
 */
export function quantiles(samples: Tensor, q: number | readonly number[]): Tensor {
  const wanted = typeof q === 'number' ? [q] : q
  const wrong = wanted.find((value) => !(value >= 0 && value <= 1))
  if (wrong !== undefined) fail('TN_RANGE', 'quantile', `a quantile must be in [0, 1], got ${String(wrong)}`)
  const [count = 0, ...shape] = samples.shape
  const values = samples.toArray()
  const cells = values.length / count
  const found = new Float64Array(wanted.length * cells)
  const sorted = new Float64Array(count)
  for (let cell = 0; cell < cells; cell++) {
    for (let sample = 0; sample < count; sample++) sorted[sample] = values[sample * cells + cell] as number
    sorted.sort()
    for (const [i, value] of wanted.entries()) {
      const at = value * (count - 1)
      const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
      found[i * cells + cell] = below + (above - below) * (at - Math.floor(at))
    }
  }
  return tensor(found, { dtype: samples.dtype, shape: typeof q === 'number' ? shape : [wanted.length, ...shape] })
}
