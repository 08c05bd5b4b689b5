// docs/reproduce.md has the tables of the measured data, and the Korean page has the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** By a path that the type checker does not follow: a script is plain JavaScript. */
const script = () => import(new URL('../../scripts/reproduced-tables.mjs', import.meta.url).pathname)
const data = JSON.parse(readFileSync(new URL('../../docs/data/reproduced.json', import.meta.url), 'utf8'))

test.each(['reproduce.md', 'reproduce.ko.md'])(
  'what %s says was measured is in the data; if not: node scripts/reproduced-tables.mjs',
  async (name) => {
    const { expectedPage } = await script()
    expect(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')).toBe(expectedPage(name))
  },
)

test('the measured ladder descends step by step, and ends at 1.10 % or less with every seed', () => {
  const { rows } = data['srivastava2014-mnist'].en.tables[0] as { rows: { values: number[] }[] }
  const means = rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length)
  expect(means).toHaveLength(4)
  expect(means).toEqual([...means].sort((a, b) => b - a))
  expect(rows[3]?.values).toHaveLength(3)
  expect(Math.max(...(rows[3]?.values ?? []))).toBeLessThanOrEqual(0.011)
})
