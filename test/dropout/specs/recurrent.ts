// Rows of the table: dropout inside recurrent networks, against every way that its few bits can fall.
import { cat, Generator, nn, type Tensor, tensor } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, MethodSpec } from '../../support/method-spec.ts'
import type { Samples } from '../../support/samples.ts'
import { type SlowKind, slowLayer } from '../../support/slow-recurrent.ts'
import { limitsOfP } from './bernoulli.ts'
import { overOutcomes } from './outcomes.ts'

type Vector = readonly number[]

const p = 0.3
const generator = () => new Generator().manualSeed(3)

/** The times of an input `[T, 1, C]`. */
const timesOf = (x: Grid): Vector[] =>
  Array.from({ length: x.shape[0] as number }, (_, t) =>
    x.data.slice(t * (x.shape[2] as number), (t + 1) * (x.shape[2] as number)),
  )

interface SequenceRow {
  readonly layer: 'RNN' | 'LSTM' | 'GRU'
  readonly note: string
  readonly options: nn.RecurrentOptions
  readonly text: string
  readonly masks: Readonly<Record<string, string>>
  readonly times: number
  readonly bits: number
  /** The outputs for some bits. */
  readonly run: (layer: nn.RNN, xs: readonly Vector[], kept: readonly boolean[]) => readonly Vector[]
  /** What evaluation computes, if it is not what all bits set would without their scale. */
  readonly evaluated: (layer: nn.RNN, xs: readonly Vector[]) => readonly Vector[]
  readonly field: 'dropout' | 'recurrentDropout' | 'weightDropout' | 'zoneout'
  /** The outputs at p = 1. */
  readonly one: (layer: nn.RNN, xs: readonly Vector[]) => readonly Vector[]
}

const pytorchRefusal =
  'dropout should be a number in range [0, 1] representing the probability of an element being zeroed'

const outputShape = (x: Grid) => [x.shape[0] as number, 1, 2]

function sequenceRow(row: SequenceRow): MethodSpec {
  const make = (options = {}) =>
    new nn[row.layer](3, 2, { ...row.options, generator: generator(), ...options }) as unknown as Layer
  const asRnn = (layer: Layer) => layer as unknown as nn.RNN
  const outputs = (ys: readonly Vector[], x: Grid) => new Grid(outputShape(x), ys.flat())
  return {
    layer: row.layer,
    note: row.note,
    // Initial values from one generator, masks from the one of the test.
    make: ({ generator: masks, ...options } = {}) => Object.assign(make(options), { generator: masks }),
    input: (r: Samples) => r.nonzero([row.times, 1, 3]),
    run: (layer, x) => asRnn(layer).call(x)[0],
    text: row.text,
    words: 2 * row.bits,
    masks: row.masks,
    moments: (layer, x) =>
      overOutcomes(row.bits, p, outputShape(x), (kept) => row.run(asRnn(layer), timesOf(x), kept).flat()),
    evaluated: (layer, x) => outputs(row.evaluated(asRnn(layer), timesOf(x)), x),
    evaluatesToInput: false,
    limits: {
      set(layer, probability) {
        asRnn(layer)[row.field] = probability
        if (row.field === 'zoneout') asRnn(layer).zoneoutCell = probability
      },
      make: (probability) => make({ [row.field]: probability }),
      ...(row.field === 'dropout' ? { refusal: pytorchRefusal } : {}),
      zero: (layer, x) => outputs(row.evaluated(asRnn(layer), timesOf(Grid.of(x))), Grid.of(x)),
      one: (layer, x) => outputs(row.one(asRnn(layer), timesOf(Grid.of(x))), Grid.of(x)),
    },
    passesFactors: 'is no layer of a Sequential',
    errors: () => [],
  }
}

const dropped = (x: Vector, kept: readonly boolean[]): Vector => x.map((value, i) => (kept[i] ? value / (1 - p) : 0))
const zeros = (x: Vector): Vector => x.map(() => 0)
/** One layer. */
const single =
  (kind: SlowKind, noise: Parameters<typeof slowLayer>[3] = {}) =>
  (layer: nn.RNN, xs: readonly Vector[]) =>
    slowLayer(kind, layer.weights(0), xs, noise).outputs
/** Two layers, with what is done between them. */
const double = (kind: SlowKind, between: (h: Vector, t: number) => Vector) => (layer: nn.RNN, xs: readonly Vector[]) =>
  slowLayer(kind, layer.weights(1), slowLayer(kind, layer.weights(0), xs).outputs.map(between)).outputs

const sequenceRows: readonly SequenceRow[] = [
  {
    layer: 'RNN',
    note: 'dropout between layers',
    options: { numLayers: 2, dropout: p },
    text: 'RNN(3, 2, num_layers=2, dropout=0.3)',
    masks: { 'layer:0': 'bool [2, 1, 2]' },
    times: 2,
    bits: 4,
    run: (layer, xs, kept) => double('rnn', (h, t) => dropped(h, kept.slice(2 * t)))(layer, xs),
    evaluated: double('rnn', (h) => h),
    field: 'dropout',
    one: double('rnn', zeros),
  },
  {
    layer: 'GRU',
    note: 'locked dropout between layers',
    options: { numLayers: 2, dropout: p, locked: true },
    text: 'GRU(3, 2, num_layers=2, dropout=0.3, locked=True)',
    masks: { 'layer:0': 'bool [1, 1, 2]' },
    times: 3,
    bits: 2,
    run: (layer, xs, kept) => double('gru', (h) => dropped(h, kept))(layer, xs),
    evaluated: double('gru', (h) => h),
    field: 'dropout',
    one: double('gru', zeros),
  },
  {
    layer: 'LSTM',
    note: 'recurrent dropout',
    options: { recurrentDropout: p },
    text: 'LSTM(3, 2, recurrent_dropout=0.3)',
    masks: { 'layer:0': 'bool [1, 2]' },
    times: 3,
    bits: 2,
    run: (layer, xs, kept) => single('lstm', { seen: (h) => dropped(h, kept) })(layer, xs),
    evaluated: single('lstm'),
    field: 'recurrentDropout',
    one: single('lstm', { seen: zeros }),
  },
  {
    layer: 'GRU',
    note: 'recurrent dropout',
    options: { recurrentDropout: p },
    text: 'GRU(3, 2, recurrent_dropout=0.3)',
    masks: { 'layer:0': 'bool [1, 2]' },
    times: 3,
    bits: 2,
    run: (layer, xs, kept) => single('gru', { seen: (h) => dropped(h, kept) })(layer, xs),
    evaluated: single('gru'),
    field: 'recurrentDropout',
    one: single('gru', { seen: zeros }),
  },
  {
    layer: 'RNN',
    note: 'dropped recurrent weights',
    options: { weightDropout: p },
    text: 'RNN(3, 2, weight_dropout=0.3)',
    masks: { 'layer:0': 'bool [2, 2]' },
    times: 3,
    bits: 4,
    run: (layer, xs, kept) =>
      single('rnn', { weights: (rows) => rows.map((row, i) => dropped(row, kept.slice(2 * i))) })(layer, xs),
    evaluated: single('rnn'),
    field: 'weightDropout',
    one: single('rnn', { weights: (rows) => rows.map(zeros) }),
  },
  {
    layer: 'GRU',
    note: 'zoneout',
    options: { zoneout: p },
    text: 'GRU(3, 2, zoneout=0.3)',
    masks: { 'layer:0': 'bool [1, 2]', 'layer:1': 'bool [1, 2]' },
    times: 2,
    bits: 4,
    run: (layer, xs, kept) => {
      let t = -1
      return single('gru', {
        zoned: (before, next) => {
          t++
          return next.map((value, i) => (kept[2 * t + i] ? value : (before[i] as number)))
        },
      })(layer, xs)
    },
    evaluated: single('gru'),
    field: 'zoneout',
    one: (_, xs) => xs.map(() => [0, 0]),
  },
]

/** Evaluation with zoneout takes the mean at each step. */
const zonedMean = single('gru', {
  zoned: (before, next) => next.map((value, i) => (1 - p) * value + p * (before[i] as number)),
})

/** A state that each call begins from. */
const [h0, c0] = [
  [0.4, -0.7],
  [-0.2, 0.9],
] as const

/** Rows of `Zoneout` around a cell: y is h, or h and c. */
function cellRow(kind: 'lstm' | 'gru', pCell: number | undefined): MethodSpec {
  const options = pCell === undefined ? {} : { pCell }
  const cellOf = () => {
    const settings = { generator: generator() }
    return kind === 'lstm' ? new nn.LSTMCell(3, 2, settings) : new nn.GRUCell(3, 2, settings)
  }
  const name = kind === 'lstm' ? 'LSTMCell' : 'GRUCell'
  const make = (probability: number, more = {}) =>
    new nn.Zoneout(cellOf() as nn.RecurrentCell<Tensor>, probability, { ...options, ...more }) as unknown as Layer
  const start = kind === 'lstm' ? [...h0, ...c0] : [...h0]
  const next = (layer: Layer, x: Grid): number[] => {
    const { cell } = layer as unknown as { cell: nn.LSTMCell }
    const { outputs, c } = slowLayer(kind, cell, [x.data], {}, { h: h0, c: c0 })
    return [...(outputs[0] as number[]), ...(kind === 'lstm' ? c : [])]
  }
  const shape = [1, start.length]
  /** Of h and of c. */
  const probabilityAt = (i: number, ofH = p) => (i < 2 ? ofH : (pCell ?? ofH))
  const mixed = (layer: Layer, x: Grid, ofH?: number) =>
    next(layer, x).map((value, i) => (1 - probabilityAt(i, ofH)) * value + probabilityAt(i, ofH) * (start[i] as number))
  return {
    layer: 'Zoneout',
    note: name,
    make: (more) => make(p, more),
    input: (r) => r.nonzero([1, 3]),
    run: (layer, x) => {
      const state = (values: Vector) => tensor([values], { dtype: x.dtype })
      if (kind === 'gru') return (layer as unknown as nn.Zoneout<Tensor>).call(x, state(h0))
      return cat((layer as unknown as nn.Zoneout<readonly [Tensor, Tensor]>).call(x, [state(h0), state(c0)]), 1)
    },
    text: `Zoneout(\n  p=0.3${pCell === undefined ? '' : `, p_cell=${pCell}`}\n  (cell): ${name}(3, 2)\n)`,
    words: 2 * start.length,
    masks: Object.fromEntries((kind === 'lstm' ? [0, 1] : [0]).map((i) => [`layer:${i}`, 'bool [1, 2]'])),
    moments: (layer, x) => ({
      mean: new Grid(shape, mixed(layer, x)),
      variance: new Grid(
        shape,
        next(layer, x).map(
          (value, i) => probabilityAt(i) * (1 - probabilityAt(i)) * (value - (start[i] as number)) ** 2,
        ),
      ),
    }),
    evaluated: (layer, x) => new Grid(shape, mixed(layer, x)),
    evaluatesToInput: false,
    ...(pCell === undefined
      ? {
          limits: limitsOfP(make, {
            zero: (layer, x) => new Grid(shape, mixed(layer, Grid.of(x), 0)),
            one: () => new Grid(shape, start),
          }),
        }
      : {}),
    passesFactors: 'is no layer of a Sequential',
    errors: () => [
      {
        note: 'no cell',
        run: () => new nn.Zoneout(new nn.Linear(2, 2) as never),
        code: 'TN_DTYPE',
        message: /^Zoneout: expected a recurrent cell, such as GRUCell, got Linear$/,
      },
      {
        note: 'pCell out of range',
        run: () => make(0.1, { pCell: 2 }),
        code: 'TN_RANGE',
        message: /^dropout probability has to be between 0 and 1, but got 2$/,
      },
      {
        note: 'an unknown option',
        run: () => make(0.1, { inplace: true }),
        code: 'TN_RANGE',
        message: /^Zoneout: unknown option inplace; known are pCell, mc, generator$/,
      },
    ],
  }
}

export const recurrentSpecs: readonly MethodSpec[] = [
  ...sequenceRows.map((row) => {
    const spec = sequenceRow(row)
    if (row.field !== 'zoneout') return spec
    const evaluated: MethodSpec['evaluated'] = (layer, x) =>
      new Grid(outputShape(x), zonedMean(layer as unknown as nn.RNN, timesOf(x)).flat())
    return { ...spec, evaluated }
  }),
  cellRow('gru', undefined),
  cellRow('lstm', undefined),
  cellRow('lstm', 0.5),
]
