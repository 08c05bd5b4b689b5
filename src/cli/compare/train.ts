import { loadSafetensors, saveSafetensors } from '../../formats/index.ts'
import type { ArmResult } from '../../report/comparison.ts'
import { featurePicture } from '../../report/features.node.ts'
import { restoreCheckpoint, saveCheckpoint } from '../../training/checkpoint.ts'
import { fit } from '../../training/fit.ts'
import type { EpochMetrics } from '../../training/metrics.ts'
import { TrainingProgress } from '../../training/progress.ts'
import type { RunFolder } from '../../training/run-folder.node.ts'
import type { Progress } from '../progress.ts'
import { autosaveOf } from '../resume.ts'
import type { CompareOptions } from './command.ts'
import { type ComparisonData, scoredBatches, trainingBatches } from './data.ts'
import { type Arm, buildArm, layerCosts, learningRateOf } from './network.ts'
import { checkpointFile, type SavedTraining } from './run-files.ts'

/** What training an arm needs to know. */
export interface TrainingContext {
  readonly options: CompareOptions
  readonly data: ComparisonData
  /** Inputs first, classes last. */
  readonly layerSizes: readonly number[]
  readonly epochs: number
  readonly folder: RunFolder
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Where to go on. */
  readonly saved: SavedTraining | undefined
}

/** Neurons of the first layer whose weights are shown, and how many stand in a row. */
const shown = { count: 64, columns: 8 }

/**
 * Trains the arms one after another, from where they stand. `results` grows with each epoch, so that it holds what there is
 * if this throws.
 */
export async function trainArms(context: TrainingContext, results: ArmResult[]): Promise<void> {
  const { options, progress, folder, layerSizes, epochs, data, saved } = context
  const known = saved?.results ?? []
  folder.writeLines(
    'metrics.jsonl',
    known.flatMap(({ arm, epochs }) => epochs.map((metrics) => ({ arm, ...metrics }))),
  )
  for (const [index, name] of options.arms.entries()) {
    const before = known.find(({ arm }) => arm === name)
    const batches = trainingBatches(data.train, options.batch, options.seed)
    const arm = buildArm(name, layerSizes, options, epochs * batches.length)
    const result = { arm: name, layers: layerCosts(arm, options.batch), epochs: [...(before?.epochs ?? [])] }
    results[index] = result
    if (before && saved?.arm !== name) {
      arm.model.loadStateDict(loadSafetensors(folder.file(fileOf(arm))).tensors)
      progress.skip(index, result.epochs)
    } else {
      await trainArm(context, { arm, batches, results, finished: result.epochs })
      saveSafetensors(folder.file(fileOf(arm)), arm.model.stateDict())
      saveCheckpoint(folder.file(checkpointFile), { results: epochsOf(results) })
    }
    results[index] = { ...result, features: pictureOf(arm, data.side) }
  }
}

interface ArmTraining {
  readonly arm: Arm
  readonly batches: ReturnType<typeof trainingBatches>
  /** Of all arms so far. */
  readonly results: readonly ArmResult[]
  /** The epochs of this one: grows. */
  readonly finished: EpochMetrics[]
}

/** Goes on with an arm to its end. */
async function trainArm(context: TrainingContext, { arm, batches, results, finished }: ArmTraining): Promise<void> {
  const { options, data, epochs, folder, progress, signal, saved } = context
  const { name, model, optimizer, schedule } = arm
  const steps = epochs * batches.length
  const position = new TrainingProgress()
  const parts = { model, optimizer, schedule, batches, progress: position }
  if (saved?.arm === name) restoreCheckpoint(saved.checkpoint, parts)
  const autosave = autosaveOf(
    () => saveCheckpoint(folder.file(checkpointFile), { ...parts, arm: name, results: epochsOf(results) }),
    options,
  )
  const done = () => ((position.epoch - 1) * batches.length + position.steps) / steps
  progress.begin(results.length - 1, { done: done(), examples: position.score.sums.examples })
  // biome-ignore lint/suspicious/noFocusedTests: it fits a model
  const training = fit(model, optimizer, {
    epochs,
    batches,
    progress: position,
    trainingSample: scoredBatches(data.sample),
    test: scoredBatches(data.test),
    learningRate: () => learningRateOf(arm),
    afterStep: () => schedule.step(),
    signal,
    onStep: (score, _, epoch) => {
      progress.step(epoch, score, done())
      autosave.afterStep()
    },
  })
  try {
    for await (const metrics of training) {
      finished.push(metrics)
      folder.appendLine('metrics.jsonl', { arm: name, ...metrics })
      progress.epoch(metrics)
      autosave.afterEpoch()
    }
  } finally {
    if (signal.aborted) autosave.now()
  }
}

const fileOf = ({ name }: Arm): string => `${name}.safetensors`

/** What of the results was learnt: the rest is found anew. */
const epochsOf = (results: readonly ArmResult[]): ArmResult[] => results.map(({ arm, epochs }) => ({ arm, epochs }))

function pictureOf({ firstLayer }: Arm, side: number) {
  const weights = Float32Array.from(firstLayer.weight.toArray())
  return featurePicture(weights, side, shown.count, shown.columns)
}
