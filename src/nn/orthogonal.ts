import { noGrad } from '../autograd/mode.ts'
import { failAsPyTorch } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { normal_ } from '../random/index.ts'
import { checkOptions, noOptions } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { XavierOptions } from './init.ts'

/**
 * A matrix of orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2013, arXiv 1312.6120).
 * Dimensions after the first count as one. Shape: `[rows, ...columns]`.
 */
export function orthogonal_(x: Tensor, options: XavierOptions = noOptions): Tensor {
  checkOptions('orthogonal_', options, ['gain', 'generator'], 'orthogonal_(x, { gain: 1 })')
  const { gain = 1, generator } = options
  if (x.ndim < 2) failAsPyTorch('TN_SHAPE', 'orthogonal_', 'Only tensors with 2 or more dimensions are supported')
  if (x.numel === 0) return x
  const [rows = 0] = x.shape
  const columns = x.numel / rows
  const drawn = Array.from(noGrad(() => normal_(x, 0, 1, { generator })).toArray())
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
  const at = (vector: number, i: number) => (rows < columns ? vector * columns + i : i * columns + vector)
  // Gram-Schmidt, each vector freed of those before it twice: the Q of a QR decomposition whose R has a positive
  // diagonal.
  const vectors = Array.from({ length: count }, (_, v) =>
    Float64Array.from({ length }, (_, i) => drawn[at(v, i)] as number),
  )
  vectors.forEach((vector, v) => {
    for (const earlier of [...vectors.slice(0, v), ...vectors.slice(0, v)]) {
      const overlap = dot(vector, earlier)
      vector.forEach((value, i) => {
        vector[i] = value - overlap * (earlier[i] as number)
      })
    }
    const norm = Math.sqrt(dot(vector, vector))
    vector.forEach((value, i) => {
      vector[i] = value / norm
    })
  })
  vectors.forEach((vector, v) => {
    vector.forEach((value, i) => {
      drawn[at(v, i)] = value * gain
    })
  })
  return noGrad(() => x.copy_(tensor(drawn, { dtype: x.dtype, shape: x.shape })))
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
