import type { Node } from '../autograd/node.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import type { Storage } from '../backend/storage.ts'
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

  bump(op: string): void {
    this.count++
    if (this.watchers > 0) this.changedBy = { op, at: new Error(op) }
  }
}

/**
 * An n-dimensional array with automatic differentiation, PyTorch's `torch.Tensor`.
 *
 * Made by `tensor`, `zeros`, `randn` and the like, or by operations on other tensors; not by `new`. There is nothing
 * to dispose: memory is collected.
 */
export class Tensor extends TensorMethods {
  /** The gradient that `backward` accumulated, of this tensor's shape. */
  grad: Tensor | undefined
  /** @internal The op that computed it; or, for a leaf that requires a gradient, what accumulates that. */
  node: Node | undefined
  /** @internal For a view: the tensor whose memory it shares. */
  base: Tensor | undefined
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
    /** @internal */ readonly storage: Storage,
    /** @internal In elements. */ readonly strides: Shape,
    /** @internal In elements. */ readonly offset: number,
    /** @internal */ readonly version: Version,
  ) {
    super()
    this.#historyKnownAt = version.count
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
