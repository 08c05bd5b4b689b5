import { basename, resolve } from 'node:path'
import stringWidth from 'string-width'
import type { TableEncoder } from '../../data/index.ts'
import { count } from '../../report/numbers.ts'
import { renderTableReport, scoreRows, type TableRun, tableVerdict } from '../../report/table-report.ts'
import { type TableSay, tableWords } from '../../report/table-words.ts'
import { speaker } from '../../report/words.ts'
import {
  type FittedTable,
  fitTable,
  saveTableModel,
  scoreTable,
  type TableEpoch,
  type TableScores,
  usualHidden,
} from '../../training/index.ts'
import { RunFolder, type RunStatus } from '../../training/run-folder.node.ts'
import { quoted, timestamp } from '../command-line.ts'
import { machine } from '../machine.ts'
import { listenForStop } from '../stop.ts'
import { nowhere, padding, Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import type { TrainOptions } from './command.ts'
import { readTable, type TrainingTable } from './data.ts'
import { TableProgress } from './progress.ts'

/** The file `summary.json` of a run, and what `--json` prints. */
interface TableSummary {
  readonly status: RunStatus
  readonly error?: string | undefined
  readonly folder: string
  readonly model?: string | undefined
  readonly report?: string | undefined
  readonly task: string
  readonly p?: number | undefined
  readonly scores?: TableScores | undefined
  readonly notes: readonly string[]
}

/**
 * Runs `thinnet train`.
 *
 * @throws Interrupted after Ctrl-C, or whatever made training fail, after the folder says so.
 */
export async function runTraining(path: string, options: TrainOptions, command: string): Promise<void> {
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const stop = listenForStop()
  try {
    await train(path, options, command, stop.signal)
  } finally {
    stop.end()
  }
}

async function train(path: string, options: TrainOptions, command: string, signal: AbortSignal): Promise<void> {
  const started = new Date()
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const say = speaker(tableWords, options.lang)
  const read = await readTable(path, options, say)
  signal.throwIfAborted()
  announce(terminal, say, path, read)
  const settings = settingsOf(read, options)
  const folder = RunFolder.create(resolve(options.out ?? `runs/${timestamp(started)}-train`))
  const counts = {
    train: read.table.train.length,
    validation: read.table.validation.length,
    test: read.table.test.length,
  }
  const record = { started, file: basename(path), counts, settings, machine: machine() }
  folder.writeJson('config.json', { command, version, data: resolve(path), ...record, encoding: read.encoder.encoding })
  folder.writeJson('summary.json', { status: 'running' satisfies RunStatus })
  const epochs = new Map<number, TableEpoch[]>()
  const base = { folder: folder.path, task: read.encoder.task, notes: read.notes }
  let fitted: FittedTable
  try {
    fitted = await learn(read, options, folder, new TableProgress(terminal, say), epochs, signal)
  } catch (failure) {
    const stopped = signal.aborted
    const error = stopped ? undefined : failure instanceof Error ? failure.message : String(failure)
    folder.writeJson('summary.json', {
      ...base,
      status: stopped ? 'interrupted' : 'failed',
      error,
    } satisfies TableSummary)
    if (stopped) terminal.print(terminal.colors.yellow(say('stopped')))
    throw failure
  }
  const { model, tried } = fitted
  saveTableModel(folder.file('model.safetensors'), model)
  const scores = read.table.test.length > 0 ? scoreTable(model, read.table.test, read.table.train) : undefined
  const late = withoutDropoutNote(fitted, say)
  const notes = [...read.notes, ...late]
  for (const note of late) terminal.paragraph(terminal.colors.yellow(note))
  const run: TableRun = {
    ...record,
    status: 'finished',
    encoding: read.encoder.encoding,
    p: model.p,
    tried,
    epochs: epochs.get(model.p) ?? [],
    scores,
    notes,
  }
  const predictCommand = quoted(['thinnet', 'predict', options.out ?? folder.path, 'new.csv', '--samples', '100'])
  if (options.report) {
    const report = { language: options.lang, version, command, predictCommand }
    folder.writeText('report.html', renderTableReport(run, report))
  }
  const summary: TableSummary = {
    ...base,
    status: 'finished',
    model: folder.file('model.safetensors'),
    report: options.report ? folder.file('report.html') : undefined,
    p: model.p,
    scores,
    notes,
  }
  folder.writeJson('summary.json', summary)
  printOutcome(new Terminal(options.json ? process.stderr : process.stdout), summary, read.encoder, predictCommand, say)
  if (options.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
}

function announce(terminal: Terminal, say: TableSay, path: string, { encoder, table, notes }: TrainingTable): void {
  const rows = count(table.train.length + table.validation.length + table.test.length)
  const target = encoder.encoding.target.name
  const values = { file: basename(path), rows, inputs: encoder.inputs, target, task: say(encoder.task) }
  terminal.paragraph(terminal.colors.bold(say('plan', values)))
  for (const note of notes) terminal.paragraph(terminal.colors.yellow(note))
}

/** Mini-batches so small that even a small table gives some dozens an epoch. */
const usualBatch = (rows: number): number => Math.min(256, Math.max(16, 2 ** Math.round(Math.log2(rows / 40))))

async function learn(
  { encoder, table }: TrainingTable,
  options: TrainOptions,
  folder: RunFolder,
  progress: TableProgress,
  epochs: Map<number, TableEpoch[]>,
  signal: AbortSignal,
): Promise<FittedTable> {
  const { lr, patience, seed, p } = options
  try {
    return await fitTable(table, encoder, {
      ...{ lr, patience, seed, p, signal },
      hidden: options.hidden ?? usualHidden(table.train.length),
      batch: options.batch ?? usualBatch(table.train.length),
      epochs: options.epochs,
      onBegin: (rate, number, of) => {
        epochs.set(rate, [])
        progress.begin(rate, number, of)
      },
      onEpoch: (rate, epoch) => {
        epochs.get(rate)?.push(epoch)
        folder.appendLine('metrics.jsonl', { p: rate, ...epoch })
        progress.epoch(rate, epoch)
      },
    })
  } finally {
    progress.end()
  }
}

/** How much lower the loss without dropout must be to be worth a word. */
const worthAWord = 0.98

function withoutDropoutNote({ tried, model }: FittedTable, say: TableSay): string[] {
  const none = tried.find(({ p }) => p === 0)
  const chosen = tried.find(({ p }) => p === model.p)
  if (!none || !chosen || model.p === 0 || none.validationLoss > worthAWord * chosen.validationLoss) return []
  const values = { without: none.validationLoss.toFixed(4), with: chosen.validationLoss.toFixed(4) }
  return [say('note.withoutDropout', values)]
}

function settingsOf({ encoder, table }: TrainingTable, options: TrainOptions): Record<string, string | number> {
  const rows = table.train.length
  return {
    target: options.target,
    task: encoder.task,
    hidden: (options.hidden ?? usualHidden(rows)).join(),
    p: options.p ?? 'chosen',
    epochs: options.epochs,
    patience: options.patience,
    batch: options.batch ?? usualBatch(rows),
    lr: options.lr,
    validation: options.validation,
    test: options.test,
    seed: options.seed,
  }
}

function printOutcome(
  terminal: Terminal,
  { scores, model = '', report }: TableSummary,
  encoder: TableEncoder,
  predictCommand: string,
  say: TableSay,
): void {
  terminal.print()
  if (scores) {
    const rows = scoreRows(scores, say)
    const width = Math.max(...rows.map(([name]) => stringWidth(name)))
    for (const [name, value] of rows) terminal.print(`${terminal.colors.bold(name)}${padding(name, width)}  ${value}`)
    terminal.print()
    for (const sentence of tableVerdict(scores, encoder.encoding.target.name, say)) terminal.paragraph(sentence)
    terminal.print()
  }
  if (report) terminal.print(say('reportAt', { path: report }))
  terminal.print(say('modelAt', { path: model }))
  terminal.print(say('predictWith', { command: predictCommand }))
}
