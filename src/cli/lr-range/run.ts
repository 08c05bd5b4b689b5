import { resolve } from 'node:path'
import { backendInfo } from '../../backend/info.ts'
import { explainLrRange, type LrRange, lrRangeSteps, type RangeRun } from '../../inspect/index.ts'
import { rateText } from '../../inspect/lr-range-words.ts'
import * as optim from '../../optim/index.ts'
import { manualSeed } from '../../random/index.ts'
import { count } from '../../report/numbers.ts'
import { renderRangeReport } from '../../report/range-report.ts'
import { type RangeSay, rangeWords } from '../../report/range-words.ts'
import { speaker } from '../../report/words.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { Pace } from '../../training/pace.ts'
import { RunFolder, type RunStatus } from '../../training/run-folder.node.ts'
import { timestamp } from '../command-line.ts'
import { loadData, trainingBatches } from '../compare/data.ts'
import { buildArm } from '../compare/network.ts'
import { machine } from '../machine.ts'
import { listenForStop } from '../stop.ts'
import { nowhere, Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import type { LrRangeCommandOptions } from './command.ts'

/** A run without its points, which `metrics.jsonl` has. */
type RunSummary = Omit<RangeRun, 'points'>

/** The file `summary.json` of a run, and what `--json` prints. */
interface RangeSummary {
  readonly status: RunStatus
  readonly error?: string | undefined
  readonly folder: string
  readonly report?: string | undefined
  readonly withDropout?: RunSummary | undefined
  readonly withoutDropout?: RunSummary | undefined
  /** What it means, in sentences. */
  readonly explanation?: readonly string[] | undefined
}

/**
 * Runs `thinnet lr-range`.
 *
 * @throws Interrupted after Ctrl-C, or whatever made a run fail, after the folder says so.
 */
export async function runLrRange(options: LrRangeCommandOptions, command: string): Promise<void> {
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const stop = listenForStop()
  try {
    await findRange(options, command, stop.signal)
  } finally {
    stop.end()
  }
}

async function findRange(options: LrRangeCommandOptions, command: string, signal: AbortSignal): Promise<void> {
  const started = new Date()
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const say = speaker(rangeWords, options.lang)
  const data = await loadData(options)
  const layerSizes = [data.side ** 2, ...options.hidden, data.classes]
  const network = layerSizes.join('-')
  const { name, target, threads } = backendInfo()
  const images = count(data.train.length)
  terminal.paragraph(terminal.colors.bold(say('plan', { network, images, source: data.source })))
  terminal.print(say('plan.backend', { backend: name, target, threads }))
  const folder = RunFolder.create(resolve(options.out ?? `runs/${timestamp(started)}-lr-range`))
  const record = { started, network, examples: data.train.length, settings: settingsOf(options), machine: machine() }
  folder.writeJson('config.json', { command, version, data: data.source, ...record })
  folder.writeJson('summary.json', { status: 'running' satisfies RunStatus })
  const { model } = buildArm('inverted', layerSizes, { ...options, lr: options.from }, options.steps)
  manualSeed(options.seed) // of the masks
  const batches = trainingBatches(data.train, options.batch, options.seed)
  let range: LrRange
  try {
    range = await follow(
      lrRangeSteps(model, batches, {
        ...{ from: options.from, to: options.to, steps: options.steps },
        optimizer: (parameters: Iterable<Tensor>) =>
          new optim.SGD(parameters, { momentum: options.momentum, maxNorm: options.maxNorm || undefined }),
      }),
      { folder, terminal, say, signal },
    )
  } catch (failure) {
    const stopped = signal.aborted
    const error = stopped ? undefined : failure instanceof Error ? failure.message : String(failure)
    const status = stopped ? 'interrupted' : 'failed'
    folder.writeJson('summary.json', { status, error, folder: folder.path } satisfies RangeSummary)
    throw failure
  }
  const explanation = explainLrRange(range, options.lang)
  const withReport = options.report
  if (withReport) {
    const page = { ...record, range, explanation }
    folder.writeText('report.html', renderRangeReport(page, { language: options.lang, version, command }))
  }
  const summary: RangeSummary = {
    status: 'finished',
    folder: folder.path,
    report: withReport ? folder.file('report.html') : undefined,
    withDropout: withoutPoints(range.withDropout),
    withoutDropout: range.withoutDropout && withoutPoints(range.withoutDropout),
    explanation,
  }
  folder.writeJson('summary.json', summary)
  const out = new Terminal(options.json ? process.stderr : process.stdout)
  for (const sentence of explanation) out.paragraph(sentence)
  if (summary.report) out.print(say('reportAt', { path: summary.report }))
  out.print(say('runAt', { path: folder.path }))
  if (options.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
}

function withoutPoints({ points: _, ...run }: RangeRun): RunSummary {
  return run
}

interface Surroundings {
  readonly folder: RunFolder
  readonly terminal: Terminal
  readonly say: RangeSay
  readonly signal: AbortSignal
}

/** Takes the steps one after another, writes each down, and lets signals be heard between them. */
async function follow(
  steps: ReturnType<typeof lrRangeSteps>,
  { folder, terminal, say, signal }: Surroundings,
): Promise<LrRange> {
  const pace = new Pace()
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = steps.next()
      if (done === true) {
        if (terminal.live) terminal.write('\r\x1b[2K')
        return value
      }
      const { dropout, lr, loss, smoothed } = value
      folder.appendLine('metrics.jsonl', { dropout, lr, loss, smoothed })
      if (terminal.live) {
        const text = say(dropout ? 'progress.with' : 'progress.without', {
          percent: Math.round(100 * value.done),
          lr: rateText(lr),
          loss: smoothed.toFixed(3),
        })
        terminal.write(`\r\x1b[2K${text.slice(0, terminal.columns - 1)}`)
      }
      await pace.rest()
    }
  } finally {
    steps.return(undefined as never) // puts the weights back, if it was stopped
  }
}

/** What was asked for or defaulted, by the names of the command line. */
function settingsOf(options: LrRangeCommandOptions): Record<string, string | number> {
  return {
    hidden: options.hidden.join(),
    p: options.p,
    'input-p': options.inputP,
    batch: options.batch,
    momentum: options.momentum,
    'max-norm': options.maxNorm,
    from: options.from,
    to: options.to,
    steps: options.steps,
    seed: options.seed,
  }
}
