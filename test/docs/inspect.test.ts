// docs/inspect.md is true: its blocks print what it says, its table has every rule; and the Korean page has the same.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { rules } from '../../src/inspect/doctor/doctor.ts'
import { expected, Page, typeErrors } from './page.ts'

const page = new Page('inspect.md')

describe('the blocks', () => {
  test.each(page.programs)('line $line', async (block) => {
    expect(await page.printed(block)).toBe(expected(block))
  })

  test('have no errors of types', () => {
    expect(typeErrors(page.source)).toEqual([])
  })

  test('are those of the Korean page', () => {
    const code = ({ blocks }: Page) => blocks.filter(({ language }) => language === 'ts').map((block) => block.code)
    expect(code(new Page('inspect.ko.md'))).toEqual(code(page))
  })
})

test.each(['inspect.md', 'inspect.ko.md'])('the table of %s has every rule of the doctor', (name) => {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-z]+(?:-[a-z]+)*)` \|/gm)].map(([, id]) => id)
  const ids = rules.map(({ id }) => id)
  expect(listed.filter((id) => ids.includes(id as string)).sort()).toEqual(ids.sort())
})
