// What init.json leaves out of torch.nn.init: test/goldens/make_init.py.
import { expect, test, vi } from 'vitest'
import { Generator, manualSeed, nn, rand, type Tensor, zeros } from '../../src/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { goldens, numbers } from '../random/support.ts'
import { camelCase, expectSameNumbers } from '../support/goldens.ts'

const { init } = nn

interface Call {
  readonly fn: string
  readonly shape: readonly number[]
  readonly kwargs: Readonly<Record<string, number>>
  readonly dtype: DType
  readonly generatorSeed: number | null
  readonly data: readonly number[]
  /** The number that the default generator gives next. */
  readonly next: number
}

interface Gain {
  readonly nonlinearity: string
  readonly param?: number
  readonly gain: number
}

const { functions, gains, errors } = goldens<{
  functions: Call[]
  gains: Gain[]
  errors: { what: string; message: string }[]
}>('init-rest.json')

type Options = Readonly<Record<string, number>> & { readonly generator?: Generator | undefined }

const run: Readonly<Record<string, (x: Tensor, options: Options) => Tensor>> = {
  constant_: (x, { val = 0 }) => init.constant_(x, val),
  zeros_: (x) => init.zeros_(x),
  ones_: (x) => init.ones_(x),
  eye_: (x) => init.eye_(x),
  dirac_: (x, { generator: _, ...options }) => init.dirac_(x, options),
  sparse_: (x, { sparsity = 0, ...options }) => init.sparse_(x, sparsity, options),
  truncNormal_: (x, options) => init.truncNormal_(x, options),
}

test.each(functions)(
  '$fn $shape $kwargs $dtype, generator $generatorSeed',
  ({ fn, shape, kwargs, dtype, generatorSeed, data, next }) => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    manualSeed(3)
    const generator = generatorSeed === null ? undefined : new Generator().manualSeed(generatorSeed)
    const x = zeros(shape, { dtype }).fill_(7)
    expect(run[camelCase(fn)]?.(x, { ...kwargs, generator } as Options)).toBe(x)
    // Blocks of float64 normals are the C library's: PyTorch's up to the last bits.
    const inBlocks = dtype === 'float64' && fn !== 'dirac_' && x.numel >= 16
    if (inBlocks) for (const [i, value] of numbers(x).entries()) expect(value).toBeCloseTo(data[i] as number, 13)
    else expectSameNumbers(numbers(x), data)
    expect(rand([1]).item()).toBe(next)
    warn.mockRestore()
  },
)

test.each(gains)('the gain of $nonlinearity $param', ({ nonlinearity, param, gain }) => {
  expect(init.calculateGain(camelCase(nonlinearity) as nn.init.Nonlinearity, param)).toBe(gain)
})

const failing: Readonly<Record<string, () => unknown>> = {
  'dirac_ of a matrix': () => init.dirac_(zeros([2, 2])),
  'dirac_ in 3 groups': () => init.dirac_(zeros([4, 2, 2]), { groups: 3 }),
  'sparse_ of a vector': () => init.sparse_(zeros([3]), 0.5),
}

test.each(errors)('$what is refused in PyTorch’s words', ({ what, message }) => {
  expect(failing[what]).toThrow(expect.objectContaining({ code: 'TN_SHAPE', message }))
})

test('other arguments are checked', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => init.dirac_(zeros([4, 2, 2]), 2 as never),
      'dirac_: options go into one object, got 2; write dirac_(x, { groups: 2 })',
    ],
    [() => init.dirac_(zeros([4, 2, 2]), { groups: 0 }), 'dirac_: groups must be a count, got 0'],
    [() => init.dirac_(zeros([4, 2, 0])), 'dirac_: a kernel needs a middle, got [4, 2, 0]'],
    [() => init.sparse_(zeros([4, 2]), 1.5), 'sparse_: sparsity must be from 0 to 1, got 1.5'],
    [() => init.sparse_(zeros([4, 2]), 0.5, { sd: 1 } as object), 'sparse_: unknown option sd'],
    [() => init.truncNormal_(zeros([4]), { a: 1, b: 1 }), 'truncNormal_: expected a < b and std > 0'],
  ]
  for (const [call, message] of cases) expect(call).toThrow(message)
})

test('truncNormal_ warns, as PyTorch does, where the mean is far outside', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  init.truncNormal_(zeros([2]), { mean: 3, std: 0.5, a: 0, b: 1.9 })
  init.truncNormal_(zeros([2]), { mean: 3, std: 0.5, a: 0, b: 2 })
  expect(warn.mock.calls).toEqual([
    ['mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.'],
  ])
  warn.mockRestore()
})
