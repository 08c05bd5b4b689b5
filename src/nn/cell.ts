// Recurrent cells: one step of RNN, LSTM and GRU, PyTorch's.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import type { RecurrentCell } from '../dropout/index.ts'
import { booleanText, checkBoolean, checkOptions, Module, Parameter } from '../module/index.ts'
import { relu, sigmoid, tanh } from '../ops/activation.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { empty, zeros } from '../ops/creation.ts'
import { chunk } from '../ops/join.ts'
import { squeeze, unsqueeze } from '../ops/layout.ts'
import { linear } from '../ops/matmul.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { uniform_ } from './init.ts'

/** What a step multiplies the state by. */
export interface RecurrentWeights {
  /** Shape: `[gates * hidden, hidden]`, with a projection `[gates * hidden, proj]`. */
  readonly weightHh: Tensor
  /** Shape: `[gates * hidden]`. */
  readonly biasHh: Tensor | undefined
  /** Shape: `[proj, hidden]`. */
  readonly weightHr?: Tensor | undefined
}

/** The state of all cells alike: `[h]`, or `[h, c]`. */
export type State = readonly [h: Tensor, c?: Tensor]

/** One kind of cell. */
export interface CellKind {
  /** How many rows of weights a hidden unit has. */
  readonly gates: number
  /** True if the state has a second part, c. */
  readonly hasCell: boolean
  /**
   * The next state.
   *
   * @param fromInput The input times its weights, plus its bias: `[N, gates * hidden]`.
   * @param h What the recurrent weights see of the state: h, or h with dropped elements.
   */
  step(fromInput: Tensor, h: Tensor, state: State, weights: RecurrentWeights): State
}

const gatesOf = (fromInput: Tensor, h: Tensor, { weightHh, biasHh }: RecurrentWeights): Tensor =>
  add(fromInput, linear(h, weightHh, biasHh))

const rnnOf = (activation: (x: Tensor) => Tensor): CellKind => ({
  gates: 1,
  hasCell: false,
  step: (fromInput, h, _, weights) => [activation(gatesOf(fromInput, h, weights))],
})

/** `h' = f(W x + b + U h + c)`, f tanh or ReLU. */
export const rnnKinds = { tanh: rnnOf(tanh), relu: rnnOf(relu) } as const

/** Gates i, f, g, o: `c' = σ(f) c + σ(i) tanh(g)`, `h' = σ(o) tanh(c')`, projected if there is a `weightHr`. */
export const lstmKind: CellKind = {
  gates: 4,
  hasCell: true,
  step(fromInput, h, [, c], weights) {
    const [i, f, g, o] = chunk(gatesOf(fromInput, h, weights), 4, -1) as [Tensor, Tensor, Tensor, Tensor]
    const cell = add(mul(sigmoid(f), c as Tensor), mul(sigmoid(i), tanh(g)))
    const hidden = mul(sigmoid(o), tanh(cell))
    return [weights.weightHr ? linear(hidden, weights.weightHr) : hidden, cell]
  },
}

/** Gates r, z, n: `n = tanh(Wₙ x + bₙ + r (Uₙ h + cₙ))`, `h' = (h - n) z + n`. */
export const gruKind: CellKind = {
  gates: 3,
  hasCell: false,
  step(fromInput, h, [before], { weightHh, biasHh }) {
    const [xr, xz, xn] = chunk(fromInput, 3, -1) as [Tensor, Tensor, Tensor]
    const [hr, hz, hn] = chunk(linear(h, weightHh, biasHh), 3, -1) as [Tensor, Tensor, Tensor]
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)))
    return [add(mul(sub(before, n), sigmoid(add(xz, hz))), n)]
  },
}

/** Options of the recurrent cells. */
export interface CellOptions extends GeneratorOption {
  /** Learns biases that are added to both products. Default true. */
  readonly bias?: boolean | undefined
  /** The type of the parameters: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

/** Options of `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** `tanh` (the default) or `relu`. */
  readonly nonlinearity?: 'tanh' | 'relu' | undefined
}

/** @internal Throws unless sizes are positive whole numbers. */
export function checkCellSizes(where: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) {
      fail('TN_RANGE', where, `${name} must be a whole number above 0, got ${String(size)}`)
    }
  }
}

/** @internal Numbers that are all equally likely within 1 / √hidden: PyTorch's start of every recurrent parameter. */
export function resetRecurrent(parameters: Iterable<Tensor>, hiddenSize: number, options: GeneratorOption): void {
  const bound = 1 / Math.sqrt(hiddenSize)
  for (const parameter of parameters) uniform_(parameter, -bound, bound, options)
}

/** What the cells have in common: parameters, checks, inputs with and without a batch. */
abstract class Cell<Given extends Tensor | readonly [h: Tensor, c: Tensor]>
  extends Module<[x: Tensor, state?: Given], Given>
  implements RecurrentCell<Given>
{
  protected static readonly optionNames: readonly string[] = ['bias', 'dtype', 'generator']
  /** Shape: `[gates * hiddenSize, inputSize]`. */
  readonly weightIh: Parameter
  /** Shape: `[gates * hiddenSize, hiddenSize]`. */
  readonly weightHh: Parameter
  /** Shape: `[gates * hiddenSize]`. */
  readonly biasIh: Parameter | undefined
  /** Shape: `[gates * hiddenSize]`. */
  readonly biasHh: Parameter | undefined

  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: CellOptions,
    gates: number,
  ) {
    super()
    const { name, optionNames } = new.target
    checkCellSizes(name, { inputSize, hiddenSize })
    checkOptions(
      name,
      options,
      optionNames,
      `new nn.${name}(${inputSize}, ${hiddenSize}, { bias: ${String(options)} })`,
    )
    const { bias = true, dtype } = options
    checkBoolean(name, 'bias', bias)
    const make = (...shape: number[]) => new Parameter(empty(shape, { dtype }))
    this.weightIh = make(gates * hiddenSize, inputSize)
    this.weightHh = make(gates * hiddenSize, hiddenSize)
    this.biasIh = bias ? make(gates * hiddenSize) : undefined
    this.biasHh = bias ? make(gates * hiddenSize) : undefined
    this.resetParameters({ generator: options.generator })
  }

  /** Draws new initial values. */
  resetParameters(options: GeneratorOption = {}): void {
    resetRecurrent(this.parameters(), this.hiddenSize, options)
  }

  protected abstract readonly kind: CellKind
  protected abstract toState(given: Given): State
  protected abstract fromState(state: State): Given

  zeroState(x: Tensor): Given {
    const shape = [...x.shape.slice(0, -1), this.hiddenSize]
    const none = () => zeros(shape, { dtype: x.dtype })
    return this.fromState(this.kind.hasCell ? [none(), none()] : [none()])
  }

  forward(x: Tensor, given: Given = this.zeroState(x)): Given {
    const name = this.constructor.name
    if (x.ndim !== 1 && x.ndim !== 2) {
      failAsPyTorch('TN_SHAPE', name, `${name}: Expected input to be 1D or 2D, got ${x.ndim}D instead`)
    }
    if (x.shape.at(-1) !== this.inputSize) {
      const sizes = `got ${x.shape.at(-1)} expected ${this.inputSize}`
      failAsPyTorch('TN_SHAPE', name, `input has inconsistent input_size: ${sizes}`)
    }
    const state = this.toState(given)
    for (const [i, part] of state.entries()) this.#checkState(x, part as Tensor, i)
    const batched = (part: Tensor) => (x.ndim === 2 ? part : unsqueeze(part, 0))
    const [h, c] = state
    const fromInput = linear(batched(x), this.weightIh, this.biasIh)
    const before: State = c ? [batched(h), batched(c)] : [batched(h)]
    const [nextH, nextC] = this.kind.step(fromInput, before[0], before, this)
    const unbatched = (part: Tensor) => (x.ndim === 2 ? part : squeeze(part, 0))
    return this.fromState(nextC ? [unbatched(nextH), unbatched(nextC)] : [unbatched(nextH)])
  }

  #checkState(x: Tensor, part: Tensor, i: number): void {
    const name = this.constructor.name
    if (part.ndim !== x.ndim) {
      const expected = x.ndim === 2 ? '2D hidden' : '1D hidden'
      const form = x.ndim === 2 ? '(batch x hidden_size)' : '(hidden_size)'
      failAsPyTorch('TN_SHAPE', name, `Expected ${expected}${i} ${form}, but got ${part.ndim}D tensor`)
    }
    if (part.shape.at(-1) !== this.hiddenSize) {
      const sizes = `got ${part.shape.at(-1)}, expected ${this.hiddenSize}`
      failAsPyTorch('TN_SHAPE', name, `hidden${i} has inconsistent hidden_size: ${sizes}`)
    }
    if (x.ndim === 2 && part.shape[0] !== x.shape[0]) {
      const sizes = `${x.shape[0]} doesn't match hidden${i} batch size ${part.shape[0]}`
      failAsPyTorch('TN_SHAPE', name, `Input batch size ${sizes}`)
    }
  }

  override extraRepr(): string {
    const bias = this.biasIh ? [] : [`bias=${booleanText(false)}`]
    return [String(this.inputSize), String(this.hiddenSize), ...bias].join(', ')
  }
}

/**
 * One step of a plain recurrent network: `h' = tanh(W x + b + U h + c)`. PyTorch's `nn.RNNCell`.
 *
 * Shape: x `[N, inputSize]` and h `[N, hiddenSize]` to `[N, hiddenSize]`, or all without N; without h it is 0. Initial
 * values: uniform within `1 / √hiddenSize`, in the order of the fields.
 *
 * @throws ThinnetError TN_RANGE if a size or an option is out of range; TN_SHAPE if x or h does not fit.
 * @example const h = new nn.RNNCell(10, 20).call(randn([3, 10])) // [3, 20]
 */
export class RNNCell extends Cell<Tensor> {
  protected static override readonly optionNames: readonly string[] = [...Cell.optionNames, 'nonlinearity']
  readonly nonlinearity: 'tanh' | 'relu'

  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    super(inputSize, hiddenSize, options, 1)
    this.nonlinearity = checkNonlinearity('RNNCell', options.nonlinearity)
  }

  protected get kind(): CellKind {
    return rnnKinds[this.nonlinearity]
  }

  protected toState(h: Tensor): State {
    return [h]
  }

  protected fromState([h]: State): Tensor {
    return h
  }

  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`)
  }
}

/** @internal Throws PyTorch's message unless it is one of the two. */
export function checkNonlinearity(where: string, nonlinearity: 'tanh' | 'relu' = 'tanh'): 'tanh' | 'relu' {
  if (nonlinearity === 'tanh' || nonlinearity === 'relu') return nonlinearity
  const rule = `Unknown nonlinearity '${String(nonlinearity)}'. Select from 'tanh' or 'relu'.`
  return failAsPyTorch('TN_RANGE', where, rule)
}

/**
 * One step of a long short-term memory (Hochreiter & Schmidhuber 1997). PyTorch's `nn.LSTMCell`: gates i, f, g, o,
 * `c' = σ(f) c + σ(i) tanh(g)`, `h' = σ(o) tanh(c')`.
 *
 * Shape: x `[N, inputSize]`, h and c `[N, hiddenSize]` to `[h', c']`, or all without N; without a state both are 0.
 * Initial values as `RNNCell`.
 *
 * @throws ThinnetError as `RNNCell`.
 * @example
 * const cell = new nn.LSTMCell(10, 20)
 * let state = cell.call(x)
 * state = cell.call(x, state)
 */
export class LSTMCell extends Cell<readonly [h: Tensor, c: Tensor]> {
  protected get kind(): CellKind {
    return lstmKind
  }

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(inputSize, hiddenSize, options, lstmKind.gates)
  }

  protected toState([h, c]: readonly [Tensor, Tensor]): State {
    return [h, c]
  }

  protected fromState([h, c]: State): readonly [Tensor, Tensor] {
    return [h, c as Tensor]
  }
}

/**
 * One step of a gated recurrent unit (Cho et al. 2014, arXiv 1406.1078). PyTorch's `nn.GRUCell`: gates r, z, n,
 * `n = tanh(Wₙ x + bₙ + r (Uₙ h + cₙ))`, `h' = (h - n) z + n`.
 *
 * Shape, initial values and errors as `RNNCell`.
 */
export class GRUCell extends Cell<Tensor> {
  protected get kind(): CellKind {
    return gruKind
  }

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(inputSize, hiddenSize, options, gruKind.gates)
  }

  protected toState(h: Tensor): State {
    return [h]
  }

  protected fromState([h]: State): Tensor {
    return h
  }
}
