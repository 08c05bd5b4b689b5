// Dropout of whole blocks of neighbours, in sequences and images.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, type DropFacts, numberText } from '../module/index.ts'
import { mul } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { eq } from '../ops/compare.ts'
import { checkFloating } from '../ops/launch.ts'
import { reshape } from '../ops/layout.ts'
import { sum } from '../ops/reduce.ts'
import { type WindowAxis, windowMaxima } from '../ops/window.ts'
import { bernoulli_, type GeneratorOption } from '../random/index.ts'
import { itemBytes } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { checkCall, type DropOptions, dropIn, dropOptionNames } from './decide.ts'
import { DropLayer, type DropLayerOptions } from './layer.ts'
import { applyNoise, takeNoise } from './noise.ts'
import type { ScaleAware } from './scaling.ts'

/** Options of `dropBlock1d` and `dropBlock2d`. */
export interface DropBlockFunctionOptions extends DropOptions {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
  /** Is added to the number of kept elements that the rest is scaled by. At least 0; default 1e-6. */
  readonly eps?: number | undefined
}

function checkBlock(where: string, blockSize: number, eps: number): void {
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    fail('TN_RANGE', where, `blockSize must be a whole number above 0, got ${String(blockSize)}`)
  }
  if (!(eps >= 0)) fail('TN_RANGE', where, `eps must be at least 0, got ${String(eps)}`)
}

/** Where blocks of a length lie along a dimension: each begins at a seed, and `reach` positions see it. */
function blocksAlong(size: number, block: number): WindowAxis & { readonly seeds: number } {
  const seeds = size - block + 1
  // Position i is in a block that begins at i - block + 1 ... i: windows of seeds, padded on both sides.
  return { seeds, size: seeds, kernel: block, stride: 1, dilation: 1, before: block - 1, after: block - 1, count: size }
}

/** True where no block lies, in the shape of a sequence or an image. */
function drawBlocks(x: Tensor, p: number, blockSize: number, options: GeneratorOption): Tensor {
  const [batch, channels] = x.shape as readonly [number, number]
  const width = x.shape.at(-1) as number
  const height = x.ndim === 4 ? (x.shape[2] as number) : 1
  const block = x.ndim === 4 ? Math.min(blockSize, height, width) : Math.min(blockSize, width)
  const [rows, columns] = [blocksAlong(height, x.ndim === 4 ? block : 1), blocksAlong(width, block)]
  // Each seed drops a block, and blocks lie within the image: so that p of all elements are dropped, but for overlaps.
  const gamma = (p * height * width) / (rows.kernel * columns.kernel * rows.seeds * columns.seeds)
  return takeNoise({
    shape: x.shape,
    dtype: 'bool',
    draw() {
      const seeds = bernoulli_(allocate([batch, channels, rows.seeds, columns.seeds], 'float32'), gamma, {
        generator: options.generator,
      })
      return reshape(eq(windowMaxima(seeds, { batch, channels, rows, columns }).out, 0), x.shape)
    },
  })
}

function dropBlocks(where: string, x: Tensor, p: number, blockSize: number, options: DropBlockFunctionOptions): Tensor {
  const { training = true, eps = 1e-6 } = options
  return dropIn(where, x, p, { training, inplace: options.inplace }, () => {
    checkFloating(where, x)
    const kept = drawBlocks(x, p, blockSize, options)
    const round = x.dtype === 'float32' ? Math.fround : (value: number) => value
    const scale = round(x.numel / round(eps + sum(kept).item()))
    return applyNoise(x, mul(cast(kept, x.dtype), scale))
  })
}

function checkArguments(
  where: string,
  x: Tensor,
  p: number,
  blockSize: number,
  options: DropBlockFunctionOptions,
): void {
  checkOptions(where, options, [...dropOptionNames, 'eps'], `${where}(x, p, blockSize, { training: false })`)
  checkCall(where, x, p, options)
  checkBlock(where, blockSize, options.eps ?? 1e-6)
  const rank = where === 'dropBlock1d' ? 3 : 4
  if (x.ndim !== rank) {
    failAsPyTorch('TN_SHAPE', where, `input should be ${rank} dimensional. Got ${x.ndim} dimensions.`)
  }
}

/**
 * Drops runs of `blockSize` neighbours in each channel of a sequence; see `dropBlock2d`.
 *
 * Shape: `[N, C, L]`, same out.
 */
export function dropBlock1d(x: Tensor, p = 0.1, blockSize = 7, options: DropBlockFunctionOptions = {}): Tensor {
  checkArguments('dropBlock1d', x, p, blockSize, options)
  return dropBlocks('dropBlock1d', x, p, blockSize, options)
}

/**
 * Drops squares of `blockSize` by `blockSize` neighbours in each channel, `y = x · kept · numel / Σ kept`: single
 * elements that are dropped would be guessed from their neighbours (Ghiasi, Lin & Le 2018, arXiv 1810.12890, algorithm
 * 1; torchvision's `drop_block2d`).
 *
 * A block begins at each position where it fits with probability
 * `γ = p · H W / (blockSize² (H - blockSize + 1) (W - blockSize + 1))` (equation 1), so that a share of about p is
 * dropped, a little less where blocks overlap, and less at the edges than in the middle. What is kept is scaled by the
 * share that was kept in fact: the mean over all elements, not of each, keeps its expectation. Evaluation does nothing.
 *
 * Shape: `[N, C, H, W]`, same out. Draws two words for each position where a block may begin, in row-major order; none
 * in evaluation, for p = 0, p = 1 or an empty input. Gradient: the same mask and factor.
 *
 * @param p Probability to drop an element, in [0, 1].
 * @param blockSize The side of a block; at most that of the image.
 * @throws ThinnetError TN_RANGE if p or `blockSize` is out of range; TN_SHAPE for other ranks; TN_DTYPE for integers.
 * @example dropBlock2d(features, 0.1, 7)
 */
export function dropBlock2d(x: Tensor, p = 0.1, blockSize = 7, options: DropBlockFunctionOptions = {}): Tensor {
  checkArguments('dropBlock2d', x, p, blockSize, options)
  return dropBlocks('dropBlock2d', x, p, blockSize, options)
}

/** Options of `DropBlock1d` and `DropBlock2d`. */
export interface DropBlockOptions extends DropLayerOptions {
  /** See `dropBlock2d`. Default 1e-6. */
  readonly eps?: number | undefined
}

/** What both layers have in common. */
abstract class DropBlock extends DropLayer implements ScaleAware {
  protected static override readonly optionNames: readonly string[] = [...DropLayer.optionNames, 'eps']
  readonly scaleEquivariant = true
  readonly eps: number

  constructor(
    p = 0.1,
    readonly blockSize = 7,
    options: DropBlockOptions = {},
  ) {
    super(p, options)
    const { eps = 1e-6 } = options
    checkBlock(new.target.name, blockSize, eps)
    this.eps = eps
  }

  /** A number for each element is kept for backward. */
  override dropFacts(x?: Tensor): DropFacts {
    const { p } = this
    return x ? { ...super.dropFacts(x), maskBytes: p === 0 ? 0 : x.numel * itemBytes(x.dtype) } : { p }
  }

  protected override settings(): string[] {
    const [p, ...rest] = super.settings() as [string, ...string[]]
    const eps = this.eps === 1e-6 ? [] : [`eps=${numberText(this.eps)}`]
    return [p, `block_size=${this.blockSize}`, ...rest, ...eps]
  }
}

/**
 * `dropBlock1d` as a layer. Shape: `[N, C, L]`, same out.
 *
 * @param p Probability to drop an element, in [0, 1]. Default 0.1.
 * @param blockSize The length of a block. Default 7.
 */
export class DropBlock1d extends DropBlock {
  forward(x: Tensor): Tensor {
    return dropBlock1d(x, this.p, this.blockSize, { eps: this.eps, ...this.callOptions })
  }
}

/**
 * `dropBlock2d` as a layer, for images: behind a convolution, and behind the shortcut beside it. Raising p from 0 over
 * the training helps (the paper's scheduled DropBlock): see `DropoutScheduler`.
 *
 * Shape: `[N, C, H, W]`, same out.
 *
 * @param p Probability to drop an element, in [0, 1]. Default 0.1.
 * @param blockSize The side of a block. Default 7, the paper's.
 * @throws ThinnetError TN_RANGE if p, `blockSize` or an option is out of range.
 */
export class DropBlock2d extends DropBlock {
  forward(x: Tensor): Tensor {
    return dropBlock2d(x, this.p, this.blockSize, { eps: this.eps, ...this.callOptions })
  }
}
