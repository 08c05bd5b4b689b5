import type { Experiment, Size } from '../experiment.ts'
import { epochChart, meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, quickImages, quickRecipe } from './recipes.ts'

const groups = [1, 2, 4, 8, undefined] as const

function rows({ quick }: Pick<Size, 'quick'>): Row[] {
  return groups.map((subnets): Row => {
    const name =
      subnets === undefined
        ? { en: 'a network for each example', ko: '예마다 하나' }
        : { en: `G = ${subnets}`, ko: `G = ${subnets}` }
    return {
      key: subnets === undefined ? 'per-example' : `g${subnets}`,
      label: name,
      seeds: quick ? 1 : 5,
      unit: {
        ...(quick && { images: quickImages }),
        hidden: quick ? [256, 256] : [1024, 1024],
        activation: 'relu',
        drop: { kind: 'bernoulli', inputP: 0.2, p: 0.5, ...(subnets !== undefined && { subnets }) },
        recipe: quick ? { ...quickRecipe, batch: 128 } : { ...fullRecipe, epochs: 20 },
      },
    }
  })
}

export const subnetsExperiment: Experiment = {
  name: 'subnets',
  title: { en: 'How many thinned networks in a mini-batch', ko: '미니배치마다 성긴 신경망 몇 개' },
  about: {
    en: 'Dropout draws a thinned network for each example. With subnets = G, groups of examples share one, and what is dropped is never computed. What does sharing cost in error, epoch by epoch? No paper: the numbers are thinnet’s own.',
    ko: '드롭아웃은 예마다 성긴 신경망을 하나씩 뽑습니다. subnets = G이면 예들이 G개의 무리를 지어 하나씩 함께 쓰며, 꺼진 것은 계산하지 않습니다. 함께 쓰면 에폭마다 오류가 얼마나 달라질까요? 논문은 없으며 thinnet에서 잰 값입니다.',
  },
  units: (size) => unitsOf(rows(size), { ...size, subnets: undefined }),
  findings(results, units, language) {
    const all = rows({ quick: false })
    const known = all.filter(({ key }) => meanError(key, results, units) !== undefined)
    return {
      tables: [rowTable(all, results, units, language)],
      charts: [epochChart(known, results, units, language)],
      sentences: [],
    }
  },
}
