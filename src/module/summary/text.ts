// A summary as a table for people.
import { formatShape } from '../../tensor/shape.ts'
import { memoryText } from '../text.ts'
import type { LayerSummary, ModelSummary } from './summary.ts'

/** A column: its heading, and the cell of a layer, empty where there is nothing to say. */
interface Column {
  readonly head: string
  cell(layer: LayerSummary): string
}

const columns: readonly Column[] = [
  { head: 'layer', cell: ({ name, type }) => (name === '' ? type : `${name} ${type}`) },
  { head: 'output', cell: ({ outputShape }) => (outputShape ? formatShape(outputShape) : '') },
  { head: 'parameters', cell: ({ parameters }) => (parameters > 0 ? count(parameters) : '') },
  { head: 'multiply-adds', cell: ({ multiplyAdds }) => (multiplyAdds ? count(multiplyAdds) : '') },
  { head: 'left', cell: ({ arithmeticLeft }) => (arithmeticLeft === undefined ? '' : percent(arithmeticLeft)) },
  { head: 'p', cell: ({ dropout }) => (dropout ? String(Number(dropout.p.toPrecision(3))) : '') },
  { head: 'subnets', cell: ({ dropout }) => String(dropout?.subnets ?? '') },
  {
    head: 'kept',
    cell: ({ dropout: { units, expectedKept } = {} as never }) =>
      units === undefined ? '' : `${count(expectedKept ?? 0)} of ${count(units)}`,
  },
  { head: 'masks', cell: ({ dropout }) => (dropout?.maskBytes ? memoryText(dropout.maskBytes) : '') },
]

/** How many of the columns are text, and stand to the left; the others are numbers. */
const texts = 2

/** The table, and below it the sums. Columns in which nothing stands are left out. */
export function summaryText(summary: Omit<ModelSummary, 'toString'>): string {
  const { type, layers, inputShape } = summary
  const title = inputShape ? `${type}, run on ${formatShape(inputShape)}` : type
  const shown = columns
    .map(({ head, cell }, i) => ({ cells: [head, ...layers.map(cell)], toTheLeft: i < texts }))
    .filter(({ cells }) => cells.slice(1).some((text) => text !== ''))
    .map(({ cells, toTheLeft }) => {
      const width = Math.max(...cells.map((text) => text.length))
      const padded = cells.map((text) => (toTheLeft ? text.padEnd(width) : text.padStart(width)))
      return [padded[0] as string, '-'.repeat(width), ...padded.slice(1)]
    })
  const lines = (shown[0] ?? []).map((_, row) =>
    shown
      .map((cells) => cells[row])
      .join('  ')
      .trimEnd(),
  )
  return [title, '', ...lines, '', ...totals(summary)].join('\n')
}

function* totals(summary: Omit<ModelSummary, 'toString'>): Generator<string> {
  const { parameters, trainableParameters, multiplyAdds, arithmeticLeft, maskBytes, batchSize } = summary
  const frozen = parameters - trainableParameters
  yield `Parameters: ${count(parameters)}${frozen > 0 ? `, of which ${count(frozen)} are frozen` : ''}`
  if (multiplyAdds === undefined) {
    yield 'Shapes and costs need an input: give { inputShape } or { inputs }.'
    return
  }
  yield `Multiply-adds of an example, forward: ${count(multiplyAdds)}`
  if (arithmeticLeft !== undefined && arithmeticLeft < 1) {
    yield `  what dropout leaves of them, in the mean: ${count(multiplyAdds * arithmeticLeft)} (${percent(arithmeticLeft)})`
  }
  if (maskBytes > 0) yield `Masks of a mini-batch of ${count(batchSize)}: ${memoryText(maskBytes)}`
}

/** A whole number with its thousands set apart. */
const count = (value: number): string => Math.round(value).toLocaleString('en')

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
