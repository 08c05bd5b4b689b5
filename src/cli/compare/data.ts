import { DataLoader, type Dataset, type ImageDataset, mnist, Subset } from '../../data/index.ts'
import { Generator } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { CompareOptions } from './command.ts'

type Examples = Dataset<[Tensor, Tensor]>

/** The images of a comparison. */
export interface ComparisonData {
  readonly train: Examples
  /** The part of `train` that is scored after each epoch. */
  readonly sample: Examples
  readonly test: Examples
  /** The side of an image, in pixels. */
  readonly side: number
  readonly classes: number
  /** The folder that the files came from. */
  readonly source: string
}

/** Training images that are scored after each epoch: as many as there are test images. */
const sampleSize = 10_000
/** Images that are scored at once. */
const scoredAtOnce = 500

/** MNIST, or the first images of it. */
export async function loadData(options: Pick<CompareOptions, 'data' | 'limit' | 'testLimit'>): Promise<ComparisonData> {
  const { train, test, classes, source } = await mnist({ folder: options.data })
  const limited = first(train, options.limit)
  return {
    train: limited,
    sample: first(limited, sampleSize),
    test: first(test, options.testLimit),
    side: sideOf(train),
    classes: classes.length,
    source,
  }
}

const sideOf = (images: ImageDataset): number => images.images.shape.at(-1) ?? 0

function first(examples: Examples, limit: number | undefined): Examples {
  if (limit === undefined || limit >= examples.length) return examples
  return new Subset(examples, [...Array(limit).keys()])
}

/**
 * The mini-batches to learn from, in an order that depends on `seed` alone: each arm sees the same images in the same
 * order, whatever random numbers its dropout takes meanwhile.
 */
export function trainingBatches(examples: Examples, batchSize: number, seed: number): DataLoader<[Tensor, Tensor]> {
  return new DataLoader(examples, { batchSize, shuffle: true, generator: new Generator().manualSeed(seed) })
}

/** Batches to score, in order. They take no random numbers from the training's generator. */
export function scoredBatches(examples: Examples): DataLoader<[Tensor, Tensor]> {
  return new DataLoader(examples, { batchSize: scoredAtOnce, generator: new Generator() })
}
