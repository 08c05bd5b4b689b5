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

/** Below this share of normal numbers within the bounds, proposals are drawn uniformly between them. */
const fewWithin = 0.3

/**
 * Normal numbers within [a, b]: those outside are drawn again until none is left. Where bounds hold few normal numbers,
 * uniform ones are accepted by their density instead; only that case does not give PyTorch's bits.
 */
export function truncNormal_(x: Tensor, options: TruncNormalOptions = noOptions): Tensor {
  checkOptions('truncNormal_', options, ['mean', 'std', 'a', 'b', 'generator'], 'truncNormal_(x, { std: 0.02 })')
  const { mean = 0, std = 1, a = -2, b = 2, generator } = options
  if (!(a < b) || !(std > 0)) {
    fail('TN_RANGE', 'truncNormal_', `expected a < b and std > 0, got a ${a}, b ${b}, std ${std}`)
  }
  if (x.numel === 0) return x
  const [low, high] = [(a - mean) / std, (b - mean) / std]
  const manyWithin = normalShare(low, high) > fewWithin
  return noGrad(() => {
    if (manyWithin) {
      normal_(x, mean, std, { generator })
      return replaceUntil(
        x,
        (values) => logicalAnd(ge(values, a), le(values, b)),
        () => normal_(allocateLike(x), mean, std, { generator }),
      )
    }
    // The density is largest at the point between the bounds that is nearest to the mean.
    const nearest = Math.min(Math.max(0, low), high)
    const propose = () => uniform_(allocateLike(x), low, high, { generator })
    const accepts = (z: Tensor) => {
      const density = z
        .square()
        .sub(nearest * nearest)
        .mul(-0.5)
        .exp()
      return uniform_(allocateLike(z), 0, 1, { generator }).lt(density)
    }
    return acceptInto(x, propose, accepts).mul_(std).add_(mean).clamp_({ min: a, max: b })
  })
}

/** The share of standard normal numbers between two bounds. */
function normalShare(low: number, high: number): number {
  const [below, above] = erf(tensor([low * Math.SQRT1_2, high * Math.SQRT1_2], { dtype: 'float64' })).toArray()
  return ((above as number) - (below as number)) / 2
}

/** Replaces what is not `good` in x by elements of further draws, of the whole tensor each, until all is. */
function replaceUntil(x: Tensor, good: (values: Tensor) => Tensor, draw: () => Tensor): Tensor {
  for (let kept = good(x); all(kept).item() === 0; kept = good(x)) x.copy_(where(kept, x, draw()))
  return x
}

/** Fills x with proposals, each drawn again until it is accepted. */
function acceptInto(x: Tensor, propose: () => Tensor, accepts: (values: Tensor) => Tensor): Tensor {
  x.copy_(propose())
  for (let kept = accepts(x); all(kept).item() === 0; ) {
    const drawn = propose()
    x.copy_(where(kept, x, drawn))
    kept = logicalOr(kept, accepts(drawn))
  }
  return x
}
