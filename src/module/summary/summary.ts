// `Module.summary`: what each layer of a model computes and keeps, and what dropout leaves of it.
import { fail } from '../../backend/errors.ts'
import { zeros } from '../../ops/creation.ts'
import { checkOptions } from '../../tensor/arguments.ts'
import { type DType, isFloating } from '../../tensor/dtype.ts'
import { checkShape, type Shape } from '../../tensor/shape.ts'
import type { AnyModule } from '../any-module.ts'
import type { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'
import type { DropFacts } from './facts.ts'
import { summaryText } from './text.ts'
import { type Call, firstTensor, trace } from './trace.ts'

/** Options of `Module.summary`. */
export interface SummaryOptions<In extends readonly unknown[] = readonly unknown[]> {
  /** The shape of a mini-batch; the model is run on zeros of it. */
  readonly inputShape?: Shape | undefined
  /** Instead of a shape: what `forward` is called with, for models that take several inputs, or integers. */
  readonly inputs?: In | undefined
  /** The examples in a mini-batch. Default: the first size of the input; 128 where none is given. */
  readonly batchSize?: number | undefined
}

const optionNames = ['inputShape', 'inputs', 'batchSize'] as const satisfies readonly (keyof SummaryOptions)[]

/** What `summary` says of a layer that drops. */
export interface DropoutSummary {
  /** Probability to drop. */
  readonly p: number
  /** How many thinned networks a mini-batch trains; undefined where that cannot be chosen. */
  readonly subnets: number | 'perExample' | undefined
  /** Neurons (elements, channels) of an example, each dropped or kept by a draw of its own. */
  readonly units: number | undefined
  /** How many of them are kept in the mean. */
  readonly expectedKept: number | undefined
  /** Bytes of what is drawn for a mini-batch and kept for backward. */
  readonly maskBytes: number | undefined
}

/** What `summary` says of a layer. What depends on the input is undefined if the model, or the layer, was not run. */
export interface LayerSummary {
  /** Its name in the model, as in state dictionaries; empty for the model itself. */
  readonly name: string
  /** Its class. */
  readonly type: string
  /** Of the first tensor that its first call returned. */
  readonly outputShape: Shape | undefined
  /** Numbers of its own parameters; of those that several layers share, with the first. */
  readonly parameters: number
  /** Multiplications, each with its addition, of its matrix products for one example, forward, with nothing dropped. */
  readonly multiplyAdds: number | undefined
  /**
   * The share of them that is left in training, in the mean, where what is dropped is not computed: the kept inputs times
   * the kept outputs. Backward has the same share. 1 where dropout multiplies by zeros; undefined without products.
   */
  readonly arithmeticLeft: number | undefined
  /** Undefined for a layer that does not drop. */
  readonly dropout: DropoutSummary | undefined
}

/** What `Module.summary` returns. Printed, it is a table. */
export interface ModelSummary {
  /** The model's class. */
  readonly type: string
  /** The layers, in the order of `modules()`; modules that only hold others are left out. */
  readonly layers: readonly LayerSummary[]
  /** The shape of the first input; undefined if the model was not run. */
  readonly inputShape: Shape | undefined
  /** The examples of the mini-batch that masks are for. */
  readonly batchSize: number
  /** Numbers of all parameters. */
  readonly parameters: number
  /** How many of them are learnt: the others are frozen. */
  readonly trainableParameters: number
  /** Of all layers, for one example. */
  readonly multiplyAdds: number | undefined
  /** The share of them that is left in training, in the mean. */
  readonly arithmeticLeft: number | undefined
  /** Of all layers, for a mini-batch. */
  readonly maskBytes: number
  /** The table. */
  toString(): string
}

const usualBatch = 128

/** @internal `Module.summary`. */
export function summarize<In extends readonly unknown[], Out>(
  model: Module<In, Out>,
  options: SummaryOptions<In>,
): ModelSummary {
  checkGiven(options)
  const { inputs = zerosFor(model, options) } = options
  const calls = inputs && callsOf(model, inputs, options)
  const inputShape = calls && firstTensor(inputs)?.shape
  const { batchSize = inputShape?.[0] ?? usualBatch } = options
  const layers = [...layersOf(model, calls, batchSize)]
  const parameters = [...model.parameters()]
  const multiplyAdds = calls && sumOf(layers, (layer) => layer.multiplyAdds)
  const left = sumOf(layers, ({ multiplyAdds = 0, arithmeticLeft = 1 }) => multiplyAdds * arithmeticLeft)
  return printable({
    type: model.constructor.name,
    layers,
    inputShape,
    batchSize,
    parameters: sumOf(parameters, ({ numel }) => numel),
    trainableParameters: sumOf(parameters, ({ numel, requiresGrad }) => (requiresGrad ? numel : 0)),
    multiplyAdds,
    arithmeticLeft: multiplyAdds ? left / multiplyAdds : undefined,
    maskBytes: sumOf(layers, ({ dropout }) => dropout?.maskBytes),
  })
}

function checkGiven(options: SummaryOptions): void {
  checkOptions('summary', options, optionNames, 'model.summary({ inputShape: [128, 784] })')
  const { inputShape, inputs, batchSize } = options
  if (inputShape && inputs)
    fail('TN_RANGE', 'summary', 'inputShape and inputs both say what to run on: give one of them')
  if (inputShape) checkShape('summary', inputShape)
  if (inputs && !Array.isArray(inputs)) {
    fail('TN_DTYPE', 'summary', 'inputs are a list, what forward is called with: write { inputs: [x] }')
  }
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1)) {
    fail('TN_RANGE', 'summary', `batchSize must be a whole number from 1 on, got ${String(batchSize)}`)
  }
}

/** Zeros to run on. Where no shape is given: a guess, for the first layer that says how many features it reads. */
function zerosFor<In extends readonly unknown[]>(
  model: AnyModule,
  { inputShape, batchSize = usualBatch }: SummaryOptions<In>,
): In | undefined {
  const features = [...model.modules()].flatMap((module) => ('inFeatures' in module ? Number(module.inFeatures) : []))
  const [first] = features
  const shape = inputShape ?? (first === undefined ? undefined : [batchSize, first])
  return shape && ([zeros(shape, { dtype: dtypeOf(model) })] as readonly unknown[] as In)
}

function dtypeOf(model: AnyModule): DType | undefined {
  for (const { dtype } of model.parameters()) if (isFloating(dtype)) return dtype
  return undefined
}

/** The calls of a forward pass; undefined if the inputs were a guess that the model cannot be run on. */
function callsOf<In extends readonly unknown[], Out>(
  model: Module<In, Out>,
  inputs: In,
  given: SummaryOptions<In>,
): readonly Call[] | undefined {
  try {
    return trace(model, inputs)
  } catch (error) {
    if (given.inputs ?? given.inputShape) throw error
    return undefined
  }
}

function* layersOf(model: AnyModule, calls: readonly Call[] | undefined, batchSize: number): Generator<LayerSummary> {
  const seen = new Set<Parameter>()
  for (const [name, module] of model.namedModules()) {
    let parameters = 0
    for (const [, x] of module.ownTensors()) {
      if (!(x instanceof Parameter) || seen.has(x)) continue
      seen.add(x)
      parameters += x.numel
    }
    const own = calls?.filter((call) => call.module === module) ?? []
    const [first] = own
    const multiplyAdds = sumOf(own, (call) => call.multiplyAdds)
    const drop = first ? first.drop : module.dropFacts()
    const holdsOthers = module.children().next().done === false
    if (holdsOthers && !drop && parameters === 0 && multiplyAdds === 0) continue
    yield {
      name,
      type: module.constructor.name,
      outputShape: first?.outputShape,
      parameters,
      multiplyAdds: first && multiplyAdds / batchSize,
      arithmeticLeft:
        multiplyAdds === 0 ? undefined : sumOf(own, (call) => call.multiplyAdds * call.left) / multiplyAdds,
      dropout: drop && dropoutOf(drop),
    }
  }
}

function dropoutOf({ p, subnets, units, maskBytes }: DropFacts): DropoutSummary {
  return { p, subnets, units, expectedKept: units === undefined ? undefined : units * (1 - p), maskBytes }
}

/** With a table that `String` and consoles print; it is hidden from JSON and from loops over the fields. */
function printable(summary: Omit<ModelSummary, 'toString'>): ModelSummary {
  const print = { value: () => summaryText(summary) }
  return Object.defineProperties(summary, { toString: print, [Symbol.for('nodejs.util.inspect.custom')]: print })
}

function sumOf<T>(items: readonly T[], value: (item: T) => number | undefined): number {
  return items.reduce((sum, item) => sum + (value(item) ?? 0), 0)
}
