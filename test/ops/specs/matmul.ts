import { linear, matmul } from '../../../src/ops/matmul.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { broadcastShape, Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import type { Samples } from '../../support/samples.ts'

/** The product by its definition; vectors count as a row on the left and a column on the right. */
function product(a: Grid, b: Grid): Grid {
  const left = a.shape.length === 1 ? new Grid([1, ...a.shape], a.data) : a
  const right = b.shape.length === 1 ? new Grid([...b.shape, 1], b.data) : b
  const batch = broadcastShape([left.shape.slice(0, -2), right.shape.slice(0, -2), []])
  const [m, k, n] = [left.shape.at(-2) as number, left.shape.at(-1) as number, right.shape.at(-1) as number]
  const out = Grid.from([...batch, m, n], (position) => {
    const [before, row, column] = [position.slice(0, -2), position.at(-2) as number, position.at(-1) as number]
    let total = 0
    for (let i = 0; i < k; i++)
      total += left.broadcastAt([...before, row, i]) * right.broadcastAt([...before, i, column])
    return total
  })
  const dropped = out.shape.filter(
    (_, i) =>
      !(a.shape.length === 1 && i === out.shape.length - 2) && !(b.shape.length === 1 && i === out.shape.length - 1),
  )
  return new Grid(dropped, out.data)
}

const pairs: readonly (readonly [note: string, a: number[], b: number[]])[] = [
  ['matrices', [3, 4], [4, 5]],
  ['larger than a tile', [19, 37], [37, 23]],
  ['matrix and vector', [3, 4], [4]],
  ['vector and matrix', [4], [4, 5]],
  ['vectors', [4], [4]],
  ['batches', [2, 3, 4], [2, 4, 2]],
  ['batches broadcast', [2, 1, 3, 4], [3, 4, 2]],
  ['a batch and a matrix', [2, 3, 4], [4, 2]],
  ['no inner size', [3, 0], [0, 2]],
  ['no rows', [0, 3], [3, 2]],
]

/** Sums of products have the error of their length. */
const tolerance = { float32: { rtol: 1e-5, atol: 1e-5 }, float64: { rtol: 1e-12, atol: 1e-13 } }

export const matmulSpecs: readonly AnySpec[] = [
  opSpec({
    op: 'matmul',
    records: ['matmul'],
    call: ([a, b]) => matmul(a as Tensor, b as Tensor),
    samples: (r: Samples) =>
      pairs.map(([note, a, b]) => ({ note, inputs: [r.uniform(a), r.uniform(b)], args: undefined })),
    reference: ([a, b]) => product(a as Grid, b as Grid),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    tolerance,
    errors: (r) => [
      {
        note: 'inner sizes differ',
        run: () => matmul(r.uniform([2, 3]), r.uniform([4, 2])),
        code: 'TN_SHAPE',
        message: /^matmul: inner sizes differ, got \[2, 3\] and \[4, 2\]/,
      },
      {
        note: '0-dim',
        run: () => matmul(r.uniform([]), r.uniform([2])),
        code: 'TN_SHAPE',
        message: /both arguments to matmul need to be at least 1D, but they are 0D and 1D/,
      },
      {
        note: 'batches differ',
        run: () => matmul(r.uniform([2, 3, 4]), r.uniform([3, 4, 2])),
        code: 'TN_SHAPE',
        message: /shapes do not broadcast, got \[2\] and \[3\]/,
      },
    ],
  }),
  opSpec({
    op: 'linear',
    records: ['linear', 'matmul'],
    call: ([x, weight, bias]) => linear(x as Tensor, weight as Tensor, bias),
    samples: (r) => [
      { note: 'with bias', inputs: [r.uniform([3, 4]), r.uniform([5, 4]), r.uniform([5])], args: undefined },
      { note: 'without bias', inputs: [r.uniform([3, 4]), r.uniform([5, 4])], args: undefined },
      { note: 'one example', inputs: [r.uniform([4]), r.uniform([5, 4]), r.uniform([5])], args: undefined },
      { note: 'more dimensions', inputs: [r.uniform([2, 3, 4]), r.uniform([5, 4]), r.uniform([5])], args: undefined },
      {
        note: 'larger than a tile',
        inputs: [r.uniform([33, 20]), r.uniform([19, 20]), r.uniform([19])],
        args: undefined,
      },
      { note: 'no examples', inputs: [r.uniform([0, 4]), r.uniform([5, 4]), r.uniform([5])], args: undefined },
    ],
    reference: ([x, weight, bias]) => {
      const w = weight as Grid
      const turned = Grid.from([w.shape[1] as number, w.shape[0] as number], ([i, j]) =>
        w.at([j as number, i as number]),
      )
      const out = product(x as Grid, turned)
      return bias ? Grid.from(out.shape, (position) => out.at(position) + bias.broadcastAt(position)) : out
    },
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    tolerance,
    errors: (r) => [
      {
        note: 'inner sizes differ',
        run: () => linear(r.uniform([2, 3]), r.uniform([5, 4])),
        code: 'TN_SHAPE',
        message:
          /^linear: expected x \[\.\.\., inFeatures\] and weight \[outFeatures, inFeatures\], got \[2, 3\] and \[5, 4\]/,
      },
      {
        note: 'bias of another size',
        run: () => linear(r.uniform([2, 4]), r.uniform([5, 4]), r.uniform([4])),
        code: 'TN_SHAPE',
        message: /^linear: expected bias \[5\], got \[4\]/,
      },
      {
        note: 'types differ',
        run: () => linear(r.uniform([2, 4]).to('float32'), r.uniform([5, 4])),
        code: 'TN_DTYPE',
        message: /expected one data type, got x float32, weight float64/,
      },
    ],
  }),
]
