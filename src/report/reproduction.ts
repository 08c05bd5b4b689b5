// What `thinnet reproduce` shows: the paper's numbers beside those that were measured. Plain data, then a page of it.
import { legendEntry, lineChart, type Series } from './chart.ts'
import { dataTable, dateText, plainTable, renderDocument } from './document.ts'
import { html, type Markup } from './html.ts'
import { deviation, mean, significant } from './numbers.ts'
import { type ReproduceSay, reproduceWords } from './reproduce-words.ts'
import { type Language, speaker } from './words.ts'

/** Where the numbers of a paper stand in it. */
export interface Source {
  readonly paper: string
  /** The table, figure or section. */
  readonly place: string
  readonly url: string
}

/** One line of the table. */
export interface ResultRow {
  readonly label: string
  /** The paper's own figure, as it is printed there; none where it gives none. */
  readonly paper?: string | undefined
  /** What was measured, one for each finished training. */
  readonly values: readonly number[]
  /** How many trainings there will be. */
  readonly of: number
}

/** A table of one quantity. */
export interface ResultTable {
  readonly title: string
  /** `percent`: a part from 0 to 1, shown as a percentage. */
  readonly unit: 'percent' | 'number'
  readonly rows: readonly ResultRow[]
}

export interface ResultChart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly wholeX?: boolean
  readonly logX?: boolean
  readonly series: readonly Series[]
}

/** What an experiment found, as far as it came. */
export interface Findings {
  readonly tables: readonly ResultTable[]
  readonly charts: readonly ResultChart[]
  /** What the paper says, and what the measured numbers say to it. */
  readonly sentences: readonly string[]
}

export interface Reproduction extends Findings {
  readonly name: string
  readonly title: string
  /** What is done, in some sentences. */
  readonly about: string
  readonly source: Source | undefined
  readonly quick: boolean
  /** Finished trainings, and all. */
  readonly done: number
  readonly of: number
  readonly notes: readonly string[]
  readonly started: Date
  /** Seconds of training that the finished units took. */
  readonly seconds: number
  readonly settings: Readonly<Record<string, string | number>>
  readonly machine: Readonly<Record<string, string | number>>
}

/** The mean of the values and, of several, their standard deviation. */
export function summarized(values: readonly number[], unit: ResultTable['unit']): string {
  if (values.length === 0) return '-'
  const text = (value: number) => (unit === 'percent' ? (100 * value).toFixed(2) : significant(value))
  const end = unit === 'percent' ? ' %' : ''
  if (values.length === 1) return text(mean(values)) + end
  return `${text(mean(values))} ± ${text(deviation(values))}${end}`
}

/** A table's heading and lines, for the terminal and the page. */
export function tableCells({ unit, rows }: ResultTable, say: ReproduceSay): { head: string[]; lines: string[][] } {
  return {
    head: [say('column.what'), say('column.paper'), say('column.ours'), say('column.runs')],
    lines: rows.map(({ label, paper, values, of }) => [
      label,
      paper ?? '-',
      summarized(values, unit),
      values.length < of ? `${values.length}/${of}` : String(of),
    ]),
  }
}

/** A reproduction as one HTML page. */
export function renderReproduction(
  run: Reproduction,
  { language, version, command }: { readonly language: Language; readonly version: string; readonly command: string },
): string {
  const say = speaker(reproduceWords, language)
  const notices = [
    ...(run.done < run.of ? [say('unfinished', { done: run.done, of: run.of })] : []),
    ...(run.quick ? [say('quick')] : []),
  ]
  return renderDocument({
    language,
    title: run.title,
    lead: run.about,
    notice: notices.length > 0 ? notices.join(' ') : undefined,
    sections: [results(run, say), charts(run), ending(run, command, say)],
    footer: say('made', { version, date: dateText(run.started, language) }),
  })
}

function results({ tables, sentences, source }: Reproduction, say: ReproduceSay): Markup {
  const marked =
    source &&
    html`<p class="note">${say('source', { place: source.place, paper: source.paper })} <a href="${source.url}">${source.url}</a></p>`
  return html`<section><h2>${say('results')}</h2>
${sentences.map((sentence) => html`<p class="verdict">${sentence}</p>`)}
${tables.map((table) => {
  const { head, lines } = tableCells(table, say)
  return html`<h3>${table.title}</h3>${dataTable(head, lines)}`
})}
${marked ?? ''}
<p class="note">${say('spread')}</p>
</section>`
}

function charts({ charts }: Reproduction): Markup {
  const drawn = charts.filter(({ series }) => series.some(({ points }) => points.length > 0))
  if (drawn.length === 0) return html``
  return html`<section class="grid-2">${drawn.map(({ title, series, ...labels }, i) => {
    const description = series
      .map(
        ({ label, points }) =>
          `${label}: ${points.map(({ x, y }) => `${significant(x)}: ${significant(y)}`).join(', ')}`,
      )
      .join('. ')
    return html`<figure><figcaption>${title}</figcaption>
<div class="legend">${series.map((one) => legendEntry(one))}</div>
${lineChart(series, { id: `chart-${i}`, title, description, ...labels })}</figure>`
  })}</section>`
}

function ending(run: Reproduction, command: string, say: ReproduceSay): Markup {
  return html`<section class="grid-2">
<div><h2>${say('settings')}</h2>${plainTable(run.settings)}</div>
<div><h2>${say('machine')}</h2>${plainTable(run.machine)}</div>
</section>
<section>
${run.notes.length > 0 ? html`<h2>${say('notes')}</h2><ul>${run.notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}
<h2>${say('again')}</h2>
<pre><code>${command}</code></pre>
<p class="note">${say('time', { minutes: significant(run.seconds / 60) })}</p>
</section>`
}
