import type { Tensor } from '../tensor/tensor.ts'
import type { AnyOp } from './op.ts'

/** What a hook on a tensor gets: its gradient. What it returns, if anything, takes the gradient's place. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook may return nothing at all, as most do
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void

/** A tensor that an op keeps for its gradient, with the version it had then. */
export class SavedTensor {
  readonly version: number

  constructor(
    readonly tensor: Tensor,
    /** The op that had computed it then; undefined for a leaf. */
    readonly source: Node | undefined,
  ) {
    this.version = tensor.version.count
    tensor.version.watchers++
  }

  get isUnchanged(): boolean {
    return this.tensor.version.count === this.version
  }
}

/** A gradient on its way. What nobody else can reach (`own`) may be given away or recycled. */
export interface Flow {
  readonly gradient: Tensor
  readonly own: boolean
}

/** Several nodes, each the only input of the one before, that backward can pass at once. */
export interface Fusion {
  /** The node that the fusion belongs to, and those behind it. */
  readonly nodes: readonly Node[]
  /**
   * The gradients of the inputs of the last node, where wanted; undefined if the nodes must be passed one by one, which
   * leaves the flow as it was. What it returns nobody else can reach, and an own gradient is used up.
   *
   * @param last True if the nodes will not be passed again.
   */
  backward(flow: Flow, wanted: readonly boolean[], last: boolean): readonly (Tensor | undefined)[] | undefined
}

let nextId = 0

/** One recorded op, or (with `leaf`) the place where a leaf's gradient accumulates. */
export class Node {
  /** Grows with every node, so that a node's inputs always have smaller ones: descending order is an order of backward. */
  readonly id = nextId++
  /** Called with the gradient of what this node computed, before it goes on. */
  hooks: Set<GradientHook> | undefined
  /** Non-leaves that `retainGrad()` was called on. */
  retained: Tensor | undefined
  /** Set once backward has freed what the gradient needs. */
  freed = false
  /** How backward may pass this node together with those behind it. */
  fusion: Fusion | undefined

  constructor(
    readonly op: AnyOp | undefined,
    /** Where each input's gradient goes; undefined for inputs that need none. */
    readonly inputs: readonly (Node | undefined)[],
    public saved: unknown,
    public savedTensors: readonly SavedTensor[],
    readonly attributes: unknown,
    readonly leaf: Tensor | undefined = undefined,
  ) {}

  get name(): string {
    return this.op?.name ?? 'accumulateGrad'
  }

  saves(tensor: Tensor): boolean {
    return this.savedTensors.some((saved) => saved.tensor === tensor)
  }

  /** Replaces a saved tensor by one of the same values. */
  replaceSaved(tensor: Tensor, by: Tensor): void {
    const entries = Object.entries(this.saved as Record<string, unknown>)
    this.saved = Object.fromEntries(entries.map(([key, value]) => [key, value === tensor ? by : value]))
    this.savedTensors = this.savedTensors.map((saved) => {
      if (saved.tensor !== tensor) return saved
      tensor.version.watchers--
      return new SavedTensor(by, by.isLeaf ? undefined : by.node)
    })
  }

  /** Lets go of what the gradient needs. An op that saved no tensors can still be differentiated again. */
  free(): void {
    if (this.savedTensors.length === 0) return
    for (const { tensor } of this.savedTensors) tensor.version.watchers--
    this.saved = undefined
    this.savedTensors = []
    this.freed = true
  }

  /** Its op as PyTorch's messages name it: `Relu`; `Add` also for the addition of a number. */
  get displayName(): string {
    const name = this.name.replace(/Scalar$/, '')
    return name.slice(0, 1).toUpperCase() + name.slice(1)
  }
}

/** The node that a tensor's gradient goes to; undefined if it needs none. */
export function gradientNode(x: Tensor): Node | undefined {
  if (!x.requiresGrad) return undefined
  x.node ??= new Node(undefined, [], undefined, [], undefined, x)
  return x.node
}
