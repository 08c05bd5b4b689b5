import type { Tensor } from '../tensor/tensor.ts'

/** What a training loop needs of a model; every `Module` has it. */
export interface Trainable {
  /** Switches dropout and its like on or off. */
  train(mode?: boolean): unknown
  /** Switches dropout and its like off. */
  eval(): unknown
  call(x: Tensor): Tensor
}

/** What a training loop needs of an optimizer. */
export interface Stepper {
  zeroGrad(): void
  step(): unknown
}

/** One mini-batch: the examples along the first dimension, and the class of each. */
export type Batch = readonly [x: Tensor, y: Tensor]

/** Compares a model's output with the targets; the result is a scalar, the mean over the batch. */
export type Loss = (output: Tensor, target: Tensor) => Tensor
