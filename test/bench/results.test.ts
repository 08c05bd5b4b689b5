import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fasterThan } from '../../bench/columns.mjs'
import { Results } from '../../bench/results.mjs'

const suite = {
  name: 'step',
  about: 'Steps.',
  rows: () => [
    { name: 'small', threads: 1 },
    { name: 'large', threads: 1 },
  ],
  columns: [fasterThan('peer', 'speed')],
}

const entry = (label: string, tag: string, median: number) => ({ label, tag, versions: label, median, minimum: median })
const row = (name: string, own: number, peer: number) => ({
  name,
  threads: 1,
  entries: [entry('own', 'own', own), entry('peer', 'peer', peer), entry('slower peer', 'peer', 2 * peer)],
})
const one = { processor: 'one', node: 'v20', rounds: 5, seconds: 0.4 }
const other = { ...one, processor: 'other' }

function emptyResults() {
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-results-'))
  return { folder, markdown: () => readFileSync(join(folder, 'RESULTS.md'), 'utf8') }
}

test('a row that was measured before survives another process, and one measured anew takes its place', () => {
  const { folder, markdown } = emptyResults()
  new Results(folder).save('step', one, row('large', 2, 8), [suite])
  new Results(folder).save('step', one, row('small', 4, 6), [suite])
  new Results(folder).save('step', one, row('small', 3, 6), [suite])
  expect(new Results(folder).find('step', { name: 'small', threads: 1 })?.entries[0]?.median).toBe(3)
  expect(new Results(folder).find('step', { name: 'small', threads: 2 })).toBeUndefined()
  const cases = [...markdown().matchAll(/^\| (small|large) \|/gm)].map(([, name]) => name)
  expect(cases).toEqual(['small', 'large'])
})

test('rows of another machine stand in a table of their own, and leave the first one when they are measured anew', () => {
  const { folder, markdown } = emptyResults()
  const results = new Results(folder)
  for (const name of ['small', 'large']) results.save('step', one, row(name, 1, 2), [suite])
  results.save('step', other, row('large', 1, 2), [suite])
  const [, first, second] = markdown().split(/; (?=one|other)/)
  expect(first).toMatch(/^one.*\| small \|/s)
  expect(first).not.toContain('| large |')
  expect(second).toMatch(/^other.*\| large \|/s)
})

test('a speed is that over the fastest of the peers', () => {
  const { folder, markdown } = emptyResults()
  new Results(folder).save('step', one, row('small', 2, 5), [suite])
  expect(markdown()).toContain('| small | 1 | own | 2.000 | 2.000 | 2.50 (2.50) |')
  expect(markdown()).toContain('|  |  | peer | 5.000 | 5.000 |  |')
})
