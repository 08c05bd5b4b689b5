import type { Experiment, ImageUnit, Size } from '../experiment.ts'
import { epochChart, meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, noDrop, quickImages, quickRecipe, srivastava, usualDrop, without } from './recipes.ts'

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  const recipe = quick ? quickRecipe : fullRecipe
  const unbounded = without(recipe, 'maxNorm')
  const wide = quick ? [256, 256, 256] : [1024, 1024, 1024]
  const images = quick ? { images: quickImages } : {}
  const logistic: Pick<ImageUnit, 'activation' | 'drop' | 'hidden'> = {
    activation: 'logistic',
    drop: usualDrop,
    hidden: wide,
  }
  return [
    {
      key: 'max-norm',
      label: { en: 'dropout + max-norm, ReLU, 3 layers', ko: '드롭아웃 + 최대 노름, ReLU, 3층' },
      paper: '1.06 %',
      seeds: quick ? 1 : 3,
      unit: { ...images, hidden: wide, activation: 'relu', drop: usualDrop, recipe },
    },
    {
      key: 'relu',
      label: { en: 'dropout, ReLU, 3 layers', ko: '드롭아웃, ReLU, 3층' },
      paper: '1.25 %',
      seeds: quick ? 1 : 3,
      unit: {
        ...images,
        hidden: wide,
        activation: 'relu',
        drop: usualDrop,
        recipe: unbounded,
      },
    },
    {
      key: 'none',
      label: { en: 'no dropout, logistic, 2 layers of 800', ko: '드롭아웃 없음, 로지스틱, 800개씩 2층' },
      paper: '1.60 %',
      seeds: 1,
      unit: {
        ...images,
        hidden: quick ? [256, 256] : [800, 800],
        activation: 'logistic',
        drop: noDrop,
        recipe: quick ? unbounded : { ...unbounded, epochs: 60, lr: 1 }, // chosen as fullRecipe was, for this network
      },
    },
    {
      key: 'logistic',
      label: { en: 'dropout, logistic, 3 layers', ko: '드롭아웃, 로지스틱, 3층' },
      paper: '1.35 %',
      seeds: 1,
      unit: { ...images, ...logistic, recipe: { ...unbounded, lr: 3 * recipe.lr } },
    },
  ]
}

/** From the worst to the best, as the paper's table has them. */
const ladder = ['none', 'logistic', 'relu', 'max-norm']

export const mnistLadder: Experiment = {
  name: 'srivastava2014-mnist',
  title: { en: 'Dropout on MNIST: the ladder', ko: 'MNIST의 드롭아웃: 사다리' },
  about: {
    en: 'Networks for handwritten digits that know nothing of images: without dropout, with dropout, with rectified neurons, and with a bound on the norm of each neuron’s incoming weights. Each step makes fewer mistakes.',
    ko: '이미지에 대해 아무것도 모르는 손글씨 숫자 신경망입니다. 드롭아웃 없이, 드롭아웃으로, ReLU 뉴런으로, 뉴런마다 들어오는 가중치의 노름에 한계를 두어 학습합니다. 한 단계마다 실수가 줄어듭니다.',
  },
  source: srivastava('Table 2'),
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const ordered = ladder.flatMap((key) => rows({ quick: false }).filter((row) => row.key === key))
    const errors = ladder.map((key) => meanError(key, results, units))
    const complete = errors.every((error) => error !== undefined)
    const falls = errors.every((error, i) => i === 0 || (error ?? 0) < (errors[i - 1] ?? 0))
    const verdict = falls
      ? {
          en: 'Each step of the ladder makes fewer mistakes than the one before, as in the paper.',
          ko: '논문에서처럼 사다리의 단계마다 실수가 줄어듭니다.',
        }
      : {
          en: 'The steps are not all in the paper’s order here.',
          ko: '여기서는 단계들이 모두 논문의 순서대로는 아닙니다.',
        }
    return {
      tables: [
        rowTable(ordered, results, units, language),
        rowTable(ordered, results, units, language, 'trainingError'),
      ],
      charts: [epochChart(ordered, results, units, language)],
      sentences: complete ? [verdict[language]] : [],
    }
  },
}
