import type { LrRange, RangeRun } from '../inspect/index.ts'
import { rateText } from '../inspect/lr-range-words.ts'
import { legendEntry, lineChart, type Series } from './chart.ts'
import { dataTable, dateText, plainTable, renderDocument } from './document.ts'
import { html, type Markup } from './html.ts'
import { count } from './numbers.ts'
import { type RangeSay, rangeWords } from './range-words.ts'
import { type Language, speaker } from './words.ts'

/** What a report of `thinnet lr-range` is made from. Plain data. */
export interface RangeTest {
  readonly started: Date
  /** Layer sizes, as `784-1024-1024-10`. */
  readonly network: string
  /** How many training examples there are. */
  readonly examples: number
  readonly range: LrRange
  /** What it means, in sentences. */
  readonly explanation: readonly string[]
  readonly settings: Readonly<Record<string, string | number>>
  readonly machine: Readonly<Record<string, string | number>>
}

export interface RangeReportOptions {
  readonly language: Language
  readonly version: string
  /** The command that made the run. */
  readonly command: string
}

/** A range test as one HTML page. */
export function renderRangeReport(test: RangeTest, { language, version, command }: RangeReportOptions): string {
  const say = speaker(rangeWords, language)
  return renderDocument({
    language,
    title: say('title'),
    lead: say('lead', { network: test.network, images: count(test.examples) }),
    sections: [
      result(test, say),
      curves(test.range, say),
      html`<section><h2>${say('how')}</h2><p>${say('how.text')}</p><p class="note">${say('how.source')}</p></section>`,
      html`<section class="grid-2"><div><h2>${say('settings')}</h2>${plainTable(test.settings)}</div>
<div><h2>${say('machine')}</h2>${plainTable(test.machine)}</div></section>
<section><h2>${say('again')}</h2><pre><code>${command}</code></pre></section>`,
    ],
    footer: say('made', { version, date: dateText(test.started, language) }),
  })
}

/** The runs by name, in the order and style in which they are shown. */
function runsOf({ withDropout, withoutDropout }: LrRange, say: RangeSay) {
  return [
    { name: say('run.with'), style: 1, run: withDropout },
    ...(withoutDropout ? [{ name: say('run.without'), style: 0, run: withoutDropout }] : []),
  ]
}

function result({ range, explanation }: RangeTest, say: RangeSay): Markup {
  const head = (['run', 'steepest', 'lowest', 'diverged', 'suggestion'] as const).map((key) => say(`column.${key}`))
  const rows = runsOf(range, say).map(({ name, run: { steepest, lowest, diverged, suggestion } }) => [
    name,
    rateText(steepest),
    rateText(lowest),
    diverged === undefined ? say('never') : rateText(diverged),
    html`<strong>${rateText(suggestion)}</strong>`,
  ])
  return html`<section aria-labelledby="result"><h2 id="result">${say('result')}</h2>
${explanation.map((sentence) => html`<p class="verdict">${sentence}</p>`)}
${dataTable(head, rows)}</section>`
}

/** Losses above this many times the first are cut off: what diverges would flatten all else. */
const cutAt = 1.25

function curves(range: LrRange, say: RangeSay): Markup {
  const runs = runsOf(range, say)
  const series = runs.map(({ name, style, run }): Series => ({ label: name, style, points: pointsOf(run) }))
  const lines = runs.map(({ name, run }) => say('curve.line', { run: name, lowest: rateText(run.lowest) })).join(' ')
  const title = say('curve.title')
  const chart = lineChart(series, {
    id: 'range',
    title,
    description: say('curve.describe', { lines }),
    xLabel: say('axis.lr'),
    yLabel: say('axis.loss'),
    logX: true,
    markers: false,
  })
  return html`<section aria-labelledby="curve"><h2 id="curve">${say('curve')}</h2>
<div class="legend">${series.map((one) => legendEntry(one))}</div>
<div class="grid-2"><figure><figcaption>${title}</figcaption>${chart}</figure></div>
<p class="note">${say('curve.note')}</p></section>`
}

function pointsOf({ points }: RangeRun): Series['points'] {
  const limit = cutAt * (points[0]?.smoothed ?? 0)
  const beyond = points.findIndex(({ smoothed }) => smoothed > limit)
  return points.slice(0, beyond < 0 ? undefined : beyond).map(({ lr, smoothed }) => ({ x: lr, y: smoothed }))
}
