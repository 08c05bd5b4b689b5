// The notation of several indices. Expected positions are written out, as NumPy gives them for the same indices.
import { type Index, index, indexPut_ } from '../../../src/ops/indexing.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import { bool, int32, type Samples } from '../../support/samples.ts'

interface Case {
  readonly note: string
  readonly shape: number[]
  readonly indices: readonly Index[]
  /** Row-major positions in the indexed tensor of the result's elements. */
  readonly positions: readonly number[]
  readonly result: number[]
}

const cases: readonly Case[] = [
  { note: 'x[1]', shape: [2, 3], indices: [1], positions: [3, 4, 5], result: [3] },
  { note: 'x[-1, 0]', shape: [2, 3], indices: [-1, 0], positions: [3], result: [] },
  { note: 'x[:, 1:3]', shape: [2, 4], indices: [':', [1, 3]], positions: [1, 2, 5, 6], result: [2, 2] },
  { note: 'x[::2, -2:]', shape: [3, 3], indices: [[null, null, 2], [-2]], positions: [1, 2, 7, 8], result: [2, 2] },
  { note: 'x[..., 0]', shape: [2, 1, 2], indices: ['...', 0], positions: [0, 2], result: [2, 1] },
  { note: 'x[0, ..., None]', shape: [2, 3], indices: [0, '...', null], positions: [0, 1, 2], result: [3, 1] },
  { note: 'x[None, :, 1]', shape: [2, 3], indices: [null, ':', 1], positions: [1, 4], result: [1, 2] },
  { note: 'x[[2, 0]]', shape: [3, 2], indices: [int32([2, 0])], positions: [4, 5, 0, 1], result: [2, 2] },
  {
    note: 'x[:, [[0, -1]]]',
    shape: [2, 3],
    indices: [':', int32([0, -1], [1, 2])],
    positions: [0, 2, 3, 5],
    result: [2, 1, 2],
  },
  {
    note: 'x[[0, 1, 1], [2, 0, 2]]',
    shape: [2, 3],
    indices: [int32([0, 1, 1]), int32([2, 0, 2])],
    positions: [2, 3, 5],
    result: [3],
  },
  {
    note: 'x[[[0], [1]], [0, 2]]',
    shape: [2, 3],
    indices: [int32([0, 1], [2, 1]), int32([0, 2])],
    positions: [0, 2, 3, 5],
    result: [2, 2],
  },
  {
    note: 'x[:, [0, 2], [1, 3]]',
    shape: [2, 3, 4],
    indices: [':', int32([0, 2]), int32([1, 3])],
    positions: [1, 11, 13, 23],
    result: [2, 2],
  },
  {
    note: 'x[[0, 1, 0], :, [0, 1, -1]]',
    shape: [2, 3, 4],
    indices: [int32([0, 1, 0]), ':', int32([0, 1, -1])],
    positions: [0, 4, 8, 13, 17, 21, 3, 7, 11],
    result: [3, 3],
  },
  { note: 'x[mask]', shape: [2, 3], indices: [bool([1, 0, 0, 0, 1, 1], [2, 3])], positions: [0, 4, 5], result: [3] },
  { note: 'x[row mask]', shape: [3, 2], indices: [bool([1, 0, 1])], positions: [0, 1, 4, 5], result: [2, 2] },
  { note: 'x[0, mask]', shape: [2, 3], indices: [0, bool([0, 1, 1])], positions: [1, 2], result: [2] },
  { note: 'x[mask, [1, 0]]', shape: [3, 2], indices: [bool([1, 0, 1]), int32([1, 0])], positions: [1, 4], result: [2] },
  { note: 'x[[], :]', shape: [3, 2], indices: [int32([]), ':'], positions: [], result: [0, 2] },
]

const tooFar =
  (x: Tensor, ...indices: Index[]) =>
  () =>
    index(x, ...indices)
const errors = (r: Samples) =>
  [
    {
      note: 'number outside',
      run: tooFar(r.uniform([3, 2]), 5),
      code: 'TN_RANGE',
      message: /index 5 is out of bounds for dimension 0 with size 3/,
    },
    {
      note: 'position outside',
      run: tooFar(r.uniform([3, 2]), 0, int32([0, 2])),
      code: 'TN_RANGE',
      message: /index 2 is out of bounds for dimension 1 with size 2/,
    },
    {
      note: 'too many',
      run: tooFar(r.uniform([3, 2]), 0, 0, 0),
      code: 'TN_SHAPE',
      message: /too many indices for tensor of dimension 2/,
    },
    {
      note: 'mask that does not fit',
      run: tooFar(r.uniform([3, 2]), bool([1, 0])),
      code: 'TN_SHAPE',
      message:
        /The shape of the mask \[2\] at index 0 does not match the shape of the indexed tensor \[3, 2\] at index 0/,
    },
    {
      note: 'index tensors do not broadcast',
      run: tooFar(r.uniform([3, 2]), int32([0, 1]), int32([0, 1, 0])),
      code: 'TN_SHAPE',
      message: /shapes do not broadcast, got \[2\] and \[3\]/,
    },
    {
      note: 'floating indices',
      run: tooFar(r.uniform([3]), r.uniform([2])),
      code: 'TN_DTYPE',
      message: /expected indices to be an int32 tensor/,
    },
    {
      note: 'two ellipses',
      run: tooFar(r.uniform([3]), '...', '...'),
      code: 'TN_RANGE',
      message: /can only have a single ellipsis/,
    },
  ] as const

export const indexSpecs: readonly AnySpec[] = [
  opSpec<Case>({
    op: 'index',
    records: ['indexSelect', 'slice'],
    call: ([x], { indices }) => index(x as Tensor, ...indices),
    samples: (r) => cases.map((one) => ({ note: one.note, inputs: [r.uniform(one.shape)], args: one })),
    reference: ([x], { positions, result }) =>
      new Grid(
        result,
        positions.map((at) => (x as Grid).data[at] as number),
      ),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors,
  }),
  opSpec<Case>({
    op: 'indexPut_',
    records: ['copySlices', 'copy', 'takeRegion', 'clearRegion', 'scatter'],
    call: ([x, value], { indices }) => indexPut_((x as Tensor).clone(), indices, value as Tensor),
    samples: (r) =>
      cases.map((one) => ({ note: one.note, inputs: [r.uniform(one.shape), r.uniform(one.result)], args: one })),
    reference: ([x, value], { positions }) => {
      const data = [...(x as Grid).data]
      positions.forEach((at, i) => {
        data[at] = (value as Grid).data[i] as number
      })
      return new Grid((x as Grid).shape, data)
    },
    differentiable: true,
    dtypes: dtypeRules.same,
    inPlace: ([x, value], { indices }) => indexPut_(x as Tensor, indices, value as Tensor),
    errors: (r) => [
      {
        note: 'value that does not broadcast',
        run: () => indexPut_(r.uniform([3]), [int32([0, 1])], r.uniform([3])),
        code: 'TN_SHAPE',
        message: /shapes do not broadcast/,
      },
      {
        note: 'value of more dimensions',
        run: () => indexPut_(r.uniform([3]), [int32([0, 1])], r.uniform([2, 2])),
        code: 'TN_SHAPE',
        message: /shape mismatch: value tensor of shape \[2, 2\] cannot be broadcast to indexing result of shape \[2\]/,
      },
    ],
  }),
  opSpec<{ indices: readonly Index[]; positions: readonly number[] }>({
    op: 'indexPut_, accumulating',
    records: ['indexAdd'],
    call: ([x, value], { indices }) => indexPut_((x as Tensor).clone(), indices, value as Tensor, { accumulate: true }),
    samples: (r) => [
      {
        note: 'one place twice',
        inputs: [r.uniform([4]), r.uniform([3])],
        args: { indices: [int32([1, 1, -1])], positions: [1, 1, 3] },
      },
      {
        note: 'one value for all',
        inputs: [r.uniform([4]), r.uniform([])],
        args: { indices: [[0, 2]], positions: [0, 1] },
      },
    ],
    reference: ([x, value], { positions }) => {
      const data = [...(x as Grid).data]
      positions.forEach((at, i) => {
        data[at] = (data[at] as number) + ((value as Grid).data[i] ?? ((value as Grid).data[0] as number))
      })
      return new Grid((x as Grid).shape, data)
    },
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'error' },
    inPlace: ([x, value], { indices }) => indexPut_(x as Tensor, indices, value as Tensor, { accumulate: true }),
  }),
]
