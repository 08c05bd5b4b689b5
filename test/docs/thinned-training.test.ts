// docs/thinned-training.md is true: its blocks print what it says, its tables are those of the measured data; and the Korean
// page has the same.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { expected, Page, typeErrors } from './page.ts'

const page = new Page('thinned-training.md')

describe('the blocks', () => {
  test.each(page.programs)('line $line', async (block) => {
    const printed = await page.printed(block)
    expect(printed.slice(0, expected(block).length)).toBe(expected(block)) // of a long table the first line
  })

  test('have no errors of types', () => {
    expect(typeErrors(page.source)).toEqual([])
  })

  test('are those of the Korean page', () => {
    const code = ({ blocks }: Page) => blocks.filter(({ language }) => language === 'ts').map((block) => block.code)
    expect(code(new Page('thinned-training.ko.md'))).toEqual(code(page))
  })
})

/** By a path that the type checker does not follow: a script is plain JavaScript. */
const script = () => import(new URL('../../scripts/thinned-tables.mjs', import.meta.url).pathname)

test.each(['thinned-training.md', 'thinned-training.ko.md'])(
  'the tables of %s are those of the data; if not: node scripts/thinned-tables.mjs',
  async (name) => {
    const { expectedPage } = await script()
    expect(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')).toBe(expectedPage(name))
  },
)

test('tables have means and deviations over seeds and the fastest peer, and leave out what was not measured', async () => {
  const { errorTables, speedTables, pages } = await script()
  const words = pages['thinned-training.md']
  const runs = [0.02, 0.022, 0.024].map((error, seed) => ({ setting: 'all', subnets: 4, seed, errors: { 20: error } }))
  const [all, few] = errorTables(words, { runs })
  expect(all).toContain('| G = 4 | - | - | - | - | 2.20 ± 0.20 | 3 |')
  expect(all).not.toContain('G = 8')
  expect(few).toBe('**5,000 images, test error in % after epoch**\n\nNot measured yet.')
  const entry = (tag: string, median: number) => ({ tag, median })
  const entries = [
    entry('torch-perExample', 20),
    entry('torch-perExample', 18),
    entry('own-4', 4),
    entry('own-none', 9),
  ]
  const row = { name: '1024/128', threads: 2, entries }
  const [, two] = speedTables(words, { thinned: [{ conditions: { processor: 'P' }, rows: [row] }] })
  expect(two).not.toContain('1024/512')
  expect(two).toContain('| 1024/128 | 18.0 | - | - | - | 4.0 (4.5) | - | - |')
})
