import { fail } from '../backend/errors.ts'
import type { Parameter } from '../module/index.ts'
import type { DType } from '../tensor/dtype.ts'

/**
 * Where the expectation of what dropout lets through is put right, with `keep = 1 - p`:
 * - `inverted` (PyTorch): training multiplies kept values by `1 / keep`; evaluation does nothing.
 * - `standard` (Srivastava et al. 2014): training leaves kept values as they are; evaluation multiplies all by `keep`.
 */
export type Scaling = 'inverted' | 'standard'

const scalings: readonly Scaling[] = ['inverted', 'standard']

/** Throws unless the value is one of the two; returns it. */
export function checkScaling(where: string, scaling: Scaling): Scaling {
  if (!scalings.includes(scaling)) {
    fail('TN_RANGE', where, `scaling must be 'inverted' or 'standard', got ${String(scaling)}`)
  }
  return scaling
}

/**
 * What training multiplies kept elements by: 1 with standard scaling, else 1 / (1 - p), each operation rounded to the
 * type as PyTorch does.
 */
export function keptScale(p: number, scaling: Scaling, dtype: DType): number {
  if (scaling === 'standard') return 1
  return dtype === 'float32' ? Math.fround(1 / Math.fround(1 - p)) : 1 / (1 - p)
}

/** What a layer can say about factors on its input. Layers that say nothing stop a conversion. */
export interface ScaleAware {
  /**
   * True if `f(c * x) = c * f(x)` for every c > 0, as for ReLU: a factor may move from before the layer to behind it.
   */
  readonly scaleEquivariant?: boolean
  /** The weights that multiply the layer's input: `f(c * x; W) = f(x; c * W)`. A factor may move into them. */
  readonly inputWeight?: Parameter | undefined
}
