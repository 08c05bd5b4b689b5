import { type ArmSummary, type Comparison, summarize } from './comparison.ts'
import { count, percent } from './numbers.ts'
import type { ReportKey, Say } from './words.ts'

/** With fewer epochs than this, dropout is often still behind. */
const fewEpochs = 4

/**
 * What a comparison shows, in plain sentences, and no more than it shows: a difference within two standard deviations
 * of what chance alone gives is said to be one.
 */
export function verdict(comparison: Comparison, say: Say<ReportKey>): string[] {
  const summaries = summarize(comparison.arms, comparison.trainingExamples)
  const find = (arm: string) => summaries.find((summary) => summary.arm === arm)
  const none = find('none')
  const inverted = find('inverted')
  const standard = find('standard')
  const thinned = find('thinned')
  const dropout = inverted ?? standard ?? thinned
  const sentences: string[] = []
  if (none && dropout) {
    const sameLength = none.epochs === dropout.epochs
    if (sameLength) sentences.push(...mistakes(none, dropout, comparison.testExamples, say))
    if (sameLength && learnedByHeart(none) && dropout.gap < none.gap) {
      sentences.push(
        say('verdict.gap', {
          arm: say(`arm.${dropout.arm}`),
          none: percent(none.trainingError),
          noneTest: percent(none.testError),
          with: percent(dropout.trainingError),
          withTest: percent(dropout.testError),
        }),
      )
    }
  }
  if (inverted && standard && inverted.epochs === standard.epochs) {
    sentences.push(
      say('verdict.forms', { inverted: percent(inverted.testError), standard: percent(standard.testError) }),
    )
  }
  const other = inverted ?? standard ?? none
  if (thinned && other?.epochs === thinned.epochs) sentences.push(speed(thinned, other, comparison.testExamples, say))
  return sentences
}

/** Whether a network does much better on the images it learnt from than on new ones. */
const learnedByHeart = ({ trainingError, testError }: ArmSummary): boolean => trainingError < testError / 2

/** Counts the mistakes on the test images with and without dropout. */
function mistakes(none: ArmSummary, dropout: ArmSummary, test: number, say: Say<ReportKey>): string[] {
  const without = Math.round(none.testError * test)
  const withDropout = Math.round(dropout.testError * test)
  const fewer = without - withDropout
  const values = {
    arm: say(`arm.${dropout.arm}`),
    with: count(withDropout),
    without: count(without),
    test: count(test),
    fewer: count(fewer),
    part: without > 0 ? Math.round((100 * fewer) / without) : 0,
  }
  if (fewer === 0) return [say('verdict.same', values)]
  const sentences = [say(fewer > 0 ? 'verdict.better' : 'verdict.worse', values)]
  if (couldBeChance(without, withDropout)) sentences.push(say('verdict.chance'))
  if (fewer < 0 && dropout.epochs < fewEpochs) sentences.push(say('verdict.short', { epochs: dropout.epochs }))
  return sentences
}

/** Compares how fast thinned networks were trained, and what came of it. */
function speed(thinned: ArmSummary, other: ArmSummary, test: number, say: Say<ReportKey>): string {
  const factor = (thinned.examplesPerSecond / other.examplesPerSecond).toFixed(1)
  const mistakes = [thinned, other].map(({ testError }) => Math.round(testError * test)) as [number, number]
  const values = {
    other: say(`arm.${other.arm}`),
    speed: count(thinned.examplesPerSecond),
    otherSpeed: count(other.examplesPerSecond),
    factor,
    seconds: thinned.seconds.toFixed(1),
    otherSeconds: other.seconds.toFixed(1),
    error: percent(thinned.testError),
    otherError: percent(other.testError),
  }
  const same = mistakes[0] === mistakes[1]
  const error = same
    ? 'verdict.thinnedSame'
    : couldBeChance(...mistakes)
      ? 'verdict.thinnedChance'
      : 'verdict.thinnedError'
  return `${say(Number(factor) > 1 ? 'verdict.faster' : 'verdict.notFaster', values)} ${say(error, values)}`
}

/** Two samples of rare events: their counts differ by about the root of their sum where nothing but chance does. */
const couldBeChance = (a: number, b: number): boolean => Math.abs(a - b) < 2 * Math.sqrt(a + b)
