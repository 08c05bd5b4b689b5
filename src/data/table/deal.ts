import { fail } from '../../backend/errors.ts'
import { Generator, randperm } from '../../random/index.ts'
import { checkOptions } from '../../tensor/arguments.ts'

/** What a row is for: to learn from, to choose by, or to test with. */
export type Role = 'train' | 'validation' | 'test'

/** How many rows each part gets, and by which draw. */
export interface DealOptions {
  /** The part of the rows that training is stopped and chosen by, in steps of 0.05. Default 0.15. */
  readonly validation?: number | undefined
  /** The part that is looked at once, at the end, in steps of 0.05. Default 0.15. */
  readonly test?: number | undefined
  /** Default 0. */
  readonly seed?: number | undefined
}

const cards = 20
/** Keys with a deck of their own; all others share one. */
const ownDecks = 100

/**
 * Deals rows to training, validation and test while they stream past. Of each key (the class, where there are few) every
 * twenty rows are dealt like a shuffled deck of cards, so that each part gets its share of each class, however rare, and
 * nobody need know how many rows will come. The same seed and rows give the same deal.
 */
export class RowDealer {
  readonly #roles: readonly Role[]
  readonly #generator: Generator
  readonly #decks = new Map<string, Role[]>()

  constructor(options: DealOptions = {}) {
    checkOptions('RowDealer', options, ['validation', 'test', 'seed'])
    const { validation = 0.15, test = 0.15, seed = 0 } = options
    for (const part of [validation, test, 1 - validation - test]) {
      if (!(part >= 0 && part <= 1)) {
        fail('TN_RANGE', 'RowDealer', `validation and test are parts of 1, got ${validation} and ${test}`)
      }
    }
    const counts = { test: Math.round(cards * test), validation: Math.round(cards * validation) }
    this.#roles = Array.from({ length: cards }, (_, i) =>
      i < counts.test ? 'test' : i < counts.test + counts.validation ? 'validation' : 'train',
    )
    this.#generator = new Generator().manualSeed(seed)
  }

  /** The role of the next row. */
  deal(key: string): Role {
    const own = `=${key}`
    const name = this.#decks.has(own) || this.#decks.size < ownDecks ? own : ''
    const deck = this.#decks.get(name) ?? []
    if (deck.length === 0) {
      const order = randperm(cards, { generator: this.#generator }).toArray()
      deck.push(...Array.from(order, (i) => this.#roles[i] as Role))
    }
    this.#decks.set(name, deck)
    return deck.pop() as Role
  }
}
