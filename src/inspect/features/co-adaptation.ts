// How far neurons depend on one another.
import { noGrad } from '../../autograd/mode.ts'
import { fail } from '../../backend/errors.ts'
import { rowNumbers } from '../../data/dataset.ts'
import { cast } from '../../ops/cast.ts'
import { permute, reshape } from '../../ops/layout.ts'
import { formatShape } from '../../tensor/shape.ts'
import { Tensor } from '../../tensor/tensor.ts'

/** How far neurons go together. */
export interface CoAdaptation {
  /** Pearson's correlation of each pair of neurons that vary. Shape: `[units, units]`, symmetric, 1 on the diagonal. */
  readonly correlation: Tensor
  /** Which neurons those are, ascending. */
  readonly units: readonly number[]
  /** How many neurons say the same to every example: they are left out. */
  readonly constant: number
  /** The mean of |correlation| over all pairs of different neurons, from 0 to 1; NaN if there is no pair. */
  readonly meanAbsolute: number
  /** The root of the mean squared correlation over these pairs. */
  readonly rms: number
}

/**
 * Correlations between the neurons of a layer over examples. Neurons that only make sense together (co-adapted ones,
 * Hinton et al. 2012, arXiv 1207.0580) go up and down together; dropout works against it.
 *
 * Shape: activations `[N, units]`, or `[N, channels, ...]`, where each place counts as an example.
 *
 * @throws ThinnetError TN_SHAPE with fewer than two examples.
 * @example coAdaptation(activationsOf(model, x).get('1')).meanAbsolute
 */
export function coAdaptation(activations: Tensor): CoAdaptation {
  const rows = unitRows('coAdaptation', activations)
  if ((rows.shape[0] ?? 0) < 2) {
    fail('TN_SHAPE', 'coAdaptation', `a correlation needs at least two examples, got ${formatShape(activations.shape)}`)
  }
  return noGrad(() => {
    const centered = rows.sub(rows.mean(0))
    const lengths = centered.norm(2, 0).toArray()
    const scale = rows.abs().amax(0).toArray()
    // What is left of a constant after its mean was taken is rounding.
    const varies = (i: number) => (lengths[i] as number) > 1e-12 * (scale[i] as number)
    const units = [...lengths.keys()].filter(varies)
    const chosen = centered.indexSelect(1, rowNumbers(units))
    const unit = chosen.div(chosen.norm(2, 0, { keepdim: true }))
    const correlation = unit.T.matmul(unit)
    const pairs = units.length * (units.length - 1)
    return {
      correlation: cast(correlation, activations.dtype),
      units,
      constant: lengths.length - units.length,
      meanAbsolute: (correlation.abs().sum().item() - units.length) / pairs,
      rms: Math.sqrt((correlation.square().sum().item() - units.length) / pairs),
    }
  })
}

/** Activations as examples by units, `[examples, units]`, float64. */
export function unitRows(where: string, activations: Tensor): Tensor {
  if (!(activations instanceof Tensor) || activations.ndim < 2) {
    const got = activations instanceof Tensor ? formatShape(activations.shape) : typeof activations
    fail('TN_SHAPE', where, `expected activations [N, units] or [N, channels, ...], got ${got}`)
  }
  const [, units = 0] = activations.shape
  const dims = activations.shape.map((_, dim) => dim)
  const last = permute(activations.detach(), [0, ...dims.slice(2), 1])
  return cast(reshape(last, [activations.numel / Math.max(units, 1), units]), 'float64')
}
