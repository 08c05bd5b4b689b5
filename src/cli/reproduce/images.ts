// Trains and scores one network of images.
import { existsSync } from 'node:fs'
import { DataLoader, type Dataset, mnist, Subset } from '../../data/index.ts'
import { ensemble } from '../../inspect/index.ts'
import { Generator, randperm } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import {
  Autosave,
  evaluate,
  loadCheckpoint,
  saveCheckpoint,
  TrainingProgress,
  trainEpoch,
} from '../../training/index.ts'
import type { EnsembleErrors, ImageResult, ImageUnit } from './experiment.ts'
import { buildNetwork } from './network.ts'
import { Schedule } from './schedule.ts'

type Examples = Dataset<[Tensor, Tensor]>

/** Images to learn from, and others to score with. */
export interface ImageData {
  readonly train: Examples
  readonly test: Examples
  readonly source: string
}

/** Training images that are kept back for choosing settings. */
export const heldOutImages = 10_000
/** Images that are scored at once, and of the training images at most. */
const scoredAtOnce = 500
const scoredTraining = 10_000
/** The test error is taken about this often in a training. */
const scoredTimes = 40

/** MNIST; with `heldOut` its training images alone, the last ones to score with. */
export async function loadImages(folder: string | undefined, heldOut: boolean): Promise<ImageData> {
  const { train, test, source } = await mnist({ folder })
  if (!heldOut) return { train, test, source }
  const kept = train.length - heldOutImages
  return { train: first(train, kept), test: new Subset(train, range(kept, train.length)), source }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

const first = (examples: Examples, count: number): Examples => new Subset(examples, range(0, count))

/** Some images, drawn at random. */
function drawn(examples: Examples, count: number | undefined, seed: number): Examples {
  if (count === undefined || count >= examples.length) return examples
  const order = randperm(examples.length, { generator: new Generator().manualSeed(seed) }).toArray()
  return new Subset(examples, Array.from(order.subarray(0, count)))
}

const scored = (examples: Examples): DataLoader<[Tensor, Tensor]> =>
  new DataLoader(examples, { batchSize: scoredAtOnce, generator: new Generator() })

export interface ImageContext {
  readonly data: ImageData
  /** Where to keep the training while it is under way; it goes on there if it is. */
  readonly checkpoint: string
  readonly signal: AbortSignal
  readonly onStep: (epoch: number, loss: number, testError: number | undefined, done: number) => void
}

/**
 * Trains a unit to its last epoch and scores it.
 *
 * @throws Interrupted when asked to stop, after the training is saved.
 */
export async function runImages(unit: ImageUnit, context: ImageContext): Promise<ImageResult> {
  const { data, checkpoint, signal } = context
  const train = drawn(data.train, unit.images, unit.seed)
  const test = scored(data.test)
  const { model, optimizer, loss } = buildNetwork(unit)
  const generator = new Generator().manualSeed(unit.seed)
  const batches = new DataLoader(train, { batchSize: unit.recipe.batch, shuffle: true, generator })
  const schedule = new Schedule(optimizer, unit.recipe, batches.length)
  const progress = new TrainingProgress()
  const run = { model, optimizer, schedule, batches, progress }
  let history: { epochs: ImageResult['epochs'][number][]; seconds: number } = { epochs: [], seconds: 0 }
  if (existsSync(checkpoint)) history = loadCheckpoint(checkpoint, run).history as typeof history
  const autosave = new Autosave(() => saveCheckpoint(checkpoint, { ...run, history }))
  const { epochs } = unit.recipe
  let testError = history.epochs.findLast((one) => one.testError !== undefined)?.testError
  try {
    while (progress.epoch <= epochs) {
      const { epoch } = progress
      const running = await trainEpoch(model, optimizer, batches, {
        ...{ progress, signal },
        loss: (output, target) => loss(output, target, (epoch - 1) / epochs),
        afterStep: () => schedule.step(),
        onStep: (score, step) => {
          autosave.afterStep()
          context.onStep(epoch, score.loss, testError, (epoch - 1 + step / batches.length) / epochs)
        },
      })
      const due = epoch % Math.ceil(epochs / scoredTimes) === 0 || epoch === epochs
      if (due) testError = (await evaluate(model, test, { signal })).error
      history.epochs.push({ epoch, loss: running.loss, ...(due && testError !== undefined && { testError }) })
      history.seconds += progress.seconds
      progress.nextEpoch()
      autosave.afterEpoch()
    }
  } catch (error) {
    if (signal.aborted) autosave.now()
    throw error
  }
  const final = await evaluate(model, test, { signal })
  const training = await evaluate(model, scored(first(train, Math.min(train.length, scoredTraining))), { signal })
  return {
    kind: 'images',
    testError: final.error,
    testLoss: final.loss,
    trainingError: training.error,
    epochs: history.epochs,
    ensembles: unit.ensemble ? scoreEnsembles(unit.ensemble, model, test) : [],
    seconds: history.seconds,
  }
}

/** Ensembles of 1, 2, ... networks, drawn anew for each repeat. */
function scoreEnsembles(
  { networks, repeats }: NonNullable<ImageUnit['ensemble']>,
  model: ReturnType<typeof buildNetwork>['model'],
  test: DataLoader<[Tensor, Tensor]>,
): EnsembleErrors[] {
  return range(0, repeats).map((repeat) => {
    const points = [...ensemble(model, test, { networks, generator: new Generator().manualSeed(repeat) })]
    return {
      arithmetic: points.map((point) => point.arithmetic.error),
      geometric: points.map((point) => point.geometric.error),
      weightScaling: points[0]?.weightScaling.error ?? Number.NaN,
    }
  })
}
