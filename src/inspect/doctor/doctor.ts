import { fail } from '../../backend/errors.ts'
import { checkOptions, type Module } from '../../module/index.ts'
import { SGD } from '../../optim/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { anatomyOf, type HistoryEpoch, leftInTrainingOf, type TrainingFacts } from './patient.ts'
import { findDrawInEvaluation, guessedExample } from './probe.ts'
import type { Advice, AdviceLanguage, Rule } from './rule.ts'
import { overfitting, tooShort, underfitting } from './rules/curves.ts'
import { drawsInEvaluation, leftInTraining } from './rules/mode.ts'
import { dropoutBeforeNorm, dropoutOnOutputs, smallLayer } from './rules/place.ts'
import { highPAtLast, keepForP, unusualP } from './rules/probability.ts'
import { lowLearningRate, lowMomentum, muchData, noMaxNorm } from './rules/training.ts'

/** All rules: mistakes first. */
export const rules: readonly Rule[] = [
  keepForP,
  dropoutOnOutputs,
  drawsInEvaluation,
  leftInTraining,
  unusualP,
  highPAtLast,
  dropoutBeforeNorm,
  smallLayer,
  lowMomentum,
  lowLearningRate,
  noMaxNorm,
  muchData,
  overfitting,
  underfitting,
  tooShort,
]

/** Options of `doctor`. */
export interface DoctorOptions {
  /** What each epoch brought, the first one first: `EpochMetrics`, or parts of them. */
  readonly history?: readonly HistoryEpoch[] | undefined
  /** How the model is trained; `trainingFacts(optimizer)` reads it from an optimizer. */
  readonly training?: TrainingFacts | undefined
  /** A batch, with which the model is asked twice in evaluation. Default: one is made up for a Sequential of Linears. */
  readonly example?: Tensor | undefined
  /** True says that the model is about to be tested or used, and so must not be in training mode. Default false. */
  readonly testing?: boolean | undefined
  /** Default `en`. */
  readonly language?: AdviceLanguage | undefined
}

/**
 * Reads a model, how it is trained and what came of it, and gives advice about its dropout, with reasons and sources.
 * Nothing is advised where nothing is found. The model is not changed.
 *
 * Layers are taken in the order of their declaration, in a Sequential that of execution.
 *
 * @throws ThinnetError TN_RANGE for unknown options; whatever the model throws at `example`.
 * @example
 * for (const { advice, reason, source } of doctor(model, { history, training: trainingFacts(optimizer) })) {
 *   console.log(advice, reason, `(${source})`)
 * }
 */
export function doctor(model: Module, options: DoctorOptions = {}): Advice[] {
  checkOptions('doctor', options, ['history', 'training', 'example', 'testing', 'language'])
  const { history = [], training = {}, testing = false, language = 'en' } = options
  if (language !== 'en' && language !== 'ko') {
    fail('TN_RANGE', 'doctor', `language must be 'en' or 'ko', got ${String(language)}`)
  }
  const example = options.example ?? guessedExample(model)
  const patient = {
    ...anatomyOf(model),
    history,
    training,
    drawsInEvaluation: example && findDrawInEvaluation(model, example),
    leftInTraining: leftInTrainingOf(model, testing),
  }
  return rules.flatMap((rule) => rule.examine(patient, language))
}

/** An optimizer as the doctor reads it. */
interface ReadableOptimizer {
  readonly paramGroups: readonly {
    readonly lr: number
    readonly momentum?: number | undefined
    readonly maxNorm?: number | undefined
    readonly params: readonly Tensor[]
  }[]
}

/**
 * How an optimizer trains, for `doctor`: of its groups the one with the most weights counts.
 *
 * @param examples The number of training examples, if it is to be considered.
 */
export function trainingFacts(
  optimizer: ReadableOptimizer,
  { examples }: Pick<TrainingFacts, 'examples'> = {},
): TrainingFacts {
  const sizeOf = (params: readonly Tensor[]) => params.reduce((sum, { numel }) => sum + numel, 0)
  const [group] = [...optimizer.paramGroups].sort((a, b) => sizeOf(b.params) - sizeOf(a.params))
  const { lr, momentum, maxNorm } = group ?? {}
  return { optimizer: optimizer instanceof SGD ? 'SGD' : optimizer.constructor.name, lr, momentum, maxNorm, examples }
}
