// How columns of text become numbers that a network can learn from, and back. Encodings are plain data: they are saved
// with the model, so that new rows are read exactly as the training rows were.
import { type Decimal, isMissing, parseNumber } from './cell.ts'
import type { ColumnProfile } from './profile.ts'

/** Why a column is left out. */
export type IgnoredReason = 'empty' | 'constant' | 'identifier' | 'asked'

/** How a column is read. */
export type ColumnEncoding =
  | {
      readonly kind: 'number'
      readonly name: string
      /** Of the training rows: a value x becomes `(x - mean) / std`, a missing one 0. */
      readonly mean: number
      readonly std: number
      /** Whether a second input says that the value is missing: where some were in training. */
      readonly missing: boolean
    }
  | {
      readonly kind: 'category'
      readonly name: string
      /** One input for each, 1 where it is the cell's. */
      readonly values: readonly string[]
      /** Whether one more input stands for rarer texts, which unseen ones are then taken for. */
      readonly other: boolean
      /** Whether one more input says that the value is missing. */
      readonly missing: boolean
    }
  | { readonly kind: 'ignored'; readonly name: string; readonly reason: IgnoredReason }

/** How the column to predict is read. */
export type TargetEncoding =
  | { readonly kind: 'classes'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly name: string; readonly mean: number; readonly std: number }

/** The part of a column's filled cells that must be numbers for it to be read as numbers. */
const mostlyNumbers = 0.9

/** Whether a column is one of numbers: nearly all that stands in it is. */
export const isNumeric = ({ numbers, filled }: ColumnProfile): boolean =>
  filled > 0 && numbers >= mostlyNumbers * filled

export interface EncodingOptions {
  /** Categories of a column that get an input of their own: the most frequent ones. Default 50. */
  readonly maxCategories?: number | undefined
}

/**
 * Chooses how a column is read:
 * - empty, or always the same: left out;
 * - numbers (at least 90 % of what it holds): scaled to mean 0 and standard deviation 1;
 * - text that hardly ever comes twice (a name, a key): left out, since nothing can be learnt from it;
 * - other text: categories, the `maxCategories` most frequent ones and, for what is rarer, one for all others.
 */
export function encodeColumn(profile: ColumnProfile, { maxCategories = 50 }: EncodingOptions = {}): ColumnEncoding {
  const { name, filled, texts, manyTexts } = profile
  const missing = profile.missing > 0
  if (filled === 0) return { kind: 'ignored', name, reason: 'empty' }
  if (isNumeric(profile)) {
    if (profile.std === 0 && !missing) return { kind: 'ignored', name, reason: 'constant' }
    return { kind: 'number', name, mean: profile.mean, std: profile.std || 1, missing }
  }
  if (texts.size === 1 && !missing) return { kind: 'ignored', name, reason: 'constant' }
  if (manyTexts || (texts.size > maxCategories && texts.size > filled / 2)) {
    return { kind: 'ignored', name, reason: 'identifier' }
  }
  const byFrequency = [...texts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  const values = byFrequency.slice(0, maxCategories).map(([text]) => text)
  return { kind: 'category', name, values, other: byFrequency.length > maxCategories, missing }
}

/** How many inputs a column becomes. */
export function inputsOf(encoding: ColumnEncoding): number {
  switch (encoding.kind) {
    case 'number':
      return 1 + Number(encoding.missing)
    case 'category':
      return encoding.values.length + Number(encoding.other) + Number(encoding.missing)
    case 'ignored':
      return 0
    default:
      return encoding satisfies never
  }
}

/** What was odd about a cell: a text never seen in training, a text where a number should be. */
export type CellIssue = 'unseen' | 'not a number'

/**
 * Writes a cell's inputs into `out` from position `at` on, which must be 0 before.
 *
 * @returns what was odd, if anything: an odd number is read as missing; an unseen category as one of the others, or,
 * where there are none, as none of the known ones.
 */
export function encodeCell(
  encoding: ColumnEncoding,
  cell: string,
  decimal: Decimal,
  out: Float32Array,
  at: number,
): CellIssue | undefined {
  switch (encoding.kind) {
    case 'number': {
      const value = isMissing(cell) ? undefined : parseNumber(cell, decimal)
      if (value !== undefined) out[at] = (value - encoding.mean) / encoding.std
      else if (encoding.missing) out[at + 1] = 1
      return value === undefined && !isMissing(cell) ? 'not a number' : undefined
    }
    case 'category': {
      const { values, other } = encoding
      if (isMissing(cell)) {
        if (encoding.missing) out[at + values.length + Number(other)] = 1
        return undefined
      }
      const index = values.indexOf(cell.trim())
      if (index >= 0) out[at + index] = 1
      else if (other) out[at + values.length] = 1
      return index < 0 && !other ? 'unseen' : undefined
    }
    case 'ignored':
      return undefined
    default:
      return encoding satisfies never
  }
}

/** Whole numbers of up to this many different values are taken for classes. */
const fewNumbers = 10

/** Whether a target's values are classes, as far as can be told: text, or few different whole numbers. */
export function looksLikeClasses(profile: ColumnProfile): boolean {
  if (!isNumeric(profile)) return true
  return profile.whole && !profile.manyTexts && profile.texts.size <= Math.min(fewNumbers, profile.filled / 2)
}

/** The classes in their order: numbers by size, texts by the alphabet. */
export function encodeClasses({ name, texts, decimal }: ColumnProfile): TargetEncoding {
  const place = (text: string) => parseNumber(text, decimal) ?? Number.POSITIVE_INFINITY
  const values = [...texts.keys()].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
  return { kind: 'classes', name, values }
}
