// Rows of a table by their numbers, and the gradient that goes back to the rows that were looked up.

import { withGradMode } from '../autograd/mode.ts'
import { defineOp } from '../autograd/op.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { mul } from './arithmetic.ts'
import { tensor, zeros } from './creation.ts'
import { indexAdd, indexSelect } from './indexing.ts'
import { checkFloating } from './launch.ts'
import { contiguous, narrow, reshape } from './layout.ts'
import { norm } from './reduce.ts'

/** Options of `embedding`. */
export interface EmbeddingFunctionOptions {
  /** A row that is not learned: no gradient reaches it. Negative ones count from the end. Default: none. */
  readonly paddingIdx?: number | undefined
  /** The largest norm of a row: longer ones are shortened, in place, when they are looked up. Default: no bound. */
  readonly maxNorm?: number | undefined
  /** The order of that norm. Default 2. */
  readonly normType?: number | undefined
  /** Divides a row's gradient by how often the mini-batch looks it up. Default false. */
  readonly scaleGradByFreq?: boolean | undefined
}

const optionNames = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq'] as const

interface Attributes {
  readonly padding: number | undefined
  readonly byFrequency: boolean
}

/** What the gradient of each look-up is multiplied by, `[K, 1]`; undefined where by 1. */
function gradientFactors(
  list: ArrayLike<number>,
  { padding, byFrequency }: Attributes,
  like: Tensor,
): Tensor | undefined {
  if (padding === undefined && !byFrequency) return undefined
  const counts = new Map<number, number>()
  if (byFrequency)
    for (let k = 0; k < list.length; k++) counts.set(list[k] as number, (counts.get(list[k] as number) ?? 0) + 1)
  const factors = Float64Array.from(list, (row) => (row === padding ? 0 : 1 / (counts.get(row) ?? 1)))
  return tensor(factors, { shape: [factors.length, 1], dtype: like.dtype })
}

const embeddingOp = defineOp({
  name: 'embedding',
  inputs: ['weight', 'indices'],
  forward: ([weight, indices], _: Attributes) => ({
    out: indexSelect(weight, 0, indices),
    saved: { indices, rows: weight.shape[0] as number },
  }),
  gradients: {
    weight: (gradient, { indices, rows }, attributes): Tensor => {
      const factors = gradientFactors(indices.hostView(), attributes, gradient)
      const table = zeros([rows, gradient.shape[1] as number], { dtype: gradient.dtype })
      return indexAdd(table, 0, indices, factors ? mul(gradient, factors) : gradient)
    },
    indices: 'not differentiable',
  },
})

/** The padding row counted from the start. @throws ThinnetError with PyTorch's message where there is none. */
export function paddingRow(where: string, paddingIdx: number | undefined, rows: number): number | undefined {
  if (paddingIdx === undefined) return undefined
  if (!Number.isInteger(paddingIdx) || paddingIdx < -rows || paddingIdx >= rows) {
    failAsPyTorch('TN_RANGE', where, 'Padding_idx must be within num_embeddings')
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx
}

/** @internal The row numbers in a list, after a check that each is one. */
export function checkedRows(where: string, indices: Tensor, rows: number): Tensor {
  checkTensor(where, indices)
  if (indices.dtype !== 'int32') fail('TN_DTYPE', where, `expected indices to be an int32 tensor, got ${indices.dtype}`)
  const list = reshape(contiguous(indices), [-1])
  const values = list.hostView()
  for (let i = 0; i < values.length; i++) {
    const row = values[i] as number
    if (row < 0 || row >= rows) {
      fail('TN_RANGE', where, `index out of range in self: row ${row} of ${rows}`, { index: row, rows })
    }
  }
  return list
}

/** Shortens the rows in a list to a norm, in place. */
function shorten(weight: Tensor, list: Tensor, maxNorm: number, normType: number): void {
  withGradMode(false, () => {
    for (const row of new Set(list.toArray())) {
      const view = narrow(weight, 0, row, 1)
      const length = norm(view, normType).item()
      if (length > maxNorm) view.mul_(maxNorm / (length + 1e-7))
    }
  })
}

/**
 * Rows of a table: `y[...] = weight[indices[...]]`.
 *
 * Shape: indices int32 `[...]`, weight `[rows, dim]`; result `[..., dim]`. Gradient: added up in the rows that were
 * looked up, none in the padding row.
 *
 * @throws ThinnetError TN_RANGE if an index or `paddingIdx` is no row; TN_DTYPE if indices are not int32.
 * @example embedding(tensor([1, 1, 0], { dtype: 'int32' }), table) // [3, dim]
 */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingFunctionOptions = noOptions): Tensor {
  checkFloating('embedding', weight)
  checkOptions('embedding', options, optionNames, 'embedding(indices, weight, { paddingIdx: 0 })')
  if (weight.ndim !== 2) fail('TN_SHAPE', 'embedding', `'weight' must be 2-D, got ${formatShape(weight.shape)}`)
  const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options
  const [rows, dim] = weight.shape as readonly [number, number]
  const padding = paddingRow('embedding', paddingIdx, rows)
  const list = checkedRows('embedding', indices, rows)
  if (maxNorm !== undefined) shorten(weight, list, maxNorm, normType)
  const looked = embeddingOp([weight, list], { padding, byFrequency: scaleGradByFreq })
  return reshape(looked, [...indices.shape, dim])
}
