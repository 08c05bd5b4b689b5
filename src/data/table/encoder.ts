import { fail } from '../../backend/errors.ts'
import { type Decimal, isMissing, parseNumber } from './cell.ts'
import {
  type CellIssue,
  type ColumnEncoding,
  type EncodingOptions,
  encodeCell,
  encodeClasses,
  encodeColumn,
  type IgnoredReason,
  inputsOf,
  looksLikeClasses,
  type TargetEncoding,
} from './encoding.ts'
import type { ColumnProfile, TableProfile } from './profile.ts'

/** What a table's target is: one of some classes, or a number. */
export type Task = 'classification' | 'regression'

/** All that is needed to read a row as the training rows were read. Plain data. */
export interface TableEncoding {
  readonly columns: readonly ColumnEncoding[]
  readonly target: TargetEncoding
  readonly decimal: Decimal
}

export interface TableEncoderOptions extends EncodingOptions {
  /** What the target is. Default: classes if it is text or has at most ten different whole numbers, else a number. */
  readonly task?: Task | undefined
  /** Columns to leave out. */
  readonly ignore?: readonly string[] | undefined
}

/**
 * Reads rows of text as a network's inputs and target.
 *
 * @example
 * const encoder = TableEncoder.fit(profile, 'price')
 * const x = new Float32Array(encoder.inputs)
 * encoder.encode(new Map([['rooms', '4'], ['heating', 'gas']]), x)
 */
export class TableEncoder {
  /** The number of inputs that a row becomes. */
  readonly inputs: number
  readonly task: Task

  constructor(readonly encoding: TableEncoding) {
    this.inputs = encoding.columns.reduce((sum, column) => sum + inputsOf(column), 0)
    this.task = encoding.target.kind === 'classes' ? 'classification' : 'regression'
  }

  /**
   * Chooses the encoding of each column, from what was seen in training rows.
   *
   * @throws ThinnetError TN_DATA if there is no such target, nothing to learn from, or nothing to tell apart.
   */
  static fit(
    profile: TableProfile,
    target: string,
    { task, ignore = [], ...options }: TableEncoderOptions = {},
  ): TableEncoder {
    const column = columnOf(profile, target)
    for (const name of ignore) columnOf(profile, name)
    const others = profile.columns
      .filter((other) => other !== column)
      .map((other): ColumnEncoding => {
        const { name } = other
        return ignore.includes(name) ? { kind: 'ignored', name, reason: 'asked' } : encodeColumn(other, options)
      })
    const chosen = task ?? (looksLikeClasses(column) ? 'classification' : 'regression')
    const encoder = new TableEncoder({
      columns: others,
      target: chosen === 'classification' ? encodeClasses(column) : numberTarget(column),
      decimal: profile.decimal,
    })
    checkClasses(encoder.encoding.target, column.manyTexts)
    if (encoder.inputs === 0) {
      fail(
        'TN_DATA',
        'TableEncoder',
        `there is nothing to learn ${JSON.stringify(target)} from: no other column can be used`,
      )
    }
    return encoder
  }

  /**
   * The encoder that `encoding` was saved from.
   *
   * @param file The file's name, for messages.
   * @throws ThinnetError TN_DATA if it is not one.
   */
  static parse(encoding: unknown, file: string): TableEncoder {
    const damage = damageOf(encoding)
    if (damage === undefined) return new TableEncoder(encoding as TableEncoding)
    return fail('TN_DATA', 'TableEncoder', `${file}: the encoding is damaged at ${damage}`)
  }

  /** The number of outputs that a network needs for the target. */
  get outputs(): number {
    const { target } = this.encoding
    return target.kind === 'classes' ? target.values.length : 1
  }

  /** The names of the columns that are read. */
  get columnNames(): string[] {
    return this.encoding.columns.flatMap((column) => (column.kind === 'ignored' ? [] : column.name))
  }

  /**
   * Writes a row's inputs into `out` from `at` on.
   *
   * @param cell The cell of a column.
   * @param onIssue Told of cells that had to be guessed at.
   */
  encode(
    cell: (column: string) => string,
    out: Float32Array,
    at = 0,
    onIssue?: (column: string, issue: CellIssue, cell: string) => void,
  ): void {
    let place = at
    for (const column of this.encoding.columns) {
      if (column.kind === 'ignored') continue
      const width = inputsOf(column)
      out.fill(0, place, place + width)
      const text = cell(column.name)
      const issue = encodeCell(column, text, this.encoding.decimal, out, place)
      if (issue) onIssue?.(column.name, issue, text)
      place += width
    }
  }

  /** The target's class number or scaled value; undefined where the cell holds none. */
  encodeTarget(cell: string): number | undefined {
    const { target, decimal } = this.encoding
    if (isMissing(cell)) return undefined
    if (target.kind === 'classes') {
      const index = target.values.indexOf(cell.trim())
      return index < 0 ? undefined : index
    }
    const value = parseNumber(cell, decimal)
    return value === undefined ? undefined : (value - target.mean) / target.std
  }
}

function columnOf(profile: TableProfile, name: string): ColumnProfile {
  const column = profile.column(name)
  if (column) return column
  const names = profile.columns.map((other) => other.name).join(', ')
  return fail('TN_DATA', 'TableEncoder', `there is no column ${JSON.stringify(name)}; the columns are ${names}`)
}

function numberTarget({ name, mean, std, numbers, firstText, missing, cells }: ColumnProfile): TargetEncoding {
  if (numbers === 0) {
    const got =
      firstText === undefined ? `${missing} of ${cells} are missing` : `the first is ${JSON.stringify(firstText)}`
    return fail('TN_DATA', 'TableEncoder', `the target ${JSON.stringify(name)} has no numbers: ${got}`)
  }
  if (std === 0) {
    return fail(
      'TN_DATA',
      'TableEncoder',
      `the target ${JSON.stringify(name)} is ${mean} in every row: there is nothing to learn`,
    )
  }
  return { kind: 'number', name, mean, std }
}

/** A target of a thousand classes is more likely a key than something to predict. */
function checkClasses(target: TargetEncoding, manyTexts: boolean): void {
  if (target.kind !== 'classes') return
  const column = `the target ${JSON.stringify(target.name)}`
  if (manyTexts)
    fail('TN_DATA', 'TableEncoder', `${column} has more than 1000 different texts: it looks like a name or a key`)
  const [only] = target.values
  if (only === undefined) fail('TN_DATA', 'TableEncoder', `${column} has no values`)
  if (target.values.length === 1) {
    fail('TN_DATA', 'TableEncoder', `${column} is ${JSON.stringify(only)} in every row: there is nothing to learn`)
  }
}

/** What is wrong with something that should be an encoding, and where; undefined if it is one. */
function damageOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'its start: it must be an object'
  const { columns, target, decimal } = value
  if (decimal !== '.' && decimal !== ',') return 'decimal: it must be a point or a comma'
  if (!Array.isArray(columns)) return 'columns: they must be a list'
  const odd = columns.findIndex((column) => !isColumn(column))
  if (odd >= 0) return `columns.${odd}: ${JSON.stringify(columns[odd])}`
  return isTarget(target) ? undefined : `target: ${JSON.stringify(target)}`
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isScale = ({ mean, std }: Record<string, unknown>): boolean =>
  Number.isFinite(mean) && Number.isFinite(std) && (std as number) > 0

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

const reasons: readonly unknown[] = ['empty', 'constant', 'identifier', 'asked'] satisfies IgnoredReason[]

function isColumn(value: unknown): boolean {
  if (!isRecord(value) || typeof value.name !== 'string') return false
  if (value.kind === 'ignored') return reasons.includes(value.reason)
  if (typeof value.missing !== 'boolean') return false
  if (value.kind === 'number') return isScale(value)
  return value.kind === 'category' && areTexts(value.values) && typeof value.other === 'boolean'
}

function isTarget(value: unknown): boolean {
  if (!isRecord(value) || typeof value.name !== 'string') return false
  if (value.kind === 'number') return isScale(value)
  return value.kind === 'classes' && areTexts(value.values) && value.values.length >= 2
}
