import type { Experiment, Size } from '../experiment.ts'
import { epochChart, meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, quickImages, quickRecipe, srivastava, usualDrop } from './recipes.ts'

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  const unit = {
    ...(quick && { images: quickImages }),
    hidden: quick ? [256, 256] : [1024, 1024],
    activation: 'relu' as const,
    recipe: quick ? quickRecipe : fullRecipe,
  }
  const seeds = quick ? 1 : 3
  return [
    {
      key: 'bernoulli',
      label: { en: 'Bernoulli dropout', ko: '베르누이 드롭아웃' },
      paper: '1.08 ± 0.04 %',
      seeds,
      unit: { ...unit, drop: usualDrop },
    },
    {
      key: 'gaussian',
      label: { en: 'Gaussian dropout of the same variance', ko: '분산이 같은 가우스 드롭아웃' },
      paper: '0.95 ± 0.04 %',
      seeds,
      unit: { ...unit, drop: { kind: 'gaussian', inputP: 0.2, p: 0.5 } },
    },
  ]
}

export const gaussianExperiment: Experiment = {
  name: 'gaussian',
  title: { en: 'Noise instead of gaps', ko: '빈자리 대신 잡음' },
  about: {
    en: 'Instead of dropping a neuron, its output is multiplied by a normal number of mean 1 and the same variance, p / (1 - p).',
    ko: '뉴런을 끄는 대신, 평균이 1이고 분산이 같은 p / (1 - p)인 정규 난수를 출력에 곱합니다.',
  },
  source: srivastava('Table 10, section 10'),
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const both = rows({ quick: false })
    const [bernoulli, gaussian] = both.map(({ key }) => meanError(key, results, units))
    const better = {
      en: 'Here, as in the paper, Gaussian dropout makes fewer mistakes.',
      ko: '논문에서처럼 여기서도 가우스 드롭아웃의 실수가 더 적습니다.',
    }
    const worse = {
      en: 'Here Gaussian dropout does not make fewer mistakes.',
      ko: '여기서는 가우스 드롭아웃의 실수가 더 적지 않습니다.',
    }
    const sentence =
      bernoulli !== undefined && gaussian !== undefined ? [(gaussian < bernoulli ? better : worse)[language]] : []
    return {
      tables: [rowTable(both, results, units, language)],
      charts: [epochChart(both, results, units, language)],
      sentences: sentence,
    }
  },
}
