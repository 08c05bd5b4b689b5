import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { formatTable } from '../../src/cli/table.ts'
import { Terminal, wrap } from '../../src/cli/terminal.ts'

const stream = (isTTY: boolean, columns?: number) => ({ isTTY, ...(columns && { columns }), write: () => true })

describe('a terminal', () => {
  test.each([
    ['a terminal', true, {}, true, true],
    ['a pipe', false, {}, false, false],
    ['a terminal that can do nothing', true, { TERM: 'dumb' }, false, false],
    ['a build server with a terminal', true, { CI: 'true' }, true, false],
    ['NO_COLOR in a terminal', true, { NO_COLOR: '1' }, false, true],
    ['FORCE_COLOR in a pipe', false, { FORCE_COLOR: '1' }, true, false],
    ['FORCE_COLOR=0 in a terminal', true, { FORCE_COLOR: '0' }, false, true],
    ['NO_COLOR against FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false, true],
  ])('%s', (_, isTTY, environment, colored, live) => {
    const terminal = new Terminal(stream(isTTY), environment)
    expect(terminal.colors.isColorSupported).toBe(colored)
    expect(terminal.live).toBe(live)
  })

  test('is as wide as COLUMNS says, else as it is, else 80', () => {
    expect(new Terminal(stream(true, 120), { COLUMNS: '60' }).columns).toBe(60)
    expect(new Terminal(stream(true, 120), { COLUMNS: 'wide' }).columns).toBe(120)
    expect(new Terminal(stream(false), {}).columns).toBe(80)
  })
})

test('text is broken between words, by the width that is seen', () => {
  expect(wrap('one two three', 7)).toBe('one two\nthree')
  expect(wrap('드롭아웃 없이 학습', 13)).toBe('드롭아웃 없이\n학습')
  expect(wrap('unbreakable', 3)).toBe('unbreakable')
})

test('columns of a table are aligned where Korean letters take two columns', () => {
  const { colors } = new Terminal(stream(false), {})
  const lines = formatTable(
    ['학습', 'error'],
    [
      ['드롭아웃 없음', '1.50 %'],
      ['none', '11.25 %'],
    ],
    colors,
  )
  expect(lines).toHaveLength(4)
  expect(new Set(lines.map((line) => stringWidth(line)))).toEqual(new Set([22]))
  expect(lines[3]).toBe('none           11.25 %')
})
