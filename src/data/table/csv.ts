// What a CSV file looks like, told from its first lines. Reading the whole of it is csv.node.ts's work.
import { parse } from 'csv-parse/sync'
import { type Decimal, isMissing, parseNumber } from './cell.ts'

/** How to read a CSV file. All of it is found out where it is not given. */
export interface CsvOptions {
  /** What stands between cells. Default: the comma, semicolon, tab or bar that makes the first lines equally long. */
  readonly delimiter?: string | undefined
  /** Of the text, as `TextDecoder` names it. Default: `utf-8`, or `utf-16` where the file begins with its mark. */
  readonly encoding?: string | undefined
  /** Whether the first row names the columns. Default true; if false they are `column 1`, `column 2` and so on. */
  readonly header?: boolean | undefined
  /** Leaves rows out that have too few or too many cells, instead of failing at the first one. Default false. */
  readonly skipDamaged?: boolean | undefined
  /** Called with what is wrong with each row that is left out. */
  readonly onSkip?: ((what: string) => void) | undefined
}

/** A CSV file that was looked at; its rows are read, each time anew, by `rows()`. */
export interface CsvFile {
  readonly path: string
  readonly columns: readonly string[]
  readonly delimiter: string
  readonly decimal: Decimal
  /** Whether the names of the columns are all numbers: then there is likely no header. */
  readonly headerLooksLikeData: boolean
  /** The rows in order, each with a cell for every column. Only a few of them are in memory at a time. */
  rows(): AsyncGenerator<string[], void, undefined>
}

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
