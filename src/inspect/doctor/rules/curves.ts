// Rules about what the curves of a training show.
import type { HistoryEpoch, Patient } from '../patient.ts'
import { defineRule } from '../rule.ts'

/** Fewer epochs than this show nothing yet. */
const fewestEpochs = 5

interface Curve {
  readonly values: readonly number[]
  readonly last: number
  /** The position of the smallest value, from 0. */
  readonly bestAt: number
  readonly best: number
}

/** One figure over all epochs; undefined if one is missing, or there are few. */
function curveOf(history: readonly HistoryEpoch[], figure: keyof HistoryEpoch): Curve | undefined {
  const values = history.flatMap((epoch) => epoch[figure] ?? [])
  if (values.length < fewestEpochs || values.length !== history.length || !values.every(Number.isFinite))
    return undefined
  const best = Math.min(...values)
  return { values, last: values.at(-1) as number, best, bestAt: values.indexOf(best) }
}

/** How much a curve has fallen over its last quarter, as a share of its value there: 0.1 is a tenth. */
function recentFall({ values, last }: Curve): number {
  const from = values.at(-1 - Math.ceil(values.length / 4)) as number
  return (from - last) / from
}

const isPast = ({ bestAt, values }: Curve): boolean => bestAt < 0.8 * (values.length - 1)

/** A test loss that rose this much above its best has turned. */
const turned = 1.1
/** A test loss of so many times the training loss, and so much above it, is a gap. */
const gap = { times: 2, above: 0.05 }

interface Overfit {
  readonly best: number
  readonly bestEpoch: number
  readonly last: number
  readonly rising: boolean
  readonly drops: boolean
  readonly trainingLoss: number | undefined
}

function overfit({ history, drops }: Patient): Overfit[] {
  const test = curveOf(history, 'testLoss')
  if (!test) return []
  const trainingLoss = curveOf(history, 'trainingLoss')?.last
  const rising = isPast(test) && test.last > turned * test.best
  const far = trainingLoss !== undefined && test.last > gap.times * trainingLoss && test.last - trainingLoss > gap.above
  if (!rising && !far) return []
  const { best, bestAt, last } = test
  return [{ best, bestEpoch: bestAt + 1, last, rising, drops: drops.length > 0, trainingLoss }]
}

const figure = (loss: number): string => loss.toPrecision(3)

export const overfitting = defineRule<Overfit>({
  id: 'overfitting',
  severity: 'hint',
  applies: overfit,
  advice: {
    en: ({ drops, rising, bestEpoch }) =>
      `${drops ? 'Drop more (hidden layers up to 0.5 or 0.6, inputs 0.2), or bound the weights (max-norm 3)' : 'Add dropout: 0.2 for inputs, 0.5 for hidden layers'}${rising ? `; until then, stop near epoch ${bestEpoch}` : ''}.`,
    ko: ({ drops, rising, bestEpoch }) =>
      `${drops ? '더 많이 끄거나(은닉층 0.5에서 0.6, 입력 0.2) 가중치를 제한하세요(최대 노름 3).' : '드롭아웃을 넣으세요: 입력 0.2, 은닉층 0.5.'}${rising ? ` 그전까지는 에폭 ${bestEpoch} 부근에서 멈추는 것이 낫습니다.` : ''}`,
  },
  reason: {
    en: ({ rising, best, bestEpoch, last, trainingLoss }) =>
      rising
        ? `The test loss was lowest in epoch ${bestEpoch} (${figure(best)}) and has risen to ${figure(last)} since: the network learns its training examples by heart.`
        : `The test loss is ${figure(last)}, that on training examples ${figure(trainingLoss ?? 0)}: much of what was learnt is true of these alone.`,
    ko: ({ rising, best, bestEpoch, last, trainingLoss }) =>
      rising
        ? `시험 손실은 에폭 ${bestEpoch}에서 가장 낮았고(${figure(best)}) 그 뒤 ${figure(last)}까지 올랐습니다. 학습 예제를 외우고 있습니다.`
        : `시험 손실은 ${figure(last)}, 학습 예제의 손실은 ${figure(trainingLoss ?? 0)}입니다. 배운 것의 상당 부분이 학습 예제에만 맞습니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 1',
})

/** A loss that fell by less than this share over the last quarter is level. */
const level = 0.02
/** A test loss within this of the training loss shows no gap. */
const noGap = 1.15
/** A training error up to this leaves little to fit. */
const fitted = 0.02

interface Underfit {
  readonly trainingLoss: number
  readonly testLoss: number
}

function underfit({ history, drops }: Patient): Underfit[] {
  const [training, test] = [curveOf(history, 'trainingLoss'), curveOf(history, 'testLoss')]
  if (!training || !test || drops.length === 0) return []
  const error = curveOf(history, 'trainingError')?.last ?? 1
  const isLevel = Math.abs(recentFall(training)) < level
  const close = test.last <= noGap * training.last
  return isLevel && close && error > fitted ? [{ trainingLoss: training.last, testLoss: test.last }] : []
}

export const underfitting = defineRule<Underfit>({
  id: 'underfitting',
  severity: 'hint',
  applies: underfit,
  advice: {
    en: () => 'Drop less, or make the layers larger; a larger learning rate may also help.',
    ko: () => '덜 끄거나 층을 키우세요. 더 큰 학습률도 도움이 될 수 있습니다.',
  },
  reason: {
    en: ({ trainingLoss, testLoss }) =>
      `With dropout off, training examples (loss ${figure(trainingLoss)}) are not known better than new ones (${figure(testLoss)}), and the loss no longer falls: the thinned networks are too small for the task.`,
    ko: ({ trainingLoss, testLoss }) =>
      `드롭아웃을 꺼도 학습 예제의 손실(${figure(trainingLoss)})이 새 예제(${figure(testLoss)})와 비슷하고 더는 줄지 않습니다. 성긴 신경망들이 이 과제에 너무 작습니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 7.3',
})

/** A test loss that fell by more than this share over the last quarter is not at its end. */
const falling = 0.05

export const tooShort = defineRule<{ readonly epochs: number; readonly fall: number }>({
  id: 'stopped-too-early',
  severity: 'hint',
  applies: ({ history, drops }) => {
    const test = curveOf(history, 'testLoss')
    if (!test || drops.length === 0) return []
    const fall = recentFall(test)
    return fall > falling && !isPast(test) ? [{ epochs: history.length, fall }] : []
  },
  advice: {
    en: ({ epochs }) => `Train longer: ${2 * epochs} epochs or more.`,
    ko: ({ epochs }) => `더 오래 학습하세요. ${2 * epochs} 에폭 이상이 좋습니다.`,
  },
  reason: {
    en: ({ fall }) =>
      `The test loss still fell by ${Math.round(100 * fall)} % over the last quarter. A network with dropout takes 2 to 3 times as long as one without.`,
    ko: ({ fall }) =>
      `마지막 4분의 1 동안에도 시험 손실이 ${Math.round(100 * fall)} % 줄었습니다. 드롭아웃을 쓰면 쓰지 않을 때보다 2배에서 3배 오래 걸립니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 11',
})
