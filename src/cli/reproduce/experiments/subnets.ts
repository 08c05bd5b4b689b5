import { count } from '../../../report/numbers.ts'
import type { Experiment, Recipe, Size, Text } from '../experiment.ts'
import { epochChart, meanError, type Row, rowTable, unitsOf } from '../rows.ts'
import { fullRecipe, quickImages, quickRecipe } from './recipes.ts'

const groups = [1, 2, 4, 8, undefined] as const

/** What is learnt from: all images, and few, where dropout matters most. */
interface Setting {
  /** The first part of its rows' keys. */
  readonly key: string
  readonly title: Text
  readonly images?: number
  readonly recipe: Recipe
}

const imagesTitle = (images: number): Text => ({ en: `${count(images)} images`, ko: `이미지 ${count(images)}장` })

const settings = ({ quick }: Pick<Size, 'quick'>): readonly Setting[] => {
  const recipe = { ...(quick ? quickRecipe : fullRecipe), batch: 128 }
  const few = quick ? 2000 : 5000
  return [
    {
      key: 'all',
      title: quick ? imagesTitle(quickImages) : { en: 'all 60,000 images', ko: '이미지 60,000장 모두' },
      ...(quick && { images: quickImages }),
      recipe: { ...recipe, epochs: quick ? recipe.epochs : 20 },
    },
    {
      key: 'few',
      title: imagesTitle(few),
      images: few,
      recipe: { ...recipe, epochs: quick ? recipe.epochs : 80 },
    },
  ]
}

const rowsOf = ({ key, images, recipe }: Setting, { quick }: Pick<Size, 'quick'>): Row[] =>
  groups.map((subnets): Row => {
    const name =
      subnets === undefined
        ? { en: 'a network for each example', ko: '예제마다 하나' }
        : { en: `G = ${subnets}`, ko: `G = ${subnets}` }
    return {
      key: `${key}-${subnets === undefined ? 'per-example' : `g${subnets}`}`,
      label: name,
      seeds: quick ? 1 : 5,
      unit: {
        ...(images !== undefined && { images }),
        hidden: quick ? [256, 256] : [1024, 1024],
        activation: 'relu',
        drop: { kind: 'bernoulli', inputP: 0.2, p: 0.5, ...(subnets !== undefined && { subnets }) },
        recipe,
      },
    }
  })

export const subnetsExperiment: Experiment = {
  name: 'subnets',
  title: { en: 'How many thinned networks in a mini-batch', ko: '미니배치마다 성긴 신경망 몇 개' },
  about: {
    en: 'Dropout draws a thinned network for each example. With subnets = G, groups of examples share one, and what is dropped is never computed. What does sharing cost in error, epoch by epoch? Learnt from all images, and from few, drawn anew with each seed. No paper: the numbers are thinnet’s own.',
    ko: '드롭아웃은 예제마다 성긴 신경망을 하나씩 뽑습니다. subnets = G이면 예제들이 G개의 묶음을 이루어 묶음마다 하나씩 함께 쓰며, 꺼진 것은 계산하지 않습니다. 함께 쓰면 에폭마다 오류가 얼마나 달라질까요? 모든 이미지로, 그리고 시드마다 새로 뽑은 적은 이미지로 학습합니다. 논문은 없으며 thinnet에서 잰 값입니다.',
  },
  units: (size) =>
    unitsOf(
      settings(size).flatMap((setting) => rowsOf(setting, size)),
      { ...size, subnets: undefined },
    ),
  findings(results, units, language) {
    const quick = units.some((unit) => unit.kind === 'images' && unit.hidden[0] === 256)
    const parts = settings({ quick }).map(({ title, ...setting }) => {
      const rows = rowsOf({ title, ...setting }, { quick })
      const known = rows.filter(({ key }) => meanError(key, results, units) !== undefined)
      const named = <T extends { readonly title: string }>(part: T): T => ({
        ...part,
        title: `${part.title}, ${title[language]}`,
      })
      return {
        table: named(rowTable(rows, results, units, language)),
        chart: named(epochChart(known, results, units, language)),
      }
    })
    return { tables: parts.map(({ table }) => table), charts: parts.map(({ chart }) => chart), sentences: [] }
  },
}
