// What most experiments share: rows of a table, each with one training or the same with several seeds.

import { mean } from '../../report/numbers.ts'
import { reproduceWords } from '../../report/reproduce-words.ts'
import type { ResultChart, ResultTable } from '../../report/reproduction.ts'
import { type Language, speaker } from '../../report/words.ts'
import {
  type ImageUnit,
  imageResults,
  type Recipe,
  type Results,
  type Size,
  type Text,
  type Unit,
} from './experiment.ts'

/** A row: its label, the paper's figure, and what is trained for it. */
export interface Row {
  /** The first part of its units' ids. */
  readonly key: string
  readonly label: Text
  readonly paper?: string
  readonly seeds: number
  readonly unit: Omit<ImageUnit, 'kind' | 'id' | 'seed'>
}

/** The units of rows: seed 0 of every row first, then seed 1 where there is one. */
export function unitsOf(rows: readonly Row[], { seeds, epochs, subnets }: Size): ImageUnit[] {
  const most = Math.max(...rows.map((row) => row.seeds), seeds ?? 0)
  return [...Array(most).keys()].flatMap((seed) =>
    rows
      .filter((row) => seed < (seeds ?? row.seeds))
      .map(({ key, unit }): ImageUnit => {
        const recipe: Recipe = epochs === undefined ? unit.recipe : { ...unit.recipe, epochs }
        const drop = subnets !== undefined && unit.drop.kind === 'bernoulli' ? { ...unit.drop, subnets } : unit.drop
        return { kind: 'images', ...unit, id: `${key}-seed${seed}`, seed, drop, recipe }
      }),
  )
}

const rowOf = (unit: Unit): string => unit.id.slice(0, unit.id.lastIndexOf('-seed'))

/** The values of a row's finished units. */
export const valuesOf = (
  key: string,
  results: Results,
  units: readonly Unit[],
  measure: 'testError' | 'trainingError',
): number[] =>
  imageResults(
    results,
    units.filter((unit) => rowOf(unit) === key),
  ).map(([, result]) => result[measure])

/** The table of rows. */
export function rowTable(
  rows: readonly Row[],
  results: Results,
  units: readonly Unit[],
  language: Language,
  measure: 'testError' | 'trainingError' = 'testError',
): ResultTable {
  const say = speaker(reproduceWords, language)
  return {
    title: say(measure === 'testError' ? 'column.error' : 'column.training'),
    unit: 'percent',
    rows: rows.map(({ key, label, paper }) => ({
      label: label[language],
      paper: measure === 'testError' ? paper : undefined,
      values: valuesOf(key, results, units, measure),
      of: units.filter((unit) => rowOf(unit) === key).length,
    })),
  }
}

/** The test error by epoch of some rows, the mean over seeds: at most five, which is how many styles there are. */
export function epochChart(
  rows: readonly Row[],
  results: Results,
  units: readonly Unit[],
  language: Language,
): ResultChart {
  const say = speaker(reproduceWords, language)
  return {
    title: say('column.error'),
    xLabel: say('axis.epoch'),
    yLabel: say('axis.error'),
    wholeX: true,
    series: rows.map(({ key, label }, style) => {
      const runs = imageResults(
        results,
        units.filter((unit) => rowOf(unit) === key),
      )
      const scored = runs[0]?.[1].epochs.filter(({ testError }) => testError !== undefined) ?? []
      const points = scored.flatMap(({ epoch }) => {
        const errors = runs.flatMap(([, run]) => run.epochs.find((one) => one.epoch === epoch)?.testError ?? [])
        return errors.length === runs.length ? [{ x: epoch, y: 100 * mean(errors) }] : []
      })
      return { label: label[language], style, points }
    }),
  }
}

/** Means of a row's test errors, for sentences; undefined while none is there. */
export function meanError(key: string, results: Results, units: readonly Unit[]): number | undefined {
  const values = valuesOf(key, results, units, 'testError')
  return values.length > 0 ? mean(values) : undefined
}
