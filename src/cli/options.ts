// Parsers of option values. Each returns the value or throws what commander words as a usage error.
import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { Language } from '../report/words.ts'

/** What `--lang` may be. */
export const languages = ['en', 'ko'] as const satisfies readonly Language[]

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

/** A whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = number(text)
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    }
    return value
  }

/** A number above 0. */
export function positive(text: string): number {
  const value = number(text)
  if (value <= 0) throw new InvalidArgumentError('It must be above 0.')
  return value
}

/** A number of at least 0. */
export function notNegative(text: string): number {
  const value = number(text)
  if (value < 0) throw new InvalidArgumentError('It must not be below 0.')
  return value
}

/** A probability of dropping that leaves something: from 0 to below 1. */
export function dropProbability(text: string): number {
  const value = number(text)
  if (value < 0 || value >= 1) throw new InvalidArgumentError('It is a probability to drop: from 0 to below 1.')
  return value
}

/** A number from 0 to below 1. */
export function fraction(text: string): number {
  const value = number(text)
  if (value < 0 || value >= 1) throw new InvalidArgumentError('It must be from 0 to below 1.')
  return value
}

/** A part of a whole in steps of 0.05, which leaves the other parts something. */
export function partInTwentieths(text: string): number {
  const value = number(text)
  if (value < 0 || value > 0.5 || Math.abs(20 * value - Math.round(20 * value)) > 1e-9) {
    throw new InvalidArgumentError('It must be from 0 to 0.5, in steps of 0.05.')
  }
  return value
}

/** A number between 0 and 1. */
export function between0And1(text: string): number {
  const value = number(text)
  if (value <= 0 || value >= 1) throw new InvalidArgumentError('It must be between 0 and 1.')
  return value
}

/** What stands between cells: one character, or the word `tab`. */
export function delimiter(text: string): string {
  if (text === 'tab' || text === '\\t') return '\t'
  if (text.length !== 1 || text === '"') throw new InvalidArgumentError("It must be one character, or 'tab'.")
  return text
}

/** Names with commas between. */
export const names = (text: string): string[] => text.split(',').map((name) => name.trim())

/** Whole numbers above 0, with commas between. */
export const sizes = (text: string): number[] => text.split(',').map(wholeNumber(1))

/** Some of `choices`, with commas between, in the order of `choices`. */
export const someOf =
  <const Choice extends string>(choices: readonly Choice[]) =>
  (text: string): Choice[] => {
    const given = text.split(',').map((name) => name.trim())
    const unknown = given.find((name) => !choices.some((choice) => choice === name))
    if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is not one of ${choices.join(', ')}.`)
    return choices.filter((choice) => given.includes(choice))
  }
