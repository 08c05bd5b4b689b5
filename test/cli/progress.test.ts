import stringWidth from 'string-width'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { clock, createProgress, progressLines, type Row } from '../../src/cli/progress.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { cliWords } from '../../src/cli/words.ts'
import { speaker } from '../../src/report/words.ts'
import { epoch } from '../report/comparison.ts'

const colors = new Terminal({ write: () => true }, {}).colors
const facts = ['3/8', '0:45 left', 'loss 0.1234', 'error 3.21 %', '12,345/s']

describe('the bars', () => {
  const rows: Row[] = [
    { name: '드롭아웃 없음', done: 1, facts: ['8/8', 'test error 1.50 %', 'training error 0.00 %', '1:02'] },
    { name: 'inverted dropout', done: 0.25, facts },
    { name: 'standard dropout', done: undefined, facts: ['waiting'] },
  ]

  test.each([50, 60, 79, 80, 81, 120, 200])('never fill a line of %i columns, so that none wraps', (columns) => {
    for (const line of progressLines(rows, columns, colors)) expect(stringWidth(line)).toBeLessThan(columns)
  })

  test('are drawn below each other, filled as far as the training is', () => {
    const lines = progressLines(rows, 100, colors)
    const bars = lines.map((line) => line.slice(line.indexOf('[') + 1, line.indexOf(']')))
    const [width = 0] = bars.map((bar) => bar.length)
    expect(bars).toEqual(['#'.repeat(width), '#'.repeat(Math.round(width / 4)).padEnd(width, '-'), '-'.repeat(width)])
    expect(new Set(lines.map((line) => stringWidth(line.slice(0, line.indexOf('[')))))).toEqual(new Set([18]))
  })

  test('leave out the last facts first', () => {
    const line = (columns: number) => progressLines([{ name: 'x', done: 0.5, facts }], columns, colors)[0] ?? ''
    expect(line(90)).toContain('12,345/s')
    expect(line(60)).toContain('loss 0.1234')
    expect(line(60)).not.toContain('12,345/s')
    expect(line(30)).toContain('3/8')
  })
})

describe('live progress', () => {
  let written: string[]
  const say = speaker(cliWords, 'en')
  const live = () =>
    createProgress(new Terminal({ isTTY: true, columns: 80, write: (text: string) => written.push(text) }, {}), {
      names: ['one', 'two'],
      epochs: 4,
      say,
    })

  beforeEach(() => {
    written = []
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is drawn at most ten times a second', () => {
    const progress = live()
    progress.begin(0)
    for (let i = 1; i <= 1000; i++) {
      vi.advanceTimersByTime(1)
      progress.step(1, { loss: 1, error: 0.5, examples: i }, i / 4000)
    }
    expect(written.length).toBeGreaterThan(5)
    expect(written.length).toBeLessThanOrEqual(11)
  })

  test('draws over what it drew: as many lines up as it has', () => {
    const progress = live()
    progress.begin(0)
    progress.epoch(epoch(1))
    expect(written[0]).not.toContain('\x1b[2F')
    expect(written[1]?.startsWith('\x1b[2F')).toBe(true)
    expect(written[1]?.split('\n')).toHaveLength(3)
  })

  test('tells speed and time left from what was done so far', () => {
    const progress = live()
    progress.begin(0)
    vi.advanceTimersByTime(10_000)
    progress.step(1, { loss: 0.5, error: 0.1, examples: 20_000 }, 0.25)
    expect(written.at(-1)).toContain('1/4  0:30 left  loss 0.5000')
    expect(written.at(-1)).toContain('two')
  })

  test('does not count what was done before it was gone on with', () => {
    const progress = live()
    progress.skip(0, [epoch(3), epoch(4)])
    progress.begin(1, { done: 0.5, examples: 10_000 })
    expect(written.at(-1)).toContain('4/4  test error')
    vi.advanceTimersByTime(10_000)
    progress.step(3, { loss: 0.5, error: 0.1, examples: 20_000 }, 0.75)
    expect(written.at(-1)).toContain('3/4  0:10 left  loss 0.5000')
    expect(written.at(-1)).toContain('1,000/s')
  })
})

test('without a terminal it prints one line an epoch, and nothing for a step', () => {
  const written: string[] = []
  const terminal = new Terminal({ write: (text: string) => written.push(text) }, {})
  const progress = createProgress(terminal, { names: ['one'], epochs: 4, say: speaker(cliWords, 'en') })
  progress.begin(0)
  progress.step(1, { loss: 1, error: 0.5, examples: 10 }, 0.1)
  progress.epoch(epoch(2))
  progress.end()
  expect(written).toEqual([
    'one: epoch 2/4, loss 0.2500, train error 1.00 %, test error 1.50 %, 30,000 images/s, 2.0 s\n',
  ])
})

test.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [3599, '59:59'],
  [3661, '1:01:01'],
  [-1, '0:00'],
])('%f seconds are shown as %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text)
})
