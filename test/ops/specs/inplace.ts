// In-place changes of tensors and of their views, and what others that share the memory then are.
import { copy_, fill_ } from '../../../src/ops/inplace.ts'
import { cat } from '../../../src/ops/join.ts'
import { clone } from '../../../src/ops/layout.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'

export const inplaceSpecs: readonly AnySpec[] = [
  opSpec({
    op: 'copy_',
    records: ['copy', 'expand'],
    call: ([x, y]) => copy_(clone(x as Tensor), y as Tensor),
    samples: (r) => [
      { note: 'one shape', inputs: [r.uniform([3, 4]), r.uniform([3, 4])], args: undefined },
      { note: 'broadcast', inputs: [r.uniform([3, 4]), r.uniform([4])], args: undefined },
    ],
    reference: ([x, y]) => Grid.from((x as Grid).shape, (position) => (y as Grid).broadcastAt(position)),
    differentiable: true,
    dtypes: dtypeRules.same,
    inPlace: ([x, y]) => copy_(x as Tensor, y as Tensor),
    errors: (r) => [
      {
        note: 'no common shape',
        run: () => copy_(r.uniform([2]), r.uniform([3])),
        code: 'TN_SHAPE',
        message: /got \[3\] and \[2\]/,
      },
      {
        note: 'one place for several elements',
        run: () => copy_(r.uniform([1]).expand([2]), r.uniform([2])),
        code: 'TN_SHAPE',
        message: /more than one element of the written-to tensor refers to a single memory location/,
      },
      {
        note: 'a result that the type cannot hold',
        run: () => r.integers([2], 0, 3).add_(0.5),
        code: 'TN_DTYPE',
        message: /result type float32 can't be cast to the desired output type int32/,
      },
      {
        note: 'a result of another shape',
        run: () => r.uniform([2]).add_(r.uniform([3, 2])),
        code: 'TN_SHAPE',
        message: /output with shape \[2\] doesn't match the broadcast shape \[3, 2\]/,
      },
    ],
  }),
  opSpec({
    op: 'fill_',
    records: ['cover'],
    call: ([x]) => fill_(clone(x as Tensor), 1),
    samples: (r) => [{ note: 'matrix', inputs: [r.uniform([3, 4])], args: undefined }],
    reference: ([x]) => (x as Grid).map(() => 1),
    differentiable: true,
    dtypes: dtypeRules.same,
    inPlace: ([x]) => fill_(x as Tensor, 1),
  }),
  opSpec({
    op: 'two crossing views, changed one after the other',
    records: ['copySlices', 'asStrided', 'takeRegion', 'placeRegion', 'clearRegion'],
    call: ([x, added]) => {
      const base = clone(x as Tensor)
      const [row, column] = [base.select(0, 1), base.select(1, 0)]
      row.add_(added as Tensor)
      column.mul_(2)
      return cat([base.reshape([-1]), row, column])
    },
    samples: (r) => [{ note: 'matrix', inputs: [r.uniform([2, 3]), r.uniform([3])], args: undefined }],
    reference: ([x, added]) => {
      const base = Grid.from([2, 3], ([i, j]) => {
        const change = i === 1 ? (added as Grid).at([j as number]) : 0
        return ((x as Grid).at([i as number, j as number]) + change) * (j === 0 ? 2 : 1)
      })
      return new Grid([11], [...base.data, ...base.data.slice(3), base.at([0, 0]), base.at([1, 0])])
    },
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'error' },
  }),
]
