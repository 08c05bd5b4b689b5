import { fail } from '../backend/errors.ts'
import { checkOptions, type DropFacts } from '../module/index.ts'
import { checkFloating } from '../ops/launch.ts'
import { type GeneratorOption, normal_ } from '../random/index.ts'
import { itemBytes } from '../tensor/dtype.ts'
import { allocateLike } from '../tensor/memory-order.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall, type DropOptions, dropIn, dropOptionNames } from './decide.ts'
import { DropLayer, type DropLayerOptions } from './layer.ts'
import { applyNoise, takeNoise } from './noise.ts'
import type { ScaleAware } from './scaling.ts'

/** Options of `gaussianDropout`. */
export interface GaussianDropoutFunctionOptions extends DropOptions {
  /** Multiplies by noise if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
}

/** Throws if p is 1. */
function checkBelowOne(where: string, p: number): void {
  if (p === 1) fail('TN_RANGE', where, "p must be below 1, where the noise's variance p / (1 - p) has no bound, got 1")
}

/** Numbers of N(1, variance) for each element of `x`, drawn in the order of its memory. */
export function drawNormalNoise(x: Tensor, variance: number, { generator }: GeneratorOption): Tensor {
  const { shape, dtype } = x
  return takeNoise({ shape, dtype, draw: () => normal_(allocateLike(x), 1, Math.sqrt(variance), { generator }) })
}

/**
 * Multiplies each element by its own normal number of mean 1: `y[i] = x[i] * ε[i]`, `ε ~ N(1, p / (1 - p))`
 * (Srivastava et al. 2014, JMLR 15:1929, section 10).
 *
 * The noise has the mean and the variance of inverted dropout's (`kept / (1 - p)`), and more entropy; nothing is ever
 * wholly dropped. Keeps the expectation, E[y] = x, and Var[y] = x² p / (1 - p), so that evaluation does nothing.
 *
 * Shape: any, same out. Draws a normal number an element, in the order of x's memory (PyTorch's
 * `empty_like(x).normal_(1, std)`); none in evaluation, for p = 0 or an empty input, where the very same tensor comes
 * back. Gradient: the same noise. Float tensors.
 *
 * @param p The probability to drop of the dropout that it stands for, in [0, 1).
 * @throws ThinnetError TN_RANGE if p is not in [0, 1); TN_DTYPE for tensors of integers; TN_GRAPH if a leaf that requires
 * a gradient would be changed in place.
 * @example gaussianDropout(ones([4]), 0.5) // four numbers of N(1, 1)
 */
export function gaussianDropout(x: Tensor, p = 0.5, options: GaussianDropoutFunctionOptions = {}): Tensor {
  const name = 'gaussianDropout'
  checkOptions(name, options, dropOptionNames, 'gaussianDropout(x, p, { training: false })')
  const { training = true } = options
  checkCall(name, x, p, options)
  checkBelowOne(name, p)
  return dropIn(name, x, p, { training, inplace: options.inplace }, () => {
    checkFloating(name, x)
    return applyNoise(x, drawNormalNoise(x, p / (1 - p), options))
  })
}

/**
 * `gaussianDropout` as a layer.
 *
 * @param p The probability to drop of the dropout that it stands for, in [0, 1). Default 0.5.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1) or an option is unknown.
 * @example new nn.Sequential(new nn.Linear(784, 512), new nn.ReLU(), new nn.GaussianDropout(0.5))
 */
export class GaussianDropout extends DropLayer implements ScaleAware {
  readonly scaleEquivariant = true

  constructor(p = 0.5, options: DropLayerOptions = {}) {
    super(p, options)
    checkBelowOne('GaussianDropout', p)
  }

  /** Nothing is dropped; a number for each element is kept for backward. */
  override dropFacts(x?: Tensor): DropFacts {
    const { p } = this
    return x ? { p, maskBytes: p === 0 ? 0 : x.numel * itemBytes(x.dtype) } : { p }
  }

  forward(x: Tensor): Tensor {
    return gaussianDropout(x, this.p, this.callOptions)
  }
}
