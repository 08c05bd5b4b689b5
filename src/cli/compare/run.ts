import { resolve } from 'node:path'
import { backendInfo } from '../../backend/info.ts'
import type { ArmResult } from '../../report/comparison.ts'
import { count } from '../../report/numbers.ts'
import { reportWords, speaker } from '../../report/words.ts'
import { RunFolder, type RunStatus } from '../../training/run-folder.node.ts'
import { timestamp } from '../command-line.ts'
import { machine } from '../machine.ts'
import { createProgress } from '../progress.ts'
import { listenForStop } from '../stop.ts'
import { nowhere, Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { type CliSay, cliWords, duration } from '../words.ts'
import { type CompareOptions, usualEpochs } from './command.ts'
import { type ComparisonData, loadData, scoredBatches, trainingBatches } from './data.ts'
import { buildArm } from './network.ts'
import { printOutcome, writeOutcome } from './outcome.ts'
import { measurePace, type Plan, planEpochs } from './plan.ts'
import { trainArms } from './train.ts'

/**
 * Runs `thinnet compare`.
 *
 * @param command The command line, for the report.
 * @throws Interrupted after Ctrl-C, or whatever made training fail: after what was finished is written and, if the user
 * stopped it, printed.
 */
export async function runComparison(options: CompareOptions, command: string): Promise<void> {
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const stop = listenForStop()
  try {
    await compare(options, command, stop.signal)
  } finally {
    stop.end()
  }
}

async function compare(options: CompareOptions, command: string, signal: AbortSignal): Promise<void> {
  const started = new Date()
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const say = speaker(cliWords, options.lang)
  const data = await loadData(options)
  const layerSizes = [data.side ** 2, ...options.hidden, data.classes]
  const network = layerSizes.join('-')
  announce(terminal, say, network, data)
  const plan = await makePlan(options, data, layerSizes, signal)
  const notes = planNotes(plan, options, say)
  for (const note of notes) terminal.paragraph(terminal.colors.yellow(note))
  terminal.print(say('plan.time', planValues(plan, options)))
  terminal.print()

  const folder = new RunFolder(resolve(options.out ?? `runs/${timestamp(started)}-compare`))
  const { epochs } = plan
  const sizes = {
    trainingExamples: data.train.length,
    trainingSample: data.sample.length,
    testExamples: data.test.length,
  }
  const record = { started, network, notes, settings: settingsOf(options, epochs), machine: machine(), ...sizes }
  const repeat = options.epochs === undefined ? `${command} --epochs ${epochs}` : command
  folder.writeJson('config.json', { command: repeat, version, data: data.source, ...record })
  folder.writeJson('summary.json', { status: 'running' satisfies RunStatus })
  const sayReport = speaker(reportWords, options.lang)
  const names = options.arms.map((arm) => sayReport(`arm.${arm}`))
  const progress = createProgress(terminal, { names, epochs, say })
  const { arms, failure } = await attempt((results) =>
    trainArms({ options, data, layerSizes, epochs, folder, progress, signal }, results),
  )
  progress.end()
  const status = failure === undefined ? 'finished' : signal.aborted ? 'interrupted' : 'failed'
  const comparison = { ...record, status, arms } as const
  const summary = writeOutcome(folder, comparison, options, repeat, status === 'failed' ? failure : undefined)
  if (status !== 'failed') {
    printOutcome(new Terminal(options.json ? process.stderr : process.stdout), comparison, summary, options)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
  if (failure !== undefined) throw failure
}

/** What training brought, as far as it came, and what ended it early. */
async function attempt(
  train: (results: ArmResult[]) => Promise<void>,
): Promise<{ readonly arms: ArmResult[]; readonly failure: unknown }> {
  const arms: ArmResult[] = []
  try {
    await train(arms)
    return { arms, failure: undefined }
  } catch (failure) {
    return { arms, failure }
  }
}

function announce(terminal: Terminal, say: CliSay, network: string, data: ComparisonData): void {
  const { name, target, threads } = backendInfo()
  const [training, test] = [count(data.train.length), count(data.test.length)]
  terminal.paragraph(terminal.colors.bold(say('plan.network', { network, training, test, source: data.source })))
  terminal.print(say('plan.backend', { backend: name, target, threads }))
}

/** Measures the slowest arm, and decides how many epochs to train. */
async function makePlan(
  options: CompareOptions,
  data: ComparisonData,
  layerSizes: readonly number[],
  signal: AbortSignal,
): Promise<Plan> {
  const batches = trainingBatches(data.train, options.batch, options.seed)
  const sample = scoredBatches(data.sample)
  const arm = buildArm(options.arms.at(-1) ?? 'inverted', layerSizes, { ...options, lr: measuringRate }, batches.length)
  const pace = await measurePace(arm, batches, sample, signal)
  const scored = sample.length + scoredBatches(data.test).length
  return planEpochs(pace, { networks: options.arms.length, steps: batches.length, scored }, options)
}

/** Too small to make the loss anything but a number, whatever rate the user chose for the training itself. */
const measuringRate = 1e-6

function planNotes(plan: Plan, { minutes, lang }: CompareOptions, say: CliSay): string[] {
  if (plan.usualSeconds === undefined) return []
  const estimate = duration(plan.usualSeconds, lang)
  return [say('plan.fewer', { epochs: plan.epochs, wanted: usualEpochs, estimate, minutes })]
}

function planValues(plan: Plan, { arms, lang }: CompareOptions) {
  return { time: duration(plan.seconds, lang), arms: arms.length, epochs: plan.epochs }
}

/** What was asked for or defaulted, by the names of the command line. */
function settingsOf(options: CompareOptions, epochs: number): Record<string, string | number> {
  return {
    arms: options.arms.join(),
    hidden: options.hidden.join(),
    p: options.p,
    'input-p': options.inputP,
    epochs,
    batch: options.batch,
    lr: options.lr,
    momentum: options.momentum,
    'max-norm': options.maxNorm,
    seed: options.seed,
  }
}
