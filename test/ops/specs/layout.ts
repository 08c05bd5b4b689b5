import * as layout from '../../../src/ops/layout.ts'
import type { Shape } from '../../../src/tensor/shape.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, type ErrorCase, opSpec, type Sample } from '../../support/op-spec.ts'
import type { Samples } from '../../support/samples.ts'

interface Row<Args> {
  readonly records: readonly string[]
  readonly call: (x: Tensor, args: Args) => Tensor
  readonly cases: readonly (readonly [note: string, shape: number[], args: Args])[]
  readonly reference: (x: Grid, args: Args) => Grid
  readonly errors?: (r: Samples) => readonly ErrorCase[]
}

/** The row of an op that moves elements and computes nothing. */
function moving<Args>(op: string, { records, call, cases, reference, errors }: Row<Args>): AnySpec {
  return opSpec<Args>({
    op,
    records,
    call: ([x], args) => call(x as Tensor, args),
    samples: (r): Sample<Args>[] => cases.map(([note, shape, args]) => ({ note, inputs: [r.uniform(shape)], args })),
    reference: ([x], args) => reference(x as Grid, args),
    differentiable: true,
    dtypes: dtypeRules.same,
    tolerance: { float32: { rtol: 0, atol: 0 }, float64: { rtol: 0, atol: 0 } },
    ...(errors ? { errors } : {}),
  })
}

const reshaped = (x: Grid, shape: Shape) => new Grid(shape, x.data)
const permuted = (x: Grid, dims: readonly number[]) =>
  Grid.from(
    dims.map((dim) => x.shape[dim] as number),
    (position) => x.at(x.shape.map((_, dim) => position[dims.indexOf(dim)] as number)),
  )

export const layoutSpecs: readonly AnySpec[] = [
  moving<undefined>('clone', {
    records: ['clone'],
    call: (x) => layout.clone(x),
    cases: [
      ['matrix', [3, 5], undefined],
      ['0-dim', [], undefined],
      ['empty', [0, 3], undefined],
    ],
    reference: (x) => x,
  }),
  moving<readonly [wanted: number[], shape: number[]]>('reshape', {
    records: ['view'],
    call: (x, [wanted]) => layout.reshape(x, wanted),
    cases: [
      [
        'joined',
        [3, 4, 2],
        [
          [12, 2],
          [12, 2],
        ],
      ],
      [
        'cut',
        [12],
        [
          [3, 2, 2],
          [3, 2, 2],
        ],
      ],
      [
        'one size left open',
        [3, 4],
        [
          [2, -1],
          [2, 6],
        ],
      ],
      [
        'sizes of 1',
        [3, 4],
        [
          [1, 3, 1, 4, 1],
          [1, 3, 1, 4, 1],
        ],
      ],
      ['to 0-dim', [1, 1], [[], []]],
      [
        'empty',
        [0, 3],
        [
          [3, 0],
          [3, 0],
        ],
      ],
    ],
    reference: (x, [, shape]) => reshaped(x, shape),
    errors: (r) => [
      {
        note: 'another count',
        run: () => layout.reshape(r.uniform([2, 3]), [4, 2]),
        code: 'TN_SHAPE',
        message: /shape '\[4, 2\]' is invalid for input of size 6/,
      },
      {
        note: 'no whole size',
        run: () => layout.reshape(r.uniform([2, 3]), [4, -1]),
        code: 'TN_SHAPE',
        message: /shape '\[4, -1\]' is invalid for input of size 6/,
      },
      {
        note: 'two open sizes',
        run: () => layout.reshape(r.uniform([2, 3]), [-1, -1]),
        code: 'TN_SHAPE',
        message: /only one dimension can be inferred/,
      },
      {
        note: 'a view where a copy is needed',
        run: () => layout.view(r.uniform([2, 3]).transpose(0, 1), [6]),
        code: 'TN_SHAPE',
        message: /view size is not compatible with input tensor's size and stride/,
      },
    ],
  }),
  moving<readonly [start: number, end: number, shape: number[]]>('flatten', {
    records: ['view'],
    call: (x, [start, end]) => layout.flatten(x, start, end),
    cases: [
      ['all', [3, 4, 2], [0, -1, [24]]],
      ['from the second on', [3, 4, 2], [1, -1, [3, 8]]],
      ['the first two', [3, 4, 2], [0, 1, [12, 2]]],
      ['0-dim', [], [0, -1, [1]]],
    ],
    reference: (x, [, , shape]) => reshaped(x, shape),
  }),
  moving<readonly number[]>('permute', {
    records: ['permute'],
    call: (x, dims) => layout.permute(x, dims),
    cases: [
      ['three dimensions', [2, 3, 4], [2, 0, 1]],
      ['as it was', [2, 3], [0, 1]],
      ['0-dim', [], []],
      ['empty', [0, 3], [1, 0]],
    ],
    reference: permuted,
    errors: (r) => [
      {
        note: 'one twice',
        run: () => layout.permute(r.uniform([2, 3]), [0, 0]),
        code: 'TN_RANGE',
        message: /dims must name each of the 2 dimensions once, got \[0, 0\]/,
      },
      {
        note: 'too few',
        run: () => layout.permute(r.uniform([2, 3]), [0]),
        code: 'TN_RANGE',
        message: /each of the 2 dimensions once/,
      },
    ],
  }),
  moving<readonly [number, number]>('transpose', {
    records: ['permute'],
    call: (x, [a, b]) => layout.transpose(x, a, b),
    cases: [
      ['matrix', [3, 5], [0, 1]],
      ['first and last', [2, 3, 4], [0, -1]],
    ],
    reference: (x, [a, b]) => {
      const [from, to] = [a, b].map((dim) => (dim < 0 ? dim + x.shape.length : dim))
      return permuted(
        x,
        x.shape.map((_, i) => (i === from ? to : i === to ? from : i) as number),
      )
    },
  }),
  moving<readonly [wanted: number[], shape: number[]]>('expand', {
    records: ['expand'],
    call: (x, [wanted]) => layout.expand(x, wanted),
    cases: [
      [
        'a column',
        [3, 1],
        [
          [3, 4],
          [3, 4],
        ],
      ],
      [
        'a new dimension',
        [3],
        [
          [2, 3],
          [2, 3],
        ],
      ],
      [
        'kept sizes',
        [3, 1],
        [
          [2, -1, 4],
          [2, 3, 4],
        ],
      ],
      [
        '0-dim',
        [],
        [
          [2, 3],
          [2, 3],
        ],
      ],
    ],
    reference: (x, [, shape]) => Grid.from(shape, (position) => x.broadcastAt(position)),
    errors: (r) => [
      {
        note: 'not a size of 1',
        run: () => layout.expand(r.uniform([2, 3]), [2, 6]),
        code: 'TN_SHAPE',
        message: /only sizes of 1 can be expanded, got \[2, 3\] and \[2, 6\]/,
      },
      {
        note: 'fewer dimensions',
        run: () => layout.expand(r.uniform([2, 3]), [3]),
        code: 'TN_SHAPE',
        message: /got \[2, 3\] and \[3\]/,
      },
    ],
  }),
  moving<readonly [dim: number, shape: number[]]>('unsqueeze', {
    records: ['view'],
    call: (x, [dim]) => layout.unsqueeze(x, dim),
    cases: [
      ['in front', [2, 3], [0, [1, 2, 3]]],
      ['behind', [2, 3], [-1, [2, 3, 1]]],
      ['0-dim', [], [0, [1]]],
    ],
    reference: (x, [, shape]) => reshaped(x, shape),
    errors: (r) => [
      {
        note: 'no such place',
        run: () => layout.unsqueeze(r.uniform([2]), 2),
        code: 'TN_RANGE',
        message: /expected to be in range of \[-2, 1\], but got 2/,
      },
    ],
  }),
  moving<readonly [dim: number | undefined, shape: number[]]>('squeeze', {
    records: ['view'],
    call: (x, [dim]) => layout.squeeze(x, dim),
    cases: [
      ['all', [1, 3, 1], [undefined, [3]]],
      ['one', [1, 3, 1], [-1, [1, 3]]],
      ['none', [2, 3], [0, [2, 3]]],
    ],
    reference: (x, [, shape]) => reshaped(x, shape),
  }),
  moving<{ dim: number; start?: number; end?: number; step?: number }>('slice', {
    records: ['slice', 'placeSlice'],
    call: (x, { dim, start, end, step }) => layout.slice(x, dim, start, end, step),
    cases: [
      ['rows', [5, 3], { dim: 0, start: 1, end: 4 }],
      ['every other column', [2, 7], { dim: 1, start: 1, step: 2 }],
      ['from the end', [6], { dim: 0, start: -4, end: -1 }],
      ['beyond the end', [6], { dim: 0, start: 4, end: 99, step: 3 }],
      ['nothing', [6, 2], { dim: 0, start: 4, end: 2 }],
      ['everything', [6], { dim: 0 }],
    ],
    reference: (x, { dim, start = 0, end = 99, step = 1 }) => {
      const size = x.shape[dim] as number
      const places = Array.from({ length: size }, (_, i) => i)
        .slice(start, end)
        .filter((_, i) => i % step === 0)
      return Grid.from(x.shape.with(dim, places.length), (position) =>
        x.at(position.with(dim, places[position[dim] as number] as number)),
      )
    },
    errors: (r) => [
      {
        note: 'a step of 0',
        run: () => layout.slice(r.uniform([3]), 0, 0, 3, 0),
        code: 'TN_RANGE',
        message: /step must be greater than zero, got 0/,
      },
    ],
  }),
  moving<readonly [dim: number, start: number, length: number]>('narrow', {
    records: ['slice'],
    call: (x, args) => layout.narrow(x, ...args),
    cases: [
      ['rows', [5, 3], [0, 1, 3]],
      ['from the end', [2, 7], [1, -3, 2]],
      ['nothing', [5], [0, 5, 0]],
    ],
    reference: (x, [dim, start, length]) => {
      const first = start < 0 ? start + (x.shape[dim] as number) : start
      return Grid.from(x.shape.with(dim, length), (position) =>
        x.at(position.with(dim, first + (position[dim] as number))),
      )
    },
    errors: (r) => [
      {
        note: 'not all there',
        run: () => layout.narrow(r.uniform([3]), 0, 2, 2),
        code: 'TN_RANGE',
        message: /start \(2\) \+ length \(2\) exceeds dimension size \(3\)/,
      },
    ],
  }),
  moving<readonly [dim: number, position: number]>('select', {
    records: ['select', 'placeSlice'],
    call: (x, args) => layout.select(x, ...args),
    cases: [
      ['a row', [5, 3], [0, 2]],
      ['the last column', [2, 7], [1, -1]],
      ['an element', [5], [0, 3]],
    ],
    reference: (x, [dim, at]) => {
      const own = at < 0 ? at + (x.shape[dim] as number) : at
      return Grid.from(x.shape.toSpliced(dim, 1), (position) => x.at(position.toSpliced(dim, 0, own)))
    },
    errors: (r) => [
      {
        note: 'outside',
        run: () => layout.select(r.uniform([3, 2]), 0, 3),
        code: 'TN_RANGE',
        message: /index 3 is out of bounds for dimension 0 with size 3/,
      },
      {
        note: 'no dimension',
        run: () => layout.select(r.uniform([]), 0, 0),
        code: 'TN_SHAPE',
        message: /a 0-dim tensor has no positions to select/,
      },
    ],
  }),
]
