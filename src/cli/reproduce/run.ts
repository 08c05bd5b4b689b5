import { basename, resolve } from 'node:path'
import { fail } from '../../backend/errors.ts'
import { count, percent, significant } from '../../report/numbers.ts'
import { type ReproduceSay, reproduceWords } from '../../report/reproduce-words.ts'
import { type Reproduction, renderReproduction, tableCells } from '../../report/reproduction.ts'
import { speaker } from '../../report/words.ts'
import { machine } from '../machine.ts'
import { clock } from '../progress.ts'
import { StatusLine } from '../status-line.ts'
import { listenForStop } from '../stop.ts'
import { formatTable } from '../table.ts'
import { nowhere, Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import type { ReproduceOptions } from './command.ts'
import type { Experiment, Unit, UnitResult } from './experiment.ts'
import { experiments } from './experiments/index.ts'
import { type ImageData, loadImages, runImages } from './images.ts'
import { UnitStore } from './store.ts'
import { loadRegression, runTable, type TableData } from './table.ts'

/**
 * Runs `thinnet reproduce`.
 *
 * @throws Interrupted after Ctrl-C, or whatever made a training fail: after what was finished is written and printed, and
 * the training under way is saved.
 */
export async function runReproduction(name: string, options: ReproduceOptions, command: string): Promise<void> {
  if (options.threads !== undefined) process.env.THINNET_THREADS = String(options.threads)
  const experiment = experiments.find((one) => one.name === name)
  if (!experiment) return fail('TN_RANGE', 'reproduce', `there is no experiment ${name}`)
  const stop = listenForStop()
  try {
    await reproduce(experiment, options, command, stop.signal)
  } finally {
    stop.end()
  }
}

/** What the units of an experiment learn from. */
interface Data {
  readonly images: ImageData | undefined
  readonly table: TableData | undefined
}

async function reproduce(
  experiment: Experiment,
  options: ReproduceOptions,
  command: string,
  signal: AbortSignal,
): Promise<void> {
  const started = new Date()
  const say = speaker(reproduceWords, options.lang)
  const terminal = new Terminal(options.quiet ? nowhere : process.stderr)
  const units = plannedUnits(experiment, options)
  const data = await loadData(units, options)
  const source = data.images?.source ?? data.table?.source ?? ''
  const store = new UnitStore(
    resolve(options.out ?? `runs/reproduce-${experiment.name}${options.quick ? '-quick' : ''}`),
    { name: experiment.name, heldOut: options.heldOut, data: nameOf(data), units },
    options.resume,
  )
  const results = new Map<string, UnitResult>()
  for (const { id } of units) {
    const result = store.result(id)
    if (result) results.set(id, result)
  }
  terminal.paragraph(terminal.colors.bold(experiment.title[options.lang]))
  if (data.images) {
    const [training, test] = [count(data.images.train.length), count(data.images.test.length)]
    terminal.paragraph(say('plan.data', { training, test, source }))
  }
  terminal.print(say('plan.units', { of: units.length, done: results.size }))
  let failure: unknown
  const save = () => {
    const run = reproductionOf(experiment, options, units, results, started, say)
    const again = options.resume ? command : `${command} --resume`
    store.writeText('report.html', renderReproduction(run, { language: options.lang, version, command: again }))
    store.writeJson('summary.json', run)
    return run
  }
  const line = new StatusLine(terminal)
  try {
    for (const [i, unit] of units.entries()) {
      if (results.has(unit.id)) continue
      const place = { number: i + 1, of: units.length, unit: unit.id }
      line.update(() => say('unit.begin', place))
      const result = await runUnit(unit, data, store, signal, line, say('unit.begin', place), say)
      store.finish(unit.id, result)
      results.set(unit.id, result)
      line.finish(say('unit.end', { ...place, result: resultText(result, say) }))
      save()
    }
  } catch (error) {
    failure = error
    line.clear()
  }
  const run = save()
  print(new Terminal(options.json ? process.stderr : process.stdout), run, store, signal.aborted, say)
  if (options.json) process.stdout.write(`${JSON.stringify(run, undefined, 2)}\n`)
  if (failure !== undefined) throw failure
}

function plannedUnits(experiment: Experiment, options: ReproduceOptions): readonly Unit[] {
  const { quick, seeds, epochs, subnets, only } = options
  const units = experiment.units({ quick, seeds, epochs, subnets })
  const chosen = only === undefined ? units : units.filter(({ id }) => id.includes(only))
  if (chosen.length > 0) return chosen
  const ids = units.map(({ id }) => id).join(', ')
  return fail('TN_RANGE', 'reproduce', `no training has ${JSON.stringify(only)} in its name; they are ${ids}`)
}

/** What is learnt from, wherever it lies: a run may go on from another folder. */
const nameOf = ({ images, table }: Data): string =>
  [
    images && `${images.train.length} + ${images.test.length} images`,
    table && `${basename(table.source)}: ${table.target}`,
  ]
    .filter((name) => name !== undefined)
    .join(', ')

async function loadData(units: readonly Unit[], options: ReproduceOptions): Promise<Data> {
  const has = (kind: Unit['kind']) => units.some((unit) => unit.kind === kind)
  return {
    images: has('images') ? await loadImages(options.data, options.heldOut) : undefined,
    table: has('table') ? await loadRegression(options.table, options.target) : undefined,
  }
}

async function runUnit(
  unit: Unit,
  data: Data,
  store: UnitStore,
  signal: AbortSignal,
  line: StatusLine,
  begun: string,
  say: ReproduceSay,
): Promise<UnitResult> {
  signal.throwIfAborted()
  if (unit.kind === 'table') {
    if (!data.table) throw new Error('internal: a table was not loaded')
    return runTable(unit, data.table, signal)
  }
  if (!data.images) throw new Error('internal: images were not loaded')
  const start = performance.now()
  let from: number | undefined
  return runImages(unit, {
    data: data.images,
    checkpoint: store.checkpoint(unit.id),
    signal,
    onStep: (epoch, loss, testError, done) => {
      from ??= done
      const left = ((performance.now() - start) / 1000) * ((1 - done) / Math.max(done - from, 1e-9))
      const test = testError === undefined ? '-' : percent(testError)
      const values = { epoch, epochs: unit.recipe.epochs, loss: loss.toFixed(4), test, time: clock(left) }
      line.update(() => `${begun}  ${say('unit.step', values)}`)
    },
  })
}

function resultText(result: UnitResult, say: ReproduceSay): string {
  if (result.kind === 'table') {
    return say('unit.table', { rmse: significant(result.rmse), likelihood: significant(result.logLikelihood) })
  }
  const { testError, epochs, seconds } = result
  return say('unit.error', { error: percent(testError), epochs: epochs.length, minutes: (seconds / 60).toFixed(1) })
}

function reproductionOf(
  experiment: Experiment,
  options: ReproduceOptions,
  units: readonly Unit[],
  results: ReadonlyMap<string, UnitResult>,
  started: Date,
  say: ReproduceSay,
): Reproduction {
  const { lang } = options
  const notes = (experiment.notes ?? []).map((note) => note[lang])
  return {
    name: experiment.name,
    title: experiment.title[lang],
    about: experiment.about[lang],
    source: experiment.source,
    quick: options.quick,
    done: results.size,
    of: units.length,
    notes: options.heldOut ? [say('heldOut'), ...notes] : notes,
    started,
    seconds: [...results.values()].reduce((sum, { seconds }) => sum + seconds, 0),
    settings: settingsOf(units),
    machine: machine(),
    ...experiment.findings(results, units, lang),
  }
}

/** The settings of the first unit, which differ from others' where the rows say so. */
function settingsOf([unit]: readonly Unit[]): Record<string, string | number> {
  if (!unit) return {}
  const flat = (value: object, prefix = ''): (readonly [string, string | number])[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'object' && !Array.isArray(inner)
        ? flat(inner, `${prefix}${key}.`)
        : [[prefix + key, Array.isArray(inner) ? inner.join() : inner] as const],
    )
  return Object.fromEntries(flat(unit))
}

function print(terminal: Terminal, run: Reproduction, store: UnitStore, stopped: boolean, say: ReproduceSay): void {
  terminal.print()
  if (stopped) terminal.print(terminal.colors.yellow(say('stopped')))
  if (run.done > 0) {
    for (const table of run.tables) {
      const { head, lines } = tableCells(table, say)
      terminal.print(terminal.colors.bold(table.title))
      for (const text of formatTable(head, lines, terminal.colors)) terminal.print(text)
      terminal.print()
    }
    if (run.source) terminal.paragraph(say('source', { place: run.source.place, paper: run.source.paper }))
    for (const sentence of run.sentences) terminal.paragraph(sentence)
    if (run.done < run.of) terminal.paragraph(say('unfinished', { done: run.done, of: run.of }))
    if (run.quick) terminal.paragraph(say('quick'))
    terminal.print()
  }
  terminal.print(say('reportAt', { path: store.file('report.html') }))
  terminal.print(say('runAt', { path: store.path }))
}
