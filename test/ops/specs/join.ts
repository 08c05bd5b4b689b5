import * as join from '../../../src/ops/join.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'

function concatenated(grids: readonly Grid[], dim: number): Grid {
  const [first] = grids as readonly [Grid]
  const sizes = grids.map((x) => x.shape[dim] as number)
  return Grid.from(
    first.shape.with(
      dim,
      sizes.reduce((a, b) => a + b, 0),
    ),
    (position) => {
      let [at, i] = [position[dim] as number, 0]
      while (at >= (sizes[i] as number)) at -= sizes[i++] as number
      return (grids[i] as Grid).at(position.with(dim, at))
    },
  )
}

/** What a list of pieces is tested by: their concatenation with gaps of one factor each. */
const weighed = (pieces: readonly Tensor[], dim: number): Tensor =>
  join.cat(
    pieces.map((x, i) => x.mul(i + 1)),
    dim,
  )

export const joinSpecs: readonly AnySpec[] = [
  opSpec<number>({
    op: 'cat',
    records: ['cat', 'slice'],
    call: (inputs, dim) => join.cat(inputs, dim),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([2, 3]), r.uniform([1, 3]), r.uniform([4, 3])], args: 0 },
      { note: 'columns', inputs: [r.uniform([2, 3]), r.uniform([2, 1])], args: -1 },
      { note: 'one', inputs: [r.uniform([2, 3])], args: 0 },
      { note: 'one without rows', inputs: [r.uniform([0, 3]), r.uniform([2, 3])], args: 0 },
    ],
    reference: (grids, dim) => concatenated(grids, dim < 0 ? dim + (grids[0] as Grid).shape.length : dim),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      { note: 'nothing', run: () => join.cat([]), code: 'TN_SHAPE', message: /expected a non-empty list of Tensors/ },
      {
        note: 'sizes differ',
        run: () => join.cat([r.uniform([2, 3]), r.uniform([2, 4])]),
        code: 'TN_SHAPE',
        message:
          /Sizes of tensors must match except in dimension 0\. Expected size 3 but got size 4 for tensor number 1 in the list/,
      },
      {
        note: 'ranks differ',
        run: () => join.cat([r.uniform([2, 3]), r.uniform([2])]),
        code: 'TN_SHAPE',
        message: /Tensors must have same number of dimensions: got 2 and 1/,
      },
      {
        note: '0-dim',
        run: () => join.cat([r.uniform([]), r.uniform([])]),
        code: 'TN_SHAPE',
        message: /zero-dimensional tensor \(at position 0\) cannot be concatenated/,
      },
    ],
  }),
  opSpec<number>({
    op: 'stack',
    records: ['cat', 'view'],
    call: (inputs, dim) => join.stack(inputs, dim),
    samples: (r) => [
      { note: 'in front', inputs: [r.uniform([2, 3]), r.uniform([2, 3])], args: 0 },
      { note: 'behind', inputs: [r.uniform([2, 3]), r.uniform([2, 3]), r.uniform([2, 3])], args: -1 },
      { note: '0-dim', inputs: [r.uniform([]), r.uniform([])], args: 0 },
    ],
    reference: (grids, dim) => {
      const { shape } = grids[0] as Grid
      const at = dim < 0 ? dim + shape.length + 1 : dim
      return Grid.from(shape.toSpliced(at, 0, grids.length), (position) =>
        (grids[position[at] as number] as Grid).at(position.toSpliced(at, 1)),
      )
    },
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'shapes differ',
        run: () => join.stack([r.uniform([2, 3]), r.uniform([3, 2])]),
        code: 'TN_SHAPE',
        message: /expects each tensor to be equal size, but got \[2, 3\] at entry 0 and \[3, 2\] at entry 1/,
      },
      { note: 'nothing', run: () => join.stack([]), code: 'TN_SHAPE', message: /non-empty list/ },
    ],
  }),
  opSpec<{ size: number | number[]; sizes: number[]; dim: number }>({
    op: 'split',
    records: ['slice'],
    call: ([x], { size, dim }) => weighed(join.split(x as Tensor, size, dim), dim),
    samples: (r) => [
      { note: 'of one size', inputs: [r.uniform([7, 2])], args: { size: 3, sizes: [3, 3, 1], dim: 0 } },
      { note: 'of given sizes', inputs: [r.uniform([2, 5])], args: { size: [1, 0, 4], sizes: [1, 0, 4], dim: 1 } },
      {
        note: 'many, in halves of halves',
        inputs: [r.uniform([2, 23])],
        args: { size: 2, sizes: [...Array.from({ length: 11 }, () => 2), 1], dim: 1 },
      },
      { note: 'larger than all', inputs: [r.uniform([2])], args: { size: 9, sizes: [2], dim: 0 } },
    ],
    reference: ([x], { sizes, dim }) => weighedReference(x as Grid, sizes, dim),
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'int32' },
    errors: (r) => [
      {
        note: 'sizes do not add up',
        run: () => join.split(r.uniform([5]), [2, 2]),
        code: 'TN_RANGE',
        message: /expects split_sizes to sum exactly to 5 .* but got split_sizes=\[2, 2\]/,
      },
      {
        note: 'size 0',
        run: () => join.split(r.uniform([5]), 0),
        code: 'TN_RANGE',
        message: /split_size must be a whole number above 0, got 0/,
      },
    ],
  }),
  opSpec<{ count: number; sizes: number[]; dim: number }>({
    op: 'chunk',
    records: ['slice'],
    call: ([x], { count, dim }) => weighed(join.chunk(x as Tensor, count, dim), dim),
    samples: (r) => [
      { note: 'even', inputs: [r.uniform([6, 2])], args: { count: 3, sizes: [2, 2, 2], dim: 0 } },
      { note: 'uneven', inputs: [r.uniform([2, 7])], args: { count: 3, sizes: [3, 3, 1], dim: 1 } },
      { note: 'fewer than asked for', inputs: [r.uniform([5])], args: { count: 4, sizes: [2, 2, 1], dim: 0 } },
    ],
    reference: ([x], { sizes, dim }) => weighedReference(x as Grid, sizes, dim),
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'int32' },
    errors: (r) => [
      {
        note: 'no pieces',
        run: () => join.chunk(r.uniform([5]), 0),
        code: 'TN_RANGE',
        message: /expects `chunks` to be greater than 0, got: 0/,
      },
    ],
  }),
  opSpec<number>({
    op: 'unbind',
    records: ['select'],
    call: ([x], dim) => join.stack(join.unbind(x as Tensor, dim).toReversed(), dim),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([3, 2])], args: 0 },
      { note: 'columns', inputs: [r.uniform([3, 2])], args: 1 },
      { note: 'many, in halves of halves', inputs: [r.uniform([11, 2])], args: 0 },
    ],
    reference: ([x], dim) => flipped(x as Grid, [dim]),
    differentiable: true,
    dtypes: dtypeRules.same,
  }),
  opSpec<number[]>({
    op: 'flip',
    records: ['flip'],
    call: ([x], dims) => join.flip(x as Tensor, dims),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([3, 5])], args: [0] },
      { note: 'both', inputs: [r.uniform([3, 5])], args: [0, 1] },
      { note: 'middle', inputs: [r.uniform([2, 3, 4])], args: [1] },
      { note: 'none', inputs: [r.uniform([3])], args: [] },
      { note: 'empty', inputs: [r.uniform([0, 3])], args: [0, 1] },
    ],
    reference: ([x], dims) => flipped(x as Grid, dims),
    differentiable: true,
    dtypes: dtypeRules.same,
  }),
  opSpec<number[]>({
    op: 'repeat',
    records: ['expand'],
    call: ([x], counts) => join.repeat(x as Tensor, counts),
    samples: (r) => [
      { note: 'both dimensions', inputs: [r.uniform([2, 3])], args: [2, 3] },
      { note: 'a new dimension', inputs: [r.uniform([2, 3])], args: [2, 1, 2] },
      { note: '0-dim', inputs: [r.uniform([])], args: [3] },
      { note: 'no times', inputs: [r.uniform([2, 3])], args: [0, 1] },
    ],
    reference: ([x], counts) => repeated(x as Grid, counts),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'too few counts',
        run: () => join.repeat(r.uniform([2, 3]), [2]),
        code: 'TN_SHAPE',
        message: /Number of dimensions of repeat dims can not be smaller/,
      },
      {
        note: 'a negative count',
        run: () => join.repeat(r.uniform([2]), [-1]),
        code: 'TN_RANGE',
        message: /counts must be whole numbers/,
      },
    ],
  }),
  opSpec<number[]>({
    op: 'tile',
    records: ['expand'],
    call: ([x], counts) => join.tile(x as Tensor, counts),
    samples: (r) => [{ note: 'fewer counts than dimensions', inputs: [r.uniform([2, 3])], args: [2] }],
    reference: ([x], counts) => repeated(x as Grid, [1, ...counts]),
    differentiable: true,
    dtypes: dtypeRules.same,
  }),
  opSpec<{ count: number; dim: number }>({
    op: 'repeatInterleave',
    records: ['expand'],
    call: ([x], { count, dim }) => join.repeatInterleave(x as Tensor, count, dim),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([2, 3])], args: { count: 2, dim: 0 } },
      { note: 'columns', inputs: [r.uniform([2, 3])], args: { count: 3, dim: -1 } },
    ],
    reference: ([x], { count, dim }) => {
      const grid = x as Grid
      const at = dim < 0 ? dim + grid.shape.length : dim
      return Grid.from(grid.shape.with(at, (grid.shape[at] as number) * count), (position) =>
        grid.at(position.with(at, Math.floor((position[at] as number) / count))),
      )
    },
    differentiable: true,
    dtypes: dtypeRules.same,
  }),
]

function weighedReference(x: Grid, sizes: readonly number[], dim: number): Grid {
  const factors = sizes.flatMap((size, i) => new Array<number>(size).fill(i + 1))
  return Grid.from(x.shape, (position) => x.at(position) * (factors[position[dim] as number] as number))
}

function flipped(x: Grid, dims: readonly number[]): Grid {
  return Grid.from(x.shape, (position) =>
    x.at(position.map((at, dim) => (dims.includes(dim) ? (x.shape[dim] as number) - 1 - at : at))),
  )
}

function repeated(x: Grid, counts: readonly number[]): Grid {
  const sizes = [...new Array<number>(counts.length - x.shape.length).fill(1), ...x.shape]
  return Grid.from(
    sizes.map((size, i) => size * (counts[i] as number)),
    (position) => x.at(position.map((at, i) => at % (sizes[i] as number)).slice(counts.length - x.shape.length)),
  )
}
