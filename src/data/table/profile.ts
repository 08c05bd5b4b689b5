import { fail } from '../../backend/errors.ts'
import { type Decimal, isMissing, parseNumber } from './cell.ts'

/** Different texts that are counted of a column; of a column with more of them only that is known. */
export const countedTexts = 1000

/** What is known of one column after one pass over its cells. Takes the same memory for ten rows and for ten million. */
export class ColumnProfile {
  /** Cells seen. */
  cells = 0
  /** Cells without a value. */
  missing = 0
  /** Cells that hold numbers, and what is known of these. */
  numbers = 0
  mean = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  /** Whether every number so far is a whole one. */
  whole = true
  /** How often each text stands in the column, in the order of appearance; complete unless `manyTexts`. */
  readonly texts = new Map<string, number>()
  /** Whether there are more than `countedTexts` different ones. */
  manyTexts = false
  /** The first cell that holds something other than a number. */
  firstText: string | undefined
  #squares = 0

  constructor(
    readonly name: string,
    readonly decimal: Decimal = '.',
  ) {}

  add(cell: string): void {
    this.cells++
    if (isMissing(cell)) {
      this.missing++
      return
    }
    const text = cell.trim()
    const value = parseNumber(text, this.decimal)
    if (value === undefined) this.firstText ??= text
    else this.#addNumber(value)
    this.#addText(text)
  }

  /** Welford's running mean and sum of squared distances: exact enough for any order and size of values. */
  #addNumber(value: number): void {
    this.numbers++
    const distance = value - this.mean
    this.mean += distance / this.numbers
    this.#squares += distance * (value - this.mean)
    this.min = Math.min(this.min, value)
    this.max = Math.max(this.max, value)
    this.whole &&= Number.isInteger(value)
  }

  #addText(text: string): void {
    const count = this.texts.get(text)
    if (count !== undefined) this.texts.set(text, count + 1)
    else if (this.texts.size < countedTexts) this.texts.set(text, 1)
    else this.manyTexts = true
  }

  /** Cells that hold something. */
  get filled(): number {
    return this.cells - this.missing
  }

  /** The standard deviation of the numbers, about their mean. */
  get std(): number {
    return this.numbers > 0 ? Math.sqrt(this.#squares / this.numbers) : 0
  }
}

/**
 * What is known of a table's columns after one pass over its rows.
 *
 * @example
 * const profile = new TableProfile(['height', 'colour'])
 * profile.add(['1.72', 'red'])
 * profile.columns[0].mean // 1.72
 */
export class TableProfile {
  readonly columns: readonly ColumnProfile[]

  constructor(
    names: readonly string[],
    readonly decimal: Decimal = '.',
  ) {
    this.columns = names.map((name) => new ColumnProfile(name, decimal))
  }

  /** @throws ThinnetError TN_DATA unless the row has a cell for each column. */
  add(row: readonly string[]): void {
    if (row.length !== this.columns.length) {
      fail('TN_DATA', 'TableProfile', `a row must have ${this.columns.length} cells, got ${row.length}`)
    }
    for (const [i, column] of this.columns.entries()) column.add(row[i] as string)
  }

  /** The column of a name. */
  column(name: string): ColumnProfile | undefined {
    return this.columns.find((column) => column.name === name)
  }
}
