import type { Experiment, Recipe, Size } from '../experiment.ts'
import { epochChart, meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, noDrop, quickImages, quickRecipe, srivastava, usualDrop, without } from './recipes.ts'

const l2 = 1e-5

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  const recipe = quick ? quickRecipe : { ...fullRecipe, epochs: 100 }
  const unbounded: Recipe = { ...without(recipe, 'maxNorm'), lr: recipe.lr / 3 }
  const unit = {
    ...(quick && { images: quickImages }),
    hidden: quick ? [256, 256, 512] : [1024, 1024, 2048],
    activation: 'relu' as const,
  }
  const row = (key: string, en: string, ko: string, paper: string, given: Recipe, drop = noDrop): Row => ({
    key,
    label: { en, ko },
    paper,
    seeds: 1,
    unit: { ...unit, drop, recipe: given },
  })
  return [
    row('l2', 'L2', 'L2', '1.62 %', { ...unbounded, l2 }),
    row('l1', 'L2 + L1 towards the end', 'L2 + 끝무렵의 L1', '1.60 %', {
      ...unbounded,
      l2,
      l1: { weight: 1e-6, from: 0.8 },
    }),
    row('kl', 'L2 + KL-sparsity', 'L2 + KL 희소성', '1.55 %', {
      ...unbounded,
      l2,
      klSparsity: { weight: 1e-5, target: 0.1 },
    }),
    row('max-norm', 'max-norm', '최대 노름', '1.35 %', recipe),
    row('dropout-l2', 'dropout + L2', '드롭아웃 + L2', '1.25 %', { ...unbounded, l2: l2 / 10 }, usualDrop),
    row('dropout-max-norm', 'dropout + max-norm', '드롭아웃 + 최대 노름', '1.05 %', recipe, usualDrop),
  ]
}

export const regularizersExperiment: Experiment = {
  name: 'regularizers',
  title: { en: 'Dropout beside other regularizers', ko: '드롭아웃과 다른 규제' },
  about: {
    en: 'The same network, 784-1024-1024-2048-10 with rectified neurons, held back from learning its training images by heart in six ways.',
    ko: 'ReLU 뉴런으로 된 같은 신경망(784-1024-1024-2048-10)이 학습 이미지를 외우지 못하도록 여섯 가지 방법으로 막습니다.',
  },
  source: srivastava('Table 9'),
  notes: [
    {
      en: 'The paper does not say what KL-sparsity is for rectified neurons; here an activation h counts as 1 - exp(-h), and its mean over the mini-batch is drawn to 0.1.',
      ko: 'ReLU 뉴런에서 KL 희소성이 무엇인지는 논문에 없습니다. 여기서는 활성값 h를 1 - exp(-h)로 보고, 미니배치 평균을 0.1로 당깁니다.',
    },
  ],
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const all = rows({ quick: false })
    const errors = all.map(({ key }) => ({ key, error: meanError(key, results, units) ?? Number.POSITIVE_INFINITY }))
    const complete = errors.every(({ error }) => Number.isFinite(error))
    const best = all.find(({ key }) => key === errors.reduce((a, b) => (b.error < a.error ? b : a)).key)
    const sentence = {
      en: `Lowest here: ${best?.label.en}. In the paper: dropout + max-norm.`,
      ko: `여기서 가장 낮은 것: ${best?.label.ko}. 논문에서는: 드롭아웃 + 최대 노름.`,
    }
    return {
      tables: [rowTable(all, results, units, language)],
      charts: [
        epochChart(
          all.filter(({ key }) => ['l2', 'max-norm', 'dropout-max-norm'].includes(key)),
          results,
          units,
          language,
        ),
      ],
      sentences: complete ? [sentence[language]] : [],
    }
  },
}
