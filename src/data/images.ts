import { fail } from '../backend/errors.ts'
import { div, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { indexSelect } from '../ops/indexing.ts'
import { reshape, select } from '../ops/layout.ts'
import { checkOptions } from '../tensor/arguments.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkIndex, type Dataset, rowNumbers } from './dataset.ts'

/** How an `ImageDataset` hands out its images. */
export interface ImageOptions {
  /** True: each image is one row of numbers, for `Linear`. False: `[channels, height, width]`, for convolutions. Default true. */
  readonly flatten?: boolean | undefined
  /** After scaling to [0, 1], `(x - mean) / std`. Default: not done. For MNIST `{ mean: 0.1307, std: 0.3081 }` is usual. */
  readonly normalize?: { readonly mean: number; readonly std: number } | undefined
}

/**
 * Images with labels. They are kept as bytes and made float32 in [0, 1] batch by batch, so that a data set takes a quarter of
 * the memory and an epoch reads a quarter of the bytes.
 *
 * An example is `[image, label]`: float32 `[C*H*W]` (or `[C, H, W]`) and int32 `[]`; a batch has the number of examples in front.
 */
export class ImageDataset implements Dataset<[Tensor, Tensor]> {
  readonly flatten: boolean
  readonly normalize: { readonly mean: number; readonly std: number } | undefined

  constructor(
    /** uint8, `[N, H, W]` or `[N, C, H, W]`; 0 is black. */
    readonly images: Tensor,
    /** int32, `[N]`. */
    readonly labels: Tensor,
    options: ImageOptions = {},
  ) {
    checkOptions('ImageDataset', options, ['flatten', 'normalize'])
    if (images.dtype !== 'uint8' || (images.ndim !== 3 && images.ndim !== 4)) {
      fail(
        'TN_SHAPE',
        'ImageDataset',
        `images must be uint8 [N, H, W] or [N, C, H, W], got ${images.dtype} ${formatShape(images.shape)}`,
      )
    }
    if (labels.dtype !== 'int32' || labels.ndim !== 1 || labels.shape[0] !== images.shape[0]) {
      const expected = `int32 [${images.shape[0]}]`
      fail(
        'TN_SHAPE',
        'ImageDataset',
        `labels must be ${expected}, one for each image, got ${labels.dtype} ${formatShape(labels.shape)}`,
      )
    }
    const { flatten = true, normalize } = options
    if (normalize && !(Number.isFinite(normalize.mean) && normalize.std > 0)) {
      fail(
        'TN_RANGE',
        'ImageDataset',
        `normalize needs a finite mean and a positive std, got mean ${normalize.mean}, std ${normalize.std}`,
      )
    }
    this.flatten = flatten
    this.normalize = normalize
  }

  get length(): number {
    return this.images.shape[0] as number
  }

  /** The shape of one example's image. */
  get imageShape(): readonly number[] {
    const [height, width] = this.images.shape.slice(-2) as [number, number]
    const channels = this.images.ndim === 4 ? (this.images.shape[1] as number) : 1
    return this.flatten ? [channels * height * width] : [channels, height, width]
  }

  get(index: number): [Tensor, Tensor] {
    checkIndex('ImageDataset', index, this.length)
    const image = this.#toNumbers(select(this.images, 0, index))
    return [reshape(image, this.imageShape), select(this.labels, 0, index)]
  }

  getBatch(indices: readonly number[]): [Tensor, Tensor] {
    const rows = rowNumbers(indices)
    const bytes = indexSelect(this.images, 0, rows)
    const images = this.#toNumbers(bytes)
    bytes.storage.release()
    return [reshape(images, [indices.length, ...this.imageShape]), indexSelect(this.labels, 0, rows)]
  }

  /** All examples as one batch: four bytes a pixel, so meant for small sets, such as a test set. */
  all(): [Tensor, Tensor] {
    return [reshape(this.#toNumbers(this.images), [this.length, ...this.imageShape]), this.labels]
  }

  #toNumbers(bytes: Tensor): Tensor {
    const { mean, std } = this.normalize ?? { mean: 0, std: 1 }
    let numbers = replacing(cast(bytes, 'float32'), (x) => div(x, 255))
    if (mean !== 0) numbers = replacing(numbers, (x) => sub(x, mean))
    return std === 1 ? numbers : replacing(numbers, (x) => div(x, std))
  }
}

/** `f(x)`. The memory of `x`, which nobody else has, is given back at once for the next batch's intermediate results. */
function replacing(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const result = f(x)
  x.storage.release()
  return result
}
