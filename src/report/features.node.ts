import { featurePictures } from '../inspect/features/first-layer.ts'
import { tensor } from '../ops/creation.ts'
import type { Picture } from './comparison.ts'
import { encodePng } from './png.node.ts'

/** Each weight is drawn as this many pixels across, so that it stays sharp where a program smooths pictures. */
const zoom = 3
const gap = 3

/**
 * The rows of a weight matrix as square pictures in a grid; see `featurePictures`.
 *
 * @param weights `[neurons, side * side]`, row-major.
 * @param count How many neurons to show: the first ones.
 */
export function featurePicture(weights: Float32Array, side: number, count: number, columns: number): Picture {
  const matrix = tensor(weights, { shape: [weights.length / side ** 2, side ** 2] })
  const { width, height, pixels, count: shown } = featurePictures(matrix, { count, columns, zoom, gap })
  const uri = `data:image/png;base64,${encodePng(width, height, pixels).toString('base64')}`
  return { uri, width, height, count: shown }
}
