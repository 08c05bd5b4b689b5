import type { Picture } from './comparison.ts'
import { encodePng } from './png.node.ts'

const gap = 3
/** Each weight is drawn as this many pixels across, so that it stays sharp where a program smooths pictures. */
const zoom = 3
const background = 255

/**
 * The rows of a weight matrix as square pictures in a grid: mid-grey is 0, white and black are the largest values, plus
 * and minus. The scale is one for the whole grid, and ignores the largest 0.5 % of the weights shown.
 *
 * @param weights `[neurons, side * side]`, row-major.
 * @param count How many neurons to show: the first ones.
 */
export function featurePicture(weights: Float32Array, side: number, count: number, columns: number): Picture {
  const inputs = side * side
  const shown = Math.min(count, Math.floor(weights.length / inputs))
  const rows = Math.ceil(shown / columns)
  const cell = side * zoom + gap
  const width = Math.min(columns, shown) * cell - gap
  const height = rows * cell - gap
  const limit = typicalLimit(weights.subarray(0, shown * inputs))
  const pixels = new Uint8Array(width * height).fill(background)
  for (let neuron = 0; neuron < shown; neuron++) {
    const left = (neuron % columns) * cell
    const top = Math.floor(neuron / columns) * cell
    for (let y = 0; y < side * zoom; y++) {
      for (let x = 0; x < side * zoom; x++) {
        const weight = weights[neuron * inputs + Math.floor(y / zoom) * side + Math.floor(x / zoom)] ?? 0
        pixels[(top + y) * width + left + x] = grey(weight / limit)
      }
    }
  }
  const uri = `data:image/png;base64,${encodePng(width, height, pixels).toString('base64')}`
  return { uri, width, height, count: shown }
}

/** -1 is black, 0 mid-grey, 1 white. */
const grey = (value: number): number => Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, value)))

/** The magnitude that 99.5 % of the weights do not exceed. */
function typicalLimit(weights: Float32Array): number {
  const magnitudes = weights.map(Math.abs).sort()
  return magnitudes[Math.floor(0.995 * magnitudes.length)] || 1
}
