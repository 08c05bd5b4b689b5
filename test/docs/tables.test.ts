// The program in docs/tables.md, run as it stands there, in both languages.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute } from './page.ts'

const program = (file: string): string => {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
  return /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
}

test('the program trains, saves, loads and predicts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-docs-'))
  const rows = Array.from(
    { length: 200 },
    (_, i) => `${i % 7},${i % 2 ? 'gas' : 'wood'},${100 * (i % 7) + (i % 2) + i / 1000}`,
  )
  writeFileSync(join(folder, 'houses.csv'), `rooms,heating,price\n${rows.join('\n')}\n`)
  const before = process.cwd()
  const printed: unknown[] = []
  try {
    process.chdir(folder)
    await execute(program('tables.md'), { log: (...values: unknown[]) => printed.push(...values) })
  } finally {
    process.chdir(before)
  }
  const [scores, ...predictions] = printed as [
    { kind: string; rmse: number; baseline: number; examples: number },
    ...number[],
  ]
  expect(scores.kind).toBe('number')
  expect(scores.rmse).toBeLessThan(0.3 * scores.baseline)
  expect(predictions).toHaveLength(scores.examples)
})

test('it is the same in both languages', () => {
  expect(program('tables.ko.md')).toBe(program('tables.md'))
})
