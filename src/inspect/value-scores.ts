// Whether predicted values, and the intervals around them, are right.
import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { eq, le, lt } from '../ops/compare.ts'
import { reshape } from '../ops/layout.ts'
import { logsumexp, mean, sum } from '../ops/reduce.ts'
import { abs, erf, square } from '../ops/unary.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkPrecision } from './predict.ts'

/** Options of `valueScores`. */
export interface ValueScoreOptions {
  /** The precision τ of the observations' noise, above 0; see `modelPrecision`. Default: no noise. */
  readonly precision?: number | undefined
  /** The probabilities of the intervals whose coverage is counted, in [0, 1]. Default 0.5, 0.8, 0.9, 0.95. */
  readonly levels?: readonly number[] | undefined
}

/** How good predicted values are, and how honest. */
export interface ValueScores {
  /** The root of the mean squared error of the samples' mean. */
  readonly rmse: number
  /**
   * Negative log likelihood, the mean over examples of `-log p(y | x)` with p the mixture of normal densities around the
   * samples (Gal & Ghahramani 2016, equation 8). Without noise there is no density, and this is undefined.
   */
  readonly nll: number | undefined
  /** The share of targets inside the central interval of each level: the level itself if intervals are honest. */
  readonly coverage: readonly { readonly level: number; readonly share: number }[]
}

/**
 * Compares predicted samples of values with what was observed.
 *
 * Shape: samples `[samples, N, ...]`, targets `[N, ...]`.
 *
 * @throws ThinnetError TN_SHAPE if they do not fit each other; TN_RANGE for options out of range.
 * @example valueScores(predict(model, x, { task: 'regression' }).samples, y, { precision: 4 }).nll
 */
export function valueScores(samples: Tensor, targets: Tensor, options: ValueScoreOptions = {}): ValueScores {
  checkOptions('valueScores', options, ['precision', 'levels'])
  const { precision, levels = [0.5, 0.8, 0.9, 0.95] } = options
  if (precision !== undefined) checkPrecision('valueScores', precision)
  const wrong = levels.find((level) => !(level >= 0 && level <= 1))
  if (wrong !== undefined) fail('TN_RANGE', 'valueScores', `levels must be in [0, 1], got ${String(wrong)}`)
  const [count = 0, examples = 0] = samples.shape
  if (samples.numel === 0 || !sameShape(samples.shape.slice(1), targets.shape)) {
    const shapes = `got ${formatShape(samples.shape)} and ${formatShape(targets.shape)}`
    fail('TN_SHAPE', 'valueScores', `expected samples [samples, N, ...] and targets [N, ...], ${shapes}`)
  }
  return noGrad(() => {
    const values = reshape(cast(samples.detach(), 'float64'), [count, examples, -1])
    const observed = reshape(cast(targets.detach(), 'float64'), [examples, -1])
    // How far into the predicted distribution each target lies, from 0 at its centre to 1 at its ends.
    const depth = abs(sub(mul(cumulative(values, observed, precision), 2), 1))
    return {
      rmse: Math.sqrt(mean(square(sub(mean(values, 0), observed))).item()),
      nll: precision === undefined ? undefined : mean(likelihood(values, observed, precision)).item(),
      coverage: levels.map((level) => ({ level, share: mean(cast(le(depth, level), 'float64')).item() })),
    }
  })
}

/** The predicted probability of a value below the target; of values equal to it, half. */
function cumulative(values: Tensor, observed: Tensor, precision: number | undefined): Tensor {
  if (precision !== undefined) {
    return mean(mul(add(erf(mul(sub(observed, values), Math.sqrt(precision / 2))), 1), 0.5), 0)
  }
  const below = cast(lt(values, observed), 'float64')
  return mean(add(below, mul(cast(eq(values, observed), 'float64'), 0.5)), 0)
}

/** `-log (1/T Σ N(y; ŷ_t, 1/τ))` of each example. */
function likelihood(values: Tensor, observed: Tensor, precision: number): Tensor {
  const [count = 0, , outputs = 0] = values.shape
  const exponents = mul(sum(square(sub(values, observed)), 2), -precision / 2)
  const constant = Math.log(count) + (outputs / 2) * Math.log((2 * Math.PI) / precision)
  return mul(sub(logsumexp(exponents, 0), constant), -1)
}
