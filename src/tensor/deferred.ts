// Tensors that know how to compute themselves, and do so when somebody looks.
import type { Fusion, Node } from '../autograd/node.ts'
import type { Storage } from '../backend/storage.ts'
import type { DType } from './dtype.ts'
import type { Shape } from './shape.ts'
import { Tensor, Version } from './tensor.ts'

/** An element-wise op with its attributes, as a chain of deferred ops remembers it. */
export interface Pointwise {
  readonly name: string
  /** Computes without recording, on elements of any shape; `saved` is what the gradient needs. */
  forward(x: Tensor): { readonly out: Tensor; readonly saved: unknown }
  gradient(gradient: Tensor, saved: unknown): Tensor
}

/** How a tensor that has not been computed gets its elements. One object for each tensor. */
export interface Deferred {
  /** Computes all elements, in row-major order. */
  compute(): Storage
  /** What `op` makes of the tensor, `self`, deferred as well; undefined where the tensor must be computed first. */
  extended?(op: Pointwise, self: Tensor): Deferred | undefined
  /** Told of the node that the tensor, `self`, got; returns how backward may pass several nodes at once, if it may. */
  recorded?(node: Node, self: Tensor): Fusion | undefined
  /** The tensor's elements are there: what they were to be computed from may change. */
  settled?(): void
  /** The tensor, a gradient, was added to by another one. */
  joined?(other: Tensor): void
  /** Gives back memory of the engine's own; nobody can look at the tensor any more. */
  release?(): void
}

/**
 * The memory of an operand while something that has not been computed depends on it. An in-place change first keeps a
 * copy of what was there.
 */
export class Epoch {
  /** How many deferred tensors will still ask for the operand. */
  users = 0
  /** The memory as it was, once the operand has changed. */
  kept: Storage | undefined
}

/** An operand of a deferred tensor, as it was at the call. */
export class Operand {
  readonly #tensor: Tensor
  #epoch: Epoch | undefined

  constructor(tensor: Tensor) {
    this.#tensor = tensor
    this.#epoch = tensor.version.hold(tensor)
  }

  /** The operand with the values it had at the call. */
  get tensor(): Tensor {
    const kept = this.#epoch?.kept
    if (!kept) return this.#tensor
    const { shape, dtype, strides, offset } = this.#tensor
    return new Tensor(shape, dtype, kept, strides, offset, new Version())
  }

  /** Says that the operand is no longer needed. */
  release(): void {
    if (this.#epoch) this.#epoch.users--
    this.#epoch = undefined
  }
}

/** A tensor that will compute itself. */
export function deferredTensor(shape: Shape, dtype: DType, deferred: Deferred): Tensor {
  return Tensor.deferred(shape, dtype, deferred)
}
