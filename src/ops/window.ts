// Windows of images: which elements each looks at, all of them side by side, and back.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { dtypeCode, itemBytes } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { contiguous } from './layout.ts'

/** One number for all spatial dimensions, or one for each. */
export type Sizes = number | readonly number[]

/** The windows of one dimension: output `o` looks at `o * stride - before + k * dilation` for each k of the kernel. */
export interface WindowAxis {
  readonly size: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Padding before the first position, and behind the last. */
  readonly before: number
  readonly after: number
  /** How many windows there are. */
  readonly count: number
}

/** The windows of a batch of images `[N, C, H, W]`. */
export interface WindowGeometry {
  readonly batch: number
  readonly channels: number
  readonly rows: WindowAxis
  readonly columns: WindowAxis
}

/** The numbers of a setting for `dims` dimensions. @throws ThinnetError TN_RANGE unless they are whole and large enough. */
export function sizesOf(where: string, name: string, given: Sizes, dims: number, least: number): readonly number[] {
  const sizes = typeof given === 'number' ? new Array<number>(dims).fill(given) : given
  const fits = Array.isArray(sizes) && sizes.length === dims && sizes.every((n) => Number.isInteger(n) && n >= least)
  if (fits) return sizes
  const form = dims === 1 ? 'a whole number' : `a whole number or ${dims} of them`
  return fail('TN_RANGE', where, `${name} must be ${form}, at least ${least}, got ${JSON.stringify(given)}`)
}

/** How far a window reaches. */
export const reachOf = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1

/** How many windows lie in `size` positions with their padding. */
export const windowCount = (padded: number, kernel: number, stride: number, dilation: number): number =>
  Math.floor((padded - reachOf(kernel, dilation)) / stride) + 1

/** Throws PyTorch's message if a window is larger than the padded image. */
export function checkReach(where: string, axes: readonly WindowAxis[]): void {
  if (axes.every(({ count }) => count > 0)) return
  const sizes = (of: (axis: WindowAxis) => number) => axes.map(of).join(' x ')
  const padded = sizes(({ size, before, after }) => size + before + after)
  const kernel = sizes((axis) => reachOf(axis.kernel, axis.dilation))
  const rule = "Kernel size can't be greater than actual input size"
  const what = `Calculated padded input size per channel: (${padded}). Kernel size: (${kernel}). ${rule}`
  failAsPyTorch('TN_SHAPE', where, what)
}

/** As kernels take it. */
const description = ({ batch, channels, rows, columns }: WindowGeometry): number[] => [
  ...[batch, channels, rows.size, columns.size, rows.count, columns.count, rows.kernel, columns.kernel],
  ...[rows.stride, columns.stride, rows.dilation, columns.dilation, rows.before, columns.before],
]

const imageShape = ({ batch, channels, rows, columns }: WindowGeometry): Shape => [
  batch,
  channels,
  rows.size,
  columns.size,
]

const columnShape = ({ batch, channels, rows, columns }: WindowGeometry): Shape => [
  channels * rows.kernel * columns.kernel,
  batch * rows.count * columns.count,
]

const unfoldOp = defineOp({
  name: 'unfold',
  inputs: ['x'],
  forward: ([x], geometry: WindowGeometry) => {
    const source = contiguous(x)
    const out = allocate(columnShape(geometry), x.dtype)
    const { kernels, memory } = backend()
    const [to, from] = [out.address, source.address]
    kernels.unfold(itemBytes(x.dtype), to, from, memory.describe(description(geometry)))
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, geometry): Tensor => foldOp([gradient], geometry) },
})

const foldOp = defineOp({
  name: 'fold',
  inputs: ['x'],
  forward: ([x], geometry: WindowGeometry) => {
    const source = contiguous(x)
    const out = allocate(imageShape(geometry), x.dtype)
    const { kernels, memory } = backend()
    const [to, from] = [out.address, source.address]
    kernels.fold(dtypeCode(x.dtype), to, from, memory.describe(description(geometry)))
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, geometry): Tensor => unfoldOp([gradient], geometry) },
})

/**
 * What each window looks at, as a column; 0 in the padding.
 *
 * Shape: `[N, C, H, W]` to `[C * kernelRows * kernelColumns, N * outRows * outColumns]`.
 */
export const unfold = (x: Tensor, geometry: WindowGeometry): Tensor => unfoldOp([x], geometry)

/** The adjoint of `unfold`: columns put back to their places, and added up. */
export const fold = (columns: Tensor, geometry: WindowGeometry): Tensor => foldOp([columns], geometry)

/**
 * The largest element of each window, and its place in its plane (int32); NaN if there is one. Not recorded.
 *
 * Shape: `[N, C, H, W]` to twice `[N, C, outRows, outColumns]`. Each window must have an element in the image.
 */
export function windowMaxima(x: Tensor, geometry: WindowGeometry): { readonly out: Tensor; readonly places: Tensor } {
  const { batch, channels, rows, columns } = geometry
  const source = contiguous(x)
  const shape = [batch, channels, rows.count, columns.count]
  const [out, places] = [allocate(shape, x.dtype), allocate(shape, 'int32')]
  const { kernels, memory } = backend()
  const [to, indices, from] = [out.address, places.address, source.address]
  kernels.maxPool(dtypeCode(x.dtype), to, indices, from, memory.describe(description(geometry)))
  return { out, places }
}
