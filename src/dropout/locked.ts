import { fail } from '../backend/errors.ts'
import { checkBoolean, checkOptions, type DropFacts } from '../module/index.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { dropout } from './bernoulli.ts'
import { checkCall, type DropOptions, dropOptionNames } from './decide.ts'
import { DropLayer, type DropLayerOptions } from './layer.ts'
import type { ScaleAware } from './scaling.ts'

/** Options of `lockedDropout`. */
export interface LockedDropoutFunctionOptions extends DropOptions {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
  /** True if the input is `[N, T, C]`; by default it is `[T, N, C]`, as recurrent layers have it. */
  readonly batchFirst?: boolean | undefined
}

/**
 * Drops a feature of a sequence at all times or at none: `y[t, n, c] = x[t, n, c] * kept[n, c] / (1 - p)`. Independent
 * masks at each time would be noise that a recurrent network learns to average out (variational dropout for recurrent
 * networks, Gal & Ghahramani 2016, arXiv 1512.05287; "locked" as in AWD-LSTM, Merity et al. 2018, arXiv 1708.02182).
 *
 * Keeps the expectation: E[y] = x, which evaluation returns. `dropout` with `noiseShape: [1, null, null]`.
 *
 * Shape: `[T, N, C]`, with `batchFirst` `[N, T, C]`, or one sequence `[T, C]`; same out. Draws two words for each
 * feature of each sequence; none in evaluation, for p = 0, p = 1 or an empty input. Gradient: the same mask and factor.
 *
 * @param p Probability to drop a feature, in [0, 1].
 * @throws ThinnetError TN_SHAPE for other ranks; else as `dropout`.
 * @example lockedDropout(lstm.call(x)[0], 0.4)
 */
export function lockedDropout(x: Tensor, p = 0.5, options: LockedDropoutFunctionOptions = {}): Tensor {
  const name = 'lockedDropout'
  checkOptions(name, options, [...dropOptionNames, 'batchFirst'], `${name}(x, p, { training: false })`)
  const { batchFirst = false, ...drop } = options
  checkCall(name, x, p, options)
  checkBoolean(name, 'batchFirst', batchFirst)
  if (x.ndim !== 2 && x.ndim !== 3) {
    const expected = batchFirst ? '[N, T, C]' : '[T, N, C]'
    fail('TN_SHAPE', name, `expected x ${expected} or [T, C], got ${formatShape(x.shape)}`)
  }
  const time = timeDimension(x, batchFirst)
  return dropout(x, p, { noiseShape: x.shape.map((_, dim) => (dim === time ? 1 : null)), ...drop })
}

const timeDimension = (x: Tensor, batchFirst: boolean): number => (x.ndim === 3 && batchFirst ? 1 : 0)

/** Options of `LockedDropout`. */
export interface LockedDropoutOptions extends DropLayerOptions {
  /** True if the input is `[N, T, C]`; by default it is `[T, N, C]`. */
  readonly batchFirst?: boolean | undefined
}

/**
 * `lockedDropout` as a layer: one mask for all times of a sequence.
 *
 * @param p Probability to drop a feature, in [0, 1]. Default 0.5.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown.
 * @example new nn.LockedDropout(0.4, { batchFirst: true })
 */
export class LockedDropout extends DropLayer implements ScaleAware {
  protected static override readonly optionNames: readonly string[] = [...DropLayer.optionNames, 'batchFirst']
  readonly scaleEquivariant = true
  readonly batchFirst: boolean

  constructor(p = 0.5, options: LockedDropoutOptions = {}) {
    super(p, options)
    const { batchFirst = false } = options
    checkBoolean('LockedDropout', 'batchFirst', batchFirst)
    this.batchFirst = batchFirst
  }

  protected override maskShape(x: Tensor): Shape {
    return x.shape.map((size, dim) => (dim === timeDimension(x, this.batchFirst) ? 1 : size))
  }

  override dropFacts(x?: Tensor): DropFacts {
    return { ...super.dropFacts(x), units: x?.shape.at(-1) }
  }

  forward(x: Tensor): Tensor {
    return lockedDropout(x, this.p, { batchFirst: this.batchFirst, ...this.callOptions })
  }

  protected override settings(): string[] {
    return [...super.settings(), ...(this.batchFirst ? ['batch_first=True'] : [])]
  }
}
