import { saveSafetensors } from '../../formats/index.ts'
import type { ArmName, ArmResult } from '../../report/comparison.ts'
import { featurePicture } from '../../report/features.node.ts'
import { fit } from '../../training/fit.ts'
import type { EpochMetrics } from '../../training/metrics.ts'
import type { RunFolder } from '../../training/run-folder.node.ts'
import type { Progress } from '../progress.ts'
import type { CompareOptions } from './command.ts'
import { type ComparisonData, scoredBatches, trainingBatches } from './data.ts'
import { type Arm, buildArm } from './network.ts'

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
}

/** Neurons of the first layer whose weights are shown, and how many stand in a row. */
const shown = { count: 64, columns: 8 }

/** Trains the arms one after another. `results` grows with each epoch, so that it holds what there is if this throws. */
export async function trainArms(context: TrainingContext, results: ArmResult[]): Promise<void> {
  const { options, progress } = context
  for (const [index, name] of options.arms.entries()) {
    progress.begin(index)
    const epochs: EpochMetrics[] = []
    results[index] = { arm: name, epochs }
    const arm = await trainArm(context, name, epochs)
    results[index] = { arm: name, epochs, features: saveArm(context, arm) }
  }
}

async function trainArm(context: TrainingContext, name: ArmName, results: EpochMetrics[]): Promise<Arm> {
  const { options, data, layerSizes, epochs, folder, progress, signal } = context
  const batches = trainingBatches(data.train, options.batch, options.seed)
  const steps = epochs * batches.length
  const arm = buildArm(name, layerSizes, options, steps)
  // biome-ignore lint/suspicious/noFocusedTests: it fits a model
  const training = fit(arm.model, arm.optimizer, {
    epochs,
    batches,
    trainingSample: scoredBatches(data.sample),
    test: scoredBatches(data.test),
    learningRate: arm.learningRate,
    afterStep: arm.afterStep,
    signal,
    onStep: (score, step, epoch) => progress.step(epoch, score, ((epoch - 1) * batches.length + step) / steps),
  })
  for await (const metrics of training) {
    results.push(metrics)
    folder.appendLine('metrics.jsonl', { arm: name, ...metrics })
    progress.epoch(metrics)
  }
  return arm
}

/** Saves the trained network, and pictures its first layer. */
function saveArm({ folder, data }: TrainingContext, { name, model, firstLayer }: Arm) {
  saveSafetensors(folder.file(`${name}.safetensors`), model.stateDict())
  const weights = Float32Array.from(firstLayer.weight.toArray())
  return featurePicture(weights, data.side, shown.count, shown.columns)
}
