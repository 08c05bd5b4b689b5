// What the table of dropout methods says about each of them, and the tests that follow from it.
import { describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/mode.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/index.ts'
import { foldScaling, Generator, grad, manualSeed, nn, recordMasks, replayMasks, type Tensor } from '../../src/index.ts'
import { defaultGenerator } from '../../src/random/index.ts'
import { isFloating } from '../../src/tensor/dtype.ts'
import { wordsTaken } from '../random/support.ts'
import { expectClose, type Tolerance } from './compare.ts'
import { Grid } from './grid.ts'
import type { ErrorCase } from './op-spec.ts'
import { errorOf } from './op-spec.ts'
import { Samples } from './samples.ts'

/** A layer that draws noise. */
export type Layer = nn.AnyModule & { mc: boolean }

/** The mean and the variance of each element of the output, by the paper's formula, in double precision. */
export interface Moments {
  readonly mean: Grid
  readonly variance: Grid
}

/** What becomes of p at its limits. */
export interface Limits {
  /** Sets the probability of a layer that was made. */
  set(layer: Layer, p: number): void
  /** A layer made with the probability. */
  make(p: number): unknown
  /** What the constructor says to a probability out of range, where that is not what all others say. */
  readonly refusal?: string
  /** The output for p = 0, where nothing may be drawn. */
  readonly zero: (layer: Layer, x: Tensor) => Grid
  /** The output for p = 1, where nothing may be drawn; or the error that says why there is none. */
  readonly one: ((layer: Layer, x: Tensor) => Grid) | RegExp
}

export interface MethodSpec {
  /** The layer's name, as `nn` has it. */
  readonly layer: string
  /** What tells several rows of a layer apart. */
  readonly note?: string
  /** A layer of always the same parameters. */
  make(options?: { readonly generator?: Generator | undefined; readonly mc?: boolean }): Layer
  /** A small input; one in float64 is cast to the type under test. */
  input(r: Samples): Tensor
  /** Calls the layer, and makes one floating tensor of what it returns. Default: `layer.call(x)`. */
  run?(layer: Layer, x: Tensor): Tensor
  readonly text: string
  /** How many 32-bit words a call in training takes from a generator that was just seeded, in float32. */
  readonly words: number
  /** What a call in training records, by name: type and shape. */
  readonly masks: Readonly<Record<string, string>>
  readonly moments: (layer: Layer, x: Grid) => Moments
  /** What evaluation computes. */
  readonly evaluated: (layer: Layer, x: Grid) => Grid
  /** Whether evaluation returns the very tensor that it was given. */
  readonly evaluatesToInput: boolean
  /** Left out where the probability is learned. */
  readonly limits?: Limits
  /** Whether a factor on the input passes to the output, and so through the layer (`foldScaling`). */
  readonly passesFactors: boolean | 'is no layer of a Sequential'
  readonly errors: (r: Samples) => readonly ErrorCase[]
}

const seed = 20261104
const samples = 2000
const float32: Tolerance = { rtol: 3e-6, atol: 1e-6 }

const titleOf = ({ layer, note }: MethodSpec) => (note === undefined ? layer : `${layer}, ${note}`)
const runOf = ({ run = (layer, x) => (layer as unknown as nn.Module).call(x) }: MethodSpec) => run
const inputOf = ({ input }: MethodSpec, dtype: 'float32' | 'float64' = 'float32') => {
  const x = input(new Samples(seed))
  return isFloating(x.dtype) ? x.to(dtype) : x
}

/** Registers the tests of every row. */
export function describeMethods(specs: readonly MethodSpec[]): void {
  for (const spec of specs) describe(titleOf(spec), () => describeMethod(spec))
}

function describeMethod(spec: MethodSpec): void {
  test('expectation and variance are those of the formula', () => checkMoments(spec))
  test('evaluation', () => checkEvaluation(spec))
  test('Monte Carlo: evaluation draws as training does', () => checkMonteCarlo(spec))
  test('draws come from the generator that was given, and are counted', () => checkGenerator(spec))
  test('what was drawn is recorded, saved, and replayed to the bit', () => checkRecord(spec))
  test('gradients of input and parameters under a fixed mask', () => checkGradients(spec, true))
  test('gradients in evaluation', () => checkGradients(spec, false))
  test('prints itself', () => {
    expect(String(spec.make())).toBe(spec.text)
    expect(spec.text).not.toContain('mc=')
    expect(String(spec.make({ mc: true }))).toContain('mc=True')
  })
  test('a factor passes through it, or foldScaling says that it does not', () => checkFactors(spec))
  const { limits } = spec
  if (limits) test('p at its limits', () => checkLimits(spec, limits))
  for (const { note, run, code, message } of spec.errors(new Samples(seed))) {
    test(`error: ${note}`, () => {
      const error = errorOf(run)
      expect(error.message).toMatch(message)
      expect(error.code).toBe(code)
    })
  }
}

/** Means within five standard errors; so the second moments around the formula's mean. */
function checkMoments(spec: MethodSpec): void {
  const layer = spec.make()
  const x = inputOf(spec)
  const { mean, variance } = spec.moments(layer, Grid.of(x))
  const n = mean.data.length
  const [first, second, fourth] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  manualSeed(seed)
  noGrad(() => {
    for (let k = 0; k < samples; k++) {
      const y = runOf(spec)(layer, x)
      if (k === 0) expect(y.shape).toEqual(mean.shape)
      const values = y.toArray()
      for (let i = 0; i < n; i++) {
        const off = (values[i] as number) - (mean.data[i] as number)
        first[i] = (first[i] as number) + off / samples
        second[i] = (second[i] as number) + off ** 2 / samples
        fourth[i] = (fourth[i] as number) + off ** 4 / samples
      }
    }
  })
  for (let i = 0; i < n; i++) {
    const [center, spread] = [mean.data[i] as number, variance.data[i] as number]
    const rounding = 1e-5 * Math.max(1, Math.abs(center))
    const offMean = Math.abs(first[i] as number)
    expect(offMean, `mean of element ${i}, expected ${center}`).toBeLessThan(5 * Math.sqrt(spread / samples) + rounding)
    const error = Math.sqrt(Math.max((fourth[i] as number) - (second[i] as number) ** 2, 0) / samples)
    const offVariance = Math.abs((second[i] as number) - spread)
    expect(offVariance, `variance of element ${i}, expected ${spread}, got ${second[i]}`).toBeLessThan(
      5 * error + rounding * Math.max(1, spread),
    )
  }
}

function checkEvaluation(spec: MethodSpec): void {
  const layer = spec.make()
  const x = inputOf(spec)
  const before = defaultGenerator.getState()
  layer.eval()
  const y = runOf(spec)(layer, x)
  expect(defaultGenerator.getState().equal(before), 'draws nothing').toBe(true)
  expect(y === x).toBe(spec.evaluatesToInput)
  expectClose(titleOf(spec), Grid.of(y), spec.evaluated(layer, Grid.of(x)), float32)
}

function checkMonteCarlo(spec: MethodSpec): void {
  const x = inputOf(spec)
  const sample = (layer: Layer) => {
    manualSeed(seed)
    return runOf(spec)(layer, x)
  }
  const training = sample(spec.make())
  const monteCarlo = spec.make({ mc: true })
  expect(monteCarlo.mc).toBe(true)
  monteCarlo.eval()
  expect(sample(monteCarlo).equal(training)).toBe(true)
  monteCarlo.mc = false
  const evaluated = spec.make()
  evaluated.eval()
  expect(sample(monteCarlo).equal(sample(evaluated))).toBe(true)
}

function checkGenerator(spec: MethodSpec): void {
  const [x, run] = [inputOf(spec), runOf(spec)]
  const layer = spec.make()
  expect(wordsTaken(manualSeed(seed), () => run(layer, x))).toBe(spec.words)
  manualSeed(seed)
  const first = run(layer, x)
  // Masks of a few bits repeat now and then.
  const later = Array.from({ length: 30 }, () => run(layer, x).equal(first))
  manualSeed(seed)
  expect(run(layer, x).equal(first), 'the same seed, the same noise').toBe(true)
  expect(later, 'later calls, other noise').toContain(false)
  const own = spec.make({ generator: new Generator().manualSeed(seed) })
  const before = defaultGenerator.getState()
  expect(run(own, x).equal(first), 'a generator of its own').toBe(true)
  expect(defaultGenerator.getState().equal(before), 'the other one is left alone').toBe(true)
}

function checkRecord(spec: MethodSpec): void {
  const [x, run] = [inputOf(spec), runOf(spec)]
  const layer = spec.make()
  const model = new Holder(layer)
  manualSeed(seed)
  const recording = recordMasks(model)
  const y = run(layer, x)
  const masks = recording.stop()
  const seen = Array.from(masks, ([name, mask]) => [name, `${mask.dtype} [${mask.shape.join(', ')}]`])
  expect(Object.fromEntries(seen)).toEqual(spec.masks)
  const { tensors } = decodeSafetensors(encodeSafetensors(masks))
  const replay = replayMasks(model, tensors)
  const before = defaultGenerator.getState()
  expect(run(layer, x).equal(y)).toBe(true)
  replay.stop()
  expect(defaultGenerator.getState().equal(before), 'nothing is drawn').toBe(true)
}

/** Gives the layer a name. */
class Holder extends nn.AnyModule {
  constructor(readonly layer: Layer) {
    super()
  }
}

/** Central differences in the input and in every parameter, all draws replayed. */
function checkGradients(spec: MethodSpec, training: boolean): void {
  const layer = spec.make()
  layer.double().train(training)
  const x = inputOf(spec, 'float64').clone()
  const model = new Holder(layer)
  manualSeed(seed)
  const recording = recordMasks(model)
  const weights = new Samples(1).uniform(runOf(spec)(layer, x).shape, 0.5, 1.5)
  const masks = recording.stop()
  const loss = () => {
    const replay = replayMasks(model, masks)
    const y = runOf(spec)(layer, x)
    replay.stop()
    return y.mul(weights).sum()
  }
  const variables: [string, Tensor][] = [...layer.namedParameters()]
  if (isFloating(x.dtype)) variables.push(['the input', x.requiresGrad_()])
  const gradients = grad(
    loss(),
    variables.map(([, variable]) => variable),
  )
  const step = 1e-6
  for (const [k, [name, variable]] of variables.entries()) {
    const slopes = noGrad(() =>
      Array.from({ length: variable.numel }, (_, i) => {
        const values = () => variable.hostView()
        const before = values()[i] as number
        const at = (value: number) => {
          values()[i] = value
          return loss().item()
        }
        const slope = (at(before + step) - at(before - step)) / (2 * step)
        values()[i] = before
        return slope
      }),
    )
    const gradient = gradients[k]
    const actual = gradient
      ? Grid.of(gradient)
      : new Grid(
          variable.shape,
          slopes.map(() => 0),
        )
    expectClose(`gradient of ${name}`, actual, new Grid(variable.shape, slopes), { rtol: 1e-5, atol: 1e-6 })
  }
}

/** Standard dropout before the layer, whose factor `foldScaling` moves into the weights behind it. */
function checkFactors(spec: MethodSpec): void {
  if (spec.passesFactors === 'is no layer of a Sequential') return
  const x = inputOf(spec)
  const layer = spec.make() as Layer & nn.Module
  manualSeed(seed)
  const width = noGrad(() => layer.call(x)).shape.at(-1) as number
  const dropout = new nn.Dropout(0.25, { scaling: 'standard' })
  const model = new nn.Sequential(dropout, layer, new nn.Linear(width, 2))
  if (!spec.passesFactors) {
    expect(errorOf(() => foldScaling(model)).message).toMatch(`a factor does not pass through ${spec.layer} (1)`)
    return
  }
  const outputs = () => {
    manualSeed(seed)
    return [model.eval().call(x), model.train().call(x)]
  }
  const before = outputs()
  foldScaling(model)
  for (const [i, after] of outputs().entries()) {
    expectClose('after foldScaling', Grid.of(after), Grid.of(before[i] as Tensor), { rtol: 1e-4, atol: 1e-5 })
  }
}

function checkLimits(spec: MethodSpec, { set, make, refusal, zero, one }: Limits): void {
  const [x, run] = [inputOf(spec), runOf(spec)]
  const layer = spec.make()
  const drawsNothing = (p: number, expected: Grid) => {
    set(layer, p)
    const taken = wordsTaken(manualSeed(seed), () => {
      expectClose(`p = ${p}`, Grid.of(run(layer, x)), expected, float32)
    })
    expect(taken, `p = ${p} draws nothing`).toBe(0)
  }
  drawsNothing(0, zero(layer, x))
  if (one instanceof RegExp) {
    set(layer, 1)
    for (const call of [() => make(1), () => run(layer, x)]) {
      expect(errorOf(call).message).toMatch(one)
      expect(errorOf(call).code).toBe('TN_RANGE')
    }
  } else drawsNothing(1, one(layer, x))
  for (const p of [-0.1, 1.5]) {
    set(layer, p)
    const message = `dropout probability has to be between 0 and 1, but got ${p}`
    expect(errorOf(() => make(p)).message).toBe(refusal ?? message)
    expect(errorOf(() => run(layer, x)).message).toBe(message)
  }
  set(layer, Number.NaN)
  for (const training of [true, false]) {
    layer.train(training)
    expect(() => run(layer, x)).toThrow('dropout probability has to be between 0 and 1, but got nan')
  }
  expect(() => make('0.5' as never)).toThrow(refusal ?? 'p must be a number')
}
