import { fail } from '../backend/errors.ts'
import { ScoreSum } from './metrics.ts'

/** What a `TrainingProgress` saves. */
export interface TrainingProgressState {
  readonly epoch: number
  readonly steps: number
  readonly trained: boolean
  readonly seconds: number
  readonly learningRate?: number | undefined
  readonly loss: number
  readonly errors: number
  readonly examples: number
}

/**
 * How far a training came. `fit` and `trainEpoch` keep it up to date, and begin where it stands: saved and loaded with the
 * other parts of a training, it lets them go on in the middle of an epoch.
 *
 * @example
 * const run = { model, optimizer, batches, progress: new TrainingProgress() }
 * if (existsSync(path)) loadCheckpoint(path, run)
 * for await (const metrics of fit(model, optimizer, { batches, progress, ...others })) saveCheckpoint(path, run)
 */
export class TrainingProgress {
  /** The epoch that is under way, or comes next; counts from 1. */
  epoch = 1
  /** Its mini-batches that were learnt from. */
  steps = 0
  /** True if those were all of them. */
  trained = false
  /** How long they took. */
  seconds = 0
  /** The learning rate of the first of them. */
  learningRate: number | undefined
  /** What the model got on them. */
  score = new ScoreSum()

  /** The next epoch begins. */
  nextEpoch(): void {
    Object.assign(this, new TrainingProgress(), { epoch: this.epoch + 1 })
  }

  stateDict(): TrainingProgressState {
    const { epoch, steps, trained, seconds, learningRate, score } = this
    return { epoch, steps, trained, seconds, learningRate, ...score.sums }
  }

  /** @throws ThinnetError TN_STATE if this is no such state. */
  loadStateDict(state: TrainingProgressState): void {
    const { epoch, steps, trained, seconds, learningRate, loss, errors, examples } = state
    const counts = [epoch, steps, errors, examples].every((count) => Number.isSafeInteger(count) && count >= 0)
    const numbers = [seconds, loss, learningRate ?? 0].every((number) => typeof number === 'number')
    if (!counts || !numbers || typeof trained !== 'boolean') {
      fail('TN_STATE', 'loadStateDict', `this is no state of a TrainingProgress: ${JSON.stringify(state)}`)
    }
    Object.assign(this, { epoch, steps, trained, seconds, learningRate })
    this.score = new ScoreSum({ loss, errors, examples })
  }
}
