import { type EmbeddingFunctionOptions, embedding } from '../../../src/ops/embedding.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import { int32 } from '../../support/samples.ts'

const order = [2, 0, 2, 3]

export const embeddingSpecs: readonly AnySpec[] = [
  opSpec<EmbeddingFunctionOptions>({
    op: 'embedding',
    records: ['embedding'],
    call: ([weight, indices], options) => embedding(indices as Tensor, weight as Tensor, options),
    samples: (r) => [
      { note: 'rows, one twice', inputs: [r.uniform([4, 3]), int32(order)], args: {} },
      { note: 'of any shape', inputs: [r.uniform([4, 3]), int32(order, [2, 1, 2])], args: {} },
      { note: 'none', inputs: [r.uniform([4, 3]), int32([], [2, 0])], args: {} },
    ],
    reference: ([table, list]) => {
      const [weight, indices] = [table as Grid, list as Grid]
      return Grid.from([...indices.shape, weight.shape[1] as number], (position) =>
        weight.at([indices.at(position.slice(0, -1)), position.at(-1) as number]),
      )
    },
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: (r) => [
      {
        note: 'a row too far',
        run: () => embedding(int32([0, 4]), r.uniform([4, 3])),
        code: 'TN_RANGE',
        message: /^embedding: index out of range in self: row 4 of 4$/,
      },
      {
        note: 'a negative row',
        run: () => embedding(int32([-1]), r.uniform([4, 3])),
        code: 'TN_RANGE',
        message: /^embedding: index out of range in self: row -1 of 4$/,
      },
      {
        note: 'floating indices',
        run: () => embedding(r.uniform([2]), r.uniform([4, 3])),
        code: 'TN_DTYPE',
        message: /^embedding: expected indices to be an int32 tensor, got float64$/,
      },
      {
        note: 'a table of three dimensions',
        run: () => embedding(int32([0]), r.uniform([4, 3, 1])),
        code: 'TN_SHAPE',
        message: /^embedding: 'weight' must be 2-D, got \[4, 3, 1\]$/,
      },
      {
        note: 'a padding row that is not there',
        run: () => embedding(int32([0]), r.uniform([4, 3]), { paddingIdx: 4 }),
        code: 'TN_RANGE',
        message: /^Padding_idx must be within num_embeddings$/,
      },
    ],
  }),
]
