import { checkOptions } from '../module/index.ts'
import { add } from '../ops/arithmetic.ts'
import { full } from '../ops/creation.ts'
import { reshape } from '../ops/layout.ts'
import { where } from '../ops/where.ts'
import type { DType } from '../tensor/dtype.ts'
import { elementCount, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { channelMaskShape, checkHasChannels } from './channel.ts'
import { checkCall, checkCanScale, type DropOptions, dropIn, dropOptionNames } from './decide.ts'
import { DropLayer } from './layer.ts'
import { applyMask, drawMask, expandMask, inOrderOfMemory, type MaskPlace } from './mask.ts'

/** Options of `alphaDropout` and `featureAlphaDropout`. */
export interface AlphaDropoutFunctionOptions extends DropOptions {
  /** Drops if true. Default false, as in PyTorch, which differs from `dropout`. */
  readonly training?: boolean | undefined
}

/** What SELU tends to for inputs far below 0, negated: scale times alpha of the paper. */
const alpha = 1.7580993408473766

/** The factor of kept elements, and what is added to kept and to dropped ones, each operation rounded to the type. */
function affine(p: number, dtype: DType): { readonly scale: number; readonly kept: number; readonly dropped: number } {
  const round = dtype === 'float32' ? Math.fround : (value: number) => value
  const a = 1 / Math.sqrt((alpha * alpha * p + 1) * (1 - p))
  const kept = round(alpha * a * p)
  return { scale: round(a), kept, dropped: round(kept - round(alpha * a)) }
}

/** Multiplies by a mask, whose place broadcasts to x's shape, and adds. */
function saturate(where_: string, x: Tensor, p: number, options: DropOptions, place: MaskPlace): Tensor {
  const count = elementCount(place.shape)
  const mask = drawMask(place, 1 - p, options)
  checkCanScale(where_, x, x.dtype === 'bool' ? 'Long' : undefined)
  const { scale, kept, dropped } = affine(p, x.dtype)
  const value = (number: number) => full([], number, { dtype: x.dtype })
  const shift = where(reshape(expandMask(mask, count), place.shape), value(kept), value(dropped))
  return add(applyMask(x, mask, scale, x.numel / count), shift)
}

function checkArguments(name: string, x: Tensor, p: number, options: AlphaDropoutFunctionOptions): void {
  checkOptions(name, options, dropOptionNames, `${name}(x, p, { training: true })`)
  checkCall(name, x, p, options)
}

/**
 * Dropout for networks of SELU (Klambauer et al. 2017, arXiv 1706.02515): dropped elements become what SELU saturates
 * at, and then all are scaled and shifted so that inputs of mean 0 and variance 1 keep both. With α = 1.758…:
 * `y = a · (kept ? x : -α) + α·a·p`, `a = 1 / √((α²p + 1)(1 - p))`.
 *
 * Shape: any, same out. Draws as `dropout`. Gradient: a for kept elements, 0 for dropped ones.
 *
 * @param p Probability to drop an element, in [0, 1]. For p = 1 the result is `x * 0`, as in PyTorch.
 * @throws ThinnetError as `dropout`.
 */
export function alphaDropout(x: Tensor, p = 0.5, options: AlphaDropoutFunctionOptions = {}): Tensor {
  checkArguments('alphaDropout', x, p, options)
  return dropIn('alphaDropout', x, p, options, () =>
    inOrderOfMemory(x, (ordered, place) => saturate('alphaDropout', ordered, p, options, place)),
  )
}

/** `alphaDropout` of whole channels: one draw for each example and channel. Shape: `[N, C, ...]`, same out. */
export function featureAlphaDropout(x: Tensor, p = 0.5, options: AlphaDropoutFunctionOptions = {}): Tensor {
  const name = 'featureAlphaDropout'
  checkArguments(name, x, p, options)
  return dropIn(name, x, p, options, () => {
    checkHasChannels(name, x)
    return saturate(name, x, p, options, { shape: channelMaskShape(x) })
  })
}

/**
 * `alphaDropout` as a layer. As PyTorch's, it prints `inplace` and ignores it.
 *
 * @param p Probability to drop an element. Default 0.5.
 */
export class AlphaDropout extends DropLayer {
  forward(x: Tensor): Tensor {
    return alphaDropout(x, this.p, { ...this.callOptions, inplace: false })
  }
}

/**
 * `featureAlphaDropout` as a layer. As PyTorch's, it prints `inplace` and ignores it. Shape: `[N, C, ...]`, same out.
 *
 * @param p Probability to drop a channel. Default 0.5.
 */
export class FeatureAlphaDropout extends DropLayer {
  protected override maskShape(x: Tensor): Shape {
    return channelMaskShape(x)
  }

  forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this.p, { ...this.callOptions, inplace: false })
  }
}
