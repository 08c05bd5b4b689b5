// Every vector of dropout.json, errors.json and masks.json that is about dropout: PyTorch's numbers, draws and words.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { functional as F, nn, type Tensor } from '../../src/index.ts'
import { ones, zeros } from '../../src/ops/creation.ts'
import { defaultGenerator } from '../../src/random/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { goldens, maskText, seeded, viewByStrides, wordsTaken } from '../random/support.ts'
import { camelCase, expectSame, fromGolden, type GoldenTensor } from '../support/goldens.ts'

type LayerName = 'Dropout' | 'Dropout1d' | 'Dropout2d' | 'Dropout3d' | 'AlphaDropout' | 'FeatureAlphaDropout'
type FunctionName = 'dropout' | 'dropout1d' | 'dropout2d' | 'dropout3d' | 'alphaDropout' | 'featureAlphaDropout'

interface Case {
  readonly module: LayerName
  readonly p: number
  readonly training: boolean
  readonly inplace: boolean
  readonly seed: string
  readonly layout: string
  readonly input: GoldenTensor
  readonly output: GoldenTensor
  readonly gradOutput: GoldenTensor
  readonly gradInput: GoldenTensor
  readonly draws: number
  readonly warnings: readonly string[]
}

interface Outcome {
  readonly errorType: string | null
  readonly message: string | null
  readonly warnings: readonly { readonly message: string }[]
}

interface Call extends Outcome {
  readonly fn: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly p: number | 'nan'
  readonly training: boolean
  readonly draws?: number
}

interface Errors {
  readonly constructors: readonly (Outcome & { readonly module: LayerName; readonly p: number })[]
  readonly calls: readonly Call[]
  readonly inplaceLeaf: readonly (Outcome & { fn: string; p: number; training: boolean; inplace: boolean })[]
}

interface Masks {
  readonly edge: readonly { seed: string; p: number; n: number; default: string; scaleFloat32: number | null }[]
  readonly layouts: readonly {
    seed: string
    p: number
    layout: string
    shape: number[]
    strides: number[]
    outStrides: number[]
    default: string
  }[]
  readonly features: readonly {
    seed: string
    p: number
    fn: string
    shape: number[]
    default: string
    defaultDraws: number
  }[]
}

const { cases } = goldens<{ cases: Case[] }>('dropout.json')
const errors = goldens<Errors>('errors.json')
const masks = goldens<Masks>('masks.json')

const functionOf = (name: string) => F[camelCase(name) as FunctionName]

/** A leaf whose memory lies in the order (n, h, w, c). */
function channelsLast(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  return x.permute([0, 2, 3, 1]).contiguous().view([n, h, w, c]).permute([0, 3, 1, 2]).detach()
}

function warningsOf(run: () => unknown): string[] {
  const seen: string[] = []
  vi.spyOn(console, 'warn').mockImplementation((message: string) => void seen.push(message))
  run()
  return seen
}

afterEach(() => void vi.restoreAllMocks())

test.each(cases.map((golden, i) => ({ i, ...golden })))(
  'case $i: $module p = $p, training $training, in place $inplace, $layout',
  (golden) => {
    const { module, p, training, inplace, layout } = golden
    const layer = new nn[module](p, { inplace }).train(training)
    const x = fromGolden(golden.input)
    const leaf = (layout === 'channels_last' ? channelsLast(x) : x).requiresGrad_()
    const generator = seeded(golden.seed)
    const state = generator.getState()
    let output = leaf
    const warnings = warningsOf(() => {
      output = layer.call(inplace ? leaf.mul(1) : leaf)
    })
    expectSame(output, golden.output)
    expect(warnings).toEqual(golden.warnings)
    output.backward({ gradient: fromGolden(golden.gradOutput) })
    expectSame(leaf.grad as Tensor, golden.gradInput)
    generator.setState(state)
    expect(wordsTaken(generator, () => layer.call(inplace ? leaf.mul(1) : leaf))).toBe(golden.draws)
  },
)

test.each(errors.constructors)('constructor $module($p)', ({ module, p, message }) => {
  expect(() => new nn[module](p)).toThrow(expect.objectContaining({ message, code: 'TN_RANGE' }))
})

test.each(errors.calls)('$fn of $dtype $shape, p = $p, training $training', (golden) => {
  const { fn, shape, dtype, training, message, draws } = golden
  const p = golden.p === 'nan' ? Number.NaN : golden.p
  const x = zeros(shape, { dtype: dtype as DType })
  let thrown: unknown
  const run = () => {
    try {
      functionOf(fn)(x, p, { training })
    } catch (error) {
      thrown = error
    }
  }
  let warnings: string[] = []
  const taken = wordsTaken(seeded('0'), () => {
    warnings = warningsOf(run)
  })
  expect((thrown as Error | undefined)?.message ?? null).toBe(message)
  expect(warnings).toEqual(golden.warnings.map((warning) => warning.message))
  if (draws !== undefined) expect(taken).toBe(draws)
})

/** The ranks of the leaves that errors.json's in-place calls were made on. */
const leafShape: Record<string, readonly number[]> = { dropout3d: [2, 2, 2, 2], dropout1d: [2, 2, 2] }

test.each(errors.inplaceLeaf)('$fn in place on a leaf, p = $p, training $training', ({ fn, p, training, message }) => {
  const leaf = ones(leafShape[fn] ?? [2, 2, 2, 2], { requiresGrad: true })
  const call = () => functionOf(fn)(leaf, p, { training, inplace: true })
  if (message === null) expect(call()).toBe(leaf)
  else expect(call).toThrow(expect.objectContaining({ message, code: 'TN_GRAPH' }))
})

describe('masks', () => {
  const kept = (x: Tensor) => maskText(Array.from(x.toArray(), (value) => (value === 0 ? 0 : 1)))

  test.each(masks.edge)('unusual p = $p, seed $seed', ({ seed, p, n, default: expected, scaleFloat32 }) => {
    seeded(seed)
    const out = F.dropout(ones([n]), p)
    expect(kept(out)).toBe(expected)
    const scale = out.toArray().find((value) => value !== 0)
    expect(scale ?? null).toBe(scaleFloat32)
  })

  test.each(masks.layouts)('layout $layout $shape', ({ seed, p, shape, strides, outStrides, default: expected }) => {
    const reach = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] as number), 1)
    const x = viewByStrides(ones([reach]), shape, strides, 0)
    seeded(seed)
    const out = F.dropout(x, p)
    expect(kept(out)).toBe(expected)
    expect(out.strides).toEqual(outStrides)
  })

  test.each(masks.features)('$fn $shape', ({ seed, p, fn, shape, default: expected, defaultDraws }) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const run = () => functionOf(fn)(ones(shape), p, { training: true })
    seeded(seed)
    const keeps = Array.from(run().toArray(), (value) => (value > 0 ? 1 : 0))
    expect(maskText(keeps)).toBe(expected)
    expect(keeps.length).toBe(elementCount(shape))
    expect(wordsTaken(seeded(seed), run)).toBe(defaultDraws)
  })
})

test('the default generator is the one that is drawn from', () => {
  seeded('0')
  const before = defaultGenerator.getState()
  F.dropout(ones([4]), 0.5)
  expect(defaultGenerator.getState().equal(before)).toBe(false)
})
