import { type ConvFunctionOptions, conv1d, conv2d } from '../../../src/ops/convolution.ts'
import { type PadMode, pad } from '../../../src/ops/pad.ts'
import { type MaxPoolFunctionOptions, maxPool2d } from '../../../src/ops/pool.ts'
import { fold, unfold, type WindowGeometry, windowCount } from '../../../src/ops/window.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid, positionsOf } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'

type Pair = readonly [number, number]
const pair = (given: number | readonly number[]): Pair =>
  (typeof given === 'number' ? [given, given] : given) as unknown as Pair

/** Kernel 2 x 3, stride 2 x 1, dilation 1 x 2, padding 1 x 2 of an image 4 x 5. */
const geometry: WindowGeometry = {
  batch: 2,
  channels: 3,
  rows: { size: 4, kernel: 2, stride: 2, dilation: 1, before: 1, after: 1, count: windowCount(6, 2, 2, 1) },
  columns: { size: 5, kernel: 3, stride: 1, dilation: 2, before: 2, after: 2, count: windowCount(9, 3, 1, 2) },
}

/** Where element (i, j) of the window of output (o, p) lies in the image; undefined in the padding. */
function placeOf({ rows, columns }: WindowGeometry, o: number, p: number, i: number, j: number): Pair | undefined {
  const row = o * rows.stride - rows.before + i * rows.dilation
  const column = p * columns.stride - columns.before + j * columns.dilation
  const inside = row >= 0 && row < rows.size && column >= 0 && column < columns.size
  return inside ? [row, column] : undefined
}

/** Every cell of the columns, with the place that it shows. */
function* cells(g: WindowGeometry) {
  const { batch, channels, rows, columns } = g
  for (const [c, i, j] of positionsOf([channels, rows.kernel, columns.kernel]) as [number, number, number][]) {
    for (const [n, o, p] of positionsOf([batch, rows.count, columns.count]) as [number, number, number][]) {
      const row = (c * rows.kernel + i) * columns.kernel + j
      const column = (n * rows.count + o) * columns.count + p
      yield { cell: [row, column], n, c, place: placeOf(g, o, p, i, j) }
    }
  }
}

const columnShape = [3 * 2 * 3, 2 * geometry.rows.count * geometry.columns.count]

/** y[n, o, h, w] by the formula, zeros beyond the edges. */
function slowConv(
  x: Grid,
  weight: Grid,
  bias: Grid | undefined,
  options: ConvFunctionOptions,
  before: Pair,
  counts: Pair,
): Grid {
  const { stride = 1, dilation = 1, groups = 1 } = options
  const [strides, dilations] = [pair(stride), pair(dilation)]
  const [outputs, perGroup, kernelH, kernelW] = weight.shape as readonly [number, number, number, number]
  return Grid.from([x.shape[0] as number, outputs, ...counts], (position) => {
    const [n, o, h, w] = position as [number, number, number, number]
    let total = bias ? bias.at([o]) : 0
    const first = Math.floor(o / (outputs / groups)) * perGroup
    for (const [c, i, j] of positionsOf([perGroup, kernelH, kernelW]) as [number, number, number][]) {
      const row = h * strides[0] - before[0] + i * dilations[0]
      const column = w * strides[1] - before[1] + j * dilations[1]
      const inside = row >= 0 && row < (x.shape[2] as number) && column >= 0 && column < (x.shape[3] as number)
      if (inside) total += weight.at([o, c, i, j]) * x.at([n, first + c, row, column])
    }
    return total
  })
}

interface ConvArgs {
  readonly options: ConvFunctionOptions
  readonly before: Pair
  readonly counts: Pair
}

interface PoolArgs {
  readonly kernel: number | readonly number[]
  readonly options: MaxPoolFunctionOptions
  readonly counts: Pair
}

interface PadArgs {
  readonly amounts: readonly number[]
  readonly mode: PadMode
  /** For the last dimension, what each position of the output shows; -1 for the constant. */
  readonly shows: readonly number[]
}

export const convolutionSpecs: readonly AnySpec[] = [
  opSpec({
    op: 'unfold',
    records: ['unfold', 'fold'],
    call: ([x]) => unfold(x as Tensor, geometry),
    samples: (r) => [{ note: 'strides, dilation and padding', inputs: [r.uniform([2, 3, 4, 5])], args: undefined }],
    reference: ([x]) => {
      const shown = new Map(
        [...cells(geometry)].map(({ cell, n, c, place }) => [String(cell), place && [n, c, ...place]]),
      )
      return Grid.from(columnShape, (position) => {
        const place = shown.get(String(position))
        return place ? (x as Grid).at(place) : 0
      })
    },
    differentiable: true,
    dtypes: dtypeRules.same,
  }),
  opSpec({
    op: 'fold',
    records: ['fold', 'unfold'],
    call: ([x]) => fold(x as Tensor, geometry),
    samples: (r) => [{ note: 'strides, dilation and padding', inputs: [r.uniform(columnShape)], args: undefined }],
    reference: ([x]) => {
      const sums = new Map<string, number>()
      for (const { cell, n, c, place } of cells(geometry)) {
        if (!place) continue
        const key = String([n, c, ...place])
        sums.set(key, (sums.get(key) ?? 0) + (x as Grid).at(cell))
      }
      return Grid.from([2, 3, 4, 5], (position) => sums.get(String(position)) ?? 0)
    },
    differentiable: true,
    // bool sums would be counts; nobody folds masks.
    dtypes: { ...dtypeRules.same },
  }),
  opSpec<ConvArgs>({
    op: 'conv2d',
    records: ['conv2d'],
    call: ([x, weight, bias], { options }) => conv2d(x as Tensor, weight as Tensor, bias, options),
    samples: (r) => [
      {
        note: 'plain',
        inputs: [r.uniform([2, 3, 4, 5]), r.uniform([2, 3, 2, 3]), r.uniform([2])],
        args: { options: {}, before: [0, 0], counts: [3, 3] },
      },
      {
        note: 'strides, padding and dilation, no bias',
        inputs: [r.uniform([1, 2, 5, 6]), r.uniform([3, 2, 3, 2])],
        args: { options: { stride: [2, 1], padding: [1, 2], dilation: [1, 3] }, before: [1, 2], counts: [3, 7] },
      },
      {
        note: 'groups',
        inputs: [r.uniform([2, 4, 3, 3]), r.uniform([6, 2, 2, 2]), r.uniform([6])],
        args: { options: { groups: 2 }, before: [0, 0], counts: [2, 2] },
      },
      {
        note: 'same, with an even kernel',
        inputs: [r.uniform([1, 1, 4, 3]), r.uniform([1, 1, 3, 2]), r.uniform([1])],
        args: { options: { padding: 'same', dilation: [1, 1] }, before: [1, 0], counts: [4, 3] },
      },
      {
        note: 'no examples',
        inputs: [r.uniform([0, 2, 3, 3]), r.uniform([1, 2, 2, 2])],
        args: { options: { padding: 'valid' }, before: [0, 0], counts: [2, 2] },
      },
    ],
    reference: ([x, weight, bias], { options, before, counts }) =>
      slowConv(x as Grid, weight as Grid, bias, options, before, counts),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: (r) => [
      {
        note: 'too few dimensions',
        run: () => conv2d(r.uniform([3, 5]), r.uniform([4, 3, 2, 2])),
        code: 'TN_SHAPE',
        message: /^Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size: \[3, 5\]$/,
      },
      {
        note: 'other channels',
        run: () => conv2d(r.uniform([1, 2, 5, 5]), r.uniform([4, 3, 2, 2])),
        code: 'TN_SHAPE',
        message:
          /^Given groups=1, weight of size \[4, 3, 2, 2\], expected input\[1, 2, 5, 5\] to have 3 channels, but got 2 channels instead$/,
      },
      {
        note: 'a kernel larger than the image',
        run: () => conv2d(r.uniform([1, 3, 5, 5]), r.uniform([4, 3, 7, 7])),
        code: 'TN_SHAPE',
        message:
          /^Calculated padded input size per channel: \(5 x 5\). Kernel size: \(7 x 7\). Kernel size can't be greater than actual input size$/,
      },
      {
        note: 'an unknown padding',
        run: () => conv2d(r.uniform([1, 3, 5, 5]), r.uniform([4, 3, 2, 2]), undefined, { padding: 'x' as never }),
        code: 'TN_RANGE',
        message: /^Invalid padding string 'x', should be one of {'valid', 'same'}$/,
      },
      {
        note: 'same with strides',
        run: () => conv2d(r.uniform([1, 3, 5, 5]), r.uniform([4, 3, 2, 2]), undefined, { padding: 'same', stride: 2 }),
        code: 'TN_RANGE',
        message: /^padding='same' is not supported for strided convolutions$/,
      },
      {
        note: 'stride 0',
        run: () => conv2d(r.uniform([1, 3, 5, 5]), r.uniform([4, 3, 2, 2]), undefined, { stride: 0 }),
        code: 'TN_RANGE',
        message: /^conv2d: stride must be a whole number or 2 of them, at least 1, got 0$/,
      },
      {
        note: 'another bias',
        run: () => conv2d(r.uniform([1, 3, 5, 5]), r.uniform([4, 3, 2, 2]), r.uniform([3])),
        code: 'TN_SHAPE',
        message: /^conv2d: expected bias \[4\], got \[3\]$/,
      },
      {
        note: 'mixed types',
        run: () => conv2d(r.uniform([1, 3, 5, 5]).to('float32'), r.uniform([4, 3, 2, 2])),
        code: 'TN_DTYPE',
        message: /^conv2d: expected one data type, got x float32, weight float64$/,
      },
    ],
  }),
  opSpec<ConvArgs>({
    op: 'conv1d',
    records: ['conv2d'],
    call: ([x, weight, bias], { options }) => conv1d(x as Tensor, weight as Tensor, bias, options),
    samples: (r) => [
      {
        note: 'stride, padding and dilation',
        inputs: [r.uniform([2, 3, 7]), r.uniform([2, 3, 3]), r.uniform([2])],
        args: { options: { stride: 2, padding: 2, dilation: 2 }, before: [0, 2], counts: [1, 4] },
      },
      {
        note: 'one example',
        inputs: [r.uniform([2, 5]), r.uniform([1, 2, 2])],
        args: { options: {}, before: [0, 0], counts: [1, 4] },
      },
    ],
    reference: ([x, weight, bias], { options, before, counts }) => {
      const image = ({ shape, data }: Grid) => new Grid([...shape.slice(0, -1), 1, shape.at(-1) as number], data)
      const batched = (x as Grid).shape.length === 3
      const source = image(x as Grid)
      const images = batched ? source : new Grid([1, ...source.shape], source.data)
      const { stride = 1, dilation = 1 } = options
      const across = { ...options, stride: [1, stride as number], dilation: [1, dilation as number] }
      const { shape, data } = slowConv(images, image(weight as Grid), bias, across, before, counts)
      return new Grid([...(batched ? [shape[0] as number] : []), shape[1] as number, shape[3] as number], data)
    },
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: (r) => [
      {
        note: 'too many dimensions',
        run: () => conv1d(r.uniform([1, 1, 3, 5]), r.uniform([4, 3, 2])),
        code: 'TN_SHAPE',
        message: /^Expected 2D \(unbatched\) or 3D \(batched\) input to conv1d, but got input of size: \[1, 1, 3, 5\]$/,
      },
    ],
  }),
  opSpec<PoolArgs>({
    op: 'maxPool2d',
    records: ['maxPool2d'],
    call: ([x], { kernel, options }) => maxPool2d(x as Tensor, kernel, options),
    samples: (r) => [
      {
        note: 'windows beside one another',
        inputs: [r.distinct([2, 2, 4, 6])],
        args: { kernel: 2, options: {}, counts: [2, 3] },
      },
      {
        note: 'overlapping, padded and apart',
        inputs: [r.distinct([1, 2, 5, 6])],
        args: { kernel: [3, 2], options: { stride: [1, 2], padding: [1, 1], dilation: [1, 2] }, counts: [5, 3] },
      },
      {
        note: 'a last window that is not whole',
        inputs: [r.distinct([1, 5, 5])],
        args: { kernel: 2, options: { ceilMode: true }, counts: [3, 3] },
      },
    ],
    reference: ([x], { kernel, options, counts }) => {
      const grid = x as Grid
      const { stride = kernel, padding = 0, dilation = 1 } = options
      const [k, s, p, d] = [kernel, stride, padding, dilation].map(pair) as [Pair, Pair, Pair, Pair]
      return Grid.from([...grid.shape.slice(0, -2), ...counts], (position) => {
        const [o, q] = position.slice(-2) as [number, number]
        const seen = positionsOf(k).map(([i, j]) => [
          o * s[0] - p[0] + (i as number) * d[0],
          q * s[1] - p[1] + (j as number) * d[1],
        ]) as unknown as Pair[]
        const [h, w] = grid.shape.slice(-2) as unknown as Pair
        const inside = seen.filter(([row, column]) => row >= 0 && row < h && column >= 0 && column < w)
        return Math.max(...inside.map((place) => grid.at([...position.slice(0, -2), ...place])))
      })
    },
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: (r) => [
      {
        note: 'too few dimensions',
        run: () => maxPool2d(r.uniform([5, 5]), 2),
        code: 'TN_SHAPE',
        message: /^non-empty 3D or 4D \(batch mode\) tensor expected for input$/,
      },
      {
        note: 'too much padding',
        run: () => maxPool2d(r.uniform([1, 1, 5, 5]), 2, { padding: 2 }),
        code: 'TN_RANGE',
        message: /^pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1$/,
      },
      {
        note: 'a window larger than the image',
        run: () => maxPool2d(r.uniform([1, 1, 5, 5]), 7),
        code: 'TN_SHAPE',
        message: /^Given input size: \(1x5x5\). Calculated output size: \(1x0x0\). Output size is too small$/,
      },
      {
        note: 'a window in the padding alone',
        run: () => maxPool2d(r.uniform([1, 1, 1, 1]), 2, { padding: 1, dilation: 2 }),
        code: 'TN_SHAPE',
        message: /^maxPool2d: window 0 sees nothing but padding, of 1 positions$/,
      },
    ],
  }),
  opSpec<PadArgs>({
    op: 'pad',
    records: ['cat', 'indexSelect'],
    call: ([x], { amounts, mode }) => pad(x as Tensor, amounts, { mode, value: 1 }),
    samples: (r) => [
      {
        note: 'constant',
        inputs: [r.uniform([2, 3])],
        args: { amounts: [1, 2], mode: 'constant', shows: [-1, 0, 1, 2, -1, -1] },
      },
      {
        note: 'reflect',
        inputs: [r.uniform([2, 4])],
        args: { amounts: [3, 2], mode: 'reflect', shows: [3, 2, 1, 0, 1, 2, 3, 2, 1] },
      },
      {
        note: 'replicate',
        inputs: [r.uniform([2, 2])],
        args: { amounts: [2, 1], mode: 'replicate', shows: [0, 0, 0, 1, 1] },
      },
      {
        note: 'circular',
        inputs: [r.uniform([2, 3])],
        args: { amounts: [2, 1], mode: 'circular', shows: [1, 2, 0, 1, 2, 0] },
      },
    ],
    reference: ([x], { shows }) =>
      Grid.from([2, shows.length], ([i, j]) => {
        const from = shows[j as number] as number
        return from < 0 ? 1 : (x as Grid).at([i as number, from])
      }),
    differentiable: true,
    dtypes: { ...dtypeRules.same },
    errors: (r) => [
      {
        note: 'an odd list',
        run: () => pad(r.uniform([2, 3]), [1]),
        code: 'TN_RANGE',
        message: /^Padding length must be divisible by 2$/,
      },
      {
        note: 'more than there is to reflect',
        run: () => pad(r.uniform([2, 3]), [3, 0], { mode: 'reflect' }),
        code: 'TN_RANGE',
        message: /^pad: mode reflect can pad at most 2 on a side, got \(3, 0\) at dimension 1 of input \[2, 3\]$/,
      },
      {
        note: 'more pairs than dimensions',
        run: () => pad(r.uniform([3]), [1, 1, 1, 1]),
        code: 'TN_RANGE',
        message: /^pad: there is a pair of amounts for each dimension at most, but got 2 for \[3\]$/,
      },
      {
        note: 'negative amounts',
        run: () => pad(r.uniform([3]), [-1, 0]),
        code: 'TN_RANGE',
        message: /^pad: amounts must be whole numbers that are not negative, got \[-1, 0\]$/,
      },
      {
        note: 'an unknown mode',
        run: () => pad(r.uniform([3]), [1, 1], { mode: 'mirror' as never }),
        code: 'TN_RANGE',
        message: /^pad: mode must be constant, reflect, replicate or circular, got mirror$/,
      },
    ],
  }),
]
