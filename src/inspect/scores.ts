// Scores of predicted probabilities against classes that are known.
import { fail } from '../backend/errors.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { leastProbability } from './probabilities.ts'

/** One example: its row of probabilities, and its class. */
export interface Example {
  /** The probability of the class that it has. */
  readonly ofTruth: number
  /** The largest probability. */
  readonly confidence: number
  /** Whether the largest probability, the first of equal ones, is the class's. */
  readonly correct: boolean
  /** Σ (p - y)² over the classes, y being 1 for its class and 0 for others. */
  readonly squaredError: number
}

/**
 * What is known of each example.
 *
 * @throws ThinnetError TN_SHAPE, TN_DTYPE or TN_RANGE unless they are probabilities `[N, classes]` and classes `[N]`.
 */
export function examplesOf(where: string, probabilities: Tensor, labels: Tensor): Example[] {
  const [count = 0, classes = 0] = probabilities instanceof Tensor ? probabilities.shape : []
  const fits = probabilities instanceof Tensor && probabilities.ndim === 2 && labels instanceof Tensor
  if (!fits || !sameShape(labels.shape, [count])) {
    const shapeOf = (x: unknown) => (x instanceof Tensor ? formatShape(x.shape) : typeof x)
    const got = `got ${shapeOf(probabilities)} and ${shapeOf(labels)}`
    fail('TN_SHAPE', where, `expected probabilities [N, classes] and labels [N], ${got}`)
  }
  const values = probabilities.toArray()
  return Array.from(labels.toArray(), (label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      fail('TN_RANGE', where, `labels must be classes from 0 to ${classes - 1}, got ${label}`)
    }
    return exampleOf(where, values.subarray(i * classes, (i + 1) * classes), label)
  })
}

function exampleOf(where: string, row: ArrayLike<number>, label: number): Example {
  let best = 0
  let total = 0
  let squares = 0
  for (let c = 0; c < row.length; c++) {
    const p = row[c] as number
    if (p > (row[best] as number)) best = c
    total += p
    squares += p * p
  }
  if (!(Math.abs(total - 1) < 1e-3)) {
    fail('TN_RANGE', where, `each row must be probabilities that sum to 1, got a sum of ${total}: logits? use softmax`)
  }
  const ofTruth = row[label] as number
  return {
    ofTruth,
    confidence: row[best] as number,
    correct: best === label,
    squaredError: squares - 2 * ofTruth + 1,
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The share of wrong classes. */
export const errorOf = (examples: readonly Example[]): number => meanOf(examples.map(({ correct }) => Number(!correct)))

/** The mean of `-log p(class)`; a probability of 0 counts as 2^-1022. */
export const likelihoodOf = (examples: readonly Example[]): number =>
  meanOf(examples.map(({ ofTruth }) => -Math.log(Math.max(ofTruth, leastProbability))))

/** The mean of `Σ (p - y)²`. */
export const brierOf = (examples: readonly Example[]): number => meanOf(examples.map((example) => example.squaredError))

/** How good a classifier is. */
export interface ClassScore {
  /** The share of wrong classes. */
  readonly error: number
  /** Negative log likelihood: the mean of `-log p` of the class. */
  readonly nll: number
}

/** The score of probabilities `[N, classes]` of examples with classes `[N]`. */
export function classScore(where: string, probabilities: Tensor, labels: Tensor): ClassScore {
  const examples = examplesOf(where, probabilities, labels)
  return { error: errorOf(examples), nll: likelihoodOf(examples) }
}
