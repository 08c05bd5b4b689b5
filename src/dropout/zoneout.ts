import { fail } from '../backend/errors.ts'
import { AnyModule, checkOptions, numberText } from '../module/index.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { checkFloating } from '../ops/launch.ts'
import { reshape } from '../ops/layout.ts'
import { where } from '../ops/where.ts'
import type { GeneratorOption } from '../random/index.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { checkCall } from './decide.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { drawMask, expandMask } from './mask.ts'
import { checkGivenProbability, checkProbability } from './probability.ts'

/** Options of `zoneout`. */
export interface ZoneoutFunctionOptions extends GeneratorOption {
  /** Draws if true; if false takes the mean. Default true. */
  readonly training?: boolean | undefined
}

/**
 * Keeps elements of a recurrent state as they were with probability p, instead of dropping them:
 * `y = updated ? next : previous` (Krueger et al. 2017, arXiv 1606.01305). What a state has learned, and its
 * gradient, passes through such a step untouched.
 *
 * Keeps the expectation: evaluation computes it, `p * previous + (1 - p) * next`.
 *
 * Shape: both `[...]`, same out. Draws two words an element, in row-major order; none in evaluation, for p = 0 or
 * p = 1. Gradient: to `next` where updated, to `previous` elsewhere.
 *
 * @param p Probability to keep the previous value, in [0, 1].
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown; TN_SHAPE if the shapes differ.
 * @example zoneout(h, gru.call(x, h), 0.1)
 */
export function zoneout(previous: Tensor, next: Tensor, p = 0.1, options: ZoneoutFunctionOptions = {}): Tensor {
  const name = 'zoneout'
  checkOptions(name, options, ['training', 'generator'], `${name}(previous, next, p, { training: false })`)
  const { training = true } = options
  checkCall(name, next, p, { training })
  if (!sameShape(previous.shape, next.shape)) {
    const shapes = `${formatShape(previous.shape)} and ${formatShape(next.shape)}`
    fail('TN_SHAPE', name, `the states before and after must have one shape, got ${shapes}`)
  }
  checkFloating(name, next)
  if (p === 0 || next.numel === 0) return next
  if (p === 1) return previous
  if (!training) return add(mul(previous, p), mul(next, 1 - p))
  const bits = drawMask({ shape: next.shape }, 1 - p, options)
  return where(reshape(expandMask(bits, next.numel), next.shape), next, previous)
}

/** The state of a recurrent cell: h, or [h, c]. */
export type CellState = Tensor | readonly [h: Tensor, c: Tensor]

/** A recurrent cell: takes an input and its state, and returns its next state, such as `GRUCell`. */
export interface RecurrentCell<State extends CellState> extends AnyModule {
  /** The next state. */
  call(x: Tensor, state?: State): State
  /** Zeros for a first input. */
  zeroState(x: Tensor): State
}

/** Options of `Zoneout`. */
export interface ZoneoutOptions extends NoiseLayerOptions {
  /** Probability to keep an element of an LSTM's cell state. Default: that of h. */
  readonly pCell?: number | undefined
}

/**
 * A recurrent cell whose state keeps elements as they were with probability p; see `zoneout`. `RNN`, `LSTM` and `GRU`
 * have it as an option.
 *
 * Shape: that of the cell. Draws two words for each element of h, then, in an LSTM, of c; none in evaluation.
 *
 * @param cell `RNNCell`, `GRUCell` or `LSTMCell`.
 * @param p Probability to keep an element of h, in [0, 1]. Default 0.1. For LSTMs the paper chose 0.05 for h and 0.5 for c.
 * @throws ThinnetError TN_RANGE if a probability is not in [0, 1] or an option is unknown; TN_DTYPE if `cell` is none.
 * @example
 * const cell = new nn.Zoneout(new nn.LSTMCell(10, 20), 0.05, { pCell: 0.5 })
 * let state = cell.call(x)
 */
export class Zoneout<State extends CellState> extends ProbabilityLayer<[x: Tensor, state?: State], State> {
  /** Probability to keep an element of an LSTM's cell state; undefined where it is p. May be changed. */
  pCell: number | undefined

  constructor(
    readonly cell: RecurrentCell<State>,
    p = 0.1,
    options: ZoneoutOptions = {},
  ) {
    const form = `new nn.Zoneout(cell, ${numberText(p)}, { pCell: 0.5 })`
    checkOptions('Zoneout', options, ['pCell', ...noiseLayerOptionNames], form)
    if (!(cell instanceof AnyModule) || typeof cell.zeroState !== 'function') {
      const given = (cell as unknown) instanceof AnyModule ? cell.constructor.name : typeof cell
      fail('TN_DTYPE', 'Zoneout', `expected a recurrent cell, such as GRUCell, got ${given}`)
    }
    super(p, options)
    if (options.pCell !== undefined) checkGivenProbability('Zoneout', options.pCell)
    this.pCell = options.pCell
  }

  override get probabilityNames(): readonly string[] {
    return this.pCell === undefined ? ['p'] : ['p', 'pCell']
  }

  forward(x: Tensor, state: State = this.cell.zeroState(x)): State {
    const { cell, p, pCell = p, drops, generator } = this
    for (const probability of [p, pCell]) checkProbability('Zoneout', probability)
    const options = { training: drops, generator }
    const next = cell.call(x, state)
    if (next instanceof Tensor) return zoneout(state as Tensor, next, p, options) as State
    const [h, c] = state as readonly [Tensor, Tensor]
    return [zoneout(h, next[0], p, options), zoneout(c, next[1], pCell, options)] as unknown as State
  }

  protected override settings(): string[] {
    return [...super.settings(), ...(this.pCell === undefined ? [] : [`p_cell=${numberText(this.pCell)}`])]
  }
}
