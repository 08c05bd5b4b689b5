import { logSoftmax, softmax } from '../../../src/ops/softmax.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { alongDim, type Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'

/** The softmax of a row, computed so that no power overflows. */
function softmaxOf(row: readonly number[]): number[] {
  const powers = row.map((x) => Math.exp(x - Math.max(...row)))
  const total = powers.reduce((sum, x) => sum + x, 0)
  return powers.map((x) => x / total)
}

function logSoftmaxOf(row: readonly number[]): number[] {
  const largest = Math.max(...row)
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0))
  return row.map((x) => x - largest - total)
}

function rowOp(name: 'softmax' | 'logSoftmax', f: (row: readonly number[]) => number[]): AnySpec {
  const call = name === 'softmax' ? softmax : logSoftmax
  return opSpec<number>({
    op: name,
    records: [name, `${name}Backward`],
    call: ([x], dim) => call(x as Tensor, dim),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([4, 9])], args: 1 },
      { note: 'columns', inputs: [r.uniform([4, 5])], args: 0 },
      { note: 'middle', inputs: [r.uniform([3, 4, 2])], args: -2 },
      { note: 'far apart', inputs: [r.uniform([2, 3]).mul(400)], args: 1 },
      { note: 'no rows', inputs: [r.uniform([0, 3])], args: 1 },
      { note: 'empty rows', inputs: [r.uniform([3, 0])], args: 1 },
      { note: '0-dim', inputs: [r.uniform([])], args: 0 },
    ],
    reference: ([x], dim) =>
      (x as Grid).shape.length === 0 ? (x as Grid).map((v) => f([v])[0] as number) : alongDim(x as Grid, dim, f),
    differentiable: true,
    dtypes: dtypeRules.floating,
    errors: (r) => [
      {
        note: 'no such dimension',
        run: () => call(r.uniform([2, 3]), -3),
        code: 'TN_RANGE',
        message: /Dimension out of range \(expected to be in range of \[-2, 1\], but got -3\)/,
      },
    ],
  })
}

export const softmaxSpecs: readonly AnySpec[] = [rowOp('softmax', softmaxOf), rowOp('logSoftmax', logSoftmaxOf)]
export { logSoftmaxOf }
