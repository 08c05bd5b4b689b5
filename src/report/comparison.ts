// What a report of `thinnet compare` is made from. Plain data: it could as well be read back from a run's folder.
import type { EpochMetrics } from '../training/metrics.ts'

/**
 * One way to train the network: without dropout, with one of its two scalings and a mask for each example, or thinned:
 * inverted, with masks that groups of examples share, so that what is dropped is not computed.
 */
export type ArmName = 'none' | 'inverted' | 'standard' | 'thinned'

/** A picture, and what it shows in order from the top left. */
export interface Picture {
  /** A `data:` URI. */
  readonly uri: string
  readonly width: number
  readonly height: number
  /** How many features it shows. */
  readonly count: number
}

/** What a layer of weights takes in training, and the dropout of its inputs. */
export interface LayerCost {
  readonly inputs: number
  readonly outputs: number
  /** The probability to drop an input. */
  readonly p: number
  /** How many inputs are kept in the mean. */
  readonly expectedKept: number
  /** Of one example, forward, nothing dropped. */
  readonly multiplyAdds: number
  /** The share of them that is computed in the mean, forward and backward. */
  readonly arithmeticLeft: number
  /** Bytes of the masks of a mini-batch. */
  readonly maskBytes: number
}

export interface ArmResult {
  readonly arm: ArmName
  /** What its layers take. */
  readonly layers?: readonly LayerCost[]
  /** What each finished epoch brought. */
  readonly epochs: readonly EpochMetrics[]
  /** The weights of the first layer's first neurons; only of an arm that was trained to its end. */
  readonly features?: Picture
}

export interface Comparison {
  readonly status: 'finished' | 'interrupted' | 'failed'
  /** When the run began. */
  readonly started: Date
  /** Layer sizes, as `784-1024-1024-10`. */
  readonly network: string
  readonly trainingExamples: number
  /** How many of those are scored after each epoch. */
  readonly trainingSample: number
  readonly testExamples: number
  readonly arms: readonly ArmResult[]
  /** What was decided on the way and why, in sentences. */
  readonly notes: readonly string[]
  /** Options by name, as on the command line. */
  readonly settings: Readonly<Record<string, string | number>>
  /** What it ran on, by name. */
  readonly machine: Readonly<Record<string, string | number>>
}

/** An arm's numbers for the final table. */
export interface ArmSummary {
  readonly arm: ArmName
  readonly epochs: number
  readonly testError: number
  readonly bestTestError: number
  readonly trainingError: number
  /** Test error minus training error: how much of what was learnt does not carry over to new images. */
  readonly gap: number
  readonly seconds: number
  readonly examplesPerSecond: number
}

/** The final table, one row for each arm that finished an epoch. */
export function summarize(arms: readonly ArmResult[], trainingExamples: number): ArmSummary[] {
  return arms.flatMap(({ arm, epochs }) => {
    const last = epochs.at(-1)
    if (!last) return []
    const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
    return {
      arm,
      epochs: epochs.length,
      testError: last.testError,
      bestTestError: Math.min(...epochs.map((epoch) => epoch.testError)),
      trainingError: last.trainingError,
      gap: last.testError - last.trainingError,
      seconds,
      examplesPerSecond: (trainingExamples * epochs.length) / seconds,
    }
  })
}
