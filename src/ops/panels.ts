// Compact values of thinned layers, and the kernels that compute with them; kernels/panel.inl.hpp has the layouts.
import { backend } from '../backend/backend.ts'
import type { Storage } from '../backend/storage.ts'
import { type DType, dtypeCode, itemBytes } from '../tensor/dtype.ts'
import { type Bounds, panelLanes, runsWithin, type Selection } from '../tensor/selection.ts'
import { contiguousStrides, type Shape } from '../tensor/shape.ts'
import { allocate, Tensor, Version } from '../tensor/tensor.ts'

/** Neurons of a layer, and which of them each group of examples keeps; all of them without a selection. */
export interface Kept {
  readonly neurons: number
  readonly selection: Selection | undefined
}

/** The values of kept neurons, 16 examples side by side, run of examples behind run. */
export interface Panels extends Kept {
  readonly storage: Storage
  readonly dtype: DType
  /** The runs. */
  readonly bounds: Bounds
}

const padded = (count: number): number => Math.ceil(count / panelLanes) * panelLanes

/** Elements of `kept` in these runs, 16 examples or (`turned`) 16 neurons side by side, with room for one vector behind the last. */
function elementsOf({ neurons, selection }: Kept, bounds: Bounds, turned: boolean): number {
  const groups = selection && runsWithin(bounds, selection.bounds)
  let elements = panelLanes
  for (let i = 0; i + 1 < bounds.length; i++) {
    const count = groups ? (selection.counts[groups[i] as number] as number) : neurons
    const examples = (bounds[i + 1] as number) - (bounds[i] as number)
    elements += turned ? padded(count) * examples : count * padded(examples)
  }
  return elements
}

/** The first example of each panel. */
function panelStarts(bounds: Bounds): number[] {
  const starts: number[] = []
  for (let i = 0; i + 1 < bounds.length; i++) {
    for (let start = bounds[i] as number; start < (bounds[i + 1] as number); start += panelLanes) starts.push(start)
  }
  return starts
}

/** True if values laid out in the runs `theirs` can be read in the runs `bounds`: both cut the examples into the same panels. */
export function readableIn(bounds: Bounds, theirs: Bounds): boolean {
  if (bounds === theirs) return true
  const [wanted, given] = [panelStarts(bounds), panelStarts(theirs)]
  return wanted.length === given.length && wanted.every((start, i) => start === given[i])
}

/** The runs of a call as kernels read them, and what they were made of. */
interface RunTable {
  readonly inputs: Bounds | undefined
  readonly outputs: Bounds | undefined
  readonly rows: readonly number[]
}

/** Each step of a training asks for the same ones: the latest of each bounds are kept. */
const runTables = new WeakMap<Bounds, RunTable[]>()
const mostTables = 8

function runTable(bounds: Bounds, inputs: Bounds | undefined, outputs: Bounds | undefined): readonly number[] {
  const tables = runTables.get(bounds) ?? []
  if (tables.length === 0) runTables.set(bounds, tables)
  for (let i = 0; i < tables.length; i++) {
    const table = tables[i] as RunTable
    if (table.inputs === inputs && table.outputs === outputs) return table.rows
  }
  const inGroups = inputs && runsWithin(bounds, inputs)
  const outGroups = outputs && runsWithin(bounds, outputs)
  const rows = bounds.slice(0, -1).flatMap((first, i) => {
    const count = (bounds[i + 1] as number) - first
    return [first, count, inGroups?.[i] ?? 0, outGroups?.[i] ?? 0]
  })
  tables.push({ inputs, outputs, rows })
  if (tables.length > mostTables) tables.shift()
  return rows
}

/** The address of the runs as kernels read them, in the argument block: for the next kernel call only. */
function describeRuns(bounds: Bounds, inputs: Kept, outputs: Kept): number {
  return backend().memory.describe(runTable(bounds, inputs.selection?.bounds, outputs.selection?.bounds))
}

/** As many runs as the argument block has room for. */
const mostRuns = 256
/** The smaller of the backends' scratch buffers, kernels/pool.hpp. */
const scratchBytes = 2 ** 21

/** True if kernels have room for so many runs: for one row of the compact products of all of them. */
export const haveRoom = (runs: number, inputs: number, dtype: DType): boolean =>
  runs <= mostRuns && runs * padded(inputs) * itemBytes(dtype) < scratchBytes

// What kernels take, one by one: a spread list costs a step's hot calls more than a kilobyte each.
const selectionAddress = ({ selection }: Kept): number => (selection ? selection.storage.address : 0)
const groupsOf = ({ selection }: Kept): number => (selection ? selection.groups : 1)
const runsOf = (bounds: Bounds): number => bounds.length - 1

const outputsSide = 1

function newPanels(kept: Kept, dtype: DType, bounds: Bounds): Panels {
  const storage = backend().memory.allocate(elementsOf(kept, bounds, false) * itemBytes(dtype))
  return { neurons: kept.neurons, selection: kept.selection, storage, dtype, bounds }
}

/** The kept values of `x`, contiguous and computed, rows of `neurons` elements; times `scale`. */
export function pack(x: Tensor, kept: Kept, bounds: Bounds, scale: number): Panels {
  const panels = newPanels(kept, x.dtype, bounds)
  const { neurons } = kept
  const [to, from, selection] = [panels.storage.address, x.address, selectionAddress(kept)]
  const [runs, count, groups] = [describeRuns(bounds, kept, kept), runsOf(bounds), groupsOf(kept)]
  const dtype = dtypeCode(x.dtype)
  backend().kernels.packPanels(dtype, to, from, neurons, runs, count, outputsSide, selection, neurons, groups, scale)
  return panels
}

/** The values as rows of all neurons, with zeros for those that are not kept. */
export function unpack(panels: Panels): Storage {
  const { neurons, bounds } = panels
  const out = backend().memory.allocate((bounds.at(-1) as number) * neurons * itemBytes(panels.dtype))
  const [to, from, selection] = [out.address, panels.storage.address, selectionAddress(panels)]
  const [runs, count, groups] = [describeRuns(bounds, panels, panels), runsOf(bounds), groupsOf(panels)]
  const dtype = dtypeCode(panels.dtype)
  backend().kernels.unpackPanels(dtype, to, neurons, from, runs, count, outputsSide, selection, neurons, groups)
  return out
}

/** What a product is with: `out[o] = scale · relu?(Σ weight[o, i] · x[i] + bias[o])`. */
export interface ProductOptions {
  /** Contiguous, computed, `[outputs, inputs]`, or `[inputs, outputs]` if `transposed`. */
  readonly weight: Tensor
  readonly transposed: boolean
  readonly bias?: Tensor | undefined
  readonly relu?: boolean
  readonly scale?: number
}

/** The product of kept inputs with the weights of kept outputs; what is dropped is not computed. */
export function product(x: Panels, outputs: Kept, bounds: Bounds, options: ProductOptions): Panels {
  const { weight, transposed, bias, relu = false, scale = 1 } = options
  const out = newPanels(outputs, x.dtype, bounds)
  const rowLength = weight.shape[1] as number
  const [ofInputs, ofOutputs] = [selectionAddress(x), selectionAddress(outputs)]
  const [to, matrix, biases, from] = [out.storage.address, weight.address, bias ? bias.address : 0, x.storage.address]
  backend().kernels.panelProduct(
    dtypeCode(x.dtype),
    to,
    matrix,
    transposed ? 1 : rowLength,
    transposed ? rowLength : 1,
    biases,
    from,
    describeRuns(bounds, x, outputs),
    runsOf(bounds),
    ofInputs,
    x.neurons,
    groupsOf(x),
    ofOutputs,
    outputs.neurons,
    groupsOf(outputs),
    Number(relu),
    scale,
  )
  return out
}

/** The sum of each neuron over the examples that keep it. Shape: `[neurons]`. */
export function sumOfExamples(panels: Panels): Tensor {
  const { neurons, bounds } = panels
  const out = allocate([neurons], panels.dtype)
  const [to, from, selection] = [out.address, panels.storage.address, selectionAddress(panels)]
  const [runs, count, groups] = [describeRuns(bounds, panels, panels), runsOf(bounds), groupsOf(panels)]
  const dtype = dtypeCode(panels.dtype)
  backend().kernels.sumPanels(dtype, to, from, runs, count, outputsSide, selection, neurons, groups)
  return out
}

/** Both factors of a weight's gradient, `Σ over examples g[o] · x[i]`. */
export interface Factors {
  readonly g: Panels
  /** 16 neurons side by side. */
  readonly x: Storage
  readonly inputs: Kept
}

/** `x`, readable in the runs of `g`, made ready to be a factor beside it. */
export function factorsOf(g: Panels, x: Panels): Factors {
  const { bounds } = g
  const turned = backend().memory.allocate(elementsOf(x, bounds, true) * itemBytes(x.dtype))
  const [to, from, selection] = [turned.address, x.storage.address, selectionAddress(x)]
  const [runs, count, groups] = [describeRuns(bounds, x, x), runsOf(bounds), groupsOf(x)]
  const dtype = dtypeCode(x.dtype)
  backend().kernels.turnPanels(dtype, to, from, runs, count, outputsSide, selection, x.neurons, groups)
  return { g, x: turned, inputs: { neurons: x.neurons, selection: x.selection } }
}

/** Runs and selections of factors, as kernels take them; after all other addresses were taken. */
function factorArguments({ g, inputs }: Factors) {
  const [ofInputs, ofOutputs] = [selectionAddress(inputs), selectionAddress(g)]
  const runs = describeRuns(g.bounds, inputs, g)
  const [inputGroups, outputGroups] = [groupsOf(inputs), groupsOf(g)]
  return [runs, runsOf(g.bounds), ofInputs, inputs.neurons, inputGroups, ofOutputs, g.neurons, outputGroups] as const
}

/** The gradient as a matrix, `[outputs, inputs]`, with zeros where no group keeps both neurons. */
export function gradientOf(factors: Factors): Storage {
  const { g, x, inputs } = factors
  const out = backend().memory.allocate(g.neurons * inputs.neurons * itemBytes(g.dtype))
  const [to, ofOutputs, ofInputs] = [out.address, g.storage.address, x.address]
  backend().kernels.panelGradient(dtypeCode(g.dtype), to, ofOutputs, ofInputs, ...factorArguments(factors))
  return out
}

/** What a step of stochastic gradient descent needs to know besides; see `optim.SGD`. */
export interface Descent {
  readonly lr: number
  readonly weightDecay: number
  readonly momentum: number
  readonly dampening: number
  readonly nesterov: boolean
  readonly maximize: boolean
  /** The limit of the rows' norms; none without. */
  readonly maxNorm?: number | undefined
  /** `rest`: weights stay as they are that no group touched. */
  readonly droppedWeights: 'move' | 'rest'
}

/**
 * One step of descent of contiguous weights, `[outputs, inputs]`, whose gradient is never written out.
 *
 * @param firstStep True if the momentum buffer holds nothing yet.
 */
export function descend(
  weight: Tensor,
  buffer: Tensor | undefined,
  { g, x, inputs }: Factors,
  descent: Descent,
  firstStep: boolean,
): void {
  const { bounds } = g
  const [to, momenta, ofOutputs, ofInputs] = [weight.address, buffer ? buffer.address : 0, g.storage.address, x.address]
  const [inputSelection, outputSelection] = [selectionAddress(inputs), selectionAddress(g)]
  backend().kernels.panelSgdStep(
    dtypeCode(weight.dtype),
    to,
    momenta,
    ofOutputs,
    ofInputs,
    describeRuns(bounds, inputs, g),
    runsOf(bounds),
    inputSelection,
    inputs.neurons,
    groupsOf(inputs),
    outputSelection,
    g.neurons,
    groupsOf(g),
    descent.lr,
    descent.weightDecay,
    descent.momentum,
    descent.dampening,
    Number(descent.nesterov),
    Number(firstStep),
    Number(descent.maximize),
    descent.maxNorm ?? 0,
    Number(descent.droppedWeights === 'rest'),
  )
}

/** Sets the bytes of weights to 1 that some group has both neurons of. `touched`: uint8 `[outputs, inputs]`. */
export function touch(touched: Tensor, factors: Factors): void {
  const to = touched.address
  backend().kernels.touchWeights(to, ...factorArguments(factors))
}

/** How many elements the values are, those between them included. */
export const elementCount = ({ storage, dtype }: Panels): number => storage.bytes / itemBytes(dtype)

/** The values as a flat tensor, for element-wise ops; it shares their memory. */
export function flat(panels: Panels): Tensor {
  const shape: Shape = [elementCount(panels)]
  return new Tensor(shape, panels.dtype, panels.storage, contiguousStrides(shape), 0, new Version())
}

/** Panels of the same layout with other values. */
export const withValues = (panels: Panels, values: Tensor): Panels => ({ ...panels, storage: values.storage })
