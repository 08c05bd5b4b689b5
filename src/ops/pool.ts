// Pooling: the largest element of each window.
import { defineOp } from '../autograd/op.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { elementCount, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { zeros } from './creation.ts'
import { scatterAdd } from './indexing.ts'
import { checkFloating } from './launch.ts'
import { reshape, squeeze, unsqueeze } from './layout.ts'
import { reachOf, type Sizes, sizesOf, type WindowAxis, type WindowGeometry, windowMaxima } from './window.ts'

/** Options of `maxPool2d`. A number stands for both dimensions. */
export interface MaxPoolFunctionOptions {
  /** How far apart windows are. At least 1; default: the kernel's size. */
  readonly stride?: Sizes | undefined
  /** Padding on both sides, which is never the largest. At most half of the kernel; default 0. */
  readonly padding?: Sizes | undefined
  /** How far apart the elements of a window are. At least 1; default 1. */
  readonly dilation?: Sizes | undefined
  /** Keeps a last window that is not whole. Default false. */
  readonly ceilMode?: boolean | undefined
}

const maxPoolOp = defineOp({
  name: 'maxPool2d',
  inputs: ['x'],
  forward: ([x], geometry: WindowGeometry) => {
    const { out, places } = windowMaxima(x, geometry)
    return { out, saved: { places, from: x.shape } }
  },
  gradients: {
    x: (gradient, { places, from }) => {
      const planes = (from[0] as number) * (from[1] as number)
      const rows = (x: Tensor, shape: Shape) => reshape(x, [planes, elementCount(shape.slice(2))])
      const empty = zeros([planes, elementCount(from.slice(2))], { dtype: gradient.dtype })
      return reshape(scatterAdd(empty, 1, rows(places, places.shape), rows(gradient, places.shape)), from)
    },
  },
})

function axisOf(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): WindowAxis {
  const spare = size + 2 * padding - reachOf(kernel, dilation)
  const whole = (ceil ? Math.ceil : Math.floor)(spare / stride) + 1
  // A last window that begins in the padding behind is none.
  const count = ceil && (whole - 1) * stride >= size + padding ? whole - 1 : whole
  return { size, kernel, stride, dilation, before: padding, after: padding, count }
}

/** Throws unless every window has an element in the image, as dilation may leave one without. */
function checkSees(where: string, { size, kernel, stride, dilation, before, count }: WindowAxis): void {
  for (let o = 0; o < count; o++) {
    let sees = false
    for (let k = 0; k < kernel; k++) {
      const at = o * stride - before + k * dilation
      sees ||= at >= 0 && at < size
    }
    if (!sees) fail('TN_SHAPE', where, `window ${o} sees nothing but padding, of ${size} positions`)
  }
}

/**
 * The largest element of each window; NaN if there is one.
 *
 * Shape: `[N, C, H, W]` or `[C, H, W]`; sizes as in `conv2d`, with `ceilMode` rounded up. Gradient: to the first of the
 * largest.
 *
 * @throws ThinnetError TN_SHAPE, TN_DTYPE or TN_RANGE if input or options do not fit; PyTorch's messages.
 * @example maxPool2d(randn([8, 16, 32, 32]), 2) // [8, 16, 16, 16]
 */
export function maxPool2d(x: Tensor, kernelSize: Sizes, options: MaxPoolFunctionOptions = {}): Tensor {
  const name = 'maxPool2d'
  const kernel = sizesOf(name, 'kernelSize', kernelSize, 2, 1)
  const stride = sizesOf(name, 'stride', options.stride ?? kernel, 2, 1)
  const padding = sizesOf(name, 'padding', options.padding ?? 0, 2, 0)
  const dilation = sizesOf(name, 'dilation', options.dilation ?? 1, 2, 1)
  if ((x.ndim !== 3 && x.ndim !== 4) || x.shape.slice(-3).includes(0)) {
    failAsPyTorch('TN_SHAPE', name, 'non-empty 3D or 4D (batch mode) tensor expected for input')
  }
  checkFloating(name, x)
  const odd = kernel.findIndex((size, i) => 2 * (padding[i] as number) > reachOf(size, dilation[i] as number))
  if (odd >= 0) {
    const given = `pad=${padding[odd]}, kernel_size=${kernel[odd]} and dilation=${dilation[odd]}`
    failAsPyTorch('TN_RANGE', name, `pad should be at most half of effective kernel size, but got ${given}`)
  }
  const images = x.ndim === 4 ? x : unsqueeze(x, 0)
  const axis = (i: number) => {
    const [own, step, pad, apart] = [kernel, stride, padding, dilation].map((list) => list[i] as number) as [
      number,
      number,
      number,
      number,
    ]
    return axisOf(images.shape[i + 2] as number, own, step, pad, apart, options.ceilMode === true)
  }
  const [rows, columns] = [axis(0), axis(1)]
  if (rows.count < 1 || columns.count < 1) {
    const channels = images.shape[1]
    const sizes = `Given input size: (${channels}x${rows.size}x${columns.size}). Calculated output size: (${channels}x${rows.count}x${columns.count})`
    failAsPyTorch('TN_SHAPE', name, `${sizes}. Output size is too small`)
  }
  for (const one of [rows, columns]) checkSees(name, one)
  const geometry = { batch: images.shape[0] as number, channels: images.shape[1] as number, rows, columns }
  const out = maxPoolOp([images], geometry)
  return x.ndim === 4 ? out : squeeze(out, 0)
}
