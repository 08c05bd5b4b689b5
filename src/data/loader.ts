import { fail, failAsPyTorch } from '../backend/errors.ts'
import { defaultGenerator, type Generator } from '../random/index.ts'
import { checkOptions } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { collate } from './collate.ts'
import type { Collated, Dataset } from './dataset.ts'
import { DrawnOrder, drawSeed, type OrderState } from './drawn-order.ts'
import { RandomSampler, type Sampler, SequentialSampler } from './samplers.ts'

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

/** How far a `DataLoader` is. */
export interface LoaderState {
  /** Examples in an epoch. */
  readonly examples: number
  readonly batchSize: number
  readonly dropLast: boolean
  /** Batches that the epoch under way has given; undefined between epochs. */
  readonly batches?: number | undefined
  /** The order of the rest of the epoch, where it is drawn. */
  readonly order?: OrderState | undefined
  /** The state of the loader's own generator, if it has one. */
  readonly generator?: Tensor | undefined
  /** The same of its sampler's, if that is another one. */
  readonly samplerGenerator?: Tensor | undefined
}

interface Epoch {
  readonly order: Iterator<number>
  /** How many were given. */
  batches: number
  /** It comes from a state, and the next iteration goes on with it. */
  waits: boolean
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
  /** The epoch that was begun last, until it ends. */
  #epoch: Epoch | undefined

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
    const epoch = this.#epoch?.waits ? this.#epoch : this.#begin()
    epoch.waits = false
    this.#epoch = epoch
    return this.#batches(epoch)
  }

  /**
   * How far the loader is: to go on in the middle of an epoch, with the batch that would have come next. An epoch that was
   * left before its end counts as under way. The default generator, where the loader draws from it, is saved apart.
   */
  stateDict(): LoaderState {
    const { batches, order } = this.#epoch ?? {}
    return {
      ...kindOf(this),
      batches,
      order: order instanceof DrawnOrder ? order.stateDict() : undefined,
      generator: this.generator?.getState(),
      samplerGenerator: samplerGenerator(this)?.getState(),
    }
  }

  /**
   * Goes on where `stateDict` was taken: the next `for` over the loader gives the rest of that epoch. Draws nothing.
   *
   * @throws ThinnetError TN_STATE if the state is of other examples or batches; nothing is changed then.
   */
  loadStateDict(state: LoaderState): void {
    checkState(state, this)
    const { batches, order } = state
    const epoch = batches === undefined ? undefined : { order: this.#resumed(batches, order), batches, waits: true }
    if (state.generator) this.generator?.setState(state.generator)
    if (state.samplerGenerator) samplerGenerator(this)?.setState(state.samplerGenerator)
    this.#epoch = epoch
  }

  #resumed(batches: number, state: OrderState | undefined): Iterator<number> {
    if (state && this.sampler.resume) return this.sampler.resume(state)
    const order = this.sampler[Symbol.iterator]()
    for (let i = 0; i < batches * this.batchSize; i++) order.next()
    return order
  }

  #begin(): Epoch {
    drawSeed(this.generator ?? defaultGenerator)
    return { order: this.sampler[Symbol.iterator](), batches: 0, waits: false }
  }

  /** The sampler is asked only when a batch needs it, and to its end only where PyTorch does: its draws depend on that. */
  *#batches(epoch: Epoch): Iterated<B> {
    for (let indices = this.#next(epoch); indices; indices = this.#next(epoch)) {
      const batch = this.#fetch(indices)
      epoch.batches++
      yield batch
    }
    if (this.#epoch === epoch) this.#epoch = undefined
  }

  /** The indices of the next batch; undefined after the last. */
  #next({ order }: Epoch): number[] | undefined {
    const indices: number[] = []
    while (indices.length < this.batchSize) {
      const { done, value } = order.next()
      if (done) return indices.length > 0 && !this.dropLast ? indices : undefined
      indices.push(value)
    }
    return indices
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

type AnyLoader = Pick<DataLoader<unknown, unknown>, 'sampler' | 'batchSize' | 'dropLast' | 'generator' | 'length'>

const samplerGenerator = ({ sampler, generator }: AnyLoader): Generator | undefined =>
  sampler.generator === generator ? undefined : sampler.generator

/** What the loader of a state must have in common with the one that goes on. */
const kindOf = ({ sampler, batchSize, dropLast }: AnyLoader) => ({ examples: sampler.length, batchSize, dropLast })

function checkState(state: LoaderState, loader: AnyLoader): void {
  const refuse = (theirs: string, ours: string) =>
    fail('TN_STATE', 'loadStateDict', `the state is of a DataLoader with ${theirs}, this one has ${ours}`)
  for (const [name, own] of Object.entries(kindOf(loader))) {
    const theirs = state[name as keyof LoaderState]
    if (theirs !== own) refuse(`${name} ${theirs}`, `${name} ${own}`)
  }
  const parts = [
    ['a generator', state.generator, loader.generator],
    ['a generator for its sampler', state.samplerGenerator, samplerGenerator(loader)],
    ['a drawn order', state.batches === undefined || state.order, state.batches === undefined || loader.sampler.resume],
  ] as const
  for (const [name, theirs, own] of parts) {
    if (theirs !== undefined && own === undefined) refuse(name, 'none')
    if (theirs === undefined && own !== undefined) refuse(`no ${name.slice(2)}`, 'one')
  }
  const { batches = 0 } = state
  if (!Number.isInteger(batches) || batches < 0 || batches > loader.length) {
    fail('TN_STATE', 'loadStateDict', `the state is of batch ${batches} of ${loader.length}`)
  }
}
