// Deferred layers: a linear layer and what follows it element by element is computed when somebody looks, in one kernel
// call; and when dropout has thinned it by then, what it dropped is never computed, forward or backward.
import { withGradMode } from '../autograd/mode.ts'
import type { Flow, Fusion, Node } from '../autograd/node.ts'
import { backend } from '../backend/backend.ts'
import type { Storage } from '../backend/storage.ts'
import { type Deferred, deferredTensor, Operand, type Pointwise } from '../tensor/deferred.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { type Bounds, evenBounds, refined } from '../tensor/selection.ts'
import { elementCount } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { type Compact, type Drop, gradientPanels, inRuns, PackedValue, PanelsValue, scaled } from './compact.ts'
import { contiguous } from './layout.ts'
import type { Kept, Panels } from './panels.ts'
import * as panels from './panels.ts'
import { BiasGradient, SharedPanels, WeightGradient } from './thinned-gradients.ts'

/** The compact form of a tensor, if it has one and it is still what the tensor holds. */
function compactOf(x: Tensor): Compact | undefined {
  const { deferred } = x
  if (x.version.count !== 0) return undefined
  if (deferred instanceof PackedValue) return deferred
  if (deferred instanceof LinearValue) return deferred.compact
  return undefined
}

/** The operands of a linear layer, shared by the tensors of a chain; let go of when none of them needs them. */
class LinearOperands {
  readonly #x: Operand
  readonly #weight: Operand
  readonly #bias: Operand | undefined
  #users = 0

  constructor(x: Tensor, weight: Tensor, bias: Tensor | undefined) {
    this.#x = new Operand(x)
    this.#weight = new Operand(weight)
    this.#bias = bias && new Operand(bias)
  }

  get x(): Tensor {
    return this.#x.tensor
  }

  /** Contiguous. */
  get weight(): Tensor {
    return contiguous(this.#weight.tensor)
  }

  /** Contiguous. */
  get bias(): Tensor | undefined {
    return this.#bias && contiguous(this.#bias.tensor)
  }

  retain(): this {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users > 0) return
    this.#x.release()
    this.#weight.release()
    this.#bias?.release()
  }
}

/** Dropout with a mask for each element at the end of a chain. */
interface Masked {
  /** Packed bits, in row-major order. */
  readonly mask: Tensor
  readonly scale: number
}

/** What ends a chain. */
type End = Drop | Masked

/** A layer that was computed in panels, with what its backward needs. */
interface Run {
  readonly bounds: Bounds
  readonly x: Panels
  readonly out: Panels
  /** What each element-wise op saved. */
  readonly saved: readonly unknown[]
}

/** What follows a dense product in the same kernel call. */
export interface Epilogue {
  readonly bias: Tensor | undefined
  readonly relu: boolean
  /** Multiplies by `scale` where the bit is set, else by 0. */
  readonly masked: Masked | undefined
}

/** How a linear layer computes densely, and its gradients; `matmul.ts` provides it. */
export interface DenseLinear {
  compute(x: Tensor, weight: Tensor, epilogue: Epilogue): Tensor
  /** The gradients of x, weight and bias, where wanted. */
  gradients(gradient: Tensor, x: Tensor, weight: Tensor, wanted: readonly boolean[]): (Tensor | undefined)[]
}

/** A linear layer, the element-wise ops that followed it, and the dropout that followed those. */
export class LinearValue implements Deferred {
  readonly #dense: DenseLinear
  readonly #operands: LinearOperands
  readonly #outputs: number
  readonly #steps: readonly Pointwise[]
  readonly #end: End | undefined
  /** The tensor before the last op, and how it is computed. */
  readonly #before: { readonly tensor: Tensor; readonly value: LinearValue } | undefined
  #holds = true
  #nodes: readonly Node[] = []
  #self: Tensor | undefined
  #run: Run | undefined
  /** True if it was computed without the tensors before it, which nobody looks at. */
  #fused = false

  private constructor(
    dense: DenseLinear,
    operands: LinearOperands,
    outputs: number,
    steps: readonly Pointwise[],
    end?: End,
    before?: { readonly tensor: Tensor; readonly value: LinearValue },
  ) {
    this.#dense = dense
    this.#operands = operands.retain()
    this.#outputs = outputs
    this.#steps = steps
    this.#end = end
    this.#before = before
  }

  static of(dense: DenseLinear, x: Tensor, weight: Tensor, bias: Tensor | undefined): LinearValue {
    return new LinearValue(dense, new LinearOperands(x, weight, bias), weight.shape[0] as number, [])
  }

  extended(op: Pointwise, self: Tensor): LinearValue | undefined {
    if (this.#end) return undefined
    return this.#followedBy([...this.#steps, op], undefined, self)
  }

  /** The layer thinned: only what the selection keeps will be computed, unless somebody looks at what was before. */
  thinned(drop: Drop, self: Tensor): LinearValue | undefined {
    const { x } = this.#operands
    const runs = this.#boundsWith(drop).length - 1
    if (this.#end || !panels.haveRoom(runs, x.shape.at(-1) as number, x.dtype)) return undefined
    return this.#followedBy(this.#steps, drop, self)
  }

  /** The layer with a mask for each element, where one kernel call can compute both and nobody looks at what was before. */
  masked(masked: Masked, self: Tensor): LinearValue | undefined {
    if (this.#end || !self.passing || !this.#isOneCall || compactOf(this.#operands.x)) return undefined
    return this.#followedBy(this.#steps, masked, self)
  }

  /** True if the steps are what a product can do as it writes its result. */
  get #isOneCall(): boolean {
    return this.#steps.length === 0 || this.#isRelu
  }

  get #isRelu(): boolean {
    return this.#steps.length === 1 && this.#steps[0]?.name === 'relu'
  }

  get #drop(): Drop | undefined {
    return this.#end && 'selection' in this.#end ? this.#end : undefined
  }

  get #masked(): Masked | undefined {
    return this.#end && 'mask' in this.#end ? this.#end : undefined
  }

  #followedBy(steps: readonly Pointwise[], end: End | undefined, self: Tensor): LinearValue {
    const before = { tensor: self, value: this as LinearValue }
    const next = new LinearValue(this.#dense, this.#operands, this.#outputs, steps, end, before)
    if (self.passing) this.#letGo()
    return next
  }

  #letGo(): void {
    if (this.#holds) this.#operands.release()
    this.#holds = false
  }

  settled(): void {
    this.#letGo()
  }

  release(): void {
    this.#run?.out.storage.release()
  }

  compute(): Storage {
    return withGradMode(false, () => (this.#isThin() ? panels.unpack(this.#inPanels().out) : this.#densely()))
  }

  /** True if a selection takes part, of this layer's outputs or of its inputs. */
  #isThin(): boolean {
    return this.#drop !== undefined || this.#run !== undefined || compactOf(this.#operands.x) !== undefined
  }

  #densely(): Storage {
    const { x, weight, bias } = this.#operands
    const before = this.#before?.tensor
    if (this.#isOneCall && (!before || (before.passing && !before.isSettled))) {
      this.#fused = true
      const masked = this.#masked
      masked?.mask.settle()
      return this.#dense.compute(x.settle(), weight, { bias, relu: this.#isRelu, masked }).storage
    }
    if (before && before.version.count === 0) return this.#lastStep(before.settle())
    let out = this.#dense.compute(x.settle(), weight, { bias, relu: false, masked: undefined })
    for (const step of this.#steps) out = step.forward(out).out
    return out.storage
  }

  #lastStep(before: Tensor): Storage {
    const step = this.#steps.at(-1)
    if (!step || this.#end) throw new Error('internal: a chain ends that one step cannot end')
    return step.forward(before).out.storage
  }

  /** The runs of examples that keep the same inputs and, dropped so, the same outputs. */
  #boundsWith(drop: Drop | undefined): Bounds {
    const { x } = this.#operands
    const [ofInputs, ofOutputs] = [compactOf(x)?.selection.bounds, drop?.selection.bounds]
    if (ofInputs && ofOutputs) return refined(ofInputs, ofOutputs)
    return ofInputs ?? ofOutputs ?? evenBounds(elementCount(x.shape.slice(0, -1)), 1)
  }

  #inPanels(): Run {
    this.#run ??= this.#runInPanels()
    return this.#run
  }

  #runInPanels(): Run {
    const { x, weight, bias } = this.#operands
    const inputs = weight.shape[1] as number
    const bounds = this.#boundsWith(this.#drop)
    const from =
      compactOf(x)?.panelsIn(bounds) ??
      panels.pack(contiguous(x).settle(), { neurons: inputs, selection: undefined }, bounds, 1)
    const outputs: Kept = { neurons: this.#outputs, selection: this.#drop?.selection }
    const scale = this.#drop?.scale ?? 1
    if (this.#isOneCall) {
      const out = panels.product(from, outputs, bounds, { weight, transposed: false, bias, relu: this.#isRelu, scale })
      return { bounds, x: from, out, saved: [] }
    }
    let out = panels.product(from, outputs, bounds, { weight, transposed: false, bias })
    let values = panels.flat(out)
    const saved = this.#steps.map((step) => {
      const computed = step.forward(values)
      values = computed.out
      return computed.saved
    })
    if (scale !== 1) values = scaled(values, scale)
    out = panels.withValues(out, values)
    return { bounds, x: from, out, saved }
  }

  /** The compact form of a layer that dropout has thinned. */
  get compact(): Compact | undefined {
    const drop = this.#drop
    if (!drop) return undefined
    return { selection: drop.selection, panelsIn: (bounds) => this.#outIn(bounds, drop) }
  }

  #outIn(bounds: Bounds, { selection }: Drop): Panels {
    const { out } = this.#inPanels()
    this.#letGo()
    return inRuns(out, bounds, { neurons: this.#outputs, selection })
  }

  recorded(node: Node, self: Tensor): Fusion | undefined {
    this.#self = self
    const behind = this.#before ? this.#before.value.#nodes : []
    if (this.#before && behind.length === 0) return undefined
    this.#nodes = [node, ...behind]
    return {
      nodes: this.#nodes,
      backward: (flow, wanted, last) =>
        this.#isThin() ? this.#thinBackward(flow, wanted, last) : this.#denseBackward(flow, wanted, last),
    }
  }

  /** Of a chain that was computed densely, in one call; the result tells what ReLU and dropout let through. */
  #denseBackward(
    { gradient, own }: Flow,
    wanted: readonly boolean[],
    last: boolean,
  ): (Tensor | undefined)[] | undefined {
    const out = this.#self
    if (!this.#fused || this.#nodes.length === 1 || !out?.isSettled || out.version.count !== 0) return undefined
    const { x, weight } = this.#operands
    const source = contiguous(gradient).settle()
    const before = own && source === gradient ? source : allocate(out.shape, out.dtype)
    const { kernels } = backend()
    const code = dtypeCode(out.dtype)
    const masked = this.#masked
    if (this.#isRelu) {
      const addresses = [before.address, source.address, out.address] as const
      kernels.reluDropoutBackward(code, ...addresses, out.numel, masked?.scale ?? 1)
    } else if (masked) {
      const addresses = [before.address, source.address, masked.mask.address] as const
      kernels.applyMask(code, ...addresses, out.numel, masked.scale)
    }
    const shares = this.#dense.gradients(before, x, weight, wanted)
    before.release()
    if (own && source !== gradient) gradient.release()
    if (last && out.passing) out.release() // those who read it had their turn
    return shares
  }

  #thinBackward(flow: Flow, [wantsX, wantsWeight, wantsBias]: readonly boolean[], last: boolean) {
    const run = this.#inPanels()
    const { x, weight } = this.#operands
    const g = this.#beforeSteps(gradientPanels(flow, run.out), run)
    const compact = compactOf(x)
    const inputs: Kept = { neurons: weight.shape[1] as number, selection: compact?.selection }
    let shareOfX: Tensor | undefined
    if (wantsX) {
      const dx = panels.product(g, inputs, run.bounds, { weight, transposed: true })
      shareOfX = deferredTensor(x.shape, x.dtype, new PanelsValue(dx))
    }
    const shared = new SharedPanels(g)
    const shares = [
      shareOfX,
      wantsWeight
        ? deferredTensor(weight.shape, weight.dtype, new WeightGradient(panels.factorsOf(g, run.x), shared))
        : undefined,
      wantsBias ? deferredTensor([this.#outputs], weight.dtype, new BiasGradient(shared)) : undefined,
    ]
    if (!wantsWeight && !wantsBias) g.storage.release()
    if (last) this.#releasePassing(x)
    return shares
  }

  /** After the last backward: what only layers looked at goes back. */
  #releasePassing(x: Tensor): void {
    if (x.passing && !x.isSettled && x.deferred instanceof PackedValue) x.deferred.release()
    if (this.#self?.passing && !this.#self.isSettled) this.release()
  }

  /** The gradient before dropout's scale and the element-wise ops; `g` is used up. */
  #beforeSteps(g: Panels, { out, saved }: Run): Panels {
    const scale = this.#drop?.scale ?? 1
    if (this.#isRelu) {
      const [values, result, count] = [g.storage.address, out.storage.address, panels.elementCount(g)]
      backend().kernels.reluDropoutBackward(dtypeCode(g.dtype), values, values, result, count, scale)
      return g
    }
    const values = panels.flat(g)
    let before = scale === 1 ? values : scaled(values, scale)
    for (let i = this.#steps.length - 1; i >= 0; i--) before = (this.#steps[i] as Pointwise).gradient(before, saved[i])
    return panels.withValues(g, before)
  }
}

/** The panels of a gradient of `x` with respect to what dropout thinned it to, times the scale; undefined if it is dense. */
export function thinnedGradient(gradient: Tensor, { selection, scale }: Drop): Tensor | undefined {
  const { deferred } = gradient
  if (!(deferred instanceof PanelsValue) || gradient.version.count !== 0 || deferred.values.selection !== selection) {
    return undefined
  }
  const values = withGradMode(false, () => scaled(panels.flat(deferred.values), scale))
  return deferredTensor(gradient.shape, gradient.dtype, new PanelsValue(panels.withValues(deferred.values, values)))
}

/** `x` dropped by a mask for each element, if that can be part of the layer that is still to be computed. */
export function maskedValue(x: Tensor, masked: Masked): Deferred | undefined {
  return !x.isSettled && x.deferred instanceof LinearValue ? x.deferred.masked(masked, x) : undefined
}

/** `x` thinned: as part of the layer that is still to be computed, else as data. */
export function thinnedValue(x: Tensor, drop: Drop): Deferred {
  const chain = !x.isSettled && x.deferred instanceof LinearValue ? x.deferred.thinned(drop, x) : undefined
  return chain ?? new PackedValue(x, drop)
}
