// In which order a DataLoader visits examples: PyTorch's samplers, draw for draw.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { defaultGenerator, type Generator, multinomial, randint, randperm } from '../random/index.ts'
import { checkOptions } from '../tensor/arguments.ts'
import type { HostArray } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { DrawnOrder, type OrderState } from './drawn-order.ts'

/** An order of examples; iterating it anew draws anew. */
export interface Sampler extends Iterable<number> {
  /** The number of indices that one iteration gives. */
  readonly length: number
  /** Where it draws from, if it was given a generator: saved with the state of a loader. */
  readonly generator?: Generator | undefined
  /** @internal Goes on with an iteration of the samplers here. Others are taken anew, and what was visited is skipped. */
  resume?(state: OrderState): Iterator<number>
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
  readonly generator: Generator | undefined
  readonly #source: Sized
  readonly #replacement: boolean

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
    this.generator = generator
    this.#source = source
    this.#replacement = replacement
  }

  [Symbol.iterator](): DrawnOrder {
    return this.resume()
  }

  resume(state?: OrderState): DrawnOrder {
    const { generator } = this
    return new DrawnOrder((number, source) => this.#draw(number, source), {
      generator,
      state,
      count: this.#source.length,
    })
  }

  /** The last draw may be of nothing; PyTorch makes it all the same. */
  #draw(number: number, generator: Generator): HostArray | undefined {
    const n = this.#source.length
    const size = this.#replacement ? chunk : n
    const count = Math.min(size, this.length - number * size)
    if (count < 0) return undefined
    return this.#replacement
      ? randint(n, [count], { generator }).toArray()
      : randperm(n, { generator }).toArray().subarray(0, count)
  }
}

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
  readonly generator: Generator | undefined
  readonly #weights: Tensor
  readonly #replacement: boolean

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
    this.generator = options.generator
    this.#weights = tensor(weights, { dtype: 'float64' })
    this.#replacement = options.replacement ?? true
  }

  [Symbol.iterator](): DrawnOrder {
    return this.resume()
  }

  resume(state?: OrderState): DrawnOrder {
    const { generator = defaultGenerator } = this
    const options = { generator, replacement: this.#replacement }
    const draw = (number: number) =>
      number === 0 ? multinomial(this.#weights, this.length, options).toArray() : undefined
    return new DrawnOrder(draw, { generator, state, count: this.#weights.numel })
  }
}
