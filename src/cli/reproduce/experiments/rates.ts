import { reproduceWords } from '../../../report/reproduce-words.ts'
import type { ResultChart } from '../../../report/reproduction.ts'
import { type Language, speaker } from '../../../report/words.ts'
import type { Experiment, Results, Size, Unit } from '../experiment.ts'
import { meanError, type Row, rowTable, unitsOf, valuesOf } from '../rows.ts'
import { fullRecipe, quickImages, quickRecipe, srivastava } from './recipes.ts'

/** Probabilities to keep a hidden neuron; the paper calls them p. */
const keeps = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

/** One decimal more than the rates have, so that 1 - keep is what it says. */
const rounded = (value: number): number => Math.round(1000 * value) / 1000

/**
 * The networks of Figure 9: 2048 neurons in each of three layers whatever the rate (a), or so many that the number that
 * stays is the same, 256 in the first two layers and 512 in the third (b).
 */
function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  const recipe = quick ? { ...quickRecipe, epochs: 8 } : { ...fullRecipe, epochs: 60 }
  const images = quick ? { images: quickImages } : {}
  return (['fixed', 'kept'] as const).flatMap((kind) =>
    keeps
      .filter((keep) => !quick || [0.2, 0.5, 0.8, 1].includes(keep))
      .map((keep): Row => {
        const [n, last] = quick ? [256, 256] : [2048, 2048]
        const [kept, keptLast] = quick ? [64, 128] : [256, 512]
        const hidden = kind === 'fixed' ? [n, n, last] : [kept, kept, keptLast].map((stays) => Math.round(stays / keep))
        return {
          key: `${kind}-${keep}`,
          label: {
            en:
              kind === 'fixed'
                ? `p to drop ${rounded(1 - keep)}, ${n} neurons a layer`
                : `p to drop ${rounded(1 - keep)}, ${kept} neurons stay`,
            ko:
              kind === 'fixed'
                ? `끄는 확률 ${rounded(1 - keep)}, 층마다 ${n}개`
                : `끄는 확률 ${rounded(1 - keep)}, 남는 뉴런 ${kept}개`,
          },
          seeds: 1,
          unit: {
            ...images,
            hidden,
            activation: 'relu',
            drop: { kind: 'bernoulli', inputP: keep === 1 ? 0 : 0.2, p: rounded(1 - keep) },
            recipe,
          },
        }
      }),
  )
}

function chart(
  kind: 'fixed' | 'kept',
  title: string,
  results: Results,
  units: readonly Unit[],
  language: Language,
): ResultChart {
  const say = speaker(reproduceWords, language)
  const series = (['testError', 'trainingError'] as const).map((measure, style) => ({
    label: say(measure === 'testError' ? 'label.test' : 'label.training'),
    style: 1 - style,
    points: [...keeps].reverse().flatMap((keep) => {
      const [value] = valuesOf(`${kind}-${keep}`, results, units, measure)
      return value === undefined ? [] : [{ x: rounded(1 - keep), y: 100 * value }]
    }),
  }))
  return { title, xLabel: say('axis.p'), yLabel: say('axis.error'), series }
}

export const ratesExperiment: Experiment = {
  name: 'srivastava2014-p',
  title: { en: 'How much to drop', ko: '얼마나 끌 것인가' },
  about: {
    en: 'The same network with every probability to drop from 0.9 to 0, and networks of different sizes in which the same number of neurons stays. The figure has curves and no numbers; what it says of them stands below.',
    ko: '같은 신경망을 끄는 확률 0.9부터 0까지로 학습하고, 남는 뉴런의 수가 같도록 크기를 바꾼 신경망도 학습합니다. 논문의 그림에는 곡선만 있고 값은 없습니다. 논문의 설명은 아래에 있습니다.',
  },
  source: srivastava('Figure 9, section 7.3'),
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const shown = rows({ quick: units.length < 2 * keeps.length }).filter(({ key }) =>
      units.some(({ id }) => id.startsWith(`${key}-seed`)),
    )
    const errors = shown
      .filter(({ key }) => key.startsWith('fixed'))
      .flatMap(({ key }) => meanError(key, results, units) ?? [])
    const lowest = shown.find(
      ({ key }) => key.startsWith('fixed') && meanError(key, results, units) === Math.min(...errors),
    )
    const claim = {
      en: 'Paper, with a fixed number of neurons: the error is flat for probabilities to drop between 0.2 and 0.6, and rises towards 0 and towards 1.',
      ko: '논문(뉴런의 수가 같을 때): 끄는 확률 0.2와 0.6 사이에서 오류가 평평하고, 0과 1 쪽으로 커집니다.',
    }
    const here = lowest && {
      en: `Here the lowest error is at: ${lowest.label.en}.`,
      ko: `여기서 오류가 가장 낮은 곳: ${lowest.label.ko}.`,
    }
    const titles = {
      en: ['Same number of neurons', 'Same number of neurons that stay'],
      ko: ['뉴런의 수가 같을 때', '남는 뉴런의 수가 같을 때'],
    }[language]
    return {
      tables: [rowTable(shown, results, units, language)],
      charts: [
        chart('fixed', titles[0] ?? '', results, units, language),
        chart('kept', titles[1] ?? '', results, units, language),
      ],
      sentences: [claim[language], ...(here ? [here[language]] : [])],
    }
  },
}
