import type { Node } from '../autograd/node.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import type { Storage } from '../backend/storage.ts'
import { type Deferred, Epoch } from './deferred.ts'
import { type DType, type HostArray, hostArray, isFloating, itemBytes } from './dtype.ts'
import { TensorMethods } from './methods.ts'
import { contiguousStrides, elementCount, formatShape, isContiguous, type Shape } from './shape.ts'

/** Counts in-place changes of one memory; shared by a tensor and its views. */
export class Version {
  count = 0
  /** How many ops keep the tensor for backward: only while some do is the place of a change worth remembering. */
  watchers = 0
  /** The last in-place op, with the stack of its call. */
  changedBy: { readonly op: string; readonly at: Error } | undefined
  /** What deferred tensors depend on, if any do, and the tensor whose memory it is. */
  #epoch: Epoch | undefined
  #held: Tensor | undefined

  /** To be called before the memory is written to. */
  bump(op: string): void {
    if (this.#epoch && this.#held) {
      if (this.#epoch.users > 0) this.#epoch.kept = copyOf(this.#held.storage)
      this.#epoch = undefined
      this.#held = undefined
    }
    this.count++
    if (this.watchers > 0) this.changedBy = { op, at: new Error(op) }
  }

  /** Keeps the memory's present values for one deferred tensor more, until it lets go of the epoch. */
  hold(tensor: Tensor): Epoch {
    this.#held = tensor
    this.#epoch ??= new Epoch()
    this.#epoch.users++
    return this.#epoch
  }
}

function copyOf(storage: Storage): Storage {
  const { memory } = backend()
  const copy = memory.allocate(storage.bytes)
  const from = storage.bytesView()
  copy.bytesView().set(from)
  return copy
}

/**
 * An n-dimensional array with automatic differentiation, PyTorch's `torch.Tensor`.
 *
 * Made by `tensor`, `zeros`, `randn` and the like, or by operations on other tensors; not by `new`. There is nothing
 * to dispose: memory is collected.
 */
export class Tensor extends TensorMethods {
  /** @internal The gradient, for those who do not keep it: the engine, optimizers, clipping. */
  ownGrad: Tensor | undefined
  /** True if the user has been given the gradient, and may have kept it. */
  #gradIsShared = false
  /** @internal The op that computed it; or, for a leaf that requires a gradient, what accumulates that. */
  node: Node | undefined
  /** @internal For a view: the tensor whose memory it shares. */
  base: Tensor | undefined
  /** @internal How it computes itself. Stays when it has: its compact form may still be of use. */
  deferred: Deferred | undefined
  /**
   * @internal True if the caller and the layer that gets it next forget it, so that nobody will look at its elements:
   * `Sequential` says so between layers of its own.
   */
  passing = false
  #storage: Storage | undefined
  #requiresGrad = false
  /** The version at which an in-place change last gave the tensor another history. */
  #historyChangedAt = 0
  /** For a view: the version up to which its history accounts for changes of its base. */
  #historyKnownAt = 0

  /** @internal */
  constructor(
    /** Sizes of the dimensions, outermost first. */
    readonly shape: Shape,
    readonly dtype: DType,
    storage: Storage | undefined,
    /** @internal In elements. */ readonly strides: Shape,
    /** @internal In elements. */ readonly offset: number,
    /** @internal */ readonly version: Version,
  ) {
    super()
    this.#storage = storage
    this.#historyKnownAt = version.count
  }

  /** @internal A tensor that computes its elements when somebody looks at them. */
  static deferred(shape: Shape, dtype: DType, deferred: Deferred): Tensor {
    const tensor = new Tensor(shape, dtype, undefined, contiguousStrides(shape), 0, new Version())
    tensor.deferred = deferred
    return tensor
  }

  /** @internal The memory of the elements, which are computed now if they have not been. */
  get storage(): Storage {
    return this.#storage ?? this.#compute()
  }

  /** @internal Puts other memory under the tensor. */
  protected set storage(storage: Storage) {
    this.#storage = storage
  }

  /** @internal True if the elements are there. */
  get isSettled(): boolean {
    return this.#storage !== undefined
  }

  /** @internal Computes the elements if they have not been. To be called before addresses are taken. */
  settle(): this {
    if (this.#storage === undefined) this.#compute()
    return this
  }

  #compute(): Storage {
    if (!this.deferred) throw new Error('internal: a tensor without memory')
    const storage = this.deferred.compute()
    this.#storage = storage
    this.deferred.settled?.()
    return storage
  }

  /** @internal True if both look at the same memory. What has not been computed shares its memory with nobody. */
  sharesMemory(other: Tensor): boolean {
    return this === other || (this.#storage !== undefined && this.#storage === other.#storage)
  }

  /** @internal Gives back the memory of a tensor that nobody can reach. */
  release(): void {
    this.#storage?.release()
    this.deferred?.release?.()
  }

  /** The gradient that `backward` accumulated, of this tensor's shape. */
  get grad(): Tensor | undefined {
    this.#gradIsShared = true
    return this.ownGrad
  }

  set grad(gradient: Tensor | undefined) {
    this.#gradIsShared = gradient !== undefined
    this.ownGrad = gradient
  }

  /** @internal Gives it a gradient that nobody else has. */
  takeGrad(gradient: Tensor): void {
    this.#gradIsShared = false
    this.ownGrad = gradient
  }

  /** @internal Forgets the gradient; its memory is used again at once, unless somebody may have kept it. */
  dropGrad(): void {
    if (!this.#gradIsShared) this.ownGrad?.release()
    this.#gradIsShared = false
    this.ownGrad = undefined
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.shape.length
  }

  /** The number of elements. */
  get numel(): number {
    return elementCount(this.shape)
  }

  /** True if operations on it are recorded for `backward`. */
  get requiresGrad(): boolean {
    if (this.base !== undefined && this.#historyKnownAt !== this.version.count) this.#catchUp(this.base)
    return this.#requiresGrad
  }

  /** Setting it is for leaves: tensors that were made, not computed from others that require gradients. */
  set requiresGrad(value: boolean) {
    if (value === this.requiresGrad) return
    if (!this.isLeaf) {
      fail(
        'TN_GRAPH',
        'requiresGrad',
        `you can only change requiresGrad flags of leaf variables; use detach() to get a tensor without its history`,
      )
    }
    if (value && !isFloating(this.dtype)) {
      fail('TN_DTYPE', 'requiresGrad', `only Tensors of floating point dtype can require gradients, got ${this.dtype}`)
    }
    this.#requiresGrad = value
    if (!value) this.node = undefined
  }

  /** @internal Attaches the op that computed it. */
  setHistory(node: Node): void {
    this.node = node
    this.#requiresGrad = true
  }

  /** @internal After an in-place change: what its values now depend on, if anything. Views of it follow when asked. */
  changeHistory(node: Node | undefined): void {
    this.node = node
    this.#requiresGrad = node !== undefined
    this.#historyChangedAt = this.version.count
    this.#historyKnownAt = this.version.count
  }

  /** A change of the base, or of another view of it, has changed where this view's values come from, too. */
  #catchUp(base: Tensor): void {
    const known = this.#historyKnownAt
    this.#historyKnownAt = this.version.count
    if (base.#historyChangedAt <= known) return
    const { node } = this.asRegionOf(base)
    this.changeHistory(node)
  }

  /** True if no recorded op computed it. */
  get isLeaf(): boolean {
    return !this.requiresGrad || this.node === undefined || this.node.leaf !== undefined
  }

  /** True if the elements lie one after another in row-major order. */
  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides)
  }

  /** @internal The address of the first element, valid until the next allocation. */
  get address(): number {
    return this.storage.address + this.offset * itemBytes(this.dtype)
  }

  /** The only element, as a number; booleans are 0 and 1. */
  item(): number {
    if (this.numel !== 1) {
      fail(
        'TN_SHAPE',
        'item',
        `a Tensor with ${this.numel} elements cannot be converted to Scalar, got shape ${formatShape(this.shape)}`,
      )
    }
    const bytes = itemBytes(this.dtype)
    const view = this.storage.bytesView()
    return hostArray(this.dtype, view.subarray(this.offset * bytes, (this.offset + 1) * bytes))[0] as number
  }

  /** A copy of the elements, in row-major order. */
  toArray(): HostArray {
    const dense = this.contiguous()
    const bytes = itemBytes(this.dtype)
    const view = dense.storage.bytesView()
    return hostArray(this.dtype, view.slice(dense.offset * bytes, (dense.offset + dense.numel) * bytes))
  }

  /** @internal The elements of a contiguous tensor where they lie; valid until the next allocation. */
  hostView(): HostArray {
    const bytes = itemBytes(this.dtype)
    const view = this.storage.bytesView()
    return hostArray(this.dtype, view.subarray(this.offset * bytes, (this.offset + this.numel) * bytes))
  }
}

/** @internal A new tensor of its own memory, contiguous; arbitrary elements unless `zeroed`. */
export function allocate(shape: Shape, dtype: DType, zeroed = false): Tensor {
  const storage = backend().memory.allocate(elementCount(shape) * itemBytes(dtype), zeroed)
  return new Tensor(shape, dtype, storage, contiguousStrides(shape), 0, new Version())
}

/** @internal Another look at a tensor's memory; shares its version, has no history of its own. */
export function viewOf(x: Tensor, shape: Shape, strides: Shape, offset: number): Tensor {
  const view = new Tensor(shape, x.dtype, x.storage, strides, offset, x.version)
  view.base = x.base ?? x
  return view
}
