import * as ops from '../../../src/ops/arithmetic.ts'
import type { DType } from '../../../src/tensor/dtype.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { elementwise } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import type { Samples } from '../../support/samples.ts'

type Make = (r: Samples, shape: number[]) => Tensor
const uniform: Make = (r, shape) => r.uniform(shape)
const nonzero: Make = (r, shape) => r.nonzero(shape)
const positive: Make = (r, shape) => r.positive(shape)

/** Shapes of two operands that every broadcast op is tried with. */
const pairs: readonly (readonly [note: string, a: number[], b: number[]])[] = [
  ['one shape', [2, 3], [2, 3]],
  ['row broadcast', [3, 5], [5]],
  ['column broadcast', [3, 5], [3, 1]],
  ['both broadcast', [4, 1, 3], [2, 1]],
  ['0-dim', [], []],
  ['0-dim and matrix', [], [2, 3]],
  ['longer than a vector', [5, 37], [5, 37]],
  ['empty', [0, 4], [4]],
]

interface Binary {
  readonly f: (a: number, b: number) => number
  readonly dtypes: Record<DType, DType | 'error'>
  readonly a?: Make
  readonly b?: Make
}

/** The row of an op of two tensors. */
function binary(
  name: 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'remainder' | 'maximum' | 'minimum',
  row: Binary,
): AnySpec {
  const { f, dtypes, a = uniform, b = uniform } = row
  return opSpec({
    op: name,
    records: [name],
    call: ([x, y]) => ops[name](x as Tensor, y as Tensor),
    samples: (r) => pairs.map(([note, x, y]) => ({ note, inputs: [a(r, x), b(r, y)], args: undefined })),
    reference: elementwise(f),
    differentiable: true,
    dtypes,
    errors: (r) => [
      {
        note: 'no common shape',
        run: () => ops[name](r.uniform([3]), r.uniform([2, 4])),
        code: 'TN_SHAPE',
        message: new RegExp(`^${name}: shapes do not broadcast, got \\[3\\] and \\[2, 4\\]`),
      },
      { note: 'two numbers', run: () => ops[name](1, 2), code: 'TN_DTYPE', message: /one operand must be a tensor/ },
    ],
  })
}

interface WithNumber {
  readonly record: string
  readonly f: (x: number, s: number) => number
  readonly call: (x: Tensor, s: number) => Tensor
  readonly numbers: readonly number[]
  readonly dtypes: Record<DType, DType | 'error'>
  readonly x?: Make
  readonly inPlace?: (x: Tensor, s: number) => Tensor
}

/** The row of an op of a tensor and a number, on either side. */
function withNumber(op: string, { record, f, call, numbers, dtypes, x = uniform, inPlace }: WithNumber): AnySpec {
  return opSpec<number>({
    op,
    records: [record],
    call: ([a], s) => call(a as Tensor, s),
    samples: (r) => [
      ...numbers.map((s) => ({ note: `with ${s}`, inputs: [x(r, [3, 7])], args: s })),
      { note: '0-dim', inputs: [x(r, [])], args: numbers[0] as number },
      { note: 'empty', inputs: [x(r, [2, 0])], args: numbers[0] as number },
    ],
    reference: (inputs, s) => elementwise((a) => f(a, s))(inputs),
    differentiable: true,
    dtypes,
    ...(inPlace ? { inPlace: ([a]: readonly Tensor[], s: number) => inPlace(a as Tensor, s) } : {}),
  })
}

const floorMod = (a: number, b: number) => a - b * Math.floor(a / b)
/** A number added to booleans makes integers of them. */
const numbersOf = { ...dtypeRules.same, bool: 'int32' } as const

export const arithmeticSpecs: readonly AnySpec[] = [
  binary('add', { f: (a, b) => a + b, dtypes: dtypeRules.same }),
  binary('sub', { f: (a, b) => a - b, dtypes: dtypeRules.numbers }),
  binary('mul', { f: (a, b) => a * b, dtypes: dtypeRules.same }),
  binary('div', { f: (a, b) => a / b, dtypes: dtypeRules.floating, b: nonzero }),
  binary('pow', { f: (a, b) => a ** b, dtypes: dtypeRules.numbers, a: positive }),
  binary('remainder', { f: floorMod, dtypes: dtypeRules.numbers, b: nonzero }),
  binary('maximum', { f: (a, b) => Math.max(a, b), dtypes: dtypeRules.same }),
  binary('minimum', { f: (a, b) => Math.min(a, b), dtypes: dtypeRules.same }),

  withNumber('add a number', {
    record: 'addScalar',
    f: (x, s) => x + s,
    call: (x, s) => ops.add(x, s),
    numbers: [2, -0.75],
    dtypes: numbersOf,
    inPlace: (x, s) => x.add_(s),
  }),
  withNumber('subtract a number', {
    record: 'addScalar',
    f: (x, s) => x - s,
    call: (x, s) => ops.sub(x, s),
    numbers: [2, -0.75],
    dtypes: numbersOf,
    inPlace: (x, s) => x.sub_(s),
  }),
  withNumber('subtract from a number', {
    record: 'rsubScalar',
    f: (x, s) => s - x,
    call: (x, s) => ops.sub(s, x),
    numbers: [2, -0.75],
    dtypes: numbersOf,
  }),
  withNumber('multiply by a number', {
    record: 'mulScalar',
    f: (x, s) => x * s,
    call: (x, s) => ops.mul(x, s),
    numbers: [3, -0.75, 0],
    dtypes: numbersOf,
    inPlace: (x, s) => x.mul_(s),
  }),
  withNumber('divide by a number', {
    record: 'divScalar',
    f: (x, s) => x / s,
    call: (x, s) => ops.div(x, s),
    numbers: [3, -0.75],
    dtypes: dtypeRules.floating,
    inPlace: (x, s) => x.div_(s),
  }),
  withNumber('divide a number', {
    record: 'rdivScalar',
    f: (x, s) => s / x,
    call: (x, s) => ops.div(s, x),
    numbers: [3, -0.75],
    dtypes: dtypeRules.floating,
    x: nonzero,
  }),
  withNumber('raise to a number', {
    record: 'powScalar',
    f: (x, s) => x ** s,
    call: (x, s) => ops.pow(x, s),
    numbers: [2, 3, 0.5, 1, -1, -2, 2.5, 0],
    dtypes: numbersOf,
    x: positive,
    inPlace: (x, s) => x.pow_(s),
  }),
  withNumber('raise a number', {
    record: 'rpowScalar',
    f: (x, s) => s ** x,
    call: (x, s) => ops.pow(s, x),
    numbers: [2, 0.5],
    dtypes: numbersOf,
  }),
  withNumber('remainder by a number', {
    record: 'remainderScalar',
    f: floorMod,
    call: (x, s) => ops.remainder(x, s),
    numbers: [2, -0.75],
    dtypes: numbersOf,
    x: nonzero,
  }),
  withNumber('maximum with a number', {
    record: 'maximumScalar',
    f: (x, s) => Math.max(x, s),
    call: (x, s) => ops.maximum(x, s),
    numbers: [0, 1],
    dtypes: numbersOf,
  }),
  withNumber('minimum with a number', {
    record: 'minimumScalar',
    f: (x, s) => Math.min(x, s),
    call: (x, s) => ops.minimum(x, s),
    numbers: [0, 1],
    dtypes: numbersOf,
  }),
  opSpec({
    op: 'remainder of a number',
    records: ['remainder'],
    call: ([x]) => ops.remainder(3, x as Tensor),
    samples: (r) => [{ note: 'matrix', inputs: [r.nonzero([3, 5])], args: undefined }],
    reference: elementwise((x) => floorMod(3, x)),
    differentiable: true,
    dtypes: numbersOf,
  }),
  opSpec({
    op: 'neg',
    records: ['neg'],
    call: ([x]) => ops.neg(x as Tensor),
    samples: (r) => [
      { note: 'matrix', inputs: [r.uniform([3, 5])], args: undefined },
      { note: '0-dim', inputs: [r.uniform([])], args: undefined },
      { note: 'empty', inputs: [r.uniform([0])], args: undefined },
    ],
    reference: elementwise((x) => -x),
    differentiable: true,
    dtypes: dtypeRules.numbers,
    inPlace: ([x]) => (x as Tensor).neg_(),
  }),
  opSpec({
    op: 'floorDivide',
    records: [],
    call: ([x, y]) => ops.floorDivide(x as Tensor, y as Tensor),
    samples: (r) => [{ note: 'row broadcast', inputs: [r.uniform([3, 5]), r.nonzero([5])], args: undefined }],
    reference: elementwise((a, b) => Math.floor(a / b)),
    differentiable: false,
    dtypes: dtypeRules.numbers,
  }),
]
