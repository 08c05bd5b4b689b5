// Convolutions as matrix products: the windows of all images side by side, times the weights.
import { defineOp } from '../autograd/op.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { add } from './arithmetic.ts'
import { checkFloating } from './launch.ts'
import { contiguous, permute, reshape, squeeze, transpose, unsqueeze } from './layout.ts'
import { matmul } from './matmul.ts'
import { sum } from './reduce.ts'
import {
  checkReach,
  fold,
  reachOf,
  type Sizes,
  sizesOf,
  unfold,
  type WindowAxis,
  type WindowGeometry,
  windowCount,
} from './window.ts'

/** Options of `conv1d` and `conv2d`. A number stands for all spatial dimensions. */
export interface ConvFunctionOptions {
  /** How far apart windows are. At least 1; default 1. */
  readonly stride?: Sizes | undefined
  /** Zeros put on both sides, or `valid` (none), or `same`: as many as keep the size. Default 0. */
  readonly padding?: Sizes | 'valid' | 'same' | undefined
  /** How far apart the elements of a window are. At least 1; default 1. */
  readonly dilation?: Sizes | undefined
  /** How many parts channels are cut into, each of which sees only its own. Default 1. */
  readonly groups?: number | undefined
}

interface Attributes {
  readonly geometry: WindowGeometry
  readonly groups: number
}

/** `[N, O, H, W]` as one row of all places for each channel, by group: `[G, O / G, N * H * W]`. */
const channelRows = (x: Tensor, groups: number): Tensor => {
  const [n, o, h, w] = x.shape as readonly [number, number, number, number]
  return reshape(permute(x, [1, 0, 2, 3]), [groups, o / groups, n * h * w])
}

/** Weights `[O, C / G, kernel...]` as matrices, by group: `[G, O / G, C / G * kernel]`. */
const weightRows = (weight: Tensor, groups: number): Tensor => {
  const [outputs, ...window] = weight.shape as readonly [number, ...number[]]
  return reshape(weight, [groups, outputs / groups, elementCount(window)])
}

/** Columns of windows by group: `[G, C / G * kernel, N * places]`. */
const byGroup = (columns: Tensor, groups: number): Tensor =>
  reshape(columns, [groups, (columns.shape[0] as number) / groups, columns.shape[1] as number])

const convOp = defineOp({
  name: 'conv2d',
  inputs: ['x', 'weight', 'bias?'],
  forward: ([x, weight, bias], { geometry, groups }: Attributes) => {
    const { batch, rows, columns } = geometry
    const product = matmul(weightRows(weight, groups), byGroup(unfold(x, geometry), groups))
    const places = reshape(product, [weight.shape[0] as number, batch, rows.count, columns.count])
    const images = permute(places, [1, 0, 2, 3])
    // The addition also brings the elements into their order.
    const out = bias ? add(images, reshape(bias, [1, -1, 1, 1])) : contiguous(images)
    return { out, saved: { x, weight } }
  },
  gradients: {
    x: (gradient, { weight }, { geometry, groups }) => {
      const columns = matmul(transpose(weightRows(weight, groups), 1, 2), channelRows(gradient, groups))
      const [, perGroup, places] = columns.shape as readonly [number, number, number]
      return fold(reshape(columns, [groups * perGroup, places]), geometry)
    },
    weight: (gradient, { x, weight }, { geometry, groups }) => {
      const columns = byGroup(unfold(x, geometry), groups)
      return reshape(matmul(channelRows(gradient, groups), transpose(columns, 1, 2)), weight.shape)
    },
    bias: (gradient) => sum(gradient, [0, 2, 3]),
  },
})

/** The padding before and behind each spatial dimension. */
export function paddingOf(
  where: string,
  padding: NonNullable<ConvFunctionOptions['padding']>,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly (readonly [before: number, after: number])[] {
  if (padding === 'valid') return kernel.map(() => [0, 0])
  if (padding === 'same') {
    if (stride.some((step) => step !== 1)) {
      failAsPyTorch('TN_RANGE', where, "padding='same' is not supported for strided convolutions")
    }
    return kernel.map((size, i) => {
      const total = reachOf(size, dilation[i] as number) - 1
      return [Math.floor(total / 2), Math.ceil(total / 2)]
    })
  }
  if (typeof padding === 'string') {
    const known = "should be one of {'valid', 'same'}"
    failAsPyTorch('TN_RANGE', where, `Invalid padding string '${String(padding)}', ${known}`)
  }
  return sizesOf(where, 'padding', padding, kernel.length, 0).map((size) => [size, size])
}

/** Throws PyTorch's messages for operands that do not fit. */
function checkOperands(
  where: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  groups: number,
  dims: number,
) {
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) {
    const expected = `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${where}`
    failAsPyTorch('TN_SHAPE', where, `${expected}, but got input of size: ${formatShape(x.shape)}`)
  }
  if (weight.ndim !== dims + 2) {
    fail('TN_SHAPE', where, `expected weight of ${dims + 2} dimensions, got ${formatShape(weight.shape)}`)
  }
  if (!Number.isInteger(groups) || groups < 1)
    fail('TN_RANGE', where, `groups must be a positive integer, got ${groups}`)
  const [outputs, perGroup] = weight.shape as readonly [number, number]
  if (outputs % groups !== 0) {
    const given = `weight of size ${formatShape(weight.shape)}`
    fail('TN_SHAPE', where, `the weight's first dimension must be a multiple of groups=${groups}, got ${given}`)
  }
  const channels = x.shape.at(-dims - 1) as number
  if (channels !== perGroup * groups) {
    const given = `Given groups=${groups}, weight of size ${formatShape(weight.shape)}`
    const expected = `expected input${formatShape(x.shape)} to have ${perGroup * groups} channels`
    failAsPyTorch('TN_SHAPE', where, `${given}, ${expected}, but got ${channels} channels instead`)
  }
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== outputs)) {
    fail('TN_SHAPE', where, `expected bias [${outputs}], got ${formatShape(bias.shape)}`)
  }
  checkFloating(where, weight)
  if (x.dtype !== weight.dtype || (bias && bias.dtype !== weight.dtype)) {
    const types = `x ${x.dtype}, weight ${weight.dtype}${bias ? `, bias ${bias.dtype}` : ''}`
    fail('TN_DTYPE', where, `expected one data type, got ${types}`)
  }
}

/** The windows along each spatial dimension. */
function axesOf(where: string, sizes: Shape, kernel: Shape, options: ConvFunctionOptions): WindowAxis[] {
  const dims = kernel.length
  const stride = sizesOf(where, 'stride', options.stride ?? 1, dims, 1)
  const dilation = sizesOf(where, 'dilation', options.dilation ?? 1, dims, 1)
  const padding = paddingOf(where, options.padding ?? 0, kernel, stride, dilation)
  const axes = sizes.map((size, i) => {
    const [before, after] = padding[i] as readonly [number, number]
    const [own, step, apart] = [kernel[i], stride[i], dilation[i]] as [number, number, number]
    const count = windowCount(size + before + after, own, step, apart)
    return { size, kernel: own, stride: step, dilation: apart, before, after, count }
  })
  checkReach(where, axes)
  return axes
}

function convolve(
  where: string,
  dims: 1 | 2,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvFunctionOptions,
): Tensor {
  const { groups = 1 } = options
  checkOperands(where, x, weight, bias, groups, dims)
  const batched = x.ndim === dims + 2 ? x : unsqueeze(x, 0)
  const axes = axesOf(where, batched.shape.slice(2), weight.shape.slice(2), options)
  // One spatial dimension is a row of an image.
  const one: WindowAxis = { size: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, count: 1 }
  const [rows, columns] = (dims === 2 ? axes : [one, ...axes]) as [WindowAxis, WindowAxis]
  const images = dims === 2 ? batched : unsqueeze(batched, 2)
  const matrices = dims === 2 ? weight : unsqueeze(weight, 2)
  const geometry = { batch: images.shape[0] as number, channels: images.shape[1] as number, rows, columns }
  const out = convOp([images, matrices, bias], { geometry, groups })
  const flat = dims === 2 ? out : squeeze(out, 2)
  return x.ndim === dims + 2 ? flat : squeeze(flat, 0)
}

/**
 * Cross-correlation of sequences with a kernel:
 * `y[n, o, p] = bias[o] + Σ weight[o, c, k] · x[n, c, p · stride - padding + k · dilation]`, x being 0 in the padding.
 *
 * Shape: x `[N, C, L]` or `[C, L]`, weight `[O, C / groups, K]`, bias `[O]`; result `[N, O, L']` or `[O, L']`,
 * `L' = ⌊(L + 2 padding - dilation (K - 1) - 1) / stride⌋ + 1`.
 *
 * @throws ThinnetError TN_SHAPE, TN_DTYPE or TN_RANGE if operands or options do not fit; PyTorch's messages.
 * @example conv1d(randn([8, 3, 100]), randn([16, 3, 5]), undefined, { padding: 'same' }) // [8, 16, 100]
 */
export const conv1d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvFunctionOptions = {}): Tensor =>
  convolve('conv1d', 1, x, weight, bias, options)

/**
 * Cross-correlation of images with a kernel, as `conv1d`.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`, weight `[O, C / groups, KH, KW]`, bias `[O]`; result `[N, O, H', W']` or
 * without N, sizes as in `conv1d`.
 *
 * @throws ThinnetError as `conv1d`.
 * @example conv2d(randn([8, 3, 32, 32]), randn([16, 3, 3, 3]), undefined, { padding: 1 }) // [8, 16, 32, 32]
 */
export const conv2d = (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvFunctionOptions = {}): Tensor =>
  convolve('conv2d', 2, x, weight, bias, options)
