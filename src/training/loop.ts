import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { crossEntropy } from '../ops/loss.ts'
import { countErrors, type Score, ScoreSum } from './metrics.ts'
import type { Batch, Loss, Stepper, Trainable } from './model.ts'
import { Pace } from './pace.ts'
import { TrainingProgress } from './progress.ts'

export interface LoopOptions {
  /** Compares output and target. Default: cross-entropy, of logits and classes. */
  readonly loss?: Loss
  /** Stops the loop between two mini-batches: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each mini-batch with the score so far and the number of mini-batches that it is of. */
  readonly onStep?: ((score: Score, steps: number) => void) | undefined
}

export interface TrainEpochOptions extends LoopOptions {
  /** Called after each optimizer step, for a schedule of the learning rate that changes by step. */
  readonly afterStep?: (() => void) | undefined
  /** Where the epoch stands. Default: at its beginning. */
  readonly progress?: TrainingProgress | undefined
}

/**
 * Trains on each mini-batch once: forward, backward, step. Leaves the model in training mode.
 *
 * The steps are synchronous; between them the event loop gets a turn about every 50 ms.
 *
 * @returns the score of the examples at the time they were learnt from, with dropout on.
 * @throws ThinnetError TN_RANGE if the loss is no longer a finite number.
 */
export async function trainEpoch(
  model: Trainable,
  optimizer: Stepper,
  batches: Iterable<Batch>,
  { loss = crossEntropy, signal, onStep, afterStep, progress = new TrainingProgress() }: TrainEpochOptions = {},
): Promise<Score> {
  const pace = new Pace()
  const start = performance.now() - 1000 * progress.seconds
  model.train()
  signal?.throwIfAborted()
  for (const [x, y] of progress.trained ? [] : batches) {
    const output = model.call(x)
    const value = loss(output, y)
    optimizer.zeroGrad()
    value.backward()
    optimizer.step()
    afterStep?.()
    progress.steps++
    progress.seconds = (performance.now() - start) / 1000
    addStep(progress.score, 'trainEpoch', progress.steps, value.item(), countErrors(output, y), y.numel)
    onStep?.(progress.score.score, progress.steps)
    await pace.rest()
    signal?.throwIfAborted() // before the next batch is taken, so that the loader stands where the optimizer does
  }
  progress.trained = true
  return progress.score.score
}

/**
 * Scores a model on every mini-batch in evaluation mode, without recording. Restores training mode where it was on.
 *
 * @throws ThinnetError TN_RANGE if the loss is not a finite number.
 */
export async function evaluate(
  model: Trainable & { readonly training?: boolean },
  batches: Iterable<Batch>,
  { loss = crossEntropy, signal, onStep }: LoopOptions = {},
): Promise<Score> {
  const sum = new ScoreSum()
  const pace = new Pace()
  const wasTraining = model.training === true
  let steps = 0
  model.eval()
  try {
    for (const [x, y] of batches) {
      signal?.throwIfAborted()
      const { value, errors } = noGrad(() => {
        const output = model.call(x)
        return { value: loss(output, y).item(), errors: countErrors(output, y) }
      })
      steps++
      addStep(sum, 'evaluate', steps, value, errors, y.numel)
      onStep?.(sum.score, steps)
      await pace.rest()
    }
  } finally {
    model.train(wasTraining)
  }
  return sum.score
}

function addStep(sum: ScoreSum, where: string, step: number, loss: number, errors: number, examples: number): void {
  if (!Number.isFinite(loss)) {
    fail(
      'TN_RANGE',
      where,
      `the loss is ${loss} at step ${step}: training diverged. A smaller learning rate may help`,
      {
        step,
        loss,
      },
    )
  }
  sum.add(loss, errors, examples)
}
