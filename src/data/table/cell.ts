// What a cell of a table says: its text, or a number, or nothing.

/** What stands between the whole and the fraction of a number: a point, or the comma of much of Europe. */
export type Decimal = '.' | ','

/** Texts that stand for a value that is not known, in lower case: R's, Python's, SQL's, UCI's and spreadsheets' words. */
const unknown = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', 'nil', 'none', '?', '-', 'missing'])

/** Whether a cell holds no value. Case and spaces around it do not matter. */
export const isMissing = (cell: string): boolean => unknown.has(cell.trim().toLowerCase())

const numbers: Readonly<Record<Decimal, RegExp>> = {
  '.': /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i,
  ',': /^[-+]?(\d+,?\d*|,\d+)(e[-+]?\d+)?$/i,
}

/**
 * The number that a cell holds, or undefined. Signs and exponents are understood; thousands separators, units and
 * hexadecimal digits are not, and neither is a number too large for a double.
 */
export function parseNumber(cell: string, decimal: Decimal = '.'): number | undefined {
  const text = cell.trim()
  if (!numbers[decimal].test(text)) return undefined
  const value = Number(decimal === '.' ? text : text.replace(',', '.'))
  return Number.isFinite(value) ? value : undefined
}
