import { deviation, mean } from '../../../report/numbers.ts'
import { reproduceWords } from '../../../report/reproduce-words.ts'
import { speaker } from '../../../report/words.ts'
import { type Experiment, imageResults, type Size } from '../experiment.ts'
import { type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, quickImages, quickRecipe, srivastava, usualDrop } from './recipes.ts'

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  return [
    {
      key: 'network',
      label: { en: 'weight scaling, one pass', ko: '가중치 배율, 한 번 계산' },
      seeds: 1,
      unit: {
        ...(quick && { images: quickImages }),
        hidden: quick ? [256, 256] : [1024, 1024, 1024],
        activation: 'relu',
        drop: usualDrop,
        recipe: quick ? quickRecipe : fullRecipe,
        ensemble: quick ? { networks: 20, repeats: 3 } : { networks: 120, repeats: 10 },
      },
    },
  ]
}

export const ensembleExperiment: Experiment = {
  name: 'srivastava2014-ensemble',
  title: { en: 'One network for the average of many', ko: '많은 신경망의 평균을 대신하는 하나' },
  about: {
    en: 'In the test the whole network stands for the average of all thinned ones. Here that average is taken, over k networks drawn at random: how many does it take to be as good?',
    ko: '시험할 때는 전체 신경망이 모든 성긴 신경망의 평균을 대신합니다. 여기서는 무작위로 뽑은 신경망 k개의 평균을 실제로 냅니다. 몇 개를 평균해야 그만큼 좋아질까요?',
  },
  source: srivastava('Figure 11, section 7.5'),
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const say = speaker(reproduceWords, language)
    const [found] = imageResults(results, units)
    const claim = {
      en: 'Paper: around k = 50 the average becomes as good as weight scaling; beyond that it is slightly better, but within a standard deviation.',
      ko: '논문: k = 50쯤에서 평균이 가중치 배율만큼 좋아집니다. 그 뒤로는 조금 더 좋지만 표준편차 안입니다.',
    }
    const ensembles = found?.[1].ensembles ?? []
    const repeated = (kind: 'arithmetic' | 'geometric') =>
      (ensembles[0]?.[kind] ?? []).map((_, i) => ensembles.map((one) => one[kind][i] ?? Number.NaN))
    const curve = (kind: 'arithmetic' | 'geometric') => repeated(kind).map(mean)
    const scaling = ensembles[0]?.weightScaling
    const labels = {
      en: { arithmetic: 'mean of k networks', geometric: 'geometric mean of k', scaling: 'weight scaling' },
      ko: { arithmetic: '신경망 k개의 평균', geometric: 'k개의 기하 평균', scaling: '가중치 배율' },
    }[language]
    const sentences = [claim[language]]
    if (scaling !== undefined) {
      for (const kind of ['arithmetic', 'geometric'] as const) {
        const errors = repeated(kind)
        const equal = errors.findIndex((of) => mean(of) <= scaling) + 1
        const near = errors.findIndex((of) => mean(of) - deviation(of) <= scaling) + 1
        const text = {
          en: [
            near > 0 && `within a standard deviation of weight scaling from k = ${near}`,
            equal > 0 ? `as good from k = ${equal}` : `not as good up to k = ${errors.length}`,
          ],
          ko: [
            near > 0 && `k = ${near}부터 가중치 배율과 표준편차 안에서 같고`,
            equal > 0 ? `k = ${equal}부터 그만큼 좋습니다` : `k = ${errors.length}까지 그만큼 좋지는 않습니다`,
          ],
        }[language]
        sentences.push(`${{ en: 'Here', ko: '여기' }[language]}, ${labels[kind]}: ${text.filter(Boolean).join(', ')}.`)
      }
    }
    const points = (values: readonly number[]) => values.map((error, i) => ({ x: i + 1, y: 100 * error }))
    const count = ensembles[0]?.arithmetic.length ?? 0
    const picked = [1, 2, 5, 10, 20, 50, 100, 120].filter((k) => k <= count)
    const averaged = picked.map((k) => ({
      label: `${labels.arithmetic}, k = ${k}`,
      values: ensembles.map(({ arithmetic }) => arithmetic[k - 1] ?? Number.NaN),
      of: ensembles.length,
    }))
    const table = rowTable(rows({ quick: false }), results, units, language)
    return {
      tables: [{ ...table, rows: [...table.rows, ...averaged] }],
      charts: [
        {
          title: say('column.error'),
          xLabel: say('axis.networks'),
          yLabel: say('axis.error'),
          wholeX: true,
          series: [
            { label: labels.scaling, style: 0, points: points(Array(count).fill(scaling)) },
            { label: labels.arithmetic, style: 1, points: points(curve('arithmetic')) },
            { label: labels.geometric, style: 2, points: points(curve('geometric')) },
          ],
        },
      ],
      sentences,
    }
  },
}
