// Parsers of option values. Each returns the value or throws what commander words as a usage error.
import { InvalidArgumentError } from '@commander-js/extra-typings'

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
