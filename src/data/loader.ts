import { fail, failAsPyTorch } from '../backend/errors.ts'
import { defaultGenerator, type Generator } from '../random/index.ts'
import { collate } from './collate.ts'
import type { Collated, Dataset } from './dataset.ts'
import { checkOptions } from './options.ts'
import { drawSeed, RandomSampler, type Sampler, SequentialSampler } from './samplers.ts'

/** Options of `DataLoader`. */
export interface DataLoaderOptions<T, B = Collated<T>> {
  /** Examples in a batch. Default 1. */
  readonly batchSize?: number | undefined
  /** Visits the examples in a new random order each time. Default false. */
  readonly shuffle?: boolean | undefined
  /** The order of examples; excludes `shuffle`. */
  readonly sampler?: Sampler | undefined
  /** Leaves out the last batch if it is not full. Default false. */
  readonly dropLast?: boolean | undefined
  /** Where random numbers come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined
  /** Makes a batch of examples. Default: `collate`, or the dataset's own way to fetch a batch at once. */
  readonly collate?: ((examples: T[]) => B) | undefined
}

const optionNames = ['batchSize', 'shuffle', 'sampler', 'dropLast', 'generator', 'collate']

/**
 * Iterates a dataset in batches, synchronously; each `for` over it is one epoch.
 *
 * Draws as PyTorch's: an epoch takes 64 bits from `generator` (PyTorch seeds its workers with them), shuffled or not. Shuffling
 * with the default generator takes 64 bits more, which seed the permutation; with a given `generator` the permutation comes from
 * that, and one more, unused, when the epoch runs to its end.
 *
 * @example
 * const loader = new DataLoader(dataset, { batchSize: 32, shuffle: true })
 * for (const [x, y] of loader) ...
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B> {
  readonly batchSize: number
  readonly dropLast: boolean
  readonly sampler: Sampler
  readonly generator: Generator | undefined
  readonly #collate: ((examples: T[]) => B) | undefined

  constructor(
    readonly dataset: Dataset<T>,
    options: DataLoaderOptions<T, B> = {},
  ) {
    checkOptions('DataLoader', options, optionNames)
    const { batchSize = 1, shuffle = false, sampler, dropLast = false, generator } = options
    if (!Number.isInteger(batchSize) || batchSize <= 0) {
      failAsPyTorch(
        'TN_RANGE',
        'DataLoader',
        `batch_size should be a positive integer value, but got batch_size=${batchSize}`,
      )
    }
    if (sampler && shuffle) failAsPyTorch('TN_RANGE', 'DataLoader', 'sampler option is mutually exclusive with shuffle')
    this.batchSize = batchSize
    this.dropLast = dropLast
    this.generator = generator
    this.sampler = sampler ?? (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset))
    this.#collate = options.collate
  }

  /** The number of batches in an epoch. */
  get length(): number {
    const batches = this.sampler.length / this.batchSize
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches)
  }

  [Symbol.iterator](): Iterator<B> & Iterable<B> {
    return this.epoch()
  }

  /**
   * One epoch without its first batches, which are not fetched; what is drawn, and what follows, is as in a whole epoch. To
   * continue where a run was stopped, with the generator's state from the start of that epoch.
   *
   * @param skip Batches to leave out.
   */
  epoch({ skip = 0 }: { readonly skip?: number } = {}): Iterator<B> & Iterable<B> {
    if (!Number.isInteger(skip) || skip < 0)
      fail('TN_RANGE', 'DataLoader', `skip must be a number of batches, got ${skip}`)
    drawSeed(this.generator ?? defaultGenerator)
    return this.#batches(skip)
  }

  *#batches(skip: number): Iterated<B> {
    let number = 0
    for (const indices of this.#indexBatches()) if (number++ >= skip) yield this.#fetch(indices)
  }

  /** The sampler is asked only when a batch needs it, and to its end only where PyTorch does: its draws depend on that. */
  *#indexBatches(): Iterated<number[]> {
    let batch: number[] = []
    for (const index of this.sampler) {
      batch.push(index)
      if (batch.length < this.batchSize) continue
      yield batch
      batch = []
    }
    if (batch.length > 0 && !this.dropLast) yield batch
  }

  #fetch(indices: number[]): B {
    if (this.#collate) return this.#collate(indices.map((index) => this.dataset.get(index)))
    // Without a `collate`, B is Collated<T>.
    if (this.dataset.getBatch) return this.dataset.getBatch(indices) as B
    return collate(indices.map((index) => this.dataset.get(index))) as B
  }
}

/** JavaScript's generators, which share their name with random ones. */
type Iterated<T> = globalThis.Generator<T, void, undefined>
