// In which order a DataLoader visits examples: PyTorch's samplers, draw for draw.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { defaultGenerator, Generator, multinomial, randint, randperm } from '../random/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkOptions } from './options.ts'

/** An order of examples; iterating it anew draws anew. */
export interface Sampler extends Iterable<number> {
  /** The number of indices that one iteration gives. */
  readonly length: number
}

/** Anything with a number of examples: a dataset, an array. */
interface Sized {
  readonly length: number
}

/** 0, 1, 2, … Draws nothing. */
export class SequentialSampler implements Sampler {
  readonly #source: Sized

  constructor(source: Sized) {
    this.#source = source
  }

  get length(): number {
    return this.#source.length
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.#source.length; i++) yield i
  }
}

/** Options of `RandomSampler`. */
export interface RandomSamplerOptions {
  /** Draws each index independently of the others. Default false: every example once before any comes again. */
  readonly replacement?: boolean | undefined
  /** Indices in one iteration. Default: the number of examples. */
  readonly numSamples?: number | undefined
  /** Where random numbers come from. Default: a new generator each time, seeded by 64 bits of the default one. */
  readonly generator?: Generator | undefined
}

/** PyTorch draws indices with replacement in chunks of this many. */
const chunk = 32

/**
 * A random order. Without replacement: one permutation after another, cut to `numSamples`; the permutation that is cut is drawn
 * even if nothing of it is used, once the iteration reaches it.
 */
export class RandomSampler implements Sampler {
  readonly length: number
  readonly #source: Sized
  readonly #replacement: boolean
  readonly #generator: Generator | undefined

  constructor(source: Sized, options: RandomSamplerOptions = {}) {
    checkOptions('RandomSampler', options, ['replacement', 'numSamples', 'generator'])
    const { replacement = false, numSamples = source.length, generator } = options
    if (!Number.isInteger(numSamples) || numSamples <= 0) {
      failAsPyTorch(
        'TN_RANGE',
        'RandomSampler',
        `num_samples should be a positive integer value, but got num_samples=${numSamples}`,
      )
    }
    if (source.length === 0) fail('TN_RANGE', 'RandomSampler', `there are no examples to draw ${numSamples} of`)
    this.length = numSamples
    this.#source = source
    this.#replacement = replacement
    this.#generator = generator
  }

  *[Symbol.iterator](): Iterator<number> {
    const n = this.#source.length
    const generator = this.#generator ?? new Generator().manualSeed(drawSeed(defaultGenerator))
    const size = this.#replacement ? chunk : n
    const draw = (count: number) =>
      this.#replacement ? randint(n, [count], { generator }) : randperm(n, { generator })
    for (let i = 0; i < Math.floor(this.length / size); i++) yield* draw(size).toArray()
    yield* draw(this.length % size)
      .toArray()
      .subarray(0, this.length % size)
  }
}

/** A seed as PyTorch draws it: 63 bits. */
export const drawSeed = (generator: Generator): bigint => BigInt.asUintN(63, generator.random64())

/** Options of `WeightedRandomSampler`. */
export interface WeightedRandomSamplerOptions {
  /** Lets an example be drawn more than once. Default true. */
  readonly replacement?: boolean | undefined
  /** Where random numbers come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined
}

/**
 * Draws examples with probabilities in proportion to weights, for instance to see rare classes as often as others.
 *
 * @param weights One for each example; they need not sum to 1.
 * @param numSamples Indices in one iteration.
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number
  readonly #weights: Tensor
  readonly #options: WeightedRandomSamplerOptions

  constructor(weights: readonly number[], numSamples: number, options: WeightedRandomSamplerOptions = {}) {
    checkOptions('WeightedRandomSampler', options, ['replacement', 'generator'])
    if (!Number.isInteger(numSamples) || numSamples <= 0) {
      failAsPyTorch(
        'TN_RANGE',
        'WeightedRandomSampler',
        `num_samples should be a positive integer value, but got num_samples=${numSamples}`,
      )
    }
    this.length = numSamples
    this.#weights = tensor(weights, { dtype: 'float64' })
    this.#options = options
  }

  *[Symbol.iterator](): Iterator<number> {
    const { replacement = true, generator } = this.#options
    yield* multinomial(this.#weights, this.length, { replacement, generator }).toArray()
  }
}
