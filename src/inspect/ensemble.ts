// The average of sampled thinned networks against the one pass that stands for it.

import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { checkOptions, type Module } from '../module/index.ts'
import { add, div, mul } from '../ops/arithmetic.ts'
import { cat } from '../ops/join.ts'
import { select } from '../ops/layout.ts'
import { softmax } from '../ops/softmax.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { inEvaluation } from './modes.ts'
import { logOf, type Outputs, toProbabilities, usualOutputs } from './probabilities.ts'
import { drawSamples, type SampleOptions } from './sample.ts'
import { type ClassScore, classScore } from './scores.ts'

/** A mini-batch: examples, and the class of each. */
type Batch = readonly [x: Tensor, y: Tensor]

/** Options of `ensemble`. */
export interface EnsembleOptions extends Omit<SampleOptions, 'samples'> {
  /** The largest number of networks, K. At least 1; default 50. */
  readonly networks?: number | undefined
  /** Whether the model returns logits or probabilities. Default: logits, or probabilities if it ends with `Softmax`. */
  readonly outputs?: Outputs | undefined
}

/** The ensemble of the first k thinned networks, beside weight scaling. */
export interface EnsemblePoint {
  readonly networks: number
  /** The mean of the networks' probabilities. */
  readonly arithmetic: ClassScore
  /** The geometric mean of the networks' probabilities, made to sum to 1. */
  readonly geometric: ClassScore
  /** One pass of the whole network in evaluation; the same in every point. */
  readonly weightScaling: ClassScore
}

/** Networks that are drawn in one go: few enough to stop early, enough to fill a pass. */
const drawnAtOnce = 10

/**
 * Scores ensembles of 1 to K sampled thinned networks and the weight scaling rule that stands for all of them
 * (Srivastava et al. 2014, JMLR 15:1929, section 7.5, Figure 11). Each example has networks of its own, as there. For a
 * single layer and softmax the geometric mean over all networks is weight scaling exactly (section 4; Baldi & Sadowski
 * 2013); for deeper ones it is near.
 *
 * Yields a point for each number of networks; stop when it is enough. The model is not changed.
 *
 * @param batches Examples with classes; iterated once.
 * @throws ThinnetError as `sampleOutputs`.
 * @example
 * for (const { networks, arithmetic, weightScaling } of ensemble(model, test, { networks: 100 })) {
 *   if (arithmetic.error <= weightScaling.error) break // so many networks match it
 * }
 */
export function* ensemble(
  model: Module,
  batches: Iterable<Batch>,
  options: EnsembleOptions = {},
): globalThis.Generator<EnsemblePoint, void, undefined> {
  checkOptions('ensemble', options, ['networks', 'outputs', 'isDropout', 'masks', 'memory', 'generator'])
  const { networks = 50, outputs = usualOutputs(model), ...sampling } = options
  if (!Number.isInteger(networks) || networks < 1) {
    fail('TN_RANGE', 'ensemble', `networks must be a whole number of at least 1, got ${String(networks)}`)
  }
  const given = [...batches]
  const inputs = given.map(([x]) => x)
  if (given.length === 0) fail('TN_SHAPE', 'ensemble', 'there is no batch to score')
  const labels = cat(given.map(([, y]) => y))
  const score = (probabilities: Tensor) => classScore('ensemble', probabilities, labels)
  const whole = inEvaluation(model, () => cat(inputs.map((x) => toProbabilities(model.call(x), outputs))))
  const weightScaling = score(whole)
  let sum: Tensor | undefined
  let logSum: Tensor | undefined
  for (let done = 0; done < networks; ) {
    const samples = Math.min(drawnAtOnce, networks - done)
    const drawn = inputs.map((x) => drawSamples('ensemble', model, x, { ...sampling, samples }))
    for (let i = 0; i < samples; i++) {
      done++
      const [arithmetic, geometric] = noGrad(() => {
        const p = cat(drawn.map((batch) => toProbabilities(select(batch, 0, i), outputs)))
        sum = sum ? add(sum, p) : p
        logSum = logSum ? add(logSum, logOf(p)) : logOf(p)
        return [div(sum, done), softmax(mul(logSum, 1 / done), -1)]
      })
      yield { networks: done, arithmetic: score(arithmetic), geometric: score(geometric), weightScaling }
    }
  }
}
