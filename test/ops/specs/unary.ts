import {
  abs,
  ceil,
  clamp,
  cos,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  log2,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  trunc,
} from '../../../src/ops/unary.ts'
import type { DType } from '../../../src/tensor/dtype.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { elementwise } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, opSpec } from '../../support/op-spec.ts'
import type { Samples } from '../../support/samples.ts'

type Make = (r: Samples, shape: number[]) => Tensor

interface Function {
  readonly call: (x: Tensor) => Tensor
  readonly f: (x: number) => number
  readonly dtypes: Record<DType, DType | 'error'>
  readonly x?: Make
  readonly inPlace?: (x: Tensor) => Tensor
  readonly records?: readonly string[]
  /** Why: the reference itself is no better. */
  readonly rtol?: number
}

const shapes: readonly (readonly [string, number[]])[] = [
  ['matrix', [3, 5]],
  ['longer than a vector', [2, 3, 19]],
  ['0-dim', []],
  ['empty', [3, 0]],
]

/** The row of a function of each element. */
export function unary(
  op: string,
  { call, f, dtypes, x = (r, shape) => r.uniform(shape), inPlace, records, rtol }: Function,
): AnySpec {
  return opSpec({
    op,
    records: records ?? [op],
    call: ([a]) => call(a as Tensor),
    samples: (r) => shapes.map(([note, shape]) => ({ note, inputs: [x(r, shape)], args: undefined })),
    reference: elementwise(f),
    differentiable: true,
    dtypes,
    ...(rtol ? { tolerance: { float64: { rtol, atol: rtol } } } : {}),
    ...(inPlace ? { inPlace: ([a]: readonly Tensor[]) => inPlace(a as Tensor) } : {}),
  })
}

const positive: Make = (r, shape) => r.positive(shape)
const nonzero: Make = (r, shape) => r.nonzero(shape)
/** Away from whole numbers and halves, where steps jump. */
const between: Make = (r, shape) => r.integers(shape, -5, 5).to('float64').add(0.3)
const { same, floating, numbers } = dtypeRules

const halfToEven = (x: number) => {
  const near = Math.round(x)
  return Math.abs(x % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near
}

/** Abramowitz and Stegun 7.1.6: erf(x) = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)). */
export function erfReference(x: number): number {
  let term = x
  let total = x
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

export const unarySpecs: readonly AnySpec[] = [
  unary('abs', { call: abs, f: Math.abs, dtypes: same, x: nonzero }),
  unary('sign', { call: sign, f: Math.sign, dtypes: same, x: nonzero }),
  unary('square', { call: square, f: (x) => x * x, dtypes: same }),
  unary('floor', { call: floor, f: Math.floor, dtypes: numbers, x: between }),
  unary('ceil', { call: ceil, f: Math.ceil, dtypes: numbers, x: between }),
  unary('round', { call: round, f: halfToEven, dtypes: numbers, x: between }),
  unary('trunc', { call: trunc, f: Math.trunc, dtypes: numbers, x: between }),
  unary('exp', { call: exp, f: Math.exp, dtypes: floating, inPlace: (x) => x.exp_() }),
  unary('expm1', { call: expm1, f: Math.expm1, dtypes: floating }),
  unary('log', { call: log, f: Math.log, dtypes: floating, x: positive }),
  unary('log1p', { call: log1p, f: Math.log1p, dtypes: floating, x: positive }),
  unary('log2', { call: log2, f: Math.log2, dtypes: floating, x: positive }),
  unary('sqrt', { call: sqrt, f: Math.sqrt, dtypes: floating, x: positive }),
  unary('rsqrt', { call: rsqrt, f: (x) => 1 / Math.sqrt(x), dtypes: floating, x: positive }),
  unary('reciprocal', { call: reciprocal, f: (x) => 1 / x, dtypes: floating, x: nonzero }),
  unary('sin', { call: sin, f: Math.sin, dtypes: floating }),
  unary('cos', { call: cos, f: Math.cos, dtypes: floating }),
  unary('erf', { call: erf, f: erfReference, dtypes: floating }),
  opSpec<{ min?: number; max?: number }>({
    op: 'clamp',
    records: ['clamp'],
    call: ([x], bounds) => clamp(x as Tensor, bounds),
    samples: (r) => [
      { note: 'both bounds', inputs: [r.uniform([4, 9])], args: { min: -0.7, max: 1.1 } },
      { note: 'lower bound', inputs: [r.uniform([9])], args: { min: 0.2 } },
      { note: 'upper bound', inputs: [r.uniform([9])], args: { max: 0.2 } },
      { note: 'empty', inputs: [r.uniform([0, 2])], args: { min: 0, max: 1 } },
    ],
    reference: (inputs, { min = -Infinity, max = Infinity }) =>
      elementwise((x) => Math.min(Math.max(x, min), max))(inputs),
    differentiable: true,
    dtypes: { bool: 'error', uint8: 'float32', int32: 'float32', float32: 'float32', float64: 'float64' },
    inPlace: ([x], bounds) => (x as Tensor).clamp_(bounds),
  }),
]
