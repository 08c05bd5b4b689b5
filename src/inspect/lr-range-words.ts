// What a range test says, in sentences.
import type { AdviceLanguage } from './doctor/rule.ts'
import type { LrRange, RangeRun } from './lr-range.ts'

/** A rate as people write it: two digits. */
export const rateText = (lr: number): string => String(Number(lr.toPrecision(2)))

/** Suggestions this far apart differ by more than the noise of one test. */
const clearly = 1.5

/** What the curve of a run does at its ends, if it does not say what it should. */
type Trouble = 'never-fell' | 'still-falling' | undefined

function troubleOf({ points, lowest, diverged }: RangeRun): Trouble {
  const [first, last] = [points[0], points.at(-1)]
  if (lowest === first?.lr) return 'never-fell'
  return lowest === last?.lr && diverged === undefined ? 'still-falling' : undefined
}

interface Words {
  run(dropout: boolean, steepest: string, lowest: string, diverged: string | undefined): string
  suggestion(lr: string): string
  compared(ratio: number, other: string): string
  trouble(trouble: NonNullable<Trouble>, dropout: boolean): string
}

const english: Words = {
  run: (dropout, steepest, lowest, diverged) =>
    `${dropout ? 'With' : 'Without'} dropout the loss falls fastest at a rate of ${steepest}, is lowest at ${lowest}, and ${diverged === undefined ? 'never grows beyond all bounds' : `grows beyond all bounds at ${diverged}`}.`,
  suggestion: (lr) =>
    `Suggestion: ${lr}, a tenth of the rate where the loss is lowest: there a few unlucky mini-batches are enough to lose what was learnt.`,
  compared: (ratio, other) => {
    if (ratio >= clearly)
      return `Without dropout it would be ${other}: here dropout asks for a rate ${ratio.toFixed(1)} times as high.`
    if (ratio <= 1 / clearly) {
      return `Without dropout it would be ${other}: the gradients of thinned networks are noisier, and bear only ${ratio.toFixed(1)} times that rate here. More momentum averages them.`
    }
    return `Without dropout it would be ${other}, about the same: in these first steps dropout does not change which rate is best. What it gains from higher rates shows over epochs, with a max-norm bound that keeps them stable.`
  },
  trouble: (trouble, dropout) =>
    `${dropout ? 'With' : 'Without'} dropout ${trouble === 'never-fell' ? 'the loss never fell: begin at a lower rate, or take more steps' : 'the loss was still falling at the last rate: go on to a higher one'}.`,
}

const korean: Words = {
  run: (dropout, steepest, lowest, diverged) =>
    `드롭아웃이 ${dropout ? '있으면' : '없으면'} 학습률 ${steepest}에서 손실이 가장 빨리 줄고 ${lowest}에서 가장 낮으며, ${diverged === undefined ? '끝까지 발산하지 않습니다' : `${diverged}에서 발산합니다`}.`,
  suggestion: (lr) =>
    `제안: ${lr}. 손실이 가장 낮은 학습률의 10분의 1입니다. 바로 그 학습률에서는 운 나쁜 미니배치 몇 개로도 배운 것을 잃을 수 있습니다.`,
  compared: (ratio, other) => {
    if (ratio >= clearly)
      return `드롭아웃이 없을 때의 제안은 ${other}입니다. 여기서 드롭아웃에는 그 ${ratio.toFixed(1)}배의 학습률이 맞습니다.`
    if (ratio <= 1 / clearly) {
      return `드롭아웃이 없을 때의 제안은 ${other}입니다. 성긴 신경망의 기울기는 더 들쭉날쭉해서 여기서는 그 ${ratio.toFixed(1)}배만 견딥니다. 모멘텀을 높이면 평균이 납니다.`
    }
    return `드롭아웃이 없을 때의 제안도 ${other} 정도로 거의 같습니다. 이 첫 단계들에서는 드롭아웃이 알맞은 학습률을 바꾸지 않습니다. 높은 학습률의 이득은 여러 에폭에 걸쳐, 최대 노름으로 안정시킬 때 나타납니다.`
  },
  trouble: (trouble, dropout) =>
    `드롭아웃이 ${dropout ? '있을' : '없을'} 때 ${trouble === 'never-fell' ? '손실이 한 번도 줄지 않았습니다. 더 낮은 학습률에서 시작하거나 단계를 늘리세요' : '마지막 학습률에서도 손실이 줄고 있었습니다. 더 높은 학습률까지 가 보세요'}.`,
}

/**
 * What a range test says, in sentences: what the curves do, a rate to train with and why, and what dropout changed.
 *
 * @param language `en` (the default) or `ko`.
 * @example explainLrRange(lrRange(model, loader, { optimizer })).join(' ')
 */
export function explainLrRange({ withDropout, withoutDropout }: LrRange, language: AdviceLanguage = 'en'): string[] {
  const words = language === 'ko' ? korean : english
  const runs = [
    { run: withDropout, dropout: true },
    ...(withoutDropout ? [{ run: withoutDropout, dropout: false }] : []),
  ]
  const troubles = runs.flatMap(({ run, dropout }) => {
    const trouble = troubleOf(run)
    return trouble ? words.trouble(trouble, dropout) : []
  })
  if (troubles.length > 0) return troubles
  const sentences = runs.map(({ run: { steepest, lowest, diverged }, dropout }) =>
    words.run(dropout, rateText(steepest), rateText(lowest), diverged === undefined ? undefined : rateText(diverged)),
  )
  sentences.push(words.suggestion(rateText(withDropout.suggestion)))
  if (withoutDropout) {
    const { suggestion } = withoutDropout
    sentences.push(words.compared(withDropout.suggestion / suggestion, rateText(suggestion)))
  }
  return sentences
}
