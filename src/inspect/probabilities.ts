// What a classifier returns, as probabilities.
import { type AnyModule, Sequential, stepsOf } from '../module/index.ts'
import { Softmax } from '../nn/index.ts'
import { mul, sub } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { zerosLike } from '../ops/creation.ts'
import { cat } from '../ops/join.ts'
import { softmax } from '../ops/softmax.ts'
import { clamp, log } from '../ops/unary.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** What a classifier returns. */
export type Outputs = 'logits' | 'probabilities'

/** What a model returns unless its user says otherwise: logits, or probabilities if it ends with a `Softmax`. */
export function usualOutputs(model: AnyModule): Outputs {
  const last = model instanceof Sequential ? [...stepsOf(model)].at(-1)?.module : undefined
  return last instanceof Softmax ? 'probabilities' : 'logits'
}

/**
 * Probabilities of classes, `[..., classes]`, float64. One column is the score of the second of two classes, and becomes
 * two.
 */
export function toProbabilities(scores: Tensor, outputs: Outputs): Tensor {
  const wide = cast(scores, 'float64')
  if (wide.shape.at(-1) !== 1) return outputs === 'logits' ? softmax(wide, -1) : wide
  if (outputs === 'logits') return softmax(cat([zerosLike(wide), wide], -1), -1)
  return cat([mul(sub(wide, 1), -1), wide], -1)
}

/** The smallest probability whose logarithm is taken, 2^-1022: `0 · log 0` is 0. */
export const leastProbability = Number.MIN_VALUE * 2 ** 52

/** Logarithms of float64 probabilities, finite. */
export const logOf = (p: Tensor): Tensor => log(clamp(p, { min: leastProbability }))
