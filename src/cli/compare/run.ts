import { resolve } from 'node:path'
import { fail } from '../../backend/errors.ts'
import { backendInfo } from '../../backend/info.ts'
import type { ArmResult } from '../../report/comparison.ts'
import { count } from '../../report/numbers.ts'
import { reportWords, speaker } from '../../report/words.ts'
import { RunFolder, type RunStatus } from '../../training/run-folder.node.ts'
import { quoted, timestamp } from '../command-line.ts'
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
import { measurePace, type Pace, type Plan, planEpochs } from './plan.ts'
import type { BegunRun } from './resume.ts'
import { checkpointFile, type RunConfig } from './run-files.ts'
import { trainArms } from './train.ts'

/** What was typed. */
export interface Typed {
  /** The command line, for the report. */
  readonly line: string
  /** The words of its options, to go on with. */
  readonly options: readonly string[]
}

/**
 * Runs `thinnet compare`, or goes on with a run.
 *
 * @throws Interrupted after Ctrl-C, or whatever made training fail: after what was finished is written and, if the user
 * stopped it, printed.
 */
export async function runComparison(given: CompareOptions, typed: Typed): Promise<void> {
  const begun = await openBegun(given)
  const options = begun?.options ?? given
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const stop = listenForStop()
  try {
    if (begun?.finished) tellFinished(begun)
    else await compare(options, typed, begun, stop.signal)
  } finally {
    stop.end()
  }
}

async function openBegun(given: CompareOptions): Promise<BegunRun | undefined> {
  const { resume } = given
  if (resume === undefined) return undefined
  const { openRun } = await import('./resume.ts')
  return openRun({ ...given, resume })
}

/** A run that is ready to train. */
interface ReadyRun {
  readonly folder: RunFolder
  readonly config: RunConfig
  readonly epochs: number
}

async function compare(
  options: CompareOptions,
  typed: Typed,
  begun: BegunRun | undefined,
  signal: AbortSignal,
): Promise<void> {
  const started = new Date()
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const say = speaker(cliWords, options.lang)
  const data = await loadData(options)
  const layerSizes = [data.side ** 2, ...options.hidden, data.classes]
  announce(terminal, say, layerSizes.join('-'), data)
  const sayReport = speaker(reportWords, options.lang)
  const names = options.arms.map((arm) => sayReport(`arm.${arm}`))
  const { folder, config, epochs } = begun
    ? goOn(begun, data, terminal, say, names)
    : await begin({ options, typed, data, layerSizes, started, terminal, say, signal })
  terminal.print()
  folder.writeJson('summary.json', { status: 'running' satisfies RunStatus })
  const progress = createProgress(terminal, { names, epochs, say })
  const { arms, failure } = await attempt((results) =>
    trainArms({ options, data, layerSizes, epochs, folder, progress, signal, saved: begun?.saved }, results),
  )
  progress.end()
  const status = failure === undefined ? 'finished' : signal.aborted ? 'interrupted' : 'failed'
  const comparison = { ...config, status, arms } as const
  const summary = writeOutcome(folder, comparison, options, config.command, status === 'failed' ? failure : undefined)
  if (status === 'finished') folder.remove(checkpointFile)
  if (status !== 'failed') {
    printOutcome(new Terminal(options.json ? process.stderr : process.stdout), comparison, summary, options)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
  if (status === 'interrupted') {
    terminal.print(
      say('resume.how', { command: quoted(['thinnet', 'compare', '--resume', options.resume ?? folder.path]) }),
    )
  }
  if (failure !== undefined) throw failure
}

interface Beginning {
  readonly options: CompareOptions
  readonly typed: Typed
  readonly data: ComparisonData
  readonly layerSizes: readonly number[]
  readonly started: Date
  readonly terminal: Terminal
  readonly say: CliSay
  readonly signal: AbortSignal
}

/** Plans a run, and makes its folder. */
async function begin({
  options,
  typed,
  data,
  layerSizes,
  started,
  terminal,
  say,
  signal,
}: Beginning): Promise<ReadyRun> {
  const plan = await makePlan(options, data, layerSizes, signal)
  const notes = planNotes(plan, options, say)
  for (const note of notes) terminal.paragraph(terminal.colors.yellow(note))
  terminal.print(say('plan.time', planValues(plan, options)))
  const { epochs } = plan
  const config: RunConfig = {
    command: options.epochs === undefined ? `${typed.line} --epochs ${epochs}` : typed.line,
    options: [...typed.options, '--epochs', String(epochs)],
    version,
    data: data.source,
    ...{ started, network: layerSizes.join('-'), notes, settings: settingsOf(options, epochs), machine: machine() },
    ...sizesOf(data),
  }
  const folder = RunFolder.create(resolve(options.out ?? `runs/${timestamp(started)}-compare`))
  folder.writeJson('config.json', config)
  return { folder, config, epochs }
}

const sizesOf = ({ train, sample, test }: ComparisonData) => ({
  trainingExamples: train.length,
  trainingSample: sample.length,
  testExamples: test.length,
})

/** Says where a run goes on. */
function goOn(
  { folder, config, options, saved }: BegunRun,
  data: ComparisonData,
  terminal: Terminal,
  say: CliSay,
  names: readonly string[],
): ReadyRun {
  for (const [name, size] of Object.entries(sizesOf(data))) {
    const before = config[name as keyof ReturnType<typeof sizesOf>]
    if (size === before) continue
    fail('TN_DATA', 'resume', `the data in ${data.source} have changed: ${name} was ${before}, and is ${size}`)
  }
  const { epochs = usualEpochs } = options
  const [at] = (saved?.results ?? []).slice(-1)
  if (at) {
    const arm = names[options.arms.indexOf(at.arm)] ?? at.arm
    const epoch = Math.min(at.epochs.length + 1, epochs)
    terminal.paragraph(say('resume.at', { folder: folder.path, arm, epoch, epochs }))
  } else terminal.paragraph(say('resume.start', { folder: folder.path }))
  const { backend, target } = machine()
  if (config.version !== version || config.machine.backend !== backend || config.machine.target !== target) {
    const values = {
      version: config.version,
      backend: config.machine.backend ?? '',
      target: config.machine.target ?? '',
    }
    terminal.paragraph(terminal.colors.yellow(say('resume.elsewhere', values)))
  }
  return { folder, config, epochs }
}

/** Clears away what a process that was killed at its very end has left. */
function tellFinished({ folder, options }: BegunRun): void {
  folder.remove(checkpointFile)
  const say = speaker(cliWords, options.lang)
  const terminal = new Terminal(options.json ? process.stderr : process.stdout)
  terminal.print(say('resume.finished', { folder: folder.path }))
  if (options.json) process.stdout.write(`${JSON.stringify(folder.readJson('summary.json'), undefined, 2)}\n`)
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

/** Measures a dense arm and the thinned one, of those that are trained, and decides how many epochs to train. */
async function makePlan(
  options: CompareOptions,
  data: ComparisonData,
  layerSizes: readonly number[],
  signal: AbortSignal,
): Promise<Plan> {
  const batches = trainingBatches(data.train, options.batch, options.seed)
  const sample = scoredBatches(data.sample)
  const thinned = options.arms.filter((name) => name === 'thinned')
  const dense = options.arms.filter((name) => name !== 'thinned')
  const paces: Pace[] = []
  for (const alike of [dense, thinned]) {
    const name = alike.at(-1)
    if (name === undefined) continue
    const arm = buildArm(name, layerSizes, { ...options, lr: measuringRate }, batches.length)
    const pace = await measurePace(arm, batches, sample, signal)
    paces.push(...alike.map(() => pace))
  }
  const scored = sample.length + scoredBatches(data.test).length
  return planEpochs(paces, { steps: batches.length, scored }, options)
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
    subnets: options.subnets,
    epochs,
    batch: options.batch,
    lr: options.lr,
    momentum: options.momentum,
    'max-norm': options.maxNorm,
    seed: options.seed,
  }
}
