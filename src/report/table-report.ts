import { type ColumnEncoding, inputsOf, type TableEncoding } from '../data/index.ts'
import type { TableEpoch, TableScores, TriedRate } from '../training/index.ts'
import { legendEntry, lineChart } from './chart.ts'
import { dataTable, dateText, plainTable, renderDocument } from './document.ts'
import { html, type Markup } from './html.ts'
import { count, percent, significant } from './numbers.ts'
import { type TableKey, type TableSay, tableWords } from './table-words.ts'
import { type Language, speaker } from './words.ts'

/** What a report of `thinnet train` is made from. Plain data. */
export interface TableRun {
  readonly status: 'finished' | 'interrupted' | 'failed'
  readonly started: Date
  /** The table's file name. */
  readonly file: string
  readonly encoding: TableEncoding
  readonly counts: Readonly<Record<'train' | 'validation' | 'test', number>>
  /** The chosen probability to drop. */
  readonly p: number
  readonly tried: readonly TriedRate[]
  /** Of the network that was kept. */
  readonly epochs: readonly TableEpoch[]
  /** Undefined where there are no test rows. */
  readonly scores: TableScores | undefined
  readonly notes: readonly string[]
  readonly settings: Readonly<Record<string, string | number>>
  readonly machine: Readonly<Record<string, string | number>>
}

export interface TableReportOptions {
  readonly language: Language
  readonly version: string
  /** The command that made the run, and one that uses it. */
  readonly command: string
  readonly predictCommand: string
}

/** A training on a table as one HTML page. */
export function renderTableReport(run: TableRun, options: TableReportOptions): string {
  const say = speaker(tableWords, options.language)
  const { target } = run.encoding
  const counts = {
    train: count(run.counts.train),
    validation: count(run.counts.validation),
    test: count(run.counts.test),
  }
  return renderDocument({
    language: options.language,
    title: say('title', { target: target.name }),
    lead: say('lead', { file: run.file, ...counts }),
    sections: [
      results(run, say),
      rates(run, say),
      curves(run, say),
      columns(run.encoding, say),
      ending(run, options, say),
    ],
    footer: say('made', { version: options.version, date: dateText(run.started, options.language) }),
  })
}

/** What the scores say, in sentences. */
export function tableVerdict(scores: TableScores, target: string, say: TableSay): string[] {
  const examples = count(scores.examples)
  if (scores.kind === 'class') {
    const { error, baseline } = scores
    const verdict = say('verdict.class', { examples, error: percent(error), baseline: percent(baseline) })
    return error < baseline ? [verdict] : [verdict, say('verdict.none', { target })]
  }
  const { rmse, baseline, interval, coverage } = scores
  const verdict = say('verdict.number', { examples, rmse: significant(rmse), baseline: significant(baseline) })
  const held = say('verdict.coverage', { interval: percent(interval), coverage: percent(coverage) })
  return rmse < baseline ? [verdict, held] : [verdict, say('verdict.none', { target }), held]
}

/** The scores by name, for a table. */
export function scoreRows(scores: TableScores, say: TableSay): (readonly [name: string, value: string])[] {
  const { kind, examples } = scores
  const name = (key: string) => say(`score.${kind}.${key}` as TableKey)
  const values: Record<string, string> =
    scores.kind === 'class'
      ? { error: percent(scores.error), baseline: percent(scores.baseline), logLoss: significant(scores.logLoss) }
      : {
          rmse: significant(scores.rmse),
          baseline: significant(scores.baseline),
          mae: significant(scores.mae),
          r2: scores.r2.toFixed(3),
          coverage: percent(scores.coverage),
        }
  return Object.entries({ ...values, examples: count(examples) }).map(([key, value]) => [name(key), value] as const)
}

function results({ scores, encoding }: TableRun, say: TableSay): Markup {
  if (!scores) return html``
  return html`<section aria-labelledby="results">
<h2 id="results">${say('results')}</h2>
${tableVerdict(scores, encoding.target.name, say).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
${plainTable(Object.fromEntries(scoreRows(scores, say)))}
</section>`
}

function rates({ tried, p, counts }: TableRun, say: TableSay): Markup {
  const rows = tried.map((rate) => [
    String(rate.p),
    rate.validationLoss.toFixed(4),
    String(rate.epochs),
    rate.p === p ? say('chosen') : '',
  ])
  const head = (['p', 'loss', 'epochs', 'chosen'] as const).map((key) => say(`column.${key}`))
  const note = tried.length > 1 ? say('rates.note', { validation: count(counts.validation) }) : say('rates.given')
  return html`<section><h2>${say('rates')}</h2>${dataTable(head, rows)}<p class="note">${note}</p></section>`
}

function curves({ epochs, tried, p }: TableRun, say: TableSay): Markup {
  const [first] = epochs
  const last = epochs.at(-1)
  if (!first || !last) return html``
  const training = { label: say('curve.training'), style: 0 }
  const validation = { label: say('curve.validation'), style: 1 }
  const four = (value: number) => value.toFixed(4)
  const description = say('curve.describe', {
    first: four(first.loss),
    last: four(last.loss),
    validationFirst: four(first.validationLoss),
    best: four(last.best),
  })
  const title = say('curve.loss', { p })
  const byEpoch = lineChart(
    [
      { ...training, points: epochs.map(({ epoch, loss }) => ({ x: epoch, y: loss })) },
      { ...validation, points: epochs.map(({ epoch, validationLoss }) => ({ x: epoch, y: validationLoss })) },
    ],
    { id: 'curve-loss', title, description, xLabel: say('axis.epoch'), yLabel: say('axis.loss'), wholeX: true },
  )
  const byRate = lineChart(
    [{ label: validation.label, style: 1, points: tried.map((rate) => ({ x: rate.p, y: rate.validationLoss })) }],
    {
      id: 'curve-rates',
      title: say('curve.rates'),
      description: say('curve.describeRates', { p }),
      xLabel: 'p',
      yLabel: say('axis.loss'),
    },
  )
  return html`<section><h2>${say('curves')}</h2>
<div class="legend">${[legendEntry(training), legendEntry(validation)]}</div>
<div class="grid-2"><figure><figcaption>${title}</figcaption>${byEpoch}</figure>
${tried.length > 1 ? html`<figure><figcaption>${say('curve.rates')}</figcaption>${byRate}</figure>` : ''}</div>
</section>`
}

function columns({ columns, target }: TableEncoding, say: TableSay): Markup {
  const rows = columns.map((column) => [
    column.name,
    say(`kind.${column.kind}`),
    String(inputsOf(column)),
    columnDetails(column, say),
  ])
  const targetRow =
    target.kind === 'classes'
      ? [target.name, say('target.classes', { count: target.values.length }), '', target.values.join(', ')]
      : [target.name, say('target.number'), '', numberDetails(target, say)]
  const head = (['name', 'kind', 'inputs', 'details'] as const).map((key) => say(`column.${key}`))
  return html`<section><h2>${say('columns')}</h2>${dataTable(head, [...rows, targetRow])}<p class="note">${say('columns.note')}</p></section>`
}

const numberDetails = ({ mean, std }: { readonly mean: number; readonly std: number }, say: TableSay): string =>
  say('details.number', { mean: significant(mean), std: significant(std) })

/** Categories that are named in the table of columns. */
const namedCategories = 8

function columnDetails(column: ColumnEncoding, say: TableSay): string {
  if (column.kind === 'ignored') return say(`reason.${column.reason}`)
  const missing = column.missing ? [say('details.missing')] : []
  if (column.kind === 'number') return [numberDetails(column, say), ...missing].join('; ')
  const { values } = column
  const named = values.slice(0, namedCategories).join(', ') + (values.length > namedCategories ? ', …' : '')
  return [named, ...(column.other ? [say('details.other')] : []), ...missing].join('; ')
}

function ending(run: TableRun, { command, predictCommand }: TableReportOptions, say: TableSay): Markup {
  return html`<section class="grid-2">
<div><h2>${say('settings')}</h2>${plainTable(run.settings)}</div>
<div><h2>${say('machine')}</h2>${plainTable(run.machine)}</div>
</section>
<section>
${run.notes.length > 0 ? html`<h2>${say('notes')}</h2><ul>${run.notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}
<h2>${say('use')}</h2>
<pre><code>${predictCommand}</code></pre>
<h2>${say('again')}</h2>
<pre><code>${command}</code></pre>
</section>`
}
