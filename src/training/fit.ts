import { evaluate, type LoopOptions, trainEpoch } from './loop.ts'
import type { EpochMetrics, Score } from './metrics.ts'
import type { Batch, Stepper, Trainable } from './model.ts'

export interface FitOptions extends Pick<LoopOptions, 'loss' | 'signal'> {
  /** How many times each training example is learnt from. */
  readonly epochs: number
  /** The mini-batches to learn from; iterated once an epoch. */
  readonly batches: Iterable<Batch>
  /** Some of the examples that are learnt from, to be scored as the test examples are. */
  readonly trainingSample: Iterable<Batch>
  /** Examples that are not learnt from. */
  readonly test: Iterable<Batch>
  /** The learning rate at this moment, for the metrics. */
  readonly learningRate: () => number
  /** Called after each optimizer step, for a schedule of the learning rate that changes by step. */
  readonly afterStep?: () => void
  /** Called after each mini-batch that was learnt from, for a progress display. */
  readonly onStep?: (score: Score, steps: number, epoch: number) => void
}

/**
 * Trains a classifier for some epochs and yields what each brought: train, then score a sample of the training examples
 * and the test examples with dropout off.
 *
 * @example
 * for await (const { epoch, testError } of fit(model, optimizer, { epochs: 3, batches, trainingSample, test, learningRate })) {
 *   console.log(epoch, testError)
 * }
 */
export async function* fit(
  model: Trainable,
  optimizer: Stepper,
  options: FitOptions,
): AsyncGenerator<EpochMetrics, void, undefined> {
  const { signal, onStep, afterStep } = options
  const shared = { signal, ...(options.loss && { loss: options.loss }) }
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const learningRate = options.learningRate()
    const start = performance.now()
    const running = await trainEpoch(model, optimizer, options.batches, {
      ...shared,
      afterStep,
      onStep: onStep && ((score, steps) => onStep(score, steps, epoch)),
    })
    const seconds = (performance.now() - start) / 1000
    const training = await evaluate(model, options.trainingSample, shared)
    const test = await evaluate(model, options.test, shared)
    yield {
      epoch,
      learningRate,
      loss: running.loss,
      runningError: running.error,
      trainingLoss: training.loss,
      trainingError: training.error,
      testLoss: test.loss,
      testError: test.error,
      seconds,
      examplesPerSecond: running.examples / seconds,
    }
  }
}
