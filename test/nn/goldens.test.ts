// Initial values of init.json and the printed forms of errors.json, for every layer that is there.
import { describe, expect, test } from 'vitest'
import { nn, type Tensor, zeros } from '../../src/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { goldens, numbers, seeded, wordsTaken } from '../random/support.ts'
import {
  camelCase,
  expectNear,
  expectSame,
  expectSameNumbers,
  type GoldenTensor,
  inCamelCase,
} from '../support/goldens.ts'

interface Layer {
  readonly cls: string
  readonly args: readonly number[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly dtype: DType
  readonly seed: string
  readonly params: Readonly<Record<string, GoldenTensor>>
  readonly draws: number
}

interface Function {
  readonly fn: string
  readonly shape: readonly number[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly seed: string
  readonly data: readonly number[]
  readonly draws: number
}

const { layers, functions } = goldens<{ layers: Layer[]; functions: Function[] }>('init.json')

type MakeLayer = (args: readonly number[], options: Readonly<Record<string, unknown>>) => nn.AnyModule

/** PyTorch's third argument is an option here. */
const recurrentSizes = ([inputSize, hiddenSize, numLayers = 1]: readonly number[], options: object) =>
  [inputSize as number, hiddenSize as number, { ...options, numLayers }] as const

const makeLayer: Readonly<Record<string, MakeLayer>> = {
  Linear: (args, options) => new nn.Linear(args[0] as number, args[1] as number, options),
  Conv1d: (args, options) => new nn.Conv1d(args[0] as number, args[1] as number, args[2] as number, options),
  Conv2d: (args, options) => new nn.Conv2d(args[0] as number, args[1] as number, args[2] as number, options),
  Embedding: (args, options) => new nn.Embedding(args[0] as number, args[1] as number, options),
  RNN: (args, options) => new nn.RNN(...recurrentSizes(args, options)),
  LSTM: (args, options) => new nn.LSTM(...recurrentSizes(args, options)),
  GRU: (args, options) => new nn.GRU(...recurrentSizes(args, options)),
  LSTMCell: (args, options) => new nn.LSTMCell(args[0] as number, args[1] as number, options),
  GRUCell: (args, options) => new nn.GRUCell(args[0] as number, args[1] as number, options),
  BatchNorm2d: (args, options) => new nn.BatchNorm2d(args[0] as number, options),
  LayerNorm: (args, options) => new nn.LayerNorm(args, options),
}

test.each(layers)(
  'initial values of $cls $args $kwargs $dtype, seed $seed',
  ({ cls, args, kwargs, dtype, seed, params, draws }) => {
    const make = () => (makeLayer[cls] as MakeLayer)(args, { ...inCamelCase(kwargs), dtype })
    const taken = wordsTaken(seeded(seed), make)
    expect(taken).toBe(draws)
    seeded(seed)
    const state = make().stateDict()
    expect([...state.keys()]).toEqual(Object.keys(params))
    for (const [name, expected] of Object.entries(params)) {
      // A count of batches is int64 in PyTorch, which thinnet has in files only.
      expectSame(state.get(name) as Tensor, expected.dtype === 'int64' ? { ...expected, dtype: 'int32' } : expected)
    }
  },
)

const { init } = nn

/** PyTorch's names of what the options take. */
const words: Readonly<Record<string, string>> = { fan_out: 'fanOut', leaky_relu: 'leakyRelu' }
const translated = (kwargs: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(inCamelCase(kwargs)).map(([name, value]) => [name, words[value as string] ?? value]),
  )

const run: Readonly<Record<string, (x: Tensor, options: Readonly<Record<string, unknown>>) => Tensor>> = {
  uniform_: (x) => init.uniform_(x),
  normal_: (x, { std }) => init.normal_(x, 0, std as number),
  kaimingUniform_: (x, options) => init.kaimingUniform_(x, options),
  kaimingNormal_: (x, options) => init.kaimingNormal_(x, options),
  xavierUniform_: (x, options) => init.xavierUniform_(x, options),
  xavierNormal_: (x, options) => init.xavierNormal_(x, options),
  truncNormal_: (x, options) => init.truncNormal_(x, options),
  orthogonal_: (x, options) => init.orthogonal_(x, options),
}

test.each(functions)('$fn $shape $kwargs, seed $seed', ({ fn, shape, kwargs, seed, data, draws }) => {
  const x = zeros(shape)
  const taken = wordsTaken(seeded(seed), () => {
    expect(run[camelCase(fn)]?.(x, translated(kwargs))).toBe(x)
  })
  expect(taken).toBe(draws)
  if (fn === 'orthogonal_') expectNear(numbers(x), data, 1e-6)
  else expectSameNumbers(numbers(x), data)
})

describe('printed forms', () => {
  const { reprs } = goldens<{ reprs: { ctor: string; repr: string }[] }>('errors.json')
  /** Each constructor as thinnet writes it. */
  const made: Readonly<Record<string, () => nn.AnyModule>> = {
    'nn.Dropout()': () => new nn.Dropout(),
    'nn.Dropout(0.2, True)': () => new nn.Dropout(0.2, { inplace: true }),
    'nn.Dropout(0)': () => new nn.Dropout(0),
    'nn.Dropout(1)': () => new nn.Dropout(1),
    'nn.Dropout(1/3)': () => new nn.Dropout(1 / 3),
    'nn.Dropout(1e-7)': () => new nn.Dropout(1e-7),
    'nn.Dropout1d(0.25)': () => new nn.Dropout1d(0.25),
    'nn.Dropout2d()': () => new nn.Dropout2d(),
    'nn.Dropout3d(0.1)': () => new nn.Dropout3d(0.1),
    'nn.AlphaDropout()': () => new nn.AlphaDropout(),
    'nn.FeatureAlphaDropout(0.1, inplace=True)': () => new nn.FeatureAlphaDropout(0.1, { inplace: true }),
    'nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Dropout(0.25))': () =>
      new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Dropout(0.25)),
    'nn.Linear(2, 3, bias=False)': () => new nn.Linear(2, 3, { bias: false }),
    'nn.LSTM(3, 4, 2, dropout=0.5)': () => new nn.LSTM(3, 4, { numLayers: 2, dropout: 0.5 }),
    'nn.GRU(3, 4, 2, bias=False, batch_first=True, dropout=0.25, bidirectional=True)': () =>
      new nn.GRU(3, 4, { numLayers: 2, bias: false, batchFirst: true, dropout: 0.25, bidirectional: true }),
    'nn.LSTM(3, 4, proj_size=2)': () => new nn.LSTM(3, 4, { projSize: 2 }),
    'nn.RNN(3, 4)': () => new nn.RNN(3, 4),
    'nn.Conv2d(1, 4, 3)': () => new nn.Conv2d(1, 4, 3),
    'nn.Conv2d(2, 4, (3, 1), stride=2, padding=1, bias=False)': () =>
      new nn.Conv2d(2, 4, [3, 1], { stride: 2, padding: 1, bias: false }),
    'nn.MaxPool2d(2)': () => new nn.MaxPool2d(2),
    'nn.Embedding(5, 3, padding_idx=1)': () => new nn.Embedding(5, 3, { paddingIdx: 1 }),
    'nn.BatchNorm1d(4)': () => new nn.BatchNorm1d(4),
    'nn.BatchNorm2d(4, momentum=None, affine=False)': () => new nn.BatchNorm2d(4, { momentum: null, affine: false }),
    'nn.LayerNorm(4)': () => new nn.LayerNorm(4),
    'nn.LayerNorm([2, 3], elementwise_affine=False)': () => new nn.LayerNorm([2, 3], { elementwiseAffine: false }),
    'nn.Flatten()': () => new nn.Flatten(),
    'nn.SELU()': () => new nn.SELU(),
    'nn.CrossEntropyLoss(label_smoothing=0.1)': () => new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }),
  }

  test.each(reprs)('$ctor', ({ ctor, repr }) => {
    expect(String(made[ctor]?.())).toBe(repr)
  })

  test('children are indented, the text of the module itself comes first', () => {
    class Net extends nn.Module {
      readonly bodyPart = new nn.Sequential(new nn.Linear(1, 2), new nn.ELU())
      readonly out = new nn.Dropout()
      forward(x: Tensor): Tensor {
        return x
      }
      override extraRepr(): string {
        return 'depth=2'
      }
    }
    expect(String(new Net())).toBe(
      'Net(\n  depth=2\n  (body_part): Sequential(\n    (0): Linear(in_features=1, out_features=2, bias=True)\n    (1): ELU(alpha=1.0)\n  )\n  (out): Dropout(p=0.5, inplace=False)\n)',
    )
  })
})
