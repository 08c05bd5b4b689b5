import type { Examples } from '../../data/index.ts'
import { valueScores } from '../../inspect/index.ts'
import { cat } from '../../ops/join.ts'
import type { TableModel } from './model.ts'
import { predictTable, sampleTable, type TablePrediction } from './predict.ts'

/** What predictions of classes are worth. */
export interface ClassScores {
  readonly kind: 'class'
  readonly examples: number
  /** The part of the rows that were given a wrong class. */
  readonly error: number
  /** The same for whoever always says the class most frequent in training. */
  readonly baseline: number
  /** The mean of -log of the probability that the true class was given. */
  readonly logLoss: number
}

/** What predictions of numbers are worth, in the target's unit. */
export interface NumberScores {
  readonly kind: 'number'
  readonly examples: number
  /** The root of the mean squared error. */
  readonly rmse: number
  /** The same for whoever always says the training rows' mean. */
  readonly baseline: number
  /** The mean absolute error. */
  readonly mae: number
  /** The part of the variance that is explained. */
  readonly r2: number
  /** The part of the rows whose interval holds the true value, and the part that was promised. */
  readonly coverage: number
  readonly interval: number
}

export type TableScores = ClassScores | NumberScores

/** Rows that are predicted at once: times the samples, that is a pass. */
const rowsAtOnce = 512
const samples = 100
const interval = 0.9

/** Scores MC dropout's predictions, with intervals of 90 %. */
export function scoreTable(model: TableModel, examples: Examples, train: Examples): TableScores {
  const predictions = pieces(examples).flatMap(([from, count]) =>
    predictTable(model, examples.x.narrow(0, from, count), { samples, interval }),
  )
  const { target } = model.encoder.encoding
  const truths = Array.from(examples.y.toArray())
  if (target.kind === 'classes') return classScores(predictions, truths, mostFrequent(train))
  return numberScores(
    predictions,
    truths.map((y) => y * target.std + target.mean),
    target.mean,
  )
}

function classScores(predictions: readonly TablePrediction[], truths: readonly number[], usual: number): ClassScores {
  let errors = 0
  let logLoss = 0
  for (const [i, prediction] of predictions.entries()) {
    if (prediction.kind !== 'class') continue
    const truth = truths[i] as number
    const { probabilities } = prediction
    if (probabilities.indexOf(Math.max(...probabilities)) !== truth) errors++
    logLoss -= Math.log(Math.max(probabilities[truth] ?? 0, 1e-12))
  }
  const examples = truths.length
  const baseline = truths.filter((truth) => truth !== usual).length / examples
  return { kind: 'class', examples, error: errors / examples, baseline, logLoss: logLoss / examples }
}

function mostFrequent({ y }: Examples): number {
  const counts = new Map<number, number>()
  for (const label of y.toArray()) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}

function numberScores(predictions: readonly TablePrediction[], truths: readonly number[], usual: number): NumberScores {
  const sums = { square: 0, absolute: 0, usual: 0, held: 0, truth: 0 }
  for (const [i, prediction] of predictions.entries()) {
    if (prediction.kind !== 'number') continue
    const truth = truths[i] as number
    sums.square += (prediction.prediction - truth) ** 2
    sums.absolute += Math.abs(prediction.prediction - truth)
    sums.usual += (usual - truth) ** 2
    sums.held += Number(truth >= prediction.lower && truth <= prediction.upper)
    sums.truth += truth
  }
  const n = truths.length
  const center = sums.truth / n
  const spread = truths.reduce((sum, truth) => sum + (truth - center) ** 2, 0)
  return {
    kind: 'number',
    examples: n,
    rmse: Math.sqrt(sums.square / n),
    baseline: Math.sqrt(sums.usual / n),
    mae: sums.absolute / n,
    r2: 1 - sums.square / spread,
    coverage: sums.held / n,
    interval,
  }
}

/**
 * The standard deviation of the noise in a scaled target: the one that makes the validation rows likeliest, when each is
 * drawn about the answers of thinned networks: `p(y) = mean over s of N(y; f_s(x), noise^2)` (Gal & Ghahramani 2016).
 */
export function fitNoise(model: Omit<TableModel, 'noise'>, validation: Examples): number {
  const answers = cat(
    pieces(validation).map(([from, count]) => sampleTable(model, validation.x.narrow(0, from, count), samples)),
    1,
  )
  let best = { noise: 1, nll: Number.POSITIVE_INFINITY }
  for (let step = 0; step <= 80; step++) {
    const noise = 0.01 * 300 ** (step / 80) // from 0.01 to 3, each 7 % above the last
    const { nll = Number.NaN } = valueScores(answers, validation.y, { precision: 1 / noise ** 2, levels: [] })
    if (nll < best.nll) best = { noise, nll }
  }
  return best.noise
}

/** Starts and lengths of pieces that are predicted at once. */
function pieces({ length }: Examples): [from: number, count: number][] {
  const starts = Array.from({ length: Math.ceil(length / rowsAtOnce) }, (_, i) => i * rowsAtOnce)
  return starts.map((from) => [from, Math.min(rowsAtOnce, length - from)])
}
