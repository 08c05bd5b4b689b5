// docs/pytorch.md is true: its blocks print what it says, its tables' columns give the same, in both languages.
import { describe, expect, test } from 'vitest'
import { Module } from '../../src/index.ts'
import { Tensor } from '../../src/tensor/tensor.ts'
import { goldens } from '../random/support.ts'
import { expected, Page, typeErrors } from './page.ts'

/** What the left columns of the tables give in PyTorch; null for what has no plain form, such as an optimizer. */
const torch = goldens<Record<string, unknown>>('pytorch-page.json')
const page = new Page('pytorch.md')

/** The form that run_python.py gives to values. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return { shape: value.shape, values: Array.from(value.toArray()) }
  if (value instanceof Module) return String(value)
  if (typeof value === 'bigint') return Number(value)
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array)
  if (Array.isArray(value)) return value.map(plain)
  return value
}

/** Equal but for rounding. */
function expectAlike(ours: unknown, theirs: unknown): void {
  if (typeof theirs === 'number') {
    expect(Math.abs(Number(ours) - theirs)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(theirs)))
  } else if (typeof theirs === 'object' && theirs !== null) {
    const [entries, wanted] = [Object.values(ours as object), Object.values(theirs)]
    expect(entries.length, JSON.stringify(ours)).toBe(wanted.length)
    for (const [i, value] of wanted.entries()) expectAlike(plain(entries[i]), value)
  } else {
    expect(ours).toBe(theirs)
  }
}

describe('the tables', () => {
  test('have rows, each of which was run in PyTorch', () => {
    expect(page.rows.length).toBeGreaterThan(100)
    expect(Object.keys(torch)).toEqual(page.rows.map((row) => row.torch))
  })

  test.each(page.rows)('$torch is $thinnet', async (row) => {
    const ours = await page.valueOf(row)
    const theirs = torch[row.torch]
    if (theirs !== null) expectAlike(plain(ours), theirs)
  })
})

describe('the blocks', () => {
  test.each(page.programs)('line $line', async (block) => {
    expect(await page.printed(block)).toBe(expected(block))
  })

  test('and the tables have no errors of types', () => {
    expect(typeErrors(page.source)).toEqual([])
  })

  test('are those of the Korean page, as the tables are', () => {
    const korean = new Page('pytorch.ko.md')
    const code = ({ blocks }: Page) => blocks.map(({ line: _, ...block }) => block)
    expect(code(korean)).toEqual(code(page))
    expect(korean.rows).toEqual(page.rows)
  })
})
