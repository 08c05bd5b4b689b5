// RNN, LSTM and GRU against PyTorch's numbers (rnn.json), the cells against the layers, and the errors of both.
import { describe, expect, test, vi } from 'vitest'
import {
  functional as F,
  grad,
  manualSeed,
  nn,
  randn,
  recordMasks,
  stack,
  type Tensor,
  zeros,
} from '../../src/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { goldens, maskText, seeded, wordsTaken } from '../random/support.ts'
import {
  expectNear,
  expectSame,
  fromGolden,
  type GoldenTensor,
  goldenNumbers,
  inCamelCase,
} from '../support/goldens.ts'
import { errorOf } from '../support/op-spec.ts'

interface Case {
  readonly cls: 'RNN' | 'LSTM' | 'GRU'
  readonly kwargs: Readonly<Record<string, unknown>> & { readonly input_size: number; readonly hidden_size: number }
  readonly dtype: DType
  readonly training: boolean
  readonly initSeed: string
  readonly forwardSeed: string
  readonly draws: number
  readonly params: Readonly<Record<string, GoldenTensor>>
  readonly input: GoldenTensor
  readonly output: GoldenTensor
  readonly h_n: GoldenTensor
  readonly c_n?: GoldenTensor
  readonly gradOutput: GoldenTensor
  readonly gradInput: GoldenTensor
  readonly gradParams: Readonly<Record<string, GoldenTensor>>
  readonly maskShape?: readonly number[]
  readonly masks?: readonly string[]
}

const { cases } = goldens<{ cases: Case[] }>('rnn.json')

type Layer = nn.RNN | nn.LSTM | nn.GRU
const call = (layer: Layer, x: Tensor, state?: unknown) =>
  (layer as nn.RNN).call(x, state as Tensor) as readonly [Tensor, Tensor | readonly [Tensor, Tensor]]

function made({ cls, kwargs, dtype }: Case): Layer {
  const { input_size: inputSize, hidden_size: hiddenSize, ...rest } = kwargs
  return new nn[cls](inputSize, hiddenSize, { ...inCamelCase(rest), dtype })
}

describe.each(cases.map((item) => [`${item.cls} ${JSON.stringify(item.kwargs)} ${item.dtype}`, item] as const))(
  '%s',
  (_, item) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    seeded(item.initSeed)
    const layer = made(item).train(item.training)
    const warnings = warn.mock.calls.map(([text]) => text)
    warn.mockRestore()
    const near = (actual: Tensor, { shape, data }: GoldenTensor) => {
      expect(actual.shape).toEqual(shape)
      expectNear(actual.toArray(), goldenNumbers(data), item.dtype === 'float32' ? 3e-6 : 1e-12, 1e-6)
    }

    test('initial values', () => {
      const state = layer.stateDict()
      expect([...state.keys()]).toEqual(Object.keys(item.params))
      for (const [name, expected] of Object.entries(item.params)) expectSame(state.get(name) as Tensor, expected)
      const single = !('num_layers' in item.kwargs) && 'dropout' in item.kwargs
      expect(warnings).toHaveLength(single ? 1 : 0)
    })

    test('outputs, states, masks and gradients', () => {
      const x = fromGolden(item.input).requiresGrad_()
      const recording = recordMasks(layer)
      let result = [] as unknown as ReturnType<typeof call>
      const taken = wordsTaken(seeded(item.forwardSeed), () => {
        result = call(layer, x)
      })
      const masks = [...recording.stop().values()]
      expect(taken).toBe(item.draws)
      const [output, state] = result
      near(output, item.output)
      const states = Array.isArray(state) ? (state as [Tensor, Tensor]) : [state as Tensor]
      for (const [i, expected] of [item.h_n, ...(item.c_n ? [item.c_n] : [])].entries()) {
        near(states[i] as Tensor, expected)
      }
      if (item.draws > 0) {
        expect(masks.map((mask) => mask.shape)).toEqual(masks.map(() => item.maskShape))
        expect(masks.map(maskText)).toEqual(item.masks)
      }
      const parameters = Object.keys(item.gradParams).map(
        (name) => new Map(layer.namedParameters()).get(name) as Tensor,
      )
      const [ofInput, ...others] = grad(output, [x, ...parameters], { gradient: fromGolden(item.gradOutput) })
      near(ofInput as Tensor, item.gradInput)
      for (const [i, expected] of Object.values(item.gradParams).entries()) near(others[i] as Tensor, expected)
    })
  },
)

describe.each(['RNN', 'LSTM', 'GRU'] as const)('%s', (kind) => {
  const cellOf = { RNN: nn.RNNCell, LSTM: nn.LSTMCell, GRU: nn.GRUCell }[kind] as typeof nn.RNNCell
  const bias = [true, false]

  test.each(bias)('the cell, step by step, is the layer (bias %s)', (bias) => {
    manualSeed(1)
    const layer: Layer = new nn[kind](3, 4, { bias })
    const cell = new cellOf(3, 4, { bias })
    const state = [...layer.stateDict()].map(([name, value]) => [name.replace('_l0', ''), value] as const)
    expect(cell.loadStateDict(new Map(state)).missingKeys).toEqual([])
    const x = randn([5, 2, 3])
    const [output, end] = call(layer, x)
    let now: Tensor | undefined
    const outputs = Array.from({ length: 5 }, (_, t) => {
      now = cell.call(x.select(0, t), now)
      return hiddenOf(now)
    })
    expectNear(stack(outputs).toArray(), output.toArray(), 1e-6)
    expectNear(hiddenOf(now).toArray(), hiddenOf(end).toArray(), 1e-6)
    // One example without a batch.
    const alone = cell.call(x.select(0, 0).select(0, 1))
    expectNear(hiddenOf(alone).toArray(), output.select(0, 0).select(0, 1).toArray(), 1e-6)
  })

  test('a sequence without a batch, and batchFirst, are the same numbers', () => {
    const options = { numLayers: 2, bidirectional: true }
    const layer = new nn[kind](3, 4, options)
    const turned = new nn[kind](3, 4, { ...options, batchFirst: true })
    turned.loadStateDict(layer.stateDict())
    const x = randn([5, 2, 3])
    const [output, end] = call(layer, x)
    const [swapped, sameEnd] = call(turned, x.transpose(0, 1))
    expectNear(swapped.transpose(0, 1).toArray(), output.toArray(), 1e-6)
    expectNear(hiddenOf(sameEnd).toArray(), hiddenOf(end).toArray(), 1e-6)
    const [one, oneEnd] = call(layer, x.select(1, 0))
    expect([one.shape, hiddenOf(oneEnd).shape]).toEqual([
      [5, 8],
      [4, 4],
    ])
    expectNear(one.toArray(), output.select(1, 0).toArray(), 1e-6)
  })

  test('goes on from a state that is given', () => {
    const layer = new nn[kind](3, 4, { numLayers: 2 })
    const x = randn([6, 2, 3])
    const [output, end] = call(layer, x)
    const [first, middle] = call(layer, x.narrow(0, 0, 2))
    const [second, last] = call(layer, x.narrow(0, 2, 4), middle)
    expectNear(first.toArray(), output.narrow(0, 0, 2).toArray(), 1e-6)
    expectNear(second.toArray(), output.narrow(0, 2, 4).toArray(), 1e-6)
    expectNear(hiddenOf(last).toArray(), hiddenOf(end).toArray(), 1e-6)
  })

  test('gives its parameters by layer and direction', () => {
    const layer = new nn[kind](3, 4, { numLayers: 2, bidirectional: true })
    const parameters = new Map(layer.namedParameters())
    expect(layer.weights(1, true).weightHh).toBe(parameters.get('weight_hh_l1_reverse'))
    expect(layer.weights(0).biasIh).toBe(parameters.get('bias_ih_l0'))
    expect(() => layer.weights(2)).toThrow(`${kind}: there is no layer 2, of 2 layers`)
    expect(() => new nn[kind](3, 4).weights(0, true)).toThrow('there is no layer 0 in reverse, of 1 layers')
  })

  test('the cell prints itself, without bias too', () => {
    expect(String(new cellOf(3, 4))).toBe(`${kind}Cell(3, 4)`)
    expect(String(new cellOf(3, 4, { bias: false }))).toBe(`${kind}Cell(3, 4, bias=False)`)
  })
})

const hiddenOf = (state: unknown): Tensor => (Array.isArray(state) ? state[0] : state) as Tensor

test('RNNCell with relu', () => {
  const cell = new nn.RNNCell(3, 4, { nonlinearity: 'relu' })
  const x = randn([2, 3])
  const { weightIh, biasIh, biasHh } = cell
  const expected = F.linear(x, weightIh, biasIh)
    .add(biasHh as Tensor)
    .relu()
  expectNear(cell.call(x).toArray(), expected.toArray(), 1e-6)
  expect(String(cell)).toBe('RNNCell(3, 4, nonlinearity=relu)')
})

// PyTorch's words, found by running it.
test.each<[string, () => unknown, string]>([
  [
    'four dimensions',
    () => new nn.LSTM(3, 4).call(zeros([1, 2, 3, 3])),
    'LSTM: Expected input to be 2D or 3D, got 4D instead',
  ],
  [
    'another width',
    () => new nn.LSTM(3, 4).call(zeros([2, 3, 4])),
    'input.size(-1) must be equal to input_size. Expected 3, got 4',
  ],
  [
    'another batch in h',
    () => new nn.GRU(3, 4).call(zeros([2, 3, 3]), zeros([1, 2, 4])),
    'Expected hidden size (1, 3, 4), got [1, 2, 4]',
  ],
  [
    'another batch in c',
    () => new nn.LSTM(3, 4).call(zeros([2, 3, 3]), [zeros([1, 3, 4]), zeros([1, 2, 4])]),
    'Expected hidden[1] size (1, 3, 4), got [1, 2, 4]',
  ],
  [
    'states of a batch for none',
    () => new nn.LSTM(3, 4).call(zeros([2, 3]), [zeros([1, 3, 4]), zeros([1, 3, 4])]),
    'For unbatched 2-D input, hx and cx should also be 2-D but got (3-D, 3-D) tensors',
  ],
  [
    'a state without its batch',
    () => new nn.GRU(3, 4).call(zeros([2, 3, 3]), zeros([3, 4])),
    'For batched 3-D input, hx should also be 3-D but got 2-D tensor',
  ],
  ['no times', () => new nn.GRU(3, 4).call(zeros([0, 2, 3])), 'Expected sequence length to be larger than 0 in RNN'],
  [
    'a projection as wide as h',
    () => new nn.LSTM(3, 4, { projSize: 4 }),
    'proj_size has to be smaller than hidden_size',
  ],
  [
    'a negative projection',
    () => new nn.LSTM(3, 4, { projSize: -1 }),
    'proj_size should be a positive integer or zero to disable projections',
  ],
  [
    'another nonlinearity',
    () => new nn.RNN(3, 4, { nonlinearity: 'x' as never }),
    "Unknown nonlinearity 'x'. Select from 'tanh' or 'relu'.",
  ],
  [
    'another width in a cell',
    () => new nn.LSTMCell(3, 4).call(zeros([2, 5])),
    'input has inconsistent input_size: got 5 expected 3',
  ],
  [
    'another batch in a cell',
    () => new nn.LSTMCell(3, 4).call(zeros([2, 3]), [zeros([1, 4]), zeros([2, 4])]),
    "Input batch size 2 doesn't match hidden0 batch size 1",
  ],
  [
    'a sequence in a cell',
    () => new nn.LSTMCell(3, 4).call(zeros([1, 2, 3])),
    'LSTMCell: Expected input to be 1D or 2D, got 3D instead',
  ],
  [
    'a state without its batch in a cell',
    () => new nn.GRUCell(3, 4).call(zeros([2, 3]), zeros([4])),
    'Expected 2D hidden0 (batch x hidden_size), but got 1D tensor',
  ],
  [
    'another hidden size in a cell',
    () => new nn.GRUCell(3, 4).call(zeros([2, 3]), zeros([2, 5])),
    'hidden0 has inconsistent hidden_size: got 5, expected 4',
  ],
])('refuses %s', (_, run, message) => {
  expect(errorOf(run).message).toBe(message)
})

test.each<[string, () => unknown, string]>([
  ['no units', () => new nn.LSTM(3, 0), 'LSTM: hiddenSize must be a whole number above 0, got 0'],
  ['no layers', () => new nn.GRU(3, 4, { numLayers: 0 }), 'GRU: numLayers must be a whole number above 0, got 0'],
  ['a number for options', () => new nn.LSTM(3, 4, 2 as never), 'write new nn.LSTM(3, 4, { numLayers: 2 })'],
  ['a projection in a GRU', () => new nn.GRU(3, 4, { projSize: 2 } as never), 'GRU: unknown option projSize'],
  ['a boolean for a cell', () => new nn.RNNCell(3, 4, false as never), 'write new nn.RNNCell(3, 4, { bias: false })'],
])('refuses %s', (_, run, message) => {
  expect(errorOf(run).message).toContain(message)
})

test('an empty batch', () => {
  const [output, [h]] = new nn.LSTM(3, 4).call(zeros([2, 0, 3]))
  expect([output.shape, h.shape]).toEqual([
    [2, 0, 4],
    [1, 0, 4],
  ])
})
