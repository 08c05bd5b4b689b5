// What a CSV file looks like, told from its first lines.
import { parse } from 'csv-parse/sync'
import { type Decimal, isMissing, parseNumber } from './cell.ts'

const delimiters = [',', ';', '\t', '|']
const sampleRows = 50

const rowsOf = (sample: string, delimiter: string): string[][] => {
  try {
    return parse(sample, {
      delimiter,
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      to: sampleRows,
    })
  } catch {
    return []
  }
}

/** The delimiter with which the first rows have the most cells, and all as many. */
export function findDelimiter(sample: string): string {
  let best = { delimiter: ',', cells: 1 }
  for (const delimiter of delimiters) {
    const rows = rowsOf(sample, delimiter)
    const cells = rows[0]?.length ?? 0
    const even = rows.filter((row) => row.length === cells).length
    if (cells > best.cells && even >= 0.9 * rows.length) best = { delimiter, cells }
  }
  return best.delimiter
}

/** A comma where numbers are written with one: only where it is not the delimiter. */
export function findDecimal(sample: string, delimiter: string): Decimal {
  if (delimiter === ',') return '.'
  const cells = rowsOf(sample, delimiter)
    .slice(1)
    .flat()
    .filter((cell) => !isMissing(cell))
  const count = (decimal: Decimal) => cells.filter((cell) => parseNumber(cell, decimal) !== undefined).length
  return count(',') > count('.') ? ',' : '.'
}
