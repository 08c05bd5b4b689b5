// An order of examples that is drawn piece by piece, and can be saved between any two of them.
import { fail } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { defaultGenerator, Generator } from '../random/index.ts'
import type { HostArray } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'

/** How far an iteration of a sampler came. */
export interface OrderState {
  /** Draws that were made. */
  readonly draws: number
  /** What is left of the last one. Shape: `[n]`, int32. */
  readonly left: Tensor
  /** The state of the generator, where the iteration has one of its own. */
  readonly generator?: Tensor | undefined
}

/** Draw `number` (they count from 0), or undefined where there are no more. */
type Draw = (number: number, generator: Generator) => HostArray | undefined

interface DrawnOrderOptions {
  /** Where draws come from. Default: a new generator, seeded by 64 bits of the default one before the first draw. */
  readonly generator?: Generator | undefined
  /** Where to go on. */
  readonly state?: OrderState | undefined
  /** Indices are below this. */
  readonly count: number
}

/** An iteration of a sampler that draws indices when it has none left. */
export class DrawnOrder implements Iterator<number>, Iterable<number> {
  readonly #draw: Draw
  readonly #given: Generator | undefined
  #own: Generator | undefined
  #draws = 0
  #left: HostArray = new Int32Array()
  #at = 0

  /** @throws ThinnetError TN_STATE if the state is none, or of more examples. */
  constructor(draw: Draw, { generator, state, count }: DrawnOrderOptions) {
    this.#draw = draw
    this.#given = generator
    if (state === undefined) return
    checkState(state, count)
    this.#draws = state.draws
    this.#left = state.left.toArray()
    if (!generator && state.generator) this.#own = new Generator().setState(state.generator)
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<number, undefined> {
    while (this.#at === this.#left.length) {
      const drawn = this.#draw(this.#draws, this.#generator())
      if (!drawn) return { done: true, value: undefined }
      this.#draws++
      this.#left = drawn
      this.#at = 0
    }
    return { done: false, value: this.#left[this.#at++] as number }
  }

  stateDict(): OrderState {
    const left = tensor(Int32Array.from(this.#left.subarray(this.#at)))
    return { draws: this.#draws, left, generator: this.#own?.getState() }
  }

  #generator(): Generator {
    if (this.#given) return this.#given
    this.#own ??= new Generator().manualSeed(drawSeed(defaultGenerator))
    return this.#own
  }
}

/** A seed as PyTorch draws it: 63 bits. */
export const drawSeed = (generator: Generator): bigint => BigInt.asUintN(63, generator.random64())

function checkState({ draws, left }: OrderState, count: number): void {
  const ok =
    Number.isInteger(draws) && draws >= 0 && left instanceof Tensor && left.ndim === 1 && left.dtype === 'int32'
  if (!ok) fail('TN_STATE', 'loadStateDict', "this is no state of a sampler's iteration")
  const wrong = left.toArray().find((index) => !(index >= 0 && index < count))
  if (wrong === undefined) return
  fail('TN_STATE', 'loadStateDict', `the state visits example ${wrong}, and there are ${count}`, {
    index: wrong,
    count,
  })
}
