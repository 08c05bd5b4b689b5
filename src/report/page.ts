import { memoryText } from '../module/index.ts'
import { type ChartOptions, legendEntry, lineChart, type Series } from './chart.ts'
import { type ArmName, type ArmResult, type Comparison, type LayerCost, summarize } from './comparison.ts'
import { dataTable, dateText, plainTable, renderDocument } from './document.ts'
import { html, type Markup } from './html.ts'
import { count, percent } from './numbers.ts'
import { verdict } from './verdict.ts'
import { type Language, type ReportKey, reportWords, type Say, speaker } from './words.ts'

/** Each arm's colour, dash and marker, the same in every chart and report. */
const styles: Readonly<Record<ArmName, number>> = { none: 0, inverted: 1, standard: 2, thinned: 3 }

/**
 * A comparison as one HTML page that needs nothing else: pictures, charts and style are inside, and it asks the network
 * for nothing.
 */
export function renderReport(comparison: Comparison, options: ReportOptions): string {
  const say = speaker(reportWords, options.language)
  const values = {
    network: comparison.network,
    training: count(comparison.trainingExamples),
    test: count(comparison.testExamples),
  }
  return renderDocument({
    language: options.language,
    title: say('title'),
    lead: say('subtitle', values),
    notice: comparison.status === 'finished' ? undefined : say(comparison.status),
    sections: [
      results(comparison, say),
      curves(comparison.arms, say),
      explanation(comparison, say),
      thinning(comparison, say),
      features(comparison.arms, say),
      settings(comparison, options, say),
    ],
    footer: say('made', { version: options.version, date: dateText(comparison.started, options.language) }),
  })
}

export interface ReportOptions {
  readonly language: Language
  /** thinnet's version. */
  readonly version: string
  /** The command that made the run. */
  readonly command: string
}

function results(comparison: Comparison, say: Say<ReportKey>): Markup {
  const rows = summarize(comparison.arms, comparison.trainingExamples)
  return html`<section aria-labelledby="results">
<h2 id="results">${say('results')}</h2>
${verdict(comparison, say).map((sentence) => html`<p class="verdict">${unbroken(sentence)}</p>`)}
<div class="scroll" tabindex="0" role="group" aria-labelledby="results"><table class="results">
<thead><tr><th scope="col">${say('column.arm')}</th><th scope="col">${say('column.testError')}</th><th scope="col">${say('column.best')}</th><th scope="col">${say('column.trainingError')}</th><th scope="col">${say('column.gap')}</th><th scope="col">${say('column.seconds')}</th><th scope="col">${say('column.speed')}</th></tr></thead>
<tbody>
${rows.map(
  (row) =>
    html`<tr><th scope="row">${say(`arm.${row.arm}`)}</th><td><strong>${percent(row.testError)}</strong></td><td>${percent(row.bestTestError)}</td><td>${percent(row.trainingError)}</td><td>${percent(row.gap)}</td><td>${row.seconds.toFixed(1)}</td><td>${count(row.examplesPerSecond)}</td></tr>`,
)}
</tbody></table></div>
<p class="note">${say('table.note', { test: count(comparison.testExamples), sample: count(comparison.trainingSample) })}</p>
</section>`
}

/** Numbers and their signs stay on one line. */
const unbroken = (text: string): string => text.replaceAll(/(\d) (%|s\b)/g, '$1\u00a0$2')

function curves(arms: readonly ArmResult[], say: Say<ReportKey>): Markup {
  const trained = arms.filter((arm) => arm.epochs.length > 0)
  const axes = { percent: say('axis.percent'), epoch: say('axis.epoch') }
  const charts = [
    curve(trained, say, 'testError', { xLabel: axes.epoch, yLabel: axes.percent }, (arm) =>
      arm.epochs.map((epoch) => ({ x: epoch.epoch, y: 100 * epoch.testError })),
    ),
    curve(trained, say, 'trainingError', { xLabel: axes.epoch, yLabel: axes.percent }, (arm) =>
      arm.epochs.map((epoch) => ({ x: epoch.epoch, y: 100 * epoch.trainingError })),
    ),
    curve(trained, say, 'loss', { xLabel: axes.epoch, yLabel: say('axis.loss') }, (arm) =>
      arm.epochs.map((epoch) => ({ x: epoch.epoch, y: epoch.loss })),
    ),
    curve(trained, say, 'time', { xLabel: say('axis.seconds'), yLabel: axes.percent }, (arm) => {
      let seconds = 0
      return arm.epochs.map((epoch) => {
        seconds += epoch.seconds
        return { x: seconds, y: 100 * epoch.testError }
      })
    }),
  ]
  return html`<section aria-labelledby="curves">
<h2 id="curves">${say('curves')}</h2>
<div class="legend">${trained.map(({ arm }) => legendEntry({ label: say(`arm.${arm}`), style: styles[arm] }))}</div>
<div class="grid-2">${charts}</div>
<p class="note">${say('curve.lossNote')}</p>
<details><summary>${say('curve.table')}</summary>${epochTable(trained, say)}</details>
</section>`
}

type Chart = 'testError' | 'trainingError' | 'loss' | 'time'

function curve(
  arms: readonly ArmResult[],
  say: Say<ReportKey>,
  chart: Chart,
  labels: Pick<ChartOptions, 'xLabel' | 'yLabel'>,
  points: (arm: ArmResult) => Series['points'],
): Markup {
  const series = arms.map((arm) => ({ label: say(`arm.${arm.arm}`), style: styles[arm.arm], points: points(arm) }))
  const unit = chart === 'loss' ? '' : ' %'
  const lines = series.map(({ label, points }) => {
    const ends = [points[0], points.at(-1)].map((point) => `${(point?.y ?? Number.NaN).toFixed(2)}${unit}`)
    return say('curve.line', { arm: label, first: ends[0] ?? '', last: ends[1] ?? '' })
  })
  const title = say(`curve.${chart}`)
  const description = say('curve.describe', { lines: lines.join(' ') })
  return html`<figure><figcaption>${title}</figcaption>${lineChart(series, { id: `curve-${chart}`, title, description, wholeX: chart !== 'time', xFromZero: chart === 'time', ...labels })}</figure>`
}

function epochTable(arms: readonly ArmResult[], say: Say<ReportKey>): Markup {
  const rows = arms.flatMap(({ arm, epochs }) =>
    epochs.map(
      (epoch) =>
        html`<tr><th scope="row">${say(`arm.${arm}`)}</th><td>${epoch.epoch}</td><td>${epoch.learningRate.toPrecision(3)}</td><td>${epoch.loss.toFixed(4)}</td><td>${percent(epoch.runningError)}</td><td>${epoch.trainingLoss.toFixed(4)}</td><td>${percent(epoch.trainingError)}</td><td>${epoch.testLoss.toFixed(4)}</td><td>${percent(epoch.testError)}</td><td>${epoch.seconds.toFixed(1)}</td></tr>`,
    ),
  )
  const keys = [
    'arm',
    'epoch',
    'learningRate',
    'loss',
    'runningError',
    'trainingLoss',
    'trainingError',
    'testLoss',
    'testError',
    'seconds',
  ] as const
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${keys.map((key) => html`<th scope="col">${say(`column.${key}`)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`
}

function explanation(comparison: Comparison, say: Say<ReportKey>): Markup {
  const { p = 0, 'input-p': inputP = 0, subnets = 0, batch = 0 } = comparison.settings
  const isThinned = comparison.arms.some(({ arm }) => arm === 'thinned')
  return html`<section aria-labelledby="explanation">
<h2 id="explanation">${say('explanation')}</h2>
<p>${say('explain.what', { p, inputP })}</p>
<p>${say('explain.why')}</p>
<p>${say('explain.scaling')}</p>
<p>${say('explain.fair')}</p>
${isThinned ? html`<p>${say('explain.thinned', { subnets, batch })}</p>` : ''}
</section>`
}

/** What of the products is computed, layer by layer. */
function thinning({ arms, settings }: Comparison, say: Say<ReportKey>): Markup {
  const layers = arms.find(({ arm }) => arm === 'thinned')?.layers
  if (!layers) return html``
  const head = (['layer', 'dropped', 'kept', 'multiplications', 'left', 'masks'] as const).map((key) =>
    say(`column.${key}`),
  )
  const sum = (value: (layer: LayerCost) => number) => layers.reduce((total, layer) => total + value(layer), 0)
  const all = sum((layer) => layer.multiplyAdds)
  const left = sum((layer) => layer.multiplyAdds * layer.arithmeticLeft)
  const rows = layers.map(({ inputs, outputs, p, expectedKept, multiplyAdds, arithmeticLeft, maskBytes }) => [
    say('thinning.layer', { inputs: count(inputs), outputs: count(outputs) }),
    String(p),
    say('thinning.kept', { kept: count(expectedKept), inputs: count(inputs) }),
    count(multiplyAdds),
    share(arithmeticLeft),
    memoryText(maskBytes),
  ])
  const total = [
    say('thinning.all'),
    '',
    '',
    count(all),
    share(left / all),
    memoryText(sum((layer) => layer.maskBytes)),
  ]
  const perExample = arms.find(({ arm }) => arm === 'inverted' || arm === 'standard')?.layers
  const masks = perExample?.reduce((bytes, { maskBytes }) => bytes + maskBytes, 0)
  return html`<section aria-labelledby="thinning">
<h2 id="thinning">${say('thinning')}</h2>
${dataTable(head, [...rows, total])}
<p class="note">${say('thinning.note', { subnets: settings.subnets ?? 0 })}${masks === undefined ? '' : ` ${say('thinning.perExample', { memory: memoryText(masks) })}`}</p>
</section>`
}

const share = (part: number): string => `${(100 * part).toFixed(1)} %`

function features(arms: readonly ArmResult[], say: Say<ReportKey>): Markup {
  const shown = arms.flatMap(({ arm, features }) => (features ? [{ arm, picture: features }] : []))
  const [first] = shown
  if (!first) return html``
  return html`<section aria-labelledby="features">
<h2 id="features">${say('features')}</h2>
<p>${say('features.note', { size: 28, count: first.picture.count })}</p>
<div class="features">${shown.map(({ arm, picture }) => {
    const name = say(`arm.${arm}`)
    return html`<figure><figcaption>${name}</figcaption><img src="${picture.uri}" width="${picture.width}" height="${picture.height}" alt="${say('features.alt', { count: picture.count, arm: name })}"></figure>`
  })}</div>
</section>`
}

function settings(comparison: Comparison, { command }: ReportOptions, say: Say<ReportKey>): Markup {
  const notes = comparison.notes.map((note) => html`<li>${note}</li>`)
  return html`<section class="grid-2">
<div><h2>${say('settings')}</h2>${plainTable(comparison.settings)}</div>
<div><h2>${say('machine')}</h2>${plainTable(comparison.machine)}</div>
</section>
<section>
${notes.length > 0 ? html`<h2>${say('decisions')}</h2><ul>${notes}</ul>` : ''}
<h2>${say('again')}</h2>
<pre><code>${command}</code></pre>
<p class="note">${say('again.note')}</p>
</section>`
}
