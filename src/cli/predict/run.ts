import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../backend/errors.ts'
import { type CsvFile, type Decimal, type LoadedTable, readCsv, TableEncoder } from '../../data/index.ts'
import { tensor } from '../../ops/creation.ts'
import { manualSeed } from '../../random/index.ts'
import { count } from '../../report/numbers.ts'
import { type TableSay, tableWords } from '../../report/table-words.ts'
import { speaker } from '../../report/words.ts'
import { loadTableModel, predictTable, type TableModel, type TablePrediction } from '../../training/index.ts'
import { listenForStop } from '../stop.ts'
import { nowhere, Terminal } from '../terminal.ts'
import { issueNotes } from '../train/data.ts'
import type { PredictOptions } from './command.ts'
import { openOutput } from './output.ts'

/** Rows that are read, predicted and written at a time: all that is in memory of a file, however long. */
const rowsAtOnce = 512

/**
 * Runs `thinnet predict`.
 *
 * @throws Interrupted after Ctrl-C; no output file is left then, nor after an error.
 */
export async function runPrediction(run: string, path: string, options: PredictOptions): Promise<void> {
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const stop = listenForStop()
  try {
    await predictFile(run, path, options, stop.signal)
  } finally {
    stop.end()
  }
}

async function predictFile(run: string, path: string, options: PredictOptions, signal: AbortSignal): Promise<void> {
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const say = speaker(tableWords, options.lang)
  const warn = (text: string) => terminal.paragraph(terminal.colors.yellow(text))
  const model = loadTableModel(modelPath(run))
  if (model.p === 0) warn(say('predict.noDropout'))
  const damage = { count: 0, first: '' }
  const file = await readCsv(path, {
    ...{ delimiter: options.delimiter, encoding: options.encoding, header: options.header },
    skipDamaged: options.skipDamaged,
    onSkip: (what) => {
      if (damage.count++ === 0) damage.first = what
    },
  })
  checkColumns(file, model, options, say, warn)
  const encoder = new TableEncoder({ ...model.encoder.encoding, decimal: file.decimal }) // it may be of another country
  manualSeed(options.seed)
  const issues: Issues = new Map()
  let rows = 0
  const output = openOutput(options.out)
  try {
    await output.write(rowText([...file.columns, ...addedColumns(model)], file.delimiter))
    for await (const some of inPieces(file.rows(), rowsAtOnce)) {
      signal.throwIfAborted()
      const predictions = predictRows({ ...model, encoder }, file, some, options, issues)
      await output.write(
        some.map((row, i) => rowText([...row, ...cellsOf(predictions[i], file.decimal)], file.delimiter)).join(''),
      )
      rows += some.length
    }
    output.finish()
  } catch (error) {
    output.abandon()
    throw error
  }
  for (const note of issueNotes(issues, say)) warn(note)
  if (damage.count > 0) warn(say('note.damaged', { count: count(damage.count), what: damage.first }))
  terminal.print(say('predict.read', { count: count(rows) }))
  if (options.out) terminal.print(say('predict.wrote', { path: options.out }))
}

type Issues = Map<string, { issue: 'unseen' | 'not a number'; count: number; example: string }> & LoadedTable['issues']

/** The model file of a run's folder, or the file itself. */
function modelPath(run: string): string {
  const inside = join(run, 'model.safetensors')
  if (existsSync(inside)) return inside
  if (existsSync(run) && run.endsWith('.safetensors')) return run
  return fail(
    'TN_DATA',
    'predict',
    `${run} is neither a folder with a model.safetensors nor such a file; thinnet train makes one`,
  )
}

function checkColumns(
  { columns }: CsvFile,
  { encoder }: TableModel,
  { allowMissing }: PredictOptions,
  say: TableSay,
  warn: (text: string) => void,
): void {
  const list = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ')
  const missing = encoder.columnNames.filter((name) => !columns.includes(name))
  if (missing.length > 0 && (!allowMissing || missing.length === encoder.columnNames.length)) {
    fail('TN_DATA', 'predict', say('predict.missing', { columns: list(missing) }))
  }
  if (missing.length > 0) warn(say('predict.missingTaken', { columns: list(missing) }))
  const known = new Set(encoder.encoding.columns.map(({ name }) => name)).add(encoder.encoding.target.name)
  const extra = columns.filter((name) => !known.has(name))
  if (extra.length > 0) warn(say('predict.extra', { columns: list(extra) }))
}

/** An iterable's items in arrays of `size`; the last may be shorter. */
async function* inPieces<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let piece: T[] = []
  for await (const item of items) {
    piece.push(item)
    if (piece.length < size) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

function predictRows(
  model: TableModel,
  { columns }: CsvFile,
  rows: readonly (readonly string[])[],
  { samples, interval }: PredictOptions,
  issues: Issues,
): TablePrediction[] {
  const { encoder } = model
  const place = new Map(columns.map((name, i) => [name, i]))
  const x = new Float32Array(rows.length * encoder.inputs)
  for (const [i, row] of rows.entries()) {
    const cell = (name: string) => row[place.get(name) ?? -1] ?? ''
    encoder.encode(cell, x, i * encoder.inputs, (column, issue, example) => {
      const known = issues.get(column)
      if (known) known.count++
      else issues.set(column, { issue, count: 1, example })
    })
  }
  return predictTable(model, tensor(x, { shape: [rows.length, encoder.inputs] }), { samples, interval })
}

function addedColumns({ encoder }: TableModel): string[] {
  const { name } = encoder.encoding.target
  const kinds =
    encoder.task === 'classification'
      ? ['prediction', 'probability', 'lower', 'upper', 'uncertainty', 'disagreement']
      : ['prediction', 'lower', 'upper', 'uncertainty']
  return kinds.map((kind) => `${name}_${kind}`)
}

function cellsOf(prediction: TablePrediction | undefined, decimal: Decimal): string[] {
  const number = (value: number) => String(Number(value.toPrecision(6))).replace('.', decimal)
  if (prediction?.kind === 'class') {
    const { probability, lower, upper, uncertainty, disagreement } = prediction
    return [prediction.prediction, ...[probability, lower, upper, uncertainty, disagreement].map(number)]
  }
  if (!prediction) return []
  return [prediction.prediction, prediction.lower, prediction.upper, prediction.uncertainty].map(number)
}

/** A row of a CSV file. */
function rowText(cells: readonly string[], delimiter: string): string {
  const needsQuotes = (cell: string) => cell.includes(delimiter) || /["\r\n]|^\s|\s$/.test(cell)
  return `${cells.map((cell) => (needsQuotes(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter)}\n`
}
