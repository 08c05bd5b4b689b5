// docs/checkpoints.md is true: its blocks print what it says, in both languages.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expected, Page, typeErrors } from './page.ts'

const page = new Page('checkpoints.md')
const before = process.cwd()

beforeAll(() => process.chdir(mkdtempSync(join(tmpdir(), 'thinnet-docs-')))) // the blocks write files
afterAll(() => process.chdir(before))

test.each(page.programs)('line $line', async (block) => {
  expect(await page.printed(block)).toBe(expected(block))
})

test('the blocks have no errors of types', () => {
  expect(typeErrors(page.source)).toEqual([])
})

test('the Korean page has the same', () => {
  const programs = ({ blocks }: Page) => blocks.filter(({ language }) => language !== 'sh')
  const code = (of: Page) => programs(of).map(({ line: _, ...block }) => block)
  expect(code(new Page('checkpoints.ko.md'))).toEqual(code(page))
})
