// Tensors as PyTorch prints them; data types by thinnet's names (`dtype=int32`, not `dtype=torch.int32`).
import { type HostArray, isFloating } from './dtype.ts'
import { elementCount, type Shape } from './shape.ts'
import type { Tensor } from './tensor.ts'

const precision = 4
const lineWidth = 80
/** Tensors of more elements are printed without their middle. */
const summarizeAbove = 1000
/** Positions at either end of a dimension that a summary keeps. */
const edgeItems = 3

/** Elements and where they stand, as the printer walks them. */
interface Printed {
  readonly values: HostArray
  readonly shape: Shape
  readonly summarize: boolean
  readonly format: (value: number) => string
  readonly width: number
}

/**
 * A decimal string as Python makes it: `long` holds more digits than any tie needs, `short` is JavaScript's rounding,
 * which takes ties away from zero where Python takes them to the even digit.
 */
function halfToEven(long: string, short: string, digits: number): string {
  const end = long.indexOf('.') + 1 + digits
  const isTie = /^50*$/.test(long.slice(end).replace(/e.*$/, ''))
  const odd = Number(long[end - 1]) % 2 === 1
  return isTie && !odd ? long.slice(0, end) + (/e.*$/.exec(short)?.[0] ?? '') : short
}

const special = (x: number): string => (Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf')
const signed = (x: number, digits: string): string => (x < 0 || Object.is(x, -0) ? `-${digits}` : digits)

/** Python's `{x:.4f}`. */
function fixed(x: number): string {
  if (!Number.isFinite(x)) return special(x)
  const size = Math.abs(x)
  return signed(x, halfToEven(size.toFixed(60), size.toFixed(precision), precision))
}

/** Python's `{x:.4e}`. */
function scientific(x: number): string {
  if (!Number.isFinite(x)) return special(x)
  const size = Math.abs(x)
  const digits = halfToEven(size.toExponential(60), size.toExponential(precision), precision)
  return signed(x, digits.replace(/e([+-])(\d)$/, 'e$10$2'))
}

const whole = (x: number): string => (Number.isFinite(x) ? `${signed(x, Math.abs(x).toFixed(0))}.` : special(x))

/** How to write each of some floating numbers, and in what width: one way for all of them. */
function floatingFormat(values: readonly number[]): { format: (value: number) => string; width: number } {
  const told = values.filter((value) => Number.isFinite(value) && value !== 0)
  if (told.length === 0) return { format: whole, width: 1 }
  const sizes = told.map(Math.abs)
  const [least, most] = [sizes.reduce((a, b) => Math.min(a, b)), sizes.reduce((a, b) => Math.max(a, b))]
  const isScientific = most / least > 1000 || most > 1e8 || least < 1e-4
  const format = isScientific ? scientific : told.every(Number.isInteger) ? whole : fixed
  return { format, width: told.reduce((width, value) => Math.max(width, format(value).length), 1) }
}

/** The positions of a dimension that are printed. */
function shownPositions(size: number, summarize: boolean): number[] {
  const all = Array.from({ length: size }, (_, i) => i)
  return summarize && size > 2 * edgeItems ? [...all.slice(0, edgeItems), ...all.slice(-edgeItems)] : all
}

/** The values that are printed, from `offset` on, in order. */
function shownValues(values: HostArray, shape: Shape, summarize: boolean, offset = 0): number[] {
  const [size, ...inner] = shape
  if (size === undefined) return [values[offset] as number]
  const step = elementCount(inner)
  return shownPositions(size, summarize).flatMap((i) => shownValues(values, inner, summarize, offset + i * step))
}

function vector({ values, summarize, format, width }: Printed, size: number, offset: number, indent: number): string {
  const items = shownPositions(size, summarize).map((i) => format(values[offset + i] as number).padStart(width))
  if (items.length < size) items.splice(edgeItems, 0, ' ...')
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (width + 2)))
  const lines: string[] = []
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(', '))
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`
}

function block(printed: Printed, shape: Shape, offset: number, indent: number): string {
  const [size, ...inner] = shape
  if (size === undefined) return printed.format(printed.values[offset] as number).padStart(printed.width)
  if (inner.length === 0) return vector(printed, size, offset, indent)
  const step = elementCount(inner)
  const slices = shownPositions(size, printed.summarize).map((i) =>
    block(printed, inner, offset + i * step, indent + 1),
  )
  if (slices.length < size) slices.splice(edgeItems, 0, '...')
  return `[${slices.join(`,${'\n'.repeat(inner.length)}${' '.repeat(indent + 1)}`)}]`
}

function contents(x: Tensor, indent: number): string {
  const { shape, dtype } = x
  if (x.numel === 0) return '[]'
  const values = x.detach().toArray()
  const summarize = x.numel > summarizeAbove
  const shown = shownValues(values, shape, summarize)
  const plain = (value: number) => (dtype === 'bool' ? (value ? 'True' : 'False') : String(value))
  const widest = () => shown.reduce((width, value) => Math.max(width, plain(value).length), 1)
  const { format, width } = isFloating(dtype) ? floatingFormat(shown) : { format: plain, width: widest() }
  return block({ values, shape, summarize, format, width }, shape, 0, indent)
}

function suffixesOf(x: Tensor): string[] {
  const suffixes: string[] = []
  if (x.numel === 0 && x.ndim !== 1) suffixes.push(`size=(${x.shape.join(', ')})`)
  const isSeen = x.dtype === 'float32' || (x.dtype === 'bool' && x.numel > 0)
  if (!isSeen) suffixes.push(`dtype=${x.dtype}`)
  if (!x.isLeaf && x.node) suffixes.push(`grad_fn=<${x.node.displayName}Backward0>`)
  else if (x.requiresGrad) suffixes.push('requires_grad=True')
  return suffixes
}

/**
 * A tensor as PyTorch prints it: four digits, scientific notation where numbers differ by more than 1000 times, columns
 * aligned, the middle left out above 1000 elements; then the data type unless it is float32 or bool, and the op that
 * computed it or `requires_grad=True`.
 *
 * @example formatTensor(tensor([[1, 2], [3, 4]])) // tensor([[1., 2.],\n        [3., 4.]])
 */
export function formatTensor(x: Tensor): string {
  const prefix = 'tensor('
  let text = prefix + contents(x, prefix.length)
  let lastLine = text.length - text.lastIndexOf('\n') + 1
  for (const suffix of suffixesOf(x)) {
    if (lastLine + suffix.length + 2 > lineWidth) {
      text += `,\n${' '.repeat(prefix.length)}${suffix}`
      lastLine = prefix.length + suffix.length
    } else {
      text += `, ${suffix}`
      lastLine += suffix.length + 2
    }
  }
  return `${text})`
}
