// Dropout of whole channels: one draw for each example and channel, in row-major order.
import { failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { checkInPlace } from '../ops/inplace.ts'
import { squeeze, unsqueeze } from '../ops/layout.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall, checkCanScale, type DropOptions, dropIn, dropOptionNames, finish } from './decide.ts'
import { DropLayer } from './layer.ts'
import { applyMask, drawMask } from './mask.ts'
import { keptScale, type ScaleAware } from './scaling.ts'

/** Options of `dropout1d`, `dropout2d` and `dropout3d`. */
export interface ChannelDropoutFunctionOptions extends DropOptions {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
}

/** Throws PyTorch's message for tensors without a dimension of channels. */
export function checkHasChannels(where: string, x: Tensor): void {
  if (x.ndim < 2) failAsPyTorch('TN_SHAPE', where, 'Feature dropout requires at least 2 dimensions in the input')
}

/** How many elements, beside one another, each channel of each example has. */
const channelSize = ({ shape, numel }: Tensor): number => numel / ((shape[0] as number) * (shape[1] as number))

/** The shape of a mask with one bit for each channel of each example: `[N, C, 1, ...]`. */
export const channelMaskShape = ({ shape }: Pick<Tensor, 'shape'>): Shape => shape.map((size, i) => (i < 2 ? size : 1))

/** The same for one example, `[C, ...]`. */
const oneExampleMaskShape = ({ shape }: Tensor): Shape => channelMaskShape({ shape: [1, ...shape] })

/** Drops channels of `x`, `[N, C, ...]`. */
function dropChannels(where: string, x: Tensor, p: number, options: ChannelDropoutFunctionOptions): Tensor {
  const { training = true } = options
  return dropIn(where, x, p, { training, inplace: options.inplace }, () => {
    checkHasChannels(where, x)
    const mask = drawMask({ shape: channelMaskShape(x) }, 1 - p, options)
    checkCanScale(where, x)
    return applyMask(x, mask, keptScale(p, 'inverted', x.dtype), channelSize(x))
  })
}

/** The same for one example, `[C, ...]`. As in PyTorch a new view comes back where nothing is dropped. */
function dropOneExample(where: string, x: Tensor, p: number, options: ChannelDropoutFunctionOptions): Tensor {
  const { inplace } = options
  if (inplace === true) checkInPlace(`${where}_`, x)
  const batch = unsqueeze(x, 0)
  const dropped = dropChannels(where, batch, p, { ...options, inplace: false })
  if (inplace !== true) return squeeze(dropped, 0)
  return dropped === batch ? x : finish(where, x, squeeze(dropped, 0), options)
}

function checkArguments(where: string, x: Tensor, p: number, options: ChannelDropoutFunctionOptions): void {
  checkOptions(where, options, dropOptionNames, `${where}(x, p, { training: false })`)
  checkCall(where, x, p, options)
}

/**
 * Drops whole channels with probability p: `y[n, c, :] = x[n, c, :] * kept[n, c] / (1 - p)` (Tompson et al. 2014, arXiv
 * 1411.4280). Where neighbours are alike, dropping single elements would hide nothing.
 *
 * Shape: `[N, C, L]` or, one example, `[C, L]`; same out. Draws two words a channel, in row-major order; none in
 * evaluation, for p = 0, p = 1 or an empty input. Gradient: the same mask and factor.
 *
 * @param p Probability to drop a channel, in [0, 1].
 * @throws ThinnetError TN_SHAPE for other ranks; else as `dropout`.
 */
export function dropout1d(x: Tensor, p = 0.5, options: ChannelDropoutFunctionOptions = {}): Tensor {
  checkArguments('dropout1d', x, p, options)
  if (x.ndim === 2) return dropOneExample('dropout1d', x, p, options)
  if (x.ndim === 3) return dropChannels('dropout1d', x, p, options)
  const what = `dropout1d: Expected 2D or 3D input, but received a ${x.ndim}D input.`
  return failAsPyTorch(
    'TN_SHAPE',
    'dropout1d',
    `${what} Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).`,
  )
}

/**
 * `dropout1d` for images: `y[n, c, :, :] = x[n, c, :, :] * kept[n, c] / (1 - p)`.
 *
 * Shape: `[N, C, H, W]`, same out. As in PyTorch other ranks pass with a warning, the first two dimensions taken for
 * examples and channels.
 */
export function dropout2d(x: Tensor, p = 0.5, options: ChannelDropoutFunctionOptions = {}): Tensor {
  checkArguments('dropout2d', x, p, options)
  if (x.ndim === 3) {
    warn(
      'dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using dropout1d instead.',
    )
  } else if (x.ndim !== 4) warn(deprecatedRank('dropout2d', x.ndim, 2, '3D or 4D'))
  return dropChannels('dropout2d', x, p, options)
}

/**
 * `dropout1d` for volumes: `y[n, c, :, :, :] = x[n, c, :, :, :] * kept[n, c] / (1 - p)`.
 *
 * Shape: `[N, C, D, H, W]` or, one example, `[C, D, H, W]`; same out. As in PyTorch other ranks pass with a warning,
 * the first dimension taken for channels.
 */
export function dropout3d(x: Tensor, p = 0.5, options: ChannelDropoutFunctionOptions = {}): Tensor {
  checkArguments('dropout3d', x, p, options)
  if (x.ndim !== 4 && x.ndim !== 5) warn(deprecatedRank('dropout3d', x.ndim, 3, '4D or 5D'))
  return x.ndim === 5 ? dropChannels('dropout3d', x, p, options) : dropOneExample('dropout3d', x, p, options)
}

const deprecatedRank = (where: string, rank: number, spatial: number, ranks: string): string =>
  `${where}: Received a ${rank}-D input to ${where}, which is deprecated and will result in an error in a future release. To retain the behavior and silence this warning, please use dropout instead. Note that ${where} exists to provide channel-wise dropout on inputs with ${spatial} spatial dimensions, a channel dimension, and an optional batch dimension (i.e. ${ranks} inputs).`

/** PyTorch's UserWarning. */
const warn = (message: string): void => console.warn(message)

/**
 * `dropout1d` as a layer. Shape: `[N, C, L]` or `[C, L]`, same out.
 *
 * @param p Probability to drop a channel. Default 0.5.
 */
export class Dropout1d extends DropLayer implements ScaleAware {
  readonly scaleEquivariant = true

  protected override maskShape(x: Tensor): Shape {
    return x.ndim === 2 ? oneExampleMaskShape(x) : channelMaskShape(x)
  }

  forward(x: Tensor): Tensor {
    return dropout1d(x, this.p, this.callOptions)
  }
}

/**
 * `dropout2d` as a layer. Shape: `[N, C, H, W]`, same out.
 *
 * @param p Probability to drop a channel. Default 0.5.
 */
export class Dropout2d extends DropLayer implements ScaleAware {
  readonly scaleEquivariant = true

  protected override maskShape(x: Tensor): Shape {
    return channelMaskShape(x)
  }

  forward(x: Tensor): Tensor {
    return dropout2d(x, this.p, this.callOptions)
  }
}

/**
 * `dropout3d` as a layer. Shape: `[N, C, D, H, W]` or `[C, D, H, W]`, same out.
 *
 * @param p Probability to drop a channel. Default 0.5.
 */
export class Dropout3d extends DropLayer implements ScaleAware {
  readonly scaleEquivariant = true

  protected override maskShape(x: Tensor): Shape {
    return x.ndim === 5 ? channelMaskShape(x) : oneExampleMaskShape(x)
  }

  forward(x: Tensor): Tensor {
    return dropout3d(x, this.p, this.callOptions)
  }
}
