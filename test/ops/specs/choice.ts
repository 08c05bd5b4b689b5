// Comparisons, logic, choice, types.
import { cast } from '../../../src/ops/cast.ts'
import * as compare from '../../../src/ops/compare.ts'
import { tensor } from '../../../src/ops/creation.ts'
import { maskedFill, where } from '../../../src/ops/where.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { elementwise, type Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
const truths: Record<Comparison, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
}

const comparison = (name: Comparison): AnySpec[] => [
  opSpec({
    op: name,
    records: [],
    call: ([a, b]) => compare[name](a as Tensor, b as Tensor),
    samples: (r) => [
      {
        note: 'one shape, some equal',
        inputs: [r.integers([5, 9], 0, 3), r.integers([5, 9], 0, 3)].map((x) => x.to('float64')),
        args: undefined,
      },
      { note: 'broadcast', inputs: [r.uniform([3, 1]), r.uniform([4])], args: undefined },
      { note: '0-dim', inputs: [r.uniform([]), r.uniform([])], args: undefined },
      { note: 'empty', inputs: [r.uniform([0, 4]), r.uniform([4])], args: undefined },
    ],
    reference: elementwise((a, b) => Number(truths[name](a, b))),
    differentiable: false,
    dtypes: dtypeRules.bool,
    errors: (r) => [
      {
        note: 'no common shape',
        run: () => compare[name](r.uniform([3]), r.uniform([4])),
        code: 'TN_SHAPE',
        message: /shapes do not broadcast, got \[3\] and \[4\]/,
      },
    ],
  }),
  opSpec<number>({
    op: `${name} with a number`,
    records: [],
    call: ([a], b) => compare[name](a as Tensor, b),
    samples: (r) => [
      { note: 'some equal', inputs: [r.integers([5, 9], 0, 3).to('float64')], args: 1 },
      { note: 'with a fraction', inputs: [r.uniform([7])], args: 0.5 },
    ],
    reference: (inputs, b) => elementwise((a) => Number(truths[name](a, b)))(inputs),
    differentiable: false,
    dtypes: dtypeRules.bool,
  }),
]

const logical = (name: 'logicalAnd' | 'logicalOr' | 'logicalXor', f: (a: boolean, b: boolean) => boolean): AnySpec =>
  opSpec({
    op: name,
    records: [],
    call: ([a, b]) => compare[name](a as Tensor, b as Tensor),
    samples: (r) => [
      {
        note: 'numbers',
        inputs: [r.integers([5, 7], 0, 2).to('float64'), r.integers([5, 7], 0, 2).to('float64')],
        args: undefined,
      },
      { note: 'masks, broadcast', inputs: [r.bools([3, 1]), r.bools([5])], args: undefined },
    ],
    reference: elementwise((a, b) => Number(f(a !== 0, b !== 0))),
    differentiable: false,
    dtypes: dtypeRules.bool,
  })

const special = Float64Array.of(0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)

const tested = (op: string, call: (x: Tensor) => Tensor, f: (x: number) => boolean): AnySpec =>
  opSpec({
    op,
    records: [],
    call: ([x]) => call(x as Tensor),
    samples: (r) => [
      { note: 'all kinds', inputs: [tensor(special)], args: undefined },
      { note: 'empty', inputs: [r.uniform([0])], args: undefined },
    ],
    reference: elementwise((x) => Number(f(x))),
    differentiable: false,
    dtypes: dtypeRules.bool,
  })

const choose = (condition: number, a: number, b: number) => (condition ? a : b)

export const choiceSpecs: readonly AnySpec[] = [
  ...(Object.keys(truths) as Comparison[]).flatMap(comparison),
  logical('logicalAnd', (a, b) => a && b),
  logical('logicalOr', (a, b) => a || b),
  logical('logicalXor', (a, b) => a !== b),
  tested('logicalNot', compare.logicalNot, (x) => x === 0),
  tested('isnan', compare.isnan, Number.isNaN),
  tested('isfinite', compare.isfinite, Number.isFinite),
  opSpec({
    op: 'where',
    records: ['where'],
    call: ([condition, a, b]) => where(condition as Tensor, a as Tensor, b as Tensor),
    samples: (r) => [
      { note: 'one shape', inputs: [r.bools([3, 7]), r.uniform([3, 7]), r.uniform([3, 7])], args: undefined },
      { note: 'all broadcast', inputs: [r.bools([3, 1]), r.uniform([4]), r.uniform([2, 1, 1])], args: undefined },
      { note: '0-dim', inputs: [r.bools([]), r.uniform([]), r.uniform([])], args: undefined },
      { note: 'empty', inputs: [r.bools([0, 2]), r.uniform([2]), r.uniform([0, 2])], args: undefined },
    ],
    reference: elementwise(choose),
    differentiable: true,
    dtypes: dtypeRules.same,
    errors: (r) => [
      {
        note: 'no mask',
        run: () => where(r.uniform([3]), r.uniform([3]), r.uniform([3])),
        code: 'TN_DTYPE',
        message: /^where: expected condition to be a bool tensor, got float64/,
      },
      {
        note: 'no common shape',
        run: () => where(r.bools([3]), r.uniform([4]), r.uniform([4])),
        code: 'TN_SHAPE',
        message: /^where: shapes do not broadcast/,
      },
    ],
  }),
  opSpec<{ a?: number; b?: number }>({
    op: 'where with numbers',
    records: ['where'],
    call: ([condition, x], { a, b }) => where(condition as Tensor, a ?? (x as Tensor), b ?? (x as Tensor)),
    samples: (r) => [
      { note: 'first', inputs: [r.bools([3, 7]), r.uniform([3, 7])], args: { a: 2 } },
      { note: 'second', inputs: [r.bools([7]), r.uniform([3, 1])], args: { b: -1 } },
    ],
    reference: ([condition, x], { a, b }) =>
      elementwise((c, v) => choose(c, a ?? v, b ?? v))([condition as Grid, x as Grid]),
    differentiable: true,
    dtypes: { ...dtypeRules.same, bool: 'int32' },
  }),
  opSpec({
    op: 'maskedFill',
    records: ['where'],
    call: ([x, mask]) => maskedFill(x as Tensor, mask as Tensor, 1),
    samples: (r) => [
      { note: 'one shape', inputs: [r.uniform([3, 7]), r.bools([3, 7])], args: undefined },
      { note: 'mask broadcast', inputs: [r.uniform([2, 3, 4]), r.bools([3, 1])], args: undefined },
    ],
    reference: elementwise((x, mask) => (mask ? 1 : x)),
    differentiable: true,
    dtypes: dtypeRules.same,
    inPlace: ([x, mask]) => (x as Tensor).maskedFill_(mask as Tensor, 1),
  }),
  ...(['int32', 'uint8', 'bool'] as const).map(castTo),
  opSpec({
    op: 'cast to float32 and back',
    records: ['toCopy'],
    call: ([x]) => cast(cast(x as Tensor, 'float32'), 'float64'),
    samples: (r) => [
      { note: 'matrix', inputs: [r.integers([4, 9], -3, 4).to('float64')], args: undefined },
      { note: 'empty', inputs: [r.uniform([0, 2])], args: undefined },
    ],
    reference: elementwise(Math.fround),
    differentiable: true,
    step: 0.5, // smaller ones would see the steps of float32
    dtypes: { bool: 'float64', uint8: 'float64', int32: 'float64', float32: 'float64', float64: 'float64' },
  }),
]

function castTo(to: 'int32' | 'uint8' | 'bool'): AnySpec {
  const convert = (x: number) => (to === 'bool' ? Number(x !== 0) : Math.trunc(x))
  return opSpec({
    op: `cast to ${to}`,
    records: [],
    call: ([x]) => cast(x as Tensor, to),
    samples: (r) => [
      { note: 'matrix', inputs: [r.positive([4, 9]).mul(20)], args: undefined },
      { note: 'empty', inputs: [r.positive([0, 2])], args: undefined },
    ],
    reference: elementwise(convert),
    differentiable: false,
    dtypes: { bool: to, uint8: to, int32: to, float32: to, float64: to },
  })
}
