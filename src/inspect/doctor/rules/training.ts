// Rules about how a model with dropout is trained.
import type { Patient, TrainingFacts } from '../patient.ts'
import { defineRule } from '../rule.ts'

interface Rates {
  readonly lr: number
  readonly momentum: number
  /** How far a step goes once momentum has gathered: lr / (1 - momentum). */
  readonly effective: number
}

/** The rates, if a model that drops is trained by SGD, which the rules are about. */
function ratesOf({ drops, training }: Patient): Rates[] {
  const { optimizer = 'SGD', lr, momentum = 0 } = training
  if (drops.length === 0 || optimizer !== 'SGD' || lr === undefined) return []
  return [{ lr, momentum, effective: lr / (1 - momentum) }]
}

const lowestMomentum = 0.9
/** What lr 0.01 with momentum 0.9 gives, a usual choice without dropout. */
const usualEffective = 0.1
const highEffective = 1.5
/** Rates are quotients: 0.01 / (1 - 0.9) is a little less than 0.1. */
const slack = 1e-9

export const lowMomentum = defineRule<Rates>({
  id: 'momentum-not-raised',
  severity: 'hint',
  applies: (patient) => ratesOf(patient).filter(({ momentum }) => momentum < lowestMomentum),
  advice: {
    en: ({ momentum }) => `Raise momentum from ${momentum} to 0.95 (0.9 to 0.99).`,
    ko: ({ momentum }) => `모멘텀을 ${momentum}에서 0.95로 올리세요(0.9에서 0.99 사이).`,
  },
  reason: {
    en: () =>
      'Each mini-batch trains other thinned networks, so that gradients are noisy and often cancel each other; momentum averages them.',
    ko: () =>
      '미니배치마다 다른 성긴 신경망을 학습하므로 기울기가 들쭉날쭉하고 자주 서로 상쇄됩니다. 모멘텀이 이것을 평균 냅니다.',
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, appendix A.2',
})

export const lowLearningRate = defineRule<Rates>({
  id: 'learning-rate-not-raised',
  severity: 'hint',
  applies: (patient) => ratesOf(patient).filter(({ effective }) => effective <= usualEffective * (1 + slack)),
  advice: {
    en: ({ lr }) =>
      `Raise the learning rate (${lr}), 10 times to begin with; \`thinnet lr-range\` finds one for a network.`,
    ko: ({ lr }) => `학습률(${lr})을 우선 10배로 올려 보세요. \`thinnet lr-range\`가 신경망에 맞는 값을 찾아 줍니다.`,
  },
  reason: {
    en: () => 'Networks with dropout bear, and need, 10 to 100 times the learning rate that is best without.',
    ko: () => '드롭아웃을 쓰는 신경망은 쓰지 않을 때 가장 좋은 학습률의 10배에서 100배를 견디며, 또 필요로 합니다.',
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, appendix A.2',
})

const hasBound = ({ maxNorm }: TrainingFacts): boolean => maxNorm !== undefined && maxNorm > 0

export const noMaxNorm = defineRule<Rates>({
  id: 'no-max-norm',
  severity: 'hint',
  applies: (patient) =>
    hasBound(patient.training) ? [] : ratesOf(patient).filter(({ effective }) => effective > highEffective),
  advice: {
    en: () => 'Bound the norm of the weights into each neuron: `new optim.SGD(params, { maxNorm: 3 })`.',
    ko: () => '뉴런마다 들어오는 가중치의 노름을 제한하세요: `new optim.SGD(params, { maxNorm: 3 })`.',
  },
  reason: {
    en: ({ lr, momentum }) =>
      `The rate is high (${lr} with momentum ${momentum}). A bound keeps weights from growing too large, so that a high rate can search widely; it is where dropout gained most.`,
    ko: ({ lr, momentum }) =>
      `학습률이 높습니다(모멘텀 ${momentum}에 ${lr}). 가중치가 지나치게 커지는 것을 막아 주어 높은 학습률로 넓게 찾을 수 있고, 드롭아웃의 이득도 이때 가장 컸습니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 5.1 and appendix A.3',
})

/** With this many examples for each parameter there is little to learn by heart. */
const plenty = 5

export const muchData = defineRule<{ readonly examples: number; readonly parameters: number }>({
  id: 'more-data-than-dropout-helps-with',
  severity: 'hint',
  applies: ({ drops, training: { examples = 0 }, parameters }) =>
    drops.length > 0 && examples >= plenty * parameters ? [{ examples, parameters }] : [],
  advice: {
    en: () => 'Try without dropout, or with a larger network.',
    ko: () => '드롭아웃 없이, 또는 더 큰 신경망으로 시도해 보세요.',
  },
  reason: {
    en: ({ examples, parameters }) =>
      `${examples} examples for ${parameters} parameters leave little to learn by heart; what dropout gains falls again as data grows.`,
    ko: ({ examples, parameters }) =>
      `파라미터 ${parameters}개에 예제가 ${examples}개이면 외울 여지가 거의 없습니다. 데이터가 늘면 드롭아웃의 이득은 다시 줄어듭니다.`,
  },
  source: 'Srivastava et al. 2014, JMLR 15:1929, section 7.4, Figure 10',
})
