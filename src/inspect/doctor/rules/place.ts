// Rules about where dropout stands, and how many neurons it has.
import type { DropPlace, Patient } from '../patient.ts'
import { defineRule } from '../rule.ts'

/** Dropout changes the variance that batch normalisation has learnt to expect. */
export const dropoutBeforeNorm = defineRule<DropPlace & { readonly normBehind: string }>({
  id: 'dropout-before-batch-norm',
  severity: 'hint',
  applies: ({ drops }) =>
    drops.flatMap((drop) => (drop.normBehind === undefined ? [] : { ...drop, normBehind: drop.normBehind })),
  advice: {
    en: ({ text, normBehind }) =>
      `Move ${text} behind the last batch normalisation (${normBehind} comes after it), or use one of the two.`,
    ko: ({ text, normBehind }) =>
      `${text} 층을 마지막 배치 정규화 뒤로 옮기거나(지금은 ${normBehind} 앞에 있습니다) 둘 중 하나만 쓰세요.`,
  },
  reason: {
    en: () =>
      'In training dropout raises the variance of what it passes, and running statistics learn that; in evaluation the variance is smaller, and the normalisation is wrong by the difference.',
    ko: () =>
      '학습할 때 드롭아웃은 통과하는 값의 분산을 키우고 이동 통계는 그 분산을 배웁니다. 평가할 때는 분산이 작아져 정규화가 그만큼 어긋납니다.',
  },
  source: 'Li et al. 2018, "variance shift", arXiv 1801.05134',
})

/** Dropout behind the last layer: of what should be the answer. */
export const dropoutOnOutputs = defineRule<DropPlace>({
  id: 'dropout-on-the-outputs',
  severity: 'mistake',
  applies: ({ drops }) => drops.filter(({ place }) => place === 'output'),
  advice: {
    en: ({ text }) => `Move ${text} before the last Linear, or take it out.`,
    ko: ({ text }) => `${text} 층을 마지막 Linear 앞으로 옮기거나 빼세요.`,
  },
  reason: {
    en: () =>
      'It sets the outputs themselves to 0 at random: the logit of the right class is missing as often as any other, which no weights can make up for.',
    ko: () =>
      '출력 자체를 무작위로 0으로 만듭니다. 정답 클래스의 로짓도 다른 것만큼 자주 사라지며, 어떤 가중치로도 메울 수 없습니다.',
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 4: dropout acts on the inputs of a layer',
})

/** Fewer neurons than this at a time say little. */
const fewest = 16

interface SmallLayer extends DropPlace {
  readonly size: number
  readonly kept: number
}

function smallLayers({ drops, outputs = 0 }: Patient): SmallLayer[] {
  return drops.flatMap((drop) => {
    const { size, p, place, plain } = drop
    if (!plain || size === undefined || (place !== 'hidden' && place !== 'last') || p >= 1) return []
    const kept = size * (1 - p)
    return kept < Math.max(fewest, outputs) ? { ...drop, size, kept } : []
  })
}

/** A hidden layer of which too little is left. */
export const smallLayer = defineRule<SmallLayer>({
  id: 'layer-too-small-for-its-p',
  severity: 'hint',
  applies: smallLayers,
  advice: {
    en: ({ text, size, p }) =>
      `Make the layer that ${text} drops from larger (${size} neurons now): n neurons without dropout become n / (1 - p), here ${Math.ceil(size / (1 - p))}.`,
    ko: ({ text, size, p }) =>
      `${text} 앞의 층(현재 뉴런 ${size}개)을 키우세요. 드롭아웃 없이 n개가 알맞다면 n / (1 - p)개, 여기서는 ${Math.ceil(size / (1 - p))}개가 필요합니다.`,
  },
  reason: {
    en: ({ kept }) =>
      `About ${Math.round(kept)} of them are left in a step, and have to carry all that the layer knows.`,
    ko: ({ kept }) => `한 단계에 약 ${Math.round(kept)}개만 남아, 층이 아는 것을 모두 담아야 합니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, appendix A.1',
})
