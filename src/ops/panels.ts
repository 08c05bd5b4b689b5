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

/** How many neurons are kept in each run. */
function countsIn({ neurons, selection }: Kept, bounds: Bounds): number[] {
  if (!selection) return new Array(bounds.length - 1).fill(neurons)
  return runsWithin(bounds, selection.bounds).map((group) => selection.counts[group] as number)
}

/** Elements of `kept` in these runs, with room for one vector behind the last. */
function panelElements(kept: Kept, bounds: Bounds): number {
  let elements = panelLanes
  countsIn(kept, bounds).forEach((count, i) => {
    elements += count * padded((bounds[i + 1] as number) - (bounds[i] as number))
  })
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

/** The runs as kernels read them, in the argument block: for the next kernel call only. */
function describeRuns(bounds: Bounds, inputs: Kept, outputs: Kept): readonly [address: number, count: number] {
  const inGroups = inputs.selection && runsWithin(bounds, inputs.selection.bounds)
  const outGroups = outputs.selection && runsWithin(bounds, outputs.selection.bounds)
  const rows: number[] = []
  for (let i = 0; i + 1 < bounds.length; i++) {
    const first = bounds[i] as number
    rows.push(first, (bounds[i + 1] as number) - first, inGroups?.[i] ?? 0, outGroups?.[i] ?? 0)
  }
  return [backend().memory.describe(rows), bounds.length - 1]
}

/** As many runs as the argument block has room for. */
const mostRuns = 256
/** The smaller of the backends' scratch buffers, kernels/pool.hpp. */
const scratchBytes = 2 ** 21

/** True if kernels have room for so many runs: for one row of the compact products of all of them. */
export const haveRoom = (runs: number, inputs: number, dtype: DType): boolean =>
  runs <= mostRuns && runs * padded(inputs) * itemBytes(dtype) < scratchBytes

/** A selection as kernels take it. */
const asArguments = ({ neurons, selection }: Kept): readonly [address: number, neurons: number, groups: number] => [
  selection ? selection.storage.address : 0,
  neurons,
  selection ? selection.groups : 1,
]

const outputsSide = 1

function newPanels(kept: Kept, dtype: DType, bounds: Bounds): Panels {
  const storage = backend().memory.allocate(panelElements(kept, bounds) * itemBytes(dtype))
  return { neurons: kept.neurons, selection: kept.selection, storage, dtype, bounds }
}

/** The kept values of `x`, contiguous and computed, rows of `neurons` elements; times `scale`. */
export function pack(x: Tensor, kept: Kept, bounds: Bounds, scale: number): Panels {
  const panels = newPanels(kept, x.dtype, bounds)
  const [to, from] = [panels.storage.address, x.address]
  const side = [outputsSide, ...asArguments(kept)] as const
  const runs = describeRuns(bounds, kept, kept)
  backend().kernels.packPanels(dtypeCode(x.dtype), to, from, kept.neurons, ...runs, ...side, scale)
  return panels
}

/** The values as rows of all neurons, with zeros for those that are not kept. */
export function unpack(panels: Panels): Storage {
  const examples = panels.bounds.at(-1) as number
  const out = backend().memory.allocate(examples * panels.neurons * itemBytes(panels.dtype))
  const [to, from] = [out.address, panels.storage.address]
  const side = [outputsSide, ...asArguments(panels)] as const
  const runs = describeRuns(panels.bounds, panels, panels)
  backend().kernels.unpackPanels(dtypeCode(panels.dtype), to, panels.neurons, from, ...runs, ...side)
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
  const steps = transposed ? [1, rowLength] : [rowLength, 1]
  const addresses = [out.storage.address, weight.address] as const
  const [biasAddress, from] = [bias ? bias.address : 0, x.storage.address]
  const sides = [...asArguments(x), ...asArguments(outputs)] as const
  const runs = describeRuns(bounds, x, outputs)
  backend().kernels.panelProduct(
    dtypeCode(x.dtype),
    ...addresses,
    ...(steps as [number, number]),
    biasAddress,
    from,
    ...runs,
    ...sides,
    Number(relu),
    scale,
  )
  return out
}

/** The sum of each neuron over the examples that keep it. Shape: `[neurons]`. */
export function sumOfExamples(panels: Panels): Tensor {
  const out = allocate([panels.neurons], panels.dtype)
  const [to, from] = [out.address, panels.storage.address]
  const side = [outputsSide, ...asArguments(panels)] as const
  const runs = describeRuns(panels.bounds, panels, panels)
  backend().kernels.sumPanels(dtypeCode(panels.dtype), to, from, ...runs, ...side)
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
  let elements = panelLanes
  countsIn(x, g.bounds).forEach((count, i) => {
    elements += padded(count) * ((g.bounds[i + 1] as number) - (g.bounds[i] as number))
  })
  const turned = backend().memory.allocate(elements * itemBytes(x.dtype))
  const [to, from] = [turned.address, x.storage.address]
  const side = [outputsSide, ...asArguments(x)] as const
  const runs = describeRuns(g.bounds, x, x)
  backend().kernels.turnPanels(dtypeCode(x.dtype), to, from, ...runs, ...side)
  return { g, x: turned, inputs: { neurons: x.neurons, selection: x.selection } }
}

/** Runs and selections of factors, as kernels take them; after all addresses were taken. */
function factorArguments({ g, inputs }: Factors) {
  const sides = [...asArguments(inputs), ...asArguments(g)] as const
  return [...describeRuns(g.bounds, inputs, g), ...sides] as const
}

/** The gradient as a matrix, `[outputs, inputs]`, with zeros where no group keeps both neurons. */
export function gradientOf(factors: Factors): Storage {
  const { g, x, inputs } = factors
  const out = backend().memory.allocate(g.neurons * inputs.neurons * itemBytes(g.dtype))
  const addresses = [out.address, g.storage.address, x.address] as const
  backend().kernels.panelGradient(dtypeCode(g.dtype), ...addresses, ...factorArguments(factors))
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
  /** True if the momentum buffer holds nothing yet. */
  readonly firstStep: boolean
  /** The limit of the rows' norms; 0: none. */
  readonly limit: number
  /** True if weights stay as they are that no group touched. */
  readonly rest: boolean
}

/** One step of descent of contiguous weights, `[outputs, inputs]`, whose gradient is never written out. */
export function descend(weight: Tensor, buffer: Tensor | undefined, factors: Factors, descent: Descent): void {
  const { lr, weightDecay, momentum, dampening, nesterov, maximize, firstStep, limit, rest } = descent
  const addresses = [weight.address, buffer ? buffer.address : 0] as const
  const values = [factors.g.storage.address, factors.x.address] as const
  backend().kernels.panelSgdStep(
    dtypeCode(weight.dtype),
    ...addresses,
    ...values,
    ...factorArguments(factors),
    ...([lr, weightDecay, momentum, dampening] as const),
    ...([Number(nesterov), Number(firstStep), Number(maximize)] as const),
    limit,
    Number(rest),
  )
}

/** Sets the bytes of weights to 1 that some group has both neurons of. `touched`: uint8 `[outputs, inputs]`. */
export function touch(touched: Tensor, factors: Factors): void {
  const to = touched.address
  backend().kernels.touchWeights(to, ...factorArguments(factors))
}

/** The values as a flat tensor, for element-wise ops; it shares their memory. */
export function flat({ storage, dtype }: Panels): Tensor {
  const shape: Shape = [storage.bytes / itemBytes(dtype)]
  return new Tensor(shape, dtype, storage, contiguousStrides(shape), 0, new Version())
}

/** Panels of the same layout with other values. */
export const withValues = (panels: Panels, values: Tensor): Panels => ({ ...panels, storage: values.storage })
