import { fail } from '../../backend/errors.ts'
import {
  type CsvFile,
  type LoadedTable,
  loadTable,
  readCsv,
  type SurveyedTable,
  surveyTable,
  TableEncoder,
} from '../../data/index.ts'
import { count } from '../../report/numbers.ts'
import type { TableSay } from '../../report/table-words.ts'
import type { TrainOptions } from './command.ts'

/** A table that was read to be learnt. */
export interface TrainingTable {
  readonly encoder: TableEncoder
  readonly table: LoadedTable
  /** What was found on the way, in sentences. */
  readonly notes: readonly string[]
}

/** Fewer rows than this cannot be learnt from and tested on. */
const fewestRows = 20
/** With fewer test rows than this a result is mostly chance. */
const fewTestRows = 100

/** Reads the file twice: to find out what is in it, and to make numbers of it. */
export async function readTable(path: string, options: TrainOptions, say: TableSay): Promise<TrainingTable> {
  const damage = { count: 0, first: '' }
  const onSkip = (what: string) => {
    if (damage.count++ === 0) damage.first = what
  }
  const { delimiter, encoding, header, skipDamaged } = options
  const file = await readCsv(path, { delimiter, encoding, header, skipDamaged, onSkip })
  const { validation, test, seed } = options
  const deal = { validation, test, seed }
  const surveyed = await surveyTable(file, options.target, deal)
  checkSize(path, surveyed, options)
  const { task, ignore, maxCategories } = options
  const encoder = TableEncoder.fit(surveyed.profile, options.target, { task, ignore, maxCategories })
  damage.count = 0 // what the survey met comes again
  const table = await loadTable(file, encoder, surveyed.counts, deal)
  if (table.train.length === 0 || table.validation.length === 0) {
    fail(
      'TN_DATA',
      'train',
      `${path}: no row with a usable ${JSON.stringify(options.target)} is left to learn from and choose by`,
    )
  }
  return { encoder, table, notes: notesOf({ file, surveyed, encoder, table, damage, options, say }) }
}

function checkSize(path: string, { counts, withoutTarget }: SurveyedTable, { target }: TrainOptions): void {
  const rows = counts.train + counts.validation + counts.test
  if (rows >= fewestRows) return
  const without = withoutTarget > 0 ? `, and ${withoutTarget} without` : ''
  fail(
    'TN_DATA',
    'train',
    `${path}: at least ${fewestRows} rows with a ${JSON.stringify(target)} are needed, got ${rows}${without}`,
  )
}

interface Findings {
  readonly file: CsvFile
  readonly surveyed: SurveyedTable
  readonly encoder: TableEncoder
  readonly table: LoadedTable
  readonly damage: { readonly count: number; readonly first: string }
  readonly options: TrainOptions
  readonly say: TableSay
}

function notesOf({ file, surveyed, encoder, table, damage, options, say }: Findings): string[] {
  const { columns, target } = encoder.encoding
  const notes: string[] = []
  if (options.task === undefined && target.kind === 'number')
    notes.push(say('note.task.regression', { target: target.name }))
  if (options.task === undefined && target.kind === 'classes' && surveyed.profile.column(target.name)?.whole) {
    notes.push(say('note.task.classification', { target: target.name, values: target.values.join(', ') }))
  }
  if (file.headerLooksLikeData) notes.push(say('note.header'))
  if (damage.count > 0) notes.push(say('note.damaged', { count: count(damage.count), what: damage.first }))
  if (surveyed.withoutTarget > 0) {
    notes.push(say('note.withoutTarget', { target: target.name, count: count(surveyed.withoutTarget) }))
  }
  if (table.unusable > 0) notes.push(say('note.unusable', { target: target.name, count: count(table.unusable) }))
  if (table.leftOut > 0) notes.push(say('note.leftOut', { count: count(table.leftOut) }))
  for (const column of columns) {
    if (column.kind !== 'ignored' || column.reason === 'asked') continue
    notes.push(say('note.ignored', { column: column.name, reason: say(`reason.${column.reason}`) }))
  }
  for (const issue of issueNotes(table.issues, say)) notes.push(issue)
  if (table.test.length < fewTestRows) notes.push(say('note.few'))
  return notes
}

/** What was odd about cells, a sentence for each column. */
export function issueNotes(issues: LoadedTable['issues'], say: TableSay): string[] {
  return [...issues].map(([column, { issue, count: cells, example }]) =>
    say(issue === 'unseen' ? 'note.unseen' : 'note.notNumber', {
      column,
      count: count(cells),
      example: JSON.stringify(example),
    }),
  )
}
