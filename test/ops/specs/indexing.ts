import * as indexing from '../../../src/ops/indexing.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid, positionsOf } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import { bool, int32 } from '../../support/samples.ts'

const wrapped = (index: number, size: number) => (index < 0 ? index + size : index)

/** A copy of `x` that `f` has written into, position by position. */
function written(
  x: Grid,
  f: (write: (position: readonly number[], change: (before: number) => number) => void) => void,
): Grid {
  const strides = x.shape.map((_, i) => x.shape.slice(i + 1).reduce((a, b) => a * b, 1))
  const data = [...x.data]
  f((position, change) => {
    const at = position.reduce((sum, i, dim) => sum + i * (strides[dim] as number), 0)
    data[at] = change(data[at] as number)
  })
  return new Grid(x.shape, data)
}

const withPlace = (position: readonly number[], dim: number, list: Grid, size: number) =>
  position.with(dim, wrapped(list.at([position[dim] as number]), size))

const scattered = (
  x: Grid,
  dim: number,
  indices: Grid,
  source: Grid,
  change: (before: number, value: number) => number,
) =>
  written(x, (write) => {
    for (const position of positionsOf(indices.shape)) {
      const target = position.with(dim, wrapped(indices.at(position), x.shape[dim] as number))
      write(target, (before) => change(before, source.at(position)))
    }
  })

const outOfBounds = (index: number, dim: number, size: number) =>
  new RegExp(`index ${index} is out of bounds for dimension ${dim} with size ${size}`)

type Dim = { dim: number }

export const indexingSpecs: readonly AnySpec[] = [
  opSpec<Dim>({
    op: 'indexSelect',
    records: ['indexSelect', 'indexAdd'],
    call: ([x, indices], { dim }) => indexing.indexSelect(x as Tensor, dim, indices as Tensor),
    samples: (r) => [
      { note: 'rows, one twice', inputs: [r.uniform([4, 3]), int32([2, 0, 2])], args: { dim: 0 } },
      { note: 'columns from the end', inputs: [r.uniform([2, 5]), int32([-1, 1])], args: { dim: 1 } },
      { note: 'middle', inputs: [r.uniform([2, 4, 3]), int32([3, 1, 1, 0, 2])], args: { dim: 1 } },
      { note: 'none', inputs: [r.uniform([2, 4]), int32([])], args: { dim: 1 } },
    ],
    reference: ([x, list], { dim }) => {
      const [grid, indices] = [x as Grid, list as Grid]
      const size = grid.shape[dim] as number
      return Grid.from(grid.shape.with(dim, indices.data.length), (position) =>
        grid.at(withPlace(position, dim, indices, size)),
      )
    },
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'index too large',
        run: () => indexing.indexSelect(r.uniform([3, 2]), 0, int32([0, 5])),
        code: 'TN_RANGE',
        message: outOfBounds(5, 0, 3),
      },
      {
        note: 'index too negative',
        run: () => indexing.indexSelect(r.uniform([3, 2]), 1, int32([-3])),
        code: 'TN_RANGE',
        message: outOfBounds(-3, 1, 2),
      },
      {
        note: 'floating indices',
        run: () => indexing.indexSelect(r.uniform([3]), 0, r.uniform([2])),
        code: 'TN_DTYPE',
        message: /expected indices to be an int32 tensor, got float64/,
      },
      {
        note: 'a matrix of indices',
        run: () => indexing.indexSelect(r.uniform([3]), 0, int32([0, 1], [1, 2])),
        code: 'TN_SHAPE',
        message: /Index is supposed to be a vector, got shape \[1, 2\]/,
      },
    ],
  }),
  opSpec<Dim>({
    op: 'indexAdd',
    records: ['indexAdd', 'indexSelect'],
    call: ([x, source, indices], { dim }) => indexing.indexAdd(x as Tensor, dim, indices as Tensor, source as Tensor),
    samples: (r) => [
      { note: 'rows, one twice', inputs: [r.uniform([4, 3]), r.uniform([3, 3]), int32([2, 0, 2])], args: { dim: 0 } },
      { note: 'columns', inputs: [r.uniform([2, 5]), r.uniform([2, 2]), int32([-1, 1])], args: { dim: 1 } },
    ],
    reference: ([x, source, list], { dim }) => {
      const [grid, added, indices] = [x as Grid, source as Grid, list as Grid]
      return written(grid, (write) => {
        for (const position of positionsOf(added.shape)) {
          write(withPlace(position, dim, indices, grid.shape[dim] as number), (before) => before + added.at(position))
        }
      })
    },
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'error' },
    errors: (r) => [
      {
        note: 'source of another shape',
        run: () => indexing.indexAdd(r.uniform([3, 2]), 0, int32([0]), r.uniform([2, 2])),
        code: 'TN_SHAPE',
        message: /expected source \[1, 2\], got \[2, 2\]/,
      },
      {
        note: 'source of another type',
        run: () => indexing.indexAdd(r.uniform([3]), 0, int32([0]), int32([1])),
        code: 'TN_DTYPE',
        message: /got float64 and int32/,
      },
      {
        note: 'index too large',
        run: () => indexing.indexAdd(r.uniform([3]), 0, int32([3]), r.uniform([1])),
        code: 'TN_RANGE',
        message: outOfBounds(3, 0, 3),
      },
    ],
  }),
  opSpec<Dim>({
    op: 'gather',
    records: ['gather', 'scatterAdd'],
    call: ([x, indices], { dim }) => indexing.gather(x as Tensor, dim, indices as Tensor),
    samples: (r) => [
      { note: 'one a row', inputs: [r.uniform([4, 3]), int32([2, 0, -1, 1], [4, 1])], args: { dim: 1 } },
      { note: 'columns, some twice', inputs: [r.uniform([3, 2]), r.integers([5, 2], 0, 3)], args: { dim: 0 } },
      { note: 'a corner', inputs: [r.uniform([3, 4, 2]), r.integers([2, 5, 1], -4, 4)], args: { dim: 1 } },
      { note: 'none', inputs: [r.uniform([3, 4]), int32([], [3, 0])], args: { dim: 1 } },
    ],
    reference: ([x, indices], { dim }) =>
      Grid.from((indices as Grid).shape, (position) =>
        (x as Grid).at(position.with(dim, wrapped((indices as Grid).at(position), (x as Grid).shape[dim] as number))),
      ),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'index too large',
        run: () => indexing.gather(r.uniform([3, 2]), 1, int32([2], [1, 1])),
        code: 'TN_RANGE',
        message: outOfBounds(2, 1, 2),
      },
      {
        note: 'ranks differ',
        run: () => indexing.gather(r.uniform([3, 2]), 1, int32([0])),
        code: 'TN_SHAPE',
        message: /Index tensor must have the same number of dimensions as input tensor, got \[1\] and \[3, 2\]/,
      },
      {
        note: 'indices larger',
        run: () => indexing.gather(r.uniform([1, 2]), 1, int32([0, 0], [2, 1])),
        code: 'TN_SHAPE',
        message:
          /Size does not match at dimension 0 expected index \[2, 1\] to be no larger than self \[1, 2\] apart from dimension 1/,
      },
    ],
  }),
  ...(['scatter', 'scatterAdd'] as const).map((name) =>
    opSpec<Dim>({
      op: name,
      records: [name, 'gather'],
      call: ([x, source, indices], { dim }) => indexing[name](x as Tensor, dim, indices as Tensor, source as Tensor),
      samples: (r) => [
        {
          note: 'one a row',
          inputs: [r.uniform([4, 3]), r.uniform([4, 1]), int32([2, 0, -1, 1], [4, 1])],
          args: { dim: 1 },
        },
        {
          note: 'a part of the source',
          inputs: [r.uniform([3, 2]), r.uniform([4, 3]), int32([1, 0, 0, 2], [2, 2])],
          args: { dim: 0 },
        },
        {
          note: 'a corner',
          inputs: [r.uniform([3, 4]), r.uniform([2, 3]), int32([0, 3, 1, 1, 2, 0], [2, 3])],
          args: { dim: 1 },
        },
      ],
      reference: ([x, source, indices], { dim }) =>
        scattered(x as Grid, dim, indices as Grid, source as Grid, (before, value) =>
          name === 'scatter' ? value : before + value,
        ),
      differentiable: true,
      dtypes: name === 'scatter' ? dtypeRules.same : { ...dtypeRules.same, bool: 'error' },
      errors: (r) => [
        {
          note: 'index too large',
          run: () => indexing[name](r.uniform([3]), 0, int32([3]), r.uniform([1])),
          code: 'TN_RANGE',
          message: outOfBounds(3, 0, 3),
        },
        {
          note: 'indices larger than the source',
          run: () => indexing[name](r.uniform([3]), 0, int32([0, 1]), r.uniform([1])),
          code: 'TN_SHAPE',
          message: /Size does not match at dimension 0/,
        },
        {
          note: 'source of another type',
          run: () => indexing[name](r.uniform([3]), 0, int32([0]), int32([1])),
          code: 'TN_DTYPE',
          message: /expected self\.dtype to be equal to src\.dtype, got float64 and int32/,
        },
      ],
    }),
  ),
  opSpec({
    op: 'scatterAdd, several to one place',
    records: ['scatterAdd'],
    call: ([x, source, indices]) => indexing.scatterAdd(x as Tensor, 0, indices as Tensor, source as Tensor),
    samples: (r) => [
      { note: 'vector', inputs: [r.uniform([3]), r.uniform([5]), int32([1, 1, 0, 1, -1])], args: undefined },
    ],
    reference: ([x, source, indices]) =>
      scattered(x as Grid, 0, indices as Grid, source as Grid, (before, value) => before + value),
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'error' },
  }),
  opSpec({
    op: 'take',
    records: ['indexSelect'],
    call: ([x, indices]) => indexing.take(x as Tensor, indices as Tensor),
    samples: (r) => [{ note: 'matrices', inputs: [r.uniform([3, 4]), int32([0, 5, -1, 5], [2, 2])], args: undefined }],
    reference: ([x, indices]) => (indices as Grid).map((i) => (x as Grid).data[wrapped(i, 12)] as number),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'outside',
        run: () => indexing.take(r.uniform([2, 2]), int32([4])),
        code: 'TN_RANGE',
        message: outOfBounds(4, 0, 4),
      },
    ],
  }),
  opSpec({
    op: 'maskedSelect',
    records: ['indexSelect'],
    call: ([x, mask]) => indexing.maskedSelect(x as Tensor, mask as Tensor),
    samples: (r) => [
      { note: 'one shape', inputs: [r.uniform([3, 4]), r.bools([3, 4])], args: undefined },
      { note: 'mask broadcast', inputs: [r.uniform([3, 4]), bool([1, 0, 1], [3, 1])], args: undefined },
      { note: 'nothing', inputs: [r.uniform([3]), bool([0, 0, 0])], args: undefined },
    ],
    reference: ([x, mask]) => {
      const kept = positionsOf((x as Grid).shape).filter((position) => (mask as Grid).broadcastAt(position))
      return new Grid(
        [kept.length],
        kept.map((position) => (x as Grid).at(position)),
      )
    },
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'no mask',
        run: () => indexing.maskedSelect(r.uniform([2]), int32([0, 1])),
        code: 'TN_DTYPE',
        message: /expected BoolTensor for mask, got int32/,
      },
    ],
  }),
  opSpec({
    op: 'nonzero',
    records: [],
    call: ([x]) => indexing.nonzero(x as Tensor),
    samples: (r) => [
      { note: 'matrix', inputs: [r.integers([3, 4], 0, 2).to('float64')], args: undefined },
      { note: 'vector', inputs: [r.integers([9], 0, 2).to('float64')], args: undefined },
      { note: 'empty', inputs: [r.uniform([0, 2])], args: undefined },
    ],
    reference: ([x]) => {
      const found = positionsOf((x as Grid).shape).filter((position) => (x as Grid).at(position) !== 0)
      return new Grid([found.length, (x as Grid).shape.length], found.flat())
    },
    differentiable: false,
    dtypes: dtypeRules.int32,
  }),
  opSpec<number | undefined>({
    op: 'oneHot',
    records: [],
    call: ([classes], count) => indexing.oneHot(classes as Tensor, count),
    samples: () => [
      { note: 'vector', inputs: [int32([2, 0, 3])], args: 5 },
      { note: 'matrix, as many as needed', inputs: [int32([1, 0, 0, 2], [2, 2])], args: undefined },
    ],
    reference: ([classes], count) => {
      const grid = classes as Grid
      const width = count ?? Math.max(...grid.data) + 1
      return Grid.from([...grid.shape, width], (position) => Number(grid.at(position.slice(0, -1)) === position.at(-1)))
    },
    differentiable: false,
    dtypes: dtypeRules.int32,
    errors: (r) => [
      {
        note: 'class too large',
        run: () => indexing.oneHot(int32([3]), 3),
        code: 'TN_RANGE',
        message: /Class values must be smaller than num_classes/,
      },
      {
        note: 'negative class',
        run: () => indexing.oneHot(int32([-1])),
        code: 'TN_RANGE',
        message: /Class values must be non-negative/,
      },
      {
        note: 'floating classes',
        run: () => indexing.oneHot(r.uniform([2])),
        code: 'TN_DTYPE',
        message: /only applicable to int32 tensors, got float64/,
      },
      {
        note: 'nothing to count',
        run: () => indexing.oneHot(int32([])),
        code: 'TN_RANGE',
        message: /Can not infer total number of classes from empty tensor/,
      },
    ],
  }),
]
