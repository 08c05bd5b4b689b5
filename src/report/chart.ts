// Line charts as SVG text: no document, no script. Colours come from the page's style sheet, by class.
import { extent, max } from 'd3-array'
import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog } from 'd3-scale'
import { line, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolStar, symbolTriangle } from 'd3-shape'
import { html, type Markup } from './html.ts'

/** One line of a chart. */
export interface Series {
  readonly label: string
  /** Which colour, dash and marker: 0 to 4. The same in every chart, so that a line can be followed. */
  readonly style: number
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface ChartOptions {
  /** Unique on its page. */
  readonly id: string
  readonly title: string
  /** For those who cannot see it: what the lines do. */
  readonly description: string
  readonly xLabel: string
  readonly yLabel: string
  /** Whether x counts things, so that its ticks must be whole numbers. */
  readonly wholeX?: boolean
  /** Whether equal steps to the right are equal factors of x, which must then be above 0. */
  readonly logX?: boolean
  /** Whether the x axis starts at 0, as for time, of which lines can be compared as lengths. */
  readonly xFromZero?: boolean
  /** Whether each point has a marker. Default true; false for lines of many points. */
  readonly markers?: boolean
}

const width = 460
const height = 270
const margin = { top: 14, right: 14, bottom: 44, left: 48 }
/** Of different sizes, so that two lines that lie on each other are seen to be two. */
const markers = [
  symbol(symbolCircle, 46),
  symbol(symbolSquare, 110),
  symbol(symbolTriangle, 40),
  symbol(symbolDiamond, 70),
  symbol(symbolStar, 50),
].map((draw) => draw.digits(1)() ?? '')
/** Lines of more points than this go without markers, which would hide them. */
const mostMarkers = 30
const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 2']

/** A chart of lines with markers; the y axis starts at 0. Points that are not finite are left out. */
export function lineChart(series: readonly Series[], options: ChartOptions): Markup {
  const points = series.flatMap((one) => one.points)
  const [from = 0, to = 1] = extent(points, (point) => point.x)
  const x = (options.logX ? scaleLog : scaleLinear)(
    [options.xFromZero ? 0 : from, to],
    [margin.left, width - margin.right],
  )
  const y = scaleLinear([0, max(points, (point) => point.y) || 1], [height - margin.bottom, margin.top]).nice(5)
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${options.id}-title ${options.id}-description">
<title id="${options.id}-title">${options.title}</title>
<desc id="${options.id}-description">${options.description}</desc>
${yAxis(y)}
${xAxis(x, options.wholeX === true)}
<text class="label" x="${(margin.left + width - margin.right) / 2}" y="${height - 6}" text-anchor="middle">${options.xLabel}</text>
<text class="label" transform="translate(12 ${(margin.top + height - margin.bottom) / 2}) rotate(-90)" text-anchor="middle">${options.yLabel}</text>
${series.map((one) => drawSeries(one, x, y, options.markers ?? true))}
</svg>`
}

/** The line and marker of a series by themselves, with its name: an entry of a legend. */
export function legendEntry({ label, style }: Pick<Series, 'label' | 'style'>): Markup {
  return html`<span class="entry"><svg class="sample s${style}" viewBox="0 0 44 16" aria-hidden="true"><path class="line" d="M2,8H42" stroke-dasharray="${dashOf(style)}"/><path class="marker" transform="translate(22 8)" d="${markerOf(style)}"/></svg> ${label}</span>`
}

function drawSeries({ label, style, points }: Series, x: Scale, y: Scale, withMarkers: boolean): Markup {
  const finite = points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
  const path = line<{ x: number; y: number }>(
    (point) => x(point.x),
    (point) => y(point.y),
  ).digits(1)(finite)
  const marked = withMarkers && finite.length <= mostMarkers ? finite : []
  const markers = marked.map(
    (point) =>
      html`<path class="marker" transform="translate(${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)})" d="${markerOf(style)}"/>`,
  )
  return html`<g class="s${style}" data-series="${label}"><path class="line" d="${path ?? ''}" stroke-dasharray="${dashOf(style)}"/>${markers}</g>`
}

type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>

function yAxis(y: ScaleLinear<number, number>): Markup {
  const format = y.tickFormat(5)
  return html`${y.ticks(5).map((tick) => {
    const at = y(tick).toFixed(1)
    return html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/><text class="tick" x="${margin.left - 7}" y="${at}" dy="0.35em" text-anchor="end">${format(tick)}</text>`
  })}`
}

function xAxis(x: Scale, whole: boolean): Markup {
  const bottom = height - margin.bottom
  const powersOnly = 'base' in x // the others would stand on each other
  const fits = (tick: number) => (powersOnly ? isPowerOfTen(tick) : !whole || Number.isInteger(tick))
  const ticks = x.ticks(8).filter(fits)
  return html`<line class="axis" x1="${margin.left}" x2="${width - margin.right}" y1="${bottom}" y2="${bottom}"/>${ticks.map(
    (tick) => html`<text class="tick" x="${x(tick).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`,
  )}`
}

const isPowerOfTen = (value: number): boolean => Number.isInteger(Math.round(1e9 * Math.log10(value)) / 1e9)

const dashOf = (style: number): string => dashes[style] ?? ''
const markerOf = (style: number): string => markers[style] ?? ''
