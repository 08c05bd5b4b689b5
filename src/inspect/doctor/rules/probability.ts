// Rules about p.
import type { DropPlace } from '../patient.ts'
import { defineRule } from '../rule.ts'

/** From this p on, 1 - p is what people usually mean. */
const keepFrom = 0.75
const looksLikeKeep = ({ p }: DropPlace): boolean => p >= keepFrom && p < 1
const oneMinus = (p: number): number => Math.round((1 - p) * 1e6) / 1e6

/** p = 0.9 where 0.1 is meant: the papers' p is the probability to keep. */
export const keepForP = defineRule<DropPlace>({
  id: 'keep-for-p',
  severity: 'mistake',
  applies: ({ drops }) => drops.filter(looksLikeKeep),
  advice: {
    en: ({ text, p }) =>
      `Check p of ${text}: it drops ${Math.round(100 * p)} %. If ${p} is to be kept, write ${oneMinus(p)}.`,
    ko: ({ text, p }) =>
      `${text} 층의 p를 확인하세요. ${Math.round(100 * p)} %를 끄고 있습니다. 남길 비율을 적은 것이라면 1 - p = ${oneMinus(p)} 값을 써야 합니다.`,
  },
  reason: {
    en: () =>
      'Here, as in PyTorch and Keras, p is the probability to drop. In the papers, and in TensorFlow 1, it is that to keep.',
    ko: () => '여기서는 PyTorch, Keras와 같이 p가 끌 확률입니다. 논문과 TensorFlow 1에서는 남길 확률입니다.',
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 4 (there p is the probability to retain)',
})

/** Error hardly depends on p of hidden neurons in this range. */
const flat = { from: 0.2, to: 0.6 }
/** Of inputs, more is usually missed. */
const mostOfInputs = 0.4
/** Before the last layer, less does next to nothing. */
const leastOfLast = 0.1

function isUnusual({ place, p }: DropPlace): boolean {
  if (place === 'input') return p > mostOfInputs
  if (place === 'last') return p < leastOfLast // what is too much there has a rule of its own
  return place === 'hidden' && (p < flat.from || p > flat.to)
}

const usualAt = { input: '0.2', hidden: '0.5', last: '0.2 - 0.5', output: '0' }

/** Far from 0.2 at inputs and from 0.5 between hidden layers. */
export const unusualP = defineRule<DropPlace>({
  id: 'unusual-p',
  severity: 'hint',
  applies: ({ drops, fullyConnected }) =>
    drops.filter((drop) => fullyConnected && drop.plain && !looksLikeKeep(drop) && isUnusual(drop)),
  advice: {
    en: ({ text, place }) => `Try another p for ${text}; usual here: ${usualAt[place]}.`,
    ko: ({ text, place }) => `${text} 층의 p를 바꾸어 보세요. 이 자리에서 흔히 쓰는 값: ${usualAt[place]}.`,
  },
  reason: {
    en: ({ place, p }) => {
      if (place === 'input')
        return 'Inputs are where information enters: about 0.2 is usual for numbers such as pixels.'
      return p < flat.from
        ? 'So little dropout barely hinders neurons from relying on each other.'
        : 'Test error is nearly level for p between 0.2 and 0.6 and rises beyond: too few neurons are left to learn with.'
    },
    ko: ({ place, p }) => {
      if (place === 'input') return '입력은 정보가 들어오는 곳이므로, 픽셀 같은 값에는 0.2 정도를 씁니다.'
      return p < flat.from
        ? '이렇게 조금만 끄면 뉴런들이 서로 기대는 것을 거의 막지 못합니다.'
        : '시험 오류는 p가 0.2에서 0.6 사이일 때 거의 평평하고, 그보다 크면 배울 뉴런이 모자라 올라갑니다.'
    },
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 7.3, Figure 9 and appendix A.4',
})

/** Above this, the outputs are mostly noise. */
const mostOfLast = 0.5

/** Far above 0.2 before the last Linear. */
export const highPAtLast = defineRule<DropPlace>({
  id: 'high-p-at-the-output-layer',
  severity: 'hint',
  applies: ({ drops }) =>
    drops.filter((drop) => drop.plain && drop.place === 'last' && drop.p > mostOfLast && !looksLikeKeep(drop)),
  advice: {
    en: ({ text }) => `Lower p of ${text}, the input of the last Linear: 0.2 to 0.5.`,
    ko: ({ text }) => `마지막 Linear의 입력인 ${text} 층의 p를 0.2에서 0.5 사이로 낮추세요.`,
  },
  reason: {
    en: ({ p }) =>
      `Nothing behind it averages its noise out: the outputs' variance grows with p / (1 - p), here ${(p / (1 - p)).toFixed(1)} times the squared terms.`,
    ko: ({ p }) =>
      `뒤에서 잡음을 평균 내 줄 층이 없습니다. 출력의 분산은 p / (1 - p)에 비례하며, 여기서는 각 항 제곱의 ${(p / (1 - p)).toFixed(1)}배입니다.`,
  },
  source: 'Wager et al. 2013, arXiv 1307.1493, section 2; Srivastava et al. 2014, JMLR 15:1929, appendix A.4',
})
