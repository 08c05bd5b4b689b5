// What reading a CSV file takes and gives; csv.node.ts reads.
import type { Decimal } from './cell.ts'

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
