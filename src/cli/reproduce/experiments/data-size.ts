import { reproduceWords } from '../../../report/reproduce-words.ts'
import { speaker } from '../../../report/words.ts'
import type { Experiment, Size } from '../experiment.ts'
import { meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, noDrop, quickRecipe, srivastava, usualDrop, without } from './recipes.ts'

const sizes = [100, 500, 1000, 5000, 10_000, 50_000]
const quickSizes = [100, 1000, 5000]

/** Steps that a network of few images is trained for, so that it comes to its end too. */
const leastSteps = 20_000
const quickSteps = 1500

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  const recipe = quick ? quickRecipe : fullRecipe
  const hidden = quick ? [256, 256, 512] : [1024, 1024, 2048]
  return (quick ? quickSizes : sizes).flatMap((images) => {
    const batch = Math.min(recipe.batch, images)
    const epochs = Math.max(quick ? 8 : 60, Math.round((quick ? quickSteps : leastSteps) / (images / batch)))
    return (['with', 'without'] as const).map((kind): Row => {
      const dropped = kind === 'with'
      return {
        key: `${kind}-${images}`,
        label: {
          en: `${images} images, ${dropped ? 'with' : 'without'} dropout`,
          ko: `이미지 ${images}장, 드롭아웃 ${dropped ? '있음' : '없음'}`,
        },
        seeds: 1,
        unit: {
          images,
          hidden,
          activation: 'relu',
          drop: dropped ? usualDrop : noDrop,
          recipe: dropped
            ? { ...recipe, batch, epochs }
            : { ...without(recipe, 'maxNorm'), lr: recipe.lr / 3, batch, epochs },
        },
      }
    })
  })
}

export const dataSizeExperiment: Experiment = {
  name: 'srivastava2014-datasize',
  title: { en: 'Where dropout helps: the size of the data', ko: '드롭아웃이 도움이 되는 곳: 데이터의 크기' },
  about: {
    en: 'The same network, with and without dropout, on 100 to 50,000 images drawn at random. The figure has curves and no numbers; what the paper says of them stands below.',
    ko: '무작위로 고른 이미지 100장부터 50,000장까지로 같은 신경망을 드롭아웃이 있을 때와 없을 때 학습합니다. 논문의 그림에는 곡선만 있고 값은 없습니다. 논문의 설명은 아래에 있습니다.',
  },
  source: srivastava('Figure 10, section 7.4'),
  units: (size) => unitsOf(rows(size), size),
  findings(results, units, language) {
    const say = speaker(reproduceWords, language)
    const quick = !units.some(({ id }) => id.startsWith('with-50000-'))
    const shown = rows({ quick })
    const known = (quick ? quickSizes : sizes).flatMap((images) => {
      const [dropped, plain] = (['with', 'without'] as const).map((kind) =>
        meanError(`${kind}-${images}`, results, units),
      )
      return dropped === undefined || plain === undefined ? [] : [{ images, dropped, plain }]
    })
    const claim = {
      en: 'Paper: with 100 and 500 images dropout does not help; from there the gain grows with the data up to a point, and then declines.',
      ko: '논문: 이미지 100장과 500장에서는 드롭아웃이 도움이 되지 않습니다. 그 뒤로는 데이터와 함께 이득이 커지다가 어느 점부터 줄어듭니다.',
    }
    const gains = known
      .map(({ images, dropped, plain }) => `${images}: ${(100 * (plain - dropped)).toFixed(2)}`)
      .join(', ')
    const here = {
      en: `Gain here, in percentage points, by images: ${gains}.`,
      ko: `여기서의 이득(퍼센트포인트, 이미지 수별): ${gains}.`,
    }
    const line = (kind: 'dropped' | 'plain', style: number) => ({
      label: say(kind === 'dropped' ? 'label.with' : 'label.without'),
      style,
      points: known.map((one) => ({ x: one.images, y: 100 * one[kind] })),
    })
    return {
      tables: [rowTable(shown, results, units, language)],
      charts: [
        {
          title: say('column.error'),
          xLabel: say('axis.images'),
          logX: true,
          yLabel: say('axis.error'),
          series: [line('plain', 0), line('dropped', 1)],
        },
      ],
      sentences: [claim[language], ...(known.length > 0 ? [here[language]] : [])],
    }
  },
}
