import { fail } from '../../backend/errors.ts'
import { tensor } from '../../ops/creation.ts'
import { Generator, rand } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type Decimal, isMissing } from './cell.ts'
import { type DealOptions, type Role, RowDealer } from './deal.ts'
import type { TableEncoder } from './encoder.ts'
import type { CellIssue } from './encoding.ts'
import { TableProfile } from './profile.ts'

/** Where rows come from: a `CsvFile`, or anything that can give them again and again. */
export interface TableSource {
  readonly columns: readonly string[]
  readonly decimal: Decimal
  rows(): AsyncIterable<readonly string[]>
}

/** What a first pass over a table found. */
export interface SurveyedTable {
  /** Of the training rows only: what is chosen or scaled by it has not seen the others. */
  readonly profile: TableProfile
  /** Rows of each role that have a target. */
  readonly counts: Readonly<Record<Role, number>>
  /** Rows without a target, which nothing can be learnt from. */
  readonly withoutTarget: number
}

/** Rows as numbers: inputs `[N, inputs]` float32, targets `[N]` int32 (classes) or `[N, 1]` float32. */
export interface Examples {
  readonly x: Tensor
  readonly y: Tensor
  readonly length: number
}

export interface LoadedTable extends Readonly<Record<Role, Examples>> {
  /** How many cells of a column were odd, and one of them. */
  readonly issues: ReadonlyMap<string, { readonly issue: CellIssue; readonly count: number; readonly example: string }>
  /** Rows whose target could not be read, or is a class that no training row has. */
  readonly unusable: number
  /** Rows that were passed over because all would not fit `maxNumbers`. */
  readonly leftOut: number
}

export interface LoadOptions extends DealOptions {
  /** Numbers that may be kept in memory; where there would be more, rows are drawn at random. Default 2^28 (1 GiB). */
  readonly maxNumbers?: number | undefined
}

function targetIndex(source: TableSource, target: string): number {
  const index = source.columns.indexOf(target)
  if (index >= 0) return index
  const names = source.columns.join(', ')
  return fail('TN_DATA', 'surveyTable', `there is no column ${JSON.stringify(target)}; the columns are ${names}`)
}

/**
 * Goes through a table once: deals each row with a target its role, and profiles the columns of the training rows.
 *
 * @throws ThinnetError TN_DATA if there is no column `target`.
 */
export async function surveyTable(
  source: TableSource,
  target: string,
  options: DealOptions = {},
): Promise<SurveyedTable> {
  const index = targetIndex(source, target)
  const dealer = new RowDealer(options)
  const profile = new TableProfile(source.columns, source.decimal)
  const counts = { train: 0, validation: 0, test: 0 }
  let withoutTarget = 0
  for await (const row of source.rows()) {
    const cell = row[index] ?? ''
    if (isMissing(cell)) {
      withoutTarget++
      continue
    }
    const role = dealer.deal(cell.trim())
    counts[role]++
    if (role === 'train') profile.add(row)
  }
  return { profile, counts, withoutTarget }
}

/**
 * Goes through a table a second time, and reads its rows as numbers, each to the part that `surveyTable` dealt it to with
 * the same options.
 */
export async function loadTable(
  source: TableSource,
  encoder: TableEncoder,
  counts: SurveyedTable['counts'],
  { maxNumbers = 2 ** 28, ...deal }: LoadOptions = {},
): Promise<LoadedTable> {
  const index = targetIndex(source, encoder.encoding.target.name)
  const place = new Map(source.columns.map((name, i) => [name, i]))
  const dealer = new RowDealer(deal)
  const rows = counts.train + counts.validation + counts.test
  const part = Math.min(1, maxNumbers / (rows * encoder.inputs))
  const gather = (role: Role) => new Part(encoder, counts[role], Math.floor(part * counts[role]), deal.seed ?? 0)
  const parts = { train: gather('train'), validation: gather('validation'), test: gather('test') }
  const issues = new Map<string, { issue: CellIssue; count: number; example: string }>()
  const onIssue = (column: string, issue: CellIssue, example: string) => {
    const known = issues.get(column)
    if (known) known.count++
    else issues.set(column, { issue, count: 1, example })
  }
  let unusable = 0
  for await (const row of source.rows()) {
    const cell = row[index] ?? ''
    if (isMissing(cell)) continue
    const target = encoder.encodeTarget(cell)
    const into = parts[dealer.deal(cell.trim())]
    if (!into.wantsNext()) continue
    if (target === undefined) unusable++
    else into.add((column) => row[place.get(column) as number] ?? '', target, onIssue)
  }
  const train = parts.train.examples()
  const validation = parts.validation.examples()
  const test = parts.test.examples()
  const leftOut = rows - unusable - train.length - validation.length - test.length
  return { train, validation, test, issues, unusable, leftOut }
}

/** The examples of one role, while they gather. */
class Part {
  readonly #encoder: TableEncoder
  readonly #x: Float32Array
  readonly #y: number[] = []
  readonly #draws: Iterator<number> | undefined
  #coming: number
  #wanted: number

  /** @param wanted How many of the `coming` rows to take. */
  constructor(encoder: TableEncoder, coming: number, wanted: number, seed: number) {
    this.#encoder = encoder
    this.#x = new Float32Array(wanted * encoder.inputs)
    this.#coming = coming
    this.#wanted = wanted
    this.#draws = wanted < coming ? uniform(seed) : undefined
  }

  /** Whether the next row is among the drawn ones (Knuth's selection sampling: each set of rows is equally likely). */
  wantsNext(): boolean {
    const draw = this.#draws?.next().value
    const wants = draw === undefined ? true : draw * this.#coming < this.#wanted
    this.#coming--
    if (wants) this.#wanted--
    return wants
  }

  add(cell: (column: string) => string, target: number, onIssue: Parameters<TableEncoder['encode']>[3]): void {
    this.#encoder.encode(cell, this.#x, this.#y.length * this.#encoder.inputs, onIssue)
    this.#y.push(target)
  }

  examples(): Examples {
    const { inputs, task } = this.#encoder
    const { length } = this.#y
    const x = tensor(this.#x.subarray(0, length * inputs), { shape: [length, inputs] })
    const y =
      task === 'classification'
        ? tensor(Int32Array.from(this.#y))
        : tensor(Float32Array.from(this.#y), { shape: [length, 1] })
    return { x, y, length }
  }
}

/** Numbers in [0, 1), a thousand drawn at once. */
function* uniform(seed: number): Iterator<number> {
  const generator = new Generator().manualSeed(seed)
  while (true) yield* rand([1000], { generator }).toArray()
}
