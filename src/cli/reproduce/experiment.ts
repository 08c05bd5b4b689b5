import type { Findings, Source } from '../../report/reproduction.ts'
import type { Language } from '../../report/words.ts'

/** A text in each language. */
export type Text = Readonly<Record<Language, string>>

/** How a network drops: its neurons, each with a probability to drop. */
export type Drop =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'bernoulli' | 'gaussian'
      readonly inputP: number
      readonly p: number
      /** Thinned networks of a mini-batch; without it each example has its own. */
      readonly subnets?: number
    }

/** How a network of images is trained. */
export interface Recipe {
  readonly epochs: number
  readonly batch: number
  /** Of the first step; falls to 0 in a line, with the steps. */
  readonly lr: number
  readonly momentum: number
  /** Epochs over which the momentum rises from 0.5. */
  readonly momentumEpochs: number
  readonly maxNorm?: number
  /** What is added to the loss: `l2 / 2 * sum of w^2`. */
  readonly l2?: number
  /** `l1 * sum of |w|`, from this part of the epochs on. */
  readonly l1?: { readonly weight: number; readonly from: number }
  /** `weight * sum of KL(target, mean activation)` over hidden neurons. */
  readonly klSparsity?: { readonly weight: number; readonly target: number }
}

/** A network to train on MNIST and to score: plain data, all that its result depends on but the machine. */
export interface ImageUnit {
  readonly kind: 'images'
  /** Of its folder: unique in the experiment. */
  readonly id: string
  readonly hidden: readonly number[]
  readonly activation: 'relu' | 'logistic'
  readonly drop: Drop
  readonly recipe: Recipe
  /** How many images it learns from, drawn at random with the seed. Default: all there are. */
  readonly images?: number
  readonly seed: number
  /** Scores ensembles of up to so many thinned networks, so often. */
  readonly ensemble?: { readonly networks: number; readonly repeats: number }
}

/** A regression of a table: one random split of its rows. */
export interface TableUnit {
  readonly kind: 'table'
  readonly id: string
  readonly hidden: readonly number[]
  /** The probabilities to drop to choose from, by validation rows. */
  readonly rates: readonly number[]
  readonly epochs: number
  readonly batch: number
  readonly lr: number
  readonly seed: number
}

export type Unit = ImageUnit | TableUnit

/** Errors of ensembles of 1, 2, ... networks, and of the one pass that stands for them. */
export interface EnsembleErrors {
  readonly arithmetic: readonly number[]
  readonly geometric: readonly number[]
  readonly weightScaling: number
}

export interface ImageResult {
  readonly kind: 'images'
  /** Of the last epoch, dropout off, from 0 to 1. */
  readonly testError: number
  readonly testLoss: number
  /** The same on up to 10,000 of the images it learnt from. */
  readonly trainingError: number
  readonly epochs: readonly { readonly epoch: number; readonly loss: number; readonly testError?: number }[]
  readonly ensembles: readonly EnsembleErrors[]
  /** Of training, without the scoring. */
  readonly seconds: number
}

export interface TableResult {
  readonly kind: 'table'
  readonly p: number
  readonly rmse: number
  readonly logLikelihood: number
  readonly seconds: number
}

export type UnitResult = ImageResult | TableResult

/** What the user may change of an experiment. */
export interface Size {
  readonly quick: boolean
  /** Trainings with other seeds, where the experiment repeats itself. */
  readonly seeds?: number | undefined
  readonly epochs?: number | undefined
  /** Thinned networks of a mini-batch wherever neurons are dropped. */
  readonly subnets?: number | undefined
}

/** Results so far, by the ids of their units. */
export type Results = ReadonlyMap<string, UnitResult>

/** A named experiment: what it trains, and what it makes of the results. */
export interface Experiment {
  readonly name: string
  readonly title: Text
  readonly about: Text
  readonly source?: Source | undefined
  readonly notes?: readonly Text[]
  /** The trainings, those first that say most. */
  units(size: Size): readonly Unit[]
  /** The table, charts and sentences of what is there. */
  findings(results: Results, units: readonly Unit[], language: Language): Findings
}

/** The results of images, of units that are finished. */
export const imageResults = (results: Results, units: readonly Unit[]): (readonly [ImageUnit, ImageResult])[] =>
  units.flatMap((unit) => {
    const result = results.get(unit.id)
    return unit.kind === 'images' && result?.kind === 'images' ? [[unit, result] as const] : []
  })
