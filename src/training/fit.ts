import { evaluate, type LoopOptions, trainEpoch } from './loop.ts'
import type { EpochMetrics, Score } from './metrics.ts'
import type { Batch, Stepper, Trainable } from './model.ts'
import { TrainingProgress } from './progress.ts'

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
  /** Where the training stands. Default: at its beginning. */
  readonly progress?: TrainingProgress
  /** Called after each mini-batch that was learnt from, for a progress display or to save a checkpoint. */
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
  const { signal, onStep, afterStep, progress = new TrainingProgress() } = options
  const shared = { signal, ...(options.loss && { loss: options.loss }) }
  while (progress.epoch <= options.epochs) {
    progress.learningRate ??= options.learningRate()
    const running = await trainEpoch(model, optimizer, options.batches, {
      ...shared,
      afterStep,
      progress,
      onStep: onStep && ((score, steps) => onStep(score, steps, progress.epoch)),
    })
    const training = await evaluate(model, options.trainingSample, shared)
    const test = await evaluate(model, options.test, shared)
    const { epoch, learningRate, seconds } = progress
    progress.nextEpoch()
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
