import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { ge, le, logicalAnd, logicalOr } from '../ops/compare.ts'
import { tensor } from '../ops/creation.ts'
import { all } from '../ops/reduce.ts'
import { erf } from '../ops/unary.ts'
import { where } from '../ops/where.ts'
import { type GeneratorOption, normal_, uniform_ } from '../random/index.ts'
import { checkOptions, noOptions } from '../tensor/arguments.ts'
import { allocateLike } from '../tensor/memory-order.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `truncNormal_`. */
export interface TruncNormalOptions extends GeneratorOption {
  /** Default 0. */
  readonly mean?: number | undefined
  /** Above 0. Default 1. */
  readonly std?: number | undefined
  /** The smallest value. Default -2. */
  readonly a?: number | undefined
  /** The largest value. Default 2. */
  readonly b?: number | undefined
}

/** Up to this share of normal numbers within the bounds, proposals are drawn uniformly between them. */
const fewWithin = 0.3

/**
 * Normal numbers within [a, b]: those outside are drawn again until none is left. Where bounds hold few normal numbers,
 * uniform ones are drawn between them and accepted by their density. Warns, as PyTorch does, where the mean is more than
 * two standard deviations outside.
 */
export function truncNormal_(x: Tensor, options: TruncNormalOptions = noOptions): Tensor {
  checkOptions('truncNormal_', options, ['mean', 'std', 'a', 'b', 'generator'], 'truncNormal_(x, { std: 0.02 })')
  const { mean = 0, std = 1, a = -2, b = 2, generator } = options
  if (!(a < b) || !(std > 0)) {
    fail('TN_RANGE', 'truncNormal_', `expected a < b and std > 0, got a ${a}, b ${b}, std ${std}`)
  }
  if (mean < a - 2 * std || mean > b + 2 * std) {
    const consequence = 'The distribution of values may be incorrect.'
    console.warn(`mean is more than 2 std from [a, b] in nn.init.trunc_normal_. ${consequence}`)
  }
  if (x.numel === 0) return x
  const share = normalCdf((b - mean) / std) - normalCdf((a - mean) / std)
  return noGrad(() => (share > fewWithin ? reject(x) : propose(x)))

  function reject(out: Tensor): Tensor {
    normal_(out, mean, std, { generator })
    for (let kept = isWithin(out); all(kept).item() === 0; kept = isWithin(out)) {
      out.copy_(where(kept, out, normal_(allocateLike(out), mean, std, { generator })))
    }
    return out
  }

  function isWithin(values: Tensor): Tensor {
    return logicalAnd(ge(values, a), le(values, b))
  }

  function propose(out: Tensor): Tensor {
    const nearest = Math.max(a, Math.min(mean, b)) // to the mean: where the density is largest
    const logPeak = -0.5 * ((nearest - mean) / std) ** 2
    uniform_(out, a, b, { generator })
    for (let kept = accepts(out, logPeak); ; ) {
      if (all(kept).item() !== 0) return out
      const proposed = uniform_(allocateLike(out), a, b, { generator })
      out.copy_(where(kept, out, proposed))
      kept = logicalOr(kept, accepts(proposed, logPeak))
    }
  }

  function accepts(values: Tensor, logPeak: number): Tensor {
    const logDensity = values.sub(mean).div_(std).square().mul_(-0.5).sub_(logPeak)
    return le(uniform_(allocateLike(values), 0, 1, { generator }).log(), logDensity)
  }
}

/** The share of standard normal numbers below a bound. */
const normalCdf = (bound: number): number => (1 + erf(tensor([bound / Math.SQRT2], { dtype: 'float64' })).item()) / 2
