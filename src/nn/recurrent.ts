// Recurrent layers over whole sequences: PyTorch's RNN, LSTM and GRU, and the dropout that was found for them.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import {
  applyMask,
  checkProbability,
  drawMask,
  dropout,
  keptScale,
  lockedDropout,
  NoiseLayer,
  type NoiseLayerOptions,
  noiseLayerOptionNames,
  zoneout,
} from '../dropout/index.ts'
import { booleanText, checkBoolean, checkOptions, floatText, numberText, Parameter } from '../module/index.ts'
import { mul } from '../ops/arithmetic.ts'
import { empty, zeros } from '../ops/creation.ts'
import { cat, stack, unbind } from '../ops/join.ts'
import { select, squeeze, transpose, unsqueeze } from '../ops/layout.ts'
import { linear } from '../ops/matmul.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { DType } from '../tensor/dtype.ts'
import { type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import {
  type CellKind,
  checkCellSizes,
  checkNonlinearity,
  gruKind,
  lstmKind,
  type RecurrentWeights,
  resetRecurrent,
  rnnKinds,
  type State,
} from './cell.ts'

/** Options of `RNN`, `LSTM` and `GRU`. */
export interface RecurrentOptions extends NoiseLayerOptions {
  /** How many layers stand on one another. Default 1. */
  readonly numLayers?: number | undefined
  /** Learns biases that are added to both products. Default true. */
  readonly bias?: boolean | undefined
  /** True if input and output are `[N, T, C]`; by default they are `[T, N, C]`. */
  readonly batchFirst?: boolean | undefined
  /** A second layer beside each, from the end of the sequence to its beginning. Default false. */
  readonly bidirectional?: boolean | undefined
  /** Probability to drop an element between layers, in [0, 1]. Default 0. May be changed. */
  readonly dropout?: number | undefined
  /** Masks of `dropout` hold for all times of a sequence, as `lockedDropout`'s. Default false: PyTorch's. */
  readonly locked?: boolean | undefined
  /**
   * Probability to drop an element of h on its way to the recurrent weights, one mask for all times of a sequence
   * (Gal & Ghahramani 2016, arXiv 1512.05287). Default 0. May be changed.
   */
  readonly recurrentDropout?: number | undefined
  /**
   * Probability to drop a recurrent weight, one mask for a call (DropConnect as in AWD-LSTM, Merity et al. 2018, arXiv
   * 1708.02182, section 2). Default 0. May be changed.
   */
  readonly weightDropout?: number | undefined
  /** Probability to keep an element of the state as it was; of h and c in an LSTM. See `zoneout`. Default 0. */
  readonly zoneout?: number | readonly [h: number, c: number] | undefined
  /** The type of the parameters: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames: readonly string[] = [
  'numLayers',
  'bias',
  'batchFirst',
  'bidirectional',
  'dropout',
  'locked',
  'recurrentDropout',
  'weightDropout',
  'zoneout',
  'dtype',
  ...noiseLayerOptionNames,
]

/** The parameters of one layer in one direction. */
export interface DirectionWeights extends RecurrentWeights {
  readonly weightIh: Parameter
  readonly weightHh: Parameter
  readonly biasIh: Parameter | undefined
  readonly biasHh: Parameter | undefined
  readonly weightHr: Parameter | undefined
}

const partNames = ['weightIh', 'weightHh', 'biasIh', 'biasHh', 'weightHr'] as const
const pythonNames = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh', 'weight_hr'] as const

/** What all three have in common. */
abstract class Recurrent<Given extends Tensor | readonly [h: Tensor, c: Tensor]> extends NoiseLayer<
  [x: Tensor, state?: Given],
  readonly [output: Tensor, state: Given]
> {
  protected static readonly optionNames: readonly string[] = optionNames
  readonly numLayers: number
  readonly bias: boolean
  readonly batchFirst: boolean
  readonly bidirectional: boolean
  /** Probability to drop an element between layers. */
  dropout: number
  readonly locked: boolean
  /** Probability to drop an element of h on its way to the recurrent weights. */
  recurrentDropout: number
  /** Probability to drop a recurrent weight. */
  weightDropout: number
  /** Probability to keep an element of h as it was. */
  zoneout: number
  /** Probability to keep an element of c as it was. */
  zoneoutCell: number
  readonly #weights: readonly DirectionWeights[]

  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
    gates: number,
    readonly projSize = 0,
  ) {
    const { name, optionNames: known } = new.target
    checkOptions(name, options, known, `new nn.${name}(${inputSize}, ${hiddenSize}, { numLayers: ${String(options)} })`)
    super(options)
    const { numLayers = 1, bias = true, batchFirst = false, bidirectional = false, locked = false } = options
    const { dropout: between = 0, recurrentDropout = 0, weightDropout = 0, zoneout: kept = 0 } = options
    checkCellSizes(name, { inputSize, hiddenSize, numLayers })
    const flags = { bias, batchFirst, bidirectional, locked }
    for (const [option, value] of Object.entries(flags)) checkBoolean(name, option, value)
    checkBetween(name, between, numLayers)
    const [ofH, ofC] = typeof kept === 'number' ? [kept, kept] : kept
    for (const p of [recurrentDropout, weightDropout, ofH, ofC]) checkProbability(name, p)
    this.numLayers = numLayers
    this.bias = bias
    this.batchFirst = batchFirst
    this.bidirectional = bidirectional
    this.dropout = between
    this.locked = locked
    this.recurrentDropout = recurrentDropout
    this.weightDropout = weightDropout
    this.zoneout = ofH
    this.zoneoutCell = ofC
    this.#weights = this.#makeWeights(gates, options)
    this.resetParameters({ generator: options.generator })
  }

  #makeWeights(gates: number, { dtype }: RecurrentOptions): DirectionWeights[] {
    const { inputSize, hiddenSize, projSize, numLayers, bias, directions } = this
    const make = (...shape: number[]) => new Parameter(empty(shape, { dtype }))
    const outSize = projSize || hiddenSize
    return Array.from({ length: numLayers * directions }, (_, i) => ({
      weightIh: make(gates * hiddenSize, i < directions ? inputSize : directions * outSize),
      weightHh: make(gates * hiddenSize, outSize),
      biasIh: bias ? make(gates * hiddenSize) : undefined,
      biasHh: bias ? make(gates * hiddenSize) : undefined,
      weightHr: projSize > 0 ? make(projSize, hiddenSize) : undefined,
    }))
  }

  override get probabilityNames(): readonly string[] {
    return ['dropout', 'recurrentDropout', 'weightDropout', 'zoneout', 'zoneoutCell']
  }

  /** 2 if the layer is bidirectional, else 1. */
  get directions(): number {
    return this.bidirectional ? 2 : 1
  }

  /**
   * The parameters of a layer; `weight_ih_l0` and so on in the state dictionary.
   *
   * @param reverse Those of the direction from the end to the beginning. Default false.
   * @throws ThinnetError TN_RANGE if there is no such layer.
   */
  weights(layer: number, reverse = false): DirectionWeights {
    const found = reverse && !this.bidirectional ? undefined : this.#weights[layer * this.directions + Number(reverse)]
    if (found && Number.isInteger(layer) && layer >= 0) return found
    const which = `layer ${layer}${reverse ? ' in reverse' : ''}`
    return fail('TN_RANGE', this.constructor.name, `there is no ${which}, of ${this.numLayers} layers`)
  }

  protected override *members(): Generator<readonly [string, unknown]> {
    yield* super.members()
    for (const [i, weights] of this.#weights.entries()) {
      const [layer, reverse] = [Math.floor(i / this.directions), i % this.directions === 1]
      for (const [k, part] of partNames.entries()) {
        if (weights[part]) yield [`${pythonNames[k]}_l${layer}${reverse ? '_reverse' : ''}`, weights[part]]
      }
    }
  }

  /** Draws new initial values. */
  resetParameters(options: GeneratorOption = {}): void {
    resetRecurrent(this.parameters(), this.hiddenSize, options)
  }

  protected abstract readonly kind: CellKind
  protected abstract toState(given: Given): State
  protected abstract fromState(state: State): Given

  forward(x: Tensor, given?: Given): readonly [output: Tensor, state: Given] {
    const timeFirst = this.#timeFirst(x)
    if (timeFirst.shape[0] === 0) {
      failAsPyTorch('TN_SHAPE', this.constructor.name, 'Expected sequence length to be larger than 0 in RNN')
    }
    const start = this.#startState(x, timeFirst, given)
    const { numLayers, directions, bidirectional } = this
    const ends: State[] = []
    let h = timeFirst
    for (let layer = 0; layer < numLayers; layer++) {
      const run = (direction: number): Tensor => {
        const i = layer * directions + direction
        const [outputs, end] = this.#scan(h, start[i] as State, this.#weights[i] as DirectionWeights, direction === 1)
        ends.push(end)
        return outputs
      }
      h = bidirectional ? cat([run(0), run(1)], -1) : run(0)
      if (layer < numLayers - 1) h = this.#between(h)
    }
    return this.#finished(x, h, ends)
  }

  /** One layer in one direction: its outputs `[T, N, H]` and its last state. */
  #scan(x: Tensor, start: State, given: DirectionWeights, reverse: boolean): readonly [Tensor, State] {
    const weights = { ...given, weightHh: this.#droppedWeight(given.weightHh) }
    const seen = this.#recurrentMask(start[0])
    const steps = unbind(linear(x, given.weightIh, given.biasIh), 0)
    if (reverse) steps.reverse()
    let state = start
    const outputs = steps.map((fromInput) => {
      state = this.#zoned(state, this.kind.step(fromInput, seen(state[0]), state, weights))
      return state[0]
    })
    if (reverse) outputs.reverse()
    return [stack(outputs), state]
  }

  #between(h: Tensor): Tensor {
    const { dropout: p, drops: training, generator, locked } = this
    return locked ? lockedDropout(h, p, { training, generator }) : dropout(h, p, { training, generator })
  }

  #droppedWeight(weight: Tensor): Tensor {
    const { weightDropout: p, drops } = this
    checkProbability(this.constructor.name, p)
    if (!drops || p === 0) return weight
    if (p === 1) return mul(weight, 0)
    return applyMask(weight, drawMask(weight, 1 - p, this), keptScale(p, 'inverted', weight.dtype))
  }

  /** What the recurrent weights see of h, at all times the same elements. */
  #recurrentMask(h: Tensor): (h: Tensor) => Tensor {
    const { recurrentDropout: p, drops } = this
    checkProbability(this.constructor.name, p)
    if (!drops || p === 0 || h.numel === 0) return (seen) => seen
    if (p === 1) return (seen) => mul(seen, 0)
    const mask = drawMask({ shape: h.shape }, 1 - p, this)
    const scale = keptScale(p, 'inverted', h.dtype)
    return (seen) => applyMask(seen, mask, scale)
  }

  #zoned([h, c]: State, [nextH, nextC]: State): State {
    const { zoneout: p, zoneoutCell, drops, generator } = this
    if (p === 0 && zoneoutCell === 0) return nextC ? [nextH, nextC] : [nextH]
    const options = { training: drops, generator }
    const zonedH = zoneout(h, nextH, p, options)
    return nextC ? [zonedH, zoneout(c as Tensor, nextC, zoneoutCell, options)] : [zonedH]
  }

  /** The input as `[T, N, C]`, after its checks. */
  #timeFirst(x: Tensor): Tensor {
    const { name } = this.constructor
    if (x.ndim !== 2 && x.ndim !== 3) {
      failAsPyTorch('TN_SHAPE', name, `${name}: Expected input to be 2D or 3D, got ${x.ndim}D instead`)
    }
    if (x.shape.at(-1) !== this.inputSize) {
      const sizes = `Expected ${this.inputSize}, got ${x.shape.at(-1)}`
      failAsPyTorch('TN_SHAPE', name, `input.size(-1) must be equal to input_size. ${sizes}`)
    }
    if (x.ndim === 2) return unsqueeze(x, 1)
    return this.batchFirst ? transpose(x, 0, 1) : x
  }

  /** For each layer and direction the state that it begins with. */
  #startState(x: Tensor, timeFirst: Tensor, given: Given | undefined): State[] {
    const { numLayers, directions, hiddenSize, projSize, kind } = this
    const count = numLayers * directions
    const batch = timeFirst.shape[1] as number
    const shapes = [
      [count, batch, projSize || hiddenSize],
      [count, batch, hiddenSize],
    ].slice(0, kind.hasCell ? 2 : 1)
    const parts = given
      ? this.#checkedState(x, this.toState(given), shapes)
      : shapes.map((shape) => zeros(shape, { dtype: x.dtype }))
    return Array.from({ length: count }, (_, i) => parts.map((part) => select(part, 0, i)) as unknown as State)
  }

  #checkedState(x: Tensor, state: State, shapes: readonly Shape[]): Tensor[] {
    const { name } = this.constructor
    const parts = state.map((part) => part as Tensor)
    if (parts.some((part) => part.ndim !== x.ndim)) {
      const [what, kind] = x.ndim === 3 ? ['batched 3-D', '3-D'] : ['unbatched 2-D', '2-D']
      const ranks = parts.map((part) => `${part.ndim}-D`)
      const got = parts.length === 2 ? `(${ranks.join(', ')}) tensors` : `${ranks[0]} tensor`
      const states = parts.length === 2 ? 'hx and cx' : 'hx'

      failAsPyTorch('TN_SHAPE', name, `For ${what} input, ${states} should also be ${kind} but got ${got}`)
    }
    return parts.map((part, i) => {
      const batched = x.ndim === 3 ? part : unsqueeze(part, 1)
      const shape = shapes[i] as Shape
      if (!sameShape(batched.shape, shape)) {
        const which = parts.length === 2 ? `hidden[${i}]` : 'hidden'
        const sizes = `(${shape.join(', ')}), got [${batched.shape.join(', ')}]`
        failAsPyTorch('TN_SHAPE', name, `Expected ${which} size ${sizes}`)
      }
      return batched
    })
  }

  #finished(x: Tensor, h: Tensor, ends: readonly State[]): readonly [Tensor, Given] {
    const parts = (ends[0] as State).map((_, k) => stack(ends.map((end) => end[k] as Tensor)))
    if (x.ndim === 2) {
      const state = parts.map((part) => squeeze(part, 1)) as unknown as State
      return [squeeze(h, 1), this.fromState(state)]
    }
    return [this.batchFirst ? transpose(h, 0, 1) : h, this.fromState(parts as unknown as State)]
  }

  protected override settings(): string[] {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, dropout: between, bidirectional } = this
    const { locked, recurrentDropout, weightDropout, zoneout: p, zoneoutCell } = this
    const unusual: (false | string)[] = [
      projSize !== 0 && `proj_size=${projSize}`,
      numLayers !== 1 && `num_layers=${numLayers}`,
      !bias && `bias=${booleanText(bias)}`,
      batchFirst && `batch_first=${booleanText(batchFirst)}`,
      between !== 0 && `dropout=${floatText(between)}`,
      bidirectional && `bidirectional=${booleanText(bidirectional)}`,
      locked && `locked=${booleanText(locked)}`,
      recurrentDropout !== 0 && `recurrent_dropout=${floatText(recurrentDropout)}`,
      weightDropout !== 0 && `weight_dropout=${floatText(weightDropout)}`,
      (p !== 0 || zoneoutCell !== 0) &&
        `zoneout=${p === zoneoutCell ? floatText(p) : `(${floatText(p)}, ${floatText(zoneoutCell)})`}`,
    ]
    return [String(inputSize), String(hiddenSize), ...unusual.filter((text) => text !== false)]
  }
}

/** PyTorch's check of `dropout`, and its warning where there is nothing between layers. */
function checkBetween(where: string, p: number, numLayers: number): void {
  if (!(typeof p === 'number' && p >= 0 && p <= 1)) {
    const rule = 'dropout should be a number in range [0, 1] representing the probability of an element being zeroed'
    failAsPyTorch('TN_RANGE', where, rule)
  }
  if (p === 0 || numLayers > 1) return
  const rule = 'dropout option adds dropout after all but last recurrent layer'
  const sizes = `but got dropout=${numberText(p)} and num_layers=${numLayers}`
  console.warn(`${rule}, so non-zero dropout expects num_layers greater than 1, ${sizes}`)
}

/** Layers whose state is h alone. */
abstract class Plain extends Recurrent<Tensor> {
  protected toState(h: Tensor): State {
    return [h]
  }

  protected fromState([h]: State): Tensor {
    return h
  }
}

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** `tanh` (the default) or `relu`. */
  readonly nonlinearity?: 'tanh' | 'relu' | undefined
}

/**
 * A plain recurrent network over sequences: `h' = tanh(W x + b + U h + c)`. PyTorch's `nn.RNN`.
 *
 * Shape: x `[T, N, inputSize]` (with `batchFirst` `[N, T, inputSize]`; one sequence `[T, inputSize]`) to the outputs of
 * the last layer, `[T, N, directions * hiddenSize]`, and the last state of each layer and direction,
 * `[layers * directions, N, hiddenSize]`. A state may be given; else it is 0.
 *
 * `dropout` draws two words for each element of the outputs between layers, in the order (time, batch, width) whatever
 * the layout, lower layers first, as PyTorch does; in evaluation nothing is drawn. Before them, each layer and direction
 * draws the masks of `weightDropout`, of `recurrentDropout`, and, step by step, of `zoneout`, if there are any.
 *
 * Initial values: uniform within `1 / √hiddenSize`, layer by layer, in the order of the state dictionary.
 *
 * @throws ThinnetError TN_RANGE if a size or an option is out of range; TN_SHAPE if x or the state does not fit.
 * @example const [output, h] = new nn.RNN(10, 20, { numLayers: 2, dropout: 0.2 }).call(randn([5, 3, 10]))
 */
export class RNN extends Plain {
  protected static override readonly optionNames: readonly string[] = [...optionNames, 'nonlinearity']
  readonly nonlinearity: 'tanh' | 'relu'

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const nonlinearity = checkNonlinearity('RNN', options.nonlinearity)
    super(inputSize, hiddenSize, options, 1)
    this.nonlinearity = nonlinearity
  }

  protected get kind(): CellKind {
    return rnnKinds[this.nonlinearity]
  }
}

/**
 * A gated recurrent unit over sequences; see `GRUCell` for its formula and `RNN` for shapes, draws and errors. PyTorch's
 * `nn.GRU`.
 *
 * @example const [output, h] = new nn.GRU(10, 20, { recurrentDropout: 0.2 }).call(randn([5, 3, 10]))
 */
export class GRU extends Plain {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(inputSize, hiddenSize, options, gruKind.gates)
  }

  protected get kind(): CellKind {
    return gruKind
  }
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** The size of outputs and h, where they are projected to fewer than `hiddenSize`. Default 0: they are not. */
  readonly projSize?: number | undefined
}

/**
 * A long short-term memory over sequences; see `LSTMCell` for its formula and `RNN` for shapes, draws and errors. The
 * state is `[h, c]`. PyTorch's `nn.LSTM`.
 *
 * @example
 * const lstm = new nn.LSTM(10, 20, { numLayers: 2, dropout: 0.3, weightDropout: 0.5 })
 * const [output, [h, c]] = lstm.call(randn([5, 3, 10]))
 */
export class LSTM extends Recurrent<readonly [h: Tensor, c: Tensor]> {
  protected static override readonly optionNames: readonly string[] = [...optionNames, 'projSize']

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    const { projSize = 0 } = options
    if (!(Number.isInteger(projSize) && projSize >= 0)) {
      failAsPyTorch('TN_RANGE', 'LSTM', 'proj_size should be a positive integer or zero to disable projections')
    }
    if (projSize >= hiddenSize && projSize > 0) {
      failAsPyTorch('TN_RANGE', 'LSTM', 'proj_size has to be smaller than hidden_size')
    }
    super(inputSize, hiddenSize, options, lstmKind.gates, projSize)
  }

  protected get kind(): CellKind {
    return lstmKind
  }

  protected toState([h, c]: readonly [Tensor, Tensor]): State {
    return [h, c]
  }

  protected fromState([h, c]: State): readonly [Tensor, Tensor] {
    return [h, c as Tensor]
  }
}
