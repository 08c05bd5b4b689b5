// The weights of neurons that look at pictures, as pictures.
import { fail } from '../../backend/errors.ts'
import { checkOptions } from '../../module/index.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** Options of `featurePictures`. */
export interface FeaturePictureOptions {
  /** Height and width of a picture that the neurons look at. Default: a square. */
  readonly size?: readonly [height: number, width: number] | undefined
  /** How many neurons to show: the first ones. Default 64. */
  readonly count?: number | undefined
  /** How many stand in a row. Default 8. */
  readonly columns?: number | undefined
  /** How many pixels across a weight is drawn. Default 1. */
  readonly zoom?: number | undefined
  /** White pixels between two neurons. Default 1. */
  readonly gap?: number | undefined
}

/** A grey picture. */
export interface GreyPicture {
  readonly width: number
  readonly height: number
  /** Row by row, 0 is black and 255 white. */
  readonly pixels: Uint8Array
  /** How many neurons it shows. */
  readonly count: number
}

const background = 255

/**
 * The rows of a first layer's weight matrix as pictures in a grid (Srivastava et al. 2014, Figure 7): mid-grey is 0,
 * white and black are the largest values, plus and minus. The scale is one for the whole grid, and ignores the largest
 * 0.5 % of the weights shown.
 *
 * Shape: weight `[neurons, height * width]`.
 *
 * @throws ThinnetError TN_SHAPE if a row is not a picture of that size.
 * @example featurePictures(layer.weight, { count: 16, columns: 4 }).pixels
 */
export function featurePictures(weight: Tensor, options: FeaturePictureOptions = {}): GreyPicture {
  checkOptions('featurePictures', options, ['size', 'count', 'columns', 'zoom', 'gap'])
  const [neurons = 0, inputs = 0] = weight.shape
  const side = Math.sqrt(inputs)
  const { size = [side, side], count = 64, columns = 8, zoom = 1, gap = 1 } = options
  const [high, wide] = size
  if (weight.ndim !== 2 || !Number.isInteger(wide) || high * wide !== inputs) {
    const what = options.size ? `pictures of ${high} x ${wide}` : 'square pictures; give { size: [height, width] }'
    fail('TN_SHAPE', 'featurePictures', `the rows of weights ${formatShape(weight.shape)} are not ${what}`)
  }
  const shown = Math.min(count, neurons)
  const across = Math.min(columns, shown)
  const [cellWidth, cellHeight] = [wide * zoom + gap, high * zoom + gap]
  const width = Math.max(0, across * cellWidth - gap)
  const height = Math.max(0, Math.ceil(shown / columns) * cellHeight - gap)
  const weights = Float64Array.from(weight.detach().narrow(0, 0, shown).toArray())
  const limit = typicalLimit(weights)
  const pixels = new Uint8Array(width * height).fill(background)
  for (let neuron = 0; neuron < shown; neuron++) {
    const left = (neuron % columns) * cellWidth
    const top = Math.floor(neuron / columns) * cellHeight
    for (let y = 0; y < high * zoom; y++) {
      for (let x = 0; x < wide * zoom; x++) {
        const value = weights[neuron * inputs + Math.floor(y / zoom) * wide + Math.floor(x / zoom)] as number
        pixels[(top + y) * width + left + x] = grey(value / limit)
      }
    }
  }
  return { width, height, pixels, count: shown }
}

/** -1 is black, 0 mid-grey, 1 white. */
const grey = (value: number): number => Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, value)))

/** The magnitude that 99.5 % of the weights do not exceed. */
function typicalLimit(weights: Float64Array): number {
  const magnitudes = weights.map(Math.abs).sort()
  return magnitudes[Math.floor(0.995 * magnitudes.length)] || 1
}
