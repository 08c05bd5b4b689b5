// What a test table says about an op, and the tests that follow from it.
import { describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/mode.ts'
import { type ErrorCode, ThinnetError } from '../../src/backend/errors.ts'
import { cast } from '../../src/ops/cast.ts'
import { grad } from '../../src/ops/gradients.ts'
import { type DType, dtypes, isFloating } from '../../src/tensor/dtype.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { exact, expectClose, type Tolerance } from './compare.ts'
import { gradcheck, gradgradcheck, recordedOps } from './gradcheck.ts'
import { Grid } from './grid.ts'
import { Samples, strided } from './samples.ts'

/** Inputs of one call. float64 ones are cast to the type under test; others (indices, masks) stay as they are. */
export interface Sample<Args> {
  readonly note: string
  readonly inputs: readonly Tensor[]
  readonly args: Args
}

export interface ErrorCase {
  readonly note: string
  readonly run: () => unknown
  readonly code: ErrorCode
  readonly message: RegExp
}

export interface OpSpec<Args = undefined> {
  /** The function, as users call it. */
  readonly op: string
  /** The records of `defineOp` that it and its gradients are made of; each must be seen in a graph. */
  readonly records: readonly string[]
  call(inputs: readonly Tensor[], args: Args): Tensor
  samples(r: Samples): readonly Sample<Args>[]
  /** The same in plain numbers. */
  reference(inputs: readonly Grid[], args: Args): Grid
  /** Whether floating inputs have gradients; those of the result, where there are none, are not asked for. */
  readonly differentiable: boolean
  /** The step of central differences, where the default is none for this op. */
  readonly step?: number
  /** Bounds of the whole numbers that types are tried with; the second is not reached. Default [1, 4). */
  readonly whole?: readonly [number, number]
  /** The type of the result for floating-input operands of each type; or that there is none, an error. */
  readonly dtypes: Readonly<Record<DType, DType | 'error'>>
  /** Relative and absolute, where the default is not to be reached; the reason stands beside it. */
  readonly tolerance?: Partial<Record<'float32' | 'float64', Tolerance>>
  /** The in-place form: changes and returns `inputs[0]`. */
  inPlace?(inputs: readonly Tensor[], args: Args): Tensor
  errors?(r: Samples): readonly ErrorCase[]
}

/** Common rules for types. */
export const dtypeRules = {
  same: { bool: 'bool', uint8: 'uint8', int32: 'int32', float32: 'float32', float64: 'float64' },
  numbers: { bool: 'error', uint8: 'uint8', int32: 'int32', float32: 'float32', float64: 'float64' },
  floating: { bool: 'float32', uint8: 'float32', int32: 'float32', float32: 'float32', float64: 'float64' },
  floatingOnly: { bool: 'error', uint8: 'error', int32: 'error', float32: 'float32', float64: 'float64' },
  bool: { bool: 'bool', uint8: 'bool', int32: 'bool', float32: 'bool', float64: 'bool' },
  int32: { bool: 'int32', uint8: 'int32', int32: 'int32', float32: 'int32', float64: 'int32' },
  sum: { bool: 'int32', uint8: 'int32', int32: 'int32', float32: 'float32', float64: 'float64' },
} as const satisfies Record<string, Record<DType, DType | 'error'>>

const tolerances: Record<'float32' | 'float64', Tolerance> = {
  float32: { rtol: 2e-6, atol: 1e-6 },
  float64: { rtol: 1e-13, atol: 1e-14 },
}

const seed = 20260701

/** Checks the types at one place: a table's rows differ in `Args` only. */
export const opSpec = <Args = undefined>(spec: OpSpec<Args>): OpSpec<Args> => spec

/** A row of a table, whatever its `Args`. */
export type AnySpec = OpSpec<unknown>

const isVariable = (x: Tensor) => x.dtype === 'float64'
const inType = (inputs: readonly Tensor[], dtype: DType) => inputs.map((x) => (isVariable(x) ? cast(x, dtype) : x))

/** Registers the tests of every row. */
export function describeOps(specs: readonly AnySpec[]): void {
  for (const spec of specs) describe(spec.op, () => describeOp(spec))
}

function describeOp(spec: OpSpec<unknown>): void {
  const samples = spec.samples(new Samples(seed))
  describe.each(samples.map((sample) => [sample.note, sample] as const))('%s', (note, sample) => {
    const what = `${spec.op}, ${note}, seed ${seed}`
    test.each(['float32', 'float64'] as const)('values in %s', (dtype) => checkValues(what, spec, sample, dtype))
    test('strided equals contiguous', () => {
      const contiguous = Grid.of(spec.call(sample.inputs, sample.args))
      const actual = Grid.of(spec.call(sample.inputs.map(strided), sample.args))
      expectClose(what, actual, contiguous, spec.tolerance?.float64 ?? exact)
    })
    if (spec.inPlace) test('in place equals out of place', () => checkInPlace(what, spec, sample))
    if (spec.differentiable) {
      test('gradients', () => gradcheck(what, ...differentiableOf(spec, sample), spec.step))
      test('second derivatives', () => gradgradcheck(what, ...differentiableOf(spec, sample), spec.step))
    }
  })
  test.each(dtypes)('type of the result for %s', (dtype) => checkDType(spec, samples, dtype))
  if (spec.differentiable) test('is made of the records it names', () => checkRecords(spec, samples))
  else test('records nothing', () => expectNothingRecorded(spec, samples))
  for (const { note, run, code, message } of spec.errors?.(new Samples(seed)) ?? []) {
    test(`error: ${note}`, () => {
      const error = errorOf(run)
      expect(error.message).toMatch(message)
      expect(error.code).toBe(code)
    })
  }
}

export function errorOf(run: () => unknown): ThinnetError {
  try {
    run()
  } catch (error) {
    if (error instanceof ThinnetError) return error
    throw error
  }
  throw new Error('expected a ThinnetError, but nothing was thrown')
}

function checkValues(
  what: string,
  spec: OpSpec<unknown>,
  { inputs, args }: Sample<unknown>,
  dtype: 'float32' | 'float64',
) {
  const operands = inType(inputs, dtype)
  const before = operands.map(Grid.of)
  const out = spec.call(operands, args)
  const tolerance = spec.tolerance?.[dtype] ?? tolerances[dtype]
  expectClose(`${what}, ${dtype}`, Grid.of(out), rounded(spec.reference(before, args), out.dtype), tolerance)
  operands.forEach((x, i) => {
    expectClose(`${what}: input ${i} afterwards`, Grid.of(x), before[i] as Grid, exact)
  })
}

/** A reference as the type can hold it: integers wrap around. */
function rounded(grid: Grid, dtype: DType): Grid {
  if (dtype === 'uint8') return grid.map((x) => ((Math.trunc(x) % 256) + 256) % 256)
  if (dtype === 'int32') return grid.map((x) => x | 0)
  return dtype === 'float32' ? grid.map(Math.fround) : grid
}

function checkInPlace(what: string, spec: OpSpec<unknown>, { inputs, args }: Sample<unknown>): void {
  const expected = Grid.of(spec.call(inputs, args))
  const target = (inputs[0] as Tensor).clone()
  const view = strided(target)
  for (const x of [target, view]) {
    const result = spec.inPlace?.([x, ...inputs.slice(1)], args)
    expect(result, 'returns its operand').toBe(x)
    expectClose(`${what}, in place`, Grid.of(x), expected, exact)
  }
}

/** The op as a function of its floating inputs alone. */
function differentiableOf(spec: OpSpec<unknown>, { inputs, args }: Sample<unknown>) {
  const f = (variables: readonly Tensor[]) => {
    const rest = [...variables]
    return spec.call(
      inputs.map((x) => (isVariable(x) ? (rest.shift() as Tensor) : x)),
      args,
    )
  }
  return [f, inputs.filter(isVariable)] as const
}

/** Small whole numbers of the type, from the first sample's shapes. */
function checkDType(spec: OpSpec<unknown>, samples: readonly Sample<unknown>[], dtype: DType): void {
  const [{ inputs, args }] = samples as readonly [Sample<unknown>]
  const r = new Samples(seed)
  const operands = inputs.map((x) => (isVariable(x) ? cast(r.integers(x.shape, ...(spec.whole ?? [1, 4])), dtype) : x))
  const expected = spec.dtypes[dtype]
  if (expected === 'error') {
    expect(errorOf(() => spec.call(operands, args)).code).toBe('TN_DTYPE')
    return
  }
  const out = spec.call(operands, args)
  expect(out.dtype).toBe(expected)
  const tolerance = isFloating(expected) ? (spec.tolerance?.float32 ?? tolerances.float32) : exact
  const reference = rounded(spec.reference(operands.map(Grid.of), args), expected)
  expectClose(`${spec.op} of ${dtype}`, Grid.of(out), reference, tolerance)
}

/** Every record that the spec names must turn up in the graph of its results or of their gradients. */
function checkRecords(spec: OpSpec<unknown>, samples: readonly Sample<unknown>[]): void {
  const seen = new Set<string>()
  for (const sample of samples) {
    const [f, inputs] = differentiableOf(spec, sample)
    const variables = inputs.map((x) => {
      const leaf = x.clone()
      leaf.requiresGrad = true
      return leaf
    })
    const out = f(variables)
    const gradient = cast(new Samples(1).uniform(out.shape), out.dtype)
    gradient.requiresGrad = true
    const gradients = grad(out, variables, { gradient, createGraph: true })
    for (const x of [out, ...gradients]) if (x) for (const name of recordedOps(x)) seen.add(name)
  }
  expect([...seen]).toEqual(expect.arrayContaining([...spec.records]))
}

function expectNothingRecorded(spec: OpSpec<unknown>, samples: readonly Sample<unknown>[]): void {
  expect(spec.records).toEqual([])
  for (const { inputs, args } of samples) {
    const variables = inputs.map((x) => {
      const leaf = noGrad(() => x.clone())
      if (isVariable(x)) leaf.requiresGrad = true
      return leaf
    })
    expect(spec.call(variables, args).requiresGrad).toBe(false)
  }
}
