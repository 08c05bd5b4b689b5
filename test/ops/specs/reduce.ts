import * as ops from '../../../src/ops/reduce.ts'
import type { DType } from '../../../src/tensor/dtype.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { alongDim, Grid, positionsOf } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, type ErrorCase, opSpec } from '../../support/op-spec.ts'
import type { Samples } from '../../support/samples.ts'

interface ReduceArgs {
  readonly dim: ops.Dims
  readonly keepdim?: boolean
}

/** The reference of a reduction: a function of the numbers that fall together. */
function reduced({ dim, keepdim = false }: ReduceArgs, x: Grid, f: (values: readonly number[]) => number): Grid {
  const rank = x.shape.length
  const list = dim === undefined ? x.shape.map((_, i) => i) : typeof dim === 'number' ? [dim] : dim
  const dims = rank === 0 ? [] : list.map((own) => (own < 0 ? own + rank : own))
  const kept = x.shape.map((size, i) => (dims.includes(i) ? 1 : size))
  const inside = positionsOf(x.shape.map((size, i) => (dims.includes(i) ? size : 1)))
  const all = Grid.from(kept, (position) =>
    f(inside.map((offset) => x.at(position.map((at, i) => at + (offset[i] as number))))),
  )
  return keepdim
    ? all
    : new Grid(
        kept.filter((_, i) => !dims.includes(i)),
        all.data,
      )
}

const samplesOf =
  (make: (r: Samples, shape: number[]) => Tensor, { empty }: { empty: boolean }) =>
  (r: Samples) => [
    { note: 'rows', inputs: [make(r, [4, 9])], args: { dim: 1 } as ReduceArgs },
    { note: 'columns', inputs: [make(r, [4, 5])], args: { dim: 0 } },
    { note: 'middle, kept', inputs: [make(r, [3, 4, 2])], args: { dim: -2, keepdim: true } },
    { note: 'two apart', inputs: [make(r, [3, 2, 4])], args: { dim: [0, 2] } },
    { note: 'two neighbours, kept', inputs: [make(r, [3, 2, 4])], args: { dim: [1, 2], keepdim: true } },
    { note: 'all', inputs: [make(r, [3, 7])], args: { dim: undefined } },
    { note: '0-dim', inputs: [make(r, [])], args: { dim: undefined } },
    { note: 'no rows left', inputs: [make(r, [0, 3])], args: { dim: 1 } },
    ...(empty ? [{ note: 'empty rows', inputs: [make(r, [3, 0])], args: { dim: 1 } }] : []),
  ]

const total = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0)
const average = (values: readonly number[]) => total(values) / values.length
const spread = (values: readonly number[], correction: number) =>
  total(values.map((x) => (x - average(values)) ** 2)) / Math.max(values.length - correction, 0)

interface Row {
  readonly call: (x: Tensor, args: ReduceArgs) => Tensor
  readonly f: (values: readonly number[]) => number
  readonly dtypes: Record<DType, DType | 'error'>
  readonly records: readonly string[]
  readonly make?: (r: Samples, shape: number[]) => Tensor
  readonly empty?: boolean
  readonly differentiable?: boolean
  readonly errors?: (r: Samples) => readonly ErrorCase[]
}

const uniform = (r: Samples, shape: number[]) => r.uniform(shape)
const distinct = (r: Samples, shape: number[]) => r.distinct(shape)

function reduction(
  op: string,
  { call, f, dtypes, records, make = uniform, empty = true, differentiable = true, errors }: Row,
): AnySpec {
  return opSpec<ReduceArgs>({
    op,
    records,
    call: ([x], args) => call(x as Tensor, args),
    samples: samplesOf(make, { empty }),
    reference: ([x], args) => reduced(args, x as Grid, f),
    differentiable,
    dtypes,
    errors: (r) => [
      {
        note: 'no such dimension',
        run: () => call(r.uniform([2, 3]), { dim: 2 }),
        code: 'TN_RANGE',
        message: /Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
      },
      {
        note: 'one dimension twice',
        run: () => call(r.uniform([2, 3]), { dim: [0, -2] }),
        code: 'TN_RANGE',
        message: /each dimension may appear once, got \[0, -2\]/,
      },
      ...(errors?.(r) ?? []),
    ],
  })
}

const nothingToChoose =
  (f: (x: Tensor) => unknown) =>
  (r: Samples): ErrorCase[] => [
    {
      note: 'nothing to choose from',
      run: () => f(r.uniform([2, 0])),
      code: 'TN_SHAPE',
      message: /no elements to choose from/,
    },
  ]

const logSum = (values: readonly number[]) => Math.log(total(values.map(Math.exp)))

/** Reductions along one dimension, or of all elements. */
const searched = (name: 'argmax' | 'argmin', best: (...values: number[]) => number): AnySpec =>
  opSpec<{ dim: number | undefined; keepdim?: boolean }>({
    op: name,
    records: [],
    call: ([x], { dim, ...options }) => ops[name](x as Tensor, dim, options),
    samples: (r) => [
      { note: 'rows', inputs: [r.distinct([4, 9])], args: { dim: 1 } },
      { note: 'columns, kept', inputs: [r.distinct([4, 5])], args: { dim: -2, keepdim: true } },
      { note: 'all', inputs: [r.distinct([3, 7])], args: { dim: undefined } },
      { note: '0-dim', inputs: [r.distinct([])], args: { dim: undefined } },
    ],
    reference: ([x], args) => reduced(args, x as Grid, (values) => values.indexOf(best(...values))),
    differentiable: false,
    dtypes: dtypeRules.int32,
  })

const extreme = (name: 'max' | 'min', best: (...values: number[]) => number): AnySpec =>
  opSpec<{ dim: number; keepdim?: boolean }>({
    op: `${name}, values`,
    records: ['extreme', 'scatterAdd'],
    call: ([x], { dim, ...options }) => ops[name](x as Tensor, dim, options).values,
    samples: (r) => [
      { note: 'rows', inputs: [r.distinct([4, 9])], args: { dim: 1 } },
      { note: 'columns, kept', inputs: [r.distinct([4, 5])], args: { dim: -2, keepdim: true } },
      { note: 'middle', inputs: [r.distinct([3, 4, 2])], args: { dim: 1 } },
      { note: '0-dim', inputs: [r.distinct([])], args: { dim: 0 } },
    ],
    reference: ([x], args) => reduced(args, x as Grid, (values) => best(...values)),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: nothingToChoose((x) => ops[name](x, 1)),
  })

export const reduceSpecs: readonly AnySpec[] = [
  reduction('sum', {
    call: (x, { dim, ...options }) => ops.sum(x, dim, options),
    f: total,
    dtypes: dtypeRules.sum,
    records: ['sum'],
  }),
  reduction('prod', {
    call: (x, { dim, ...options }) => ops.prod(x, dim, options),
    f: (values) => values.reduce((product, x) => product * x, 1),
    dtypes: dtypeRules.sum,
    records: ['prod'],
    make: (r, shape) => r.nonzero(shape),
  }),
  reduction('mean', {
    call: (x, { dim, ...options }) => ops.mean(x, dim, options),
    f: average,
    dtypes: dtypeRules.floatingOnly,
    records: ['sum', 'divScalar'],
    empty: false,
  }),
  reduction('variance', {
    call: (x, { dim, ...options }) => ops.variance(x, dim, { ...options, correction: 0 }),
    f: (values) => spread(values, 0),
    dtypes: dtypeRules.floatingOnly,
    records: ['square'],
    empty: false,
  }),
  opSpec<{ correction?: number }>({
    op: 'variance and standard deviation',
    records: ['sqrt'],
    call: ([x], options) => ops.std(x as Tensor, 1, options),
    samples: (r) => [
      { note: 'unbiased', inputs: [r.distinct([3, 5])], args: {} },
      { note: 'of the population', inputs: [r.distinct([3, 5])], args: { correction: 0 } },
    ],
    reference: ([x], { correction = 1 }) =>
      reduced({ dim: 1 }, x as Grid, (values) => Math.sqrt(spread(values, correction))),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
  }),
  reduction('norm', {
    call: (x, { dim, ...options }) => ops.norm(x, 2, dim, options),
    f: (values) => Math.hypot(...values),
    dtypes: dtypeRules.floating,
    records: ['square', 'sqrt'],
    make: (r, shape) => r.nonzero(shape),
    empty: false,
  }),
  opSpec<number>({
    op: 'norm of another order',
    records: ['abs'],
    call: ([x], p) => ops.norm(x as Tensor, p, 1),
    samples: (r) => [
      { note: '1', inputs: [r.nonzero([3, 5])], args: 1 },
      { note: '3', inputs: [r.nonzero([3, 5])], args: 3 },
      { note: 'infinity', inputs: [r.distinct([3, 5])], args: Number.POSITIVE_INFINITY },
    ],
    reference: ([x], p) =>
      reduced({ dim: 1 }, x as Grid, (values) =>
        p === Number.POSITIVE_INFINITY
          ? Math.max(...values.map(Math.abs))
          : total(values.map((v) => Math.abs(v) ** p)) ** (1 / p),
      ),
    differentiable: true,
    dtypes: dtypeRules.floating,
  }),
  reduction('amax', {
    call: (x, { dim, ...options }) => ops.amax(x, dim, options),
    f: (values) => Math.max(...values),
    dtypes: dtypeRules.same,
    records: ['amax'],
    make: distinct,
    empty: false,
    errors: nothingToChoose((x) => ops.amax(x, 1)),
  }),
  reduction('amin', {
    call: (x, { dim, ...options }) => ops.amin(x, dim, options),
    f: (values) => Math.min(...values),
    dtypes: dtypeRules.same,
    records: ['amax'],
    make: distinct,
    empty: false,
    errors: nothingToChoose((x) => ops.amin(x, 1)),
  }),
  extreme('max', Math.max),
  extreme('min', Math.min),
  searched('argmax', Math.max),
  searched('argmin', Math.min),
  reduction('any', {
    call: (x, { dim, ...options }) => ops.any(x, dim, options),
    f: (values) => (values.some((x) => x !== 0) ? 1 : 0),
    dtypes: dtypeRules.bool,
    records: [],
    differentiable: false,
  }),
  reduction('all', {
    call: (x, { dim, ...options }) => ops.all(x, dim, options),
    f: (values) => (values.every((x) => x !== 0) ? 1 : 0),
    dtypes: dtypeRules.bool,
    records: [],
    differentiable: false,
  }),
  reduction('logsumexp', {
    call: (x, { dim, ...options }) => ops.logsumexp(x, dim, options),
    f: logSum,
    dtypes: dtypeRules.floating,
    records: ['log', 'exp'],
    empty: false,
  }),
  opSpec<number>({
    op: 'cumsum',
    records: ['cumsum'],
    call: ([x], dim) => ops.cumsum(x as Tensor, dim),
    samples: (r) => [
      { note: 'rows', inputs: [r.uniform([4, 9])], args: 1 },
      { note: 'columns', inputs: [r.uniform([4, 5])], args: 0 },
      { note: 'middle', inputs: [r.uniform([3, 4, 2])], args: -2 },
      { note: 'empty', inputs: [r.uniform([3, 0])], args: 1 },
    ],
    reference: ([x], dim) => alongDim(x as Grid, dim, (row) => row.map((_, i) => total(row.slice(0, i + 1)))),
    differentiable: true,
    dtypes: dtypeRules.sum,
  }),
]
