import type { Tensor } from '../tensor/tensor.ts'

/** What a classifier got on some examples. */
export interface Score {
  /** The mean loss of an example. */
  readonly loss: number
  /** The part of the examples that were given a wrong class, from 0 to 1. */
  readonly error: number
  readonly examples: number
}

/** What one epoch of training brought. */
export interface EpochMetrics {
  /** Counts from 1. */
  readonly epoch: number
  /** The learning rate of the epoch's first step. */
  readonly learningRate: number
  /** The mean loss of the steps, as trained: with dropout on, while the weights moved. */
  readonly loss: number
  /** The part of the examples that were wrong while training, from 0 to 1: with dropout on. */
  readonly runningError: number
  /** The loss and error, dropout off, on examples that the model learns from. */
  readonly trainingLoss: number
  readonly trainingError: number
  /** The same on examples that it never learns from. */
  readonly testLoss: number
  readonly testError: number
  /** How long the training steps took, without the two evaluations. */
  readonly seconds: number
  readonly examplesPerSecond: number
}

/** How many rows of `logits`, `[N, classes]`, have their largest value elsewhere than at the class that `labels` names. */
export function countErrors(logits: Tensor, labels: Tensor): number {
  const classes = logits.shape[1] ?? 1
  const values = logits.toArray()
  const targets = labels.toArray()
  let errors = 0
  for (let row = 0; row < targets.length; row++) {
    let best = 0
    for (let column = 1; column < classes; column++) {
      if ((values[row * classes + column] ?? 0) > (values[row * classes + best] ?? 0)) best = column
    }
    if (best !== targets[row]) errors++
  }
  return errors
}

/** Sums over examples. */
export interface ScoreSums {
  readonly loss: number
  readonly errors: number
  readonly examples: number
}

/** Sums the scores of mini-batches of different sizes into one. */
export class ScoreSum {
  #loss: number
  #errors: number
  #examples: number

  constructor({ loss, errors, examples }: ScoreSums = { loss: 0, errors: 0, examples: 0 }) {
    this.#loss = loss
    this.#errors = errors
    this.#examples = examples
  }

  /** @param loss The mean over the batch's `examples`. */
  add(loss: number, errors: number, examples: number): void {
    this.#loss += loss * examples
    this.#errors += errors
    this.#examples += examples
  }

  /** All that was added. */
  get sums(): ScoreSums {
    return { loss: this.#loss, errors: this.#errors, examples: this.#examples }
  }

  /** Of all that was added; NaN before anything was. */
  get score(): Score {
    return { loss: this.#loss / this.#examples, error: this.#errors / this.#examples, examples: this.#examples }
  }
}
