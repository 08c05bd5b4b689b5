import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, readJson, readMetrics, setup, temporaryFolder, thinnet } from './support.ts'

setup()

const tiny = ['lr-range', '--hidden', '32', '--limit', '2000', '--batch', '32', '--steps', '60', '--to', '3']

describe('a range test', () => {
  const folder = join(temporaryFolder(), 'run')
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await thinnet([...tiny, '--out', folder])
  })

  test('says a rate, why, and what dropout changes', () => {
    expect(outcome.code).toBe(0)
    const text = outcome.stdout.replaceAll('\n', ' ')
    expect(text).toMatch(/With dropout the loss falls fastest at a rate of [\d.]+, is lowest at [\d.]+/)
    expect(text).toMatch(/Suggestion: [\d.]+, a tenth of the rate where the loss is lowest/)
    expect(text).toMatch(/Without dropout it would be [\d.]+/)
    expect(outcome.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(folder))).toEqual([])
    expect(outcome.stderr).toContain('Range test of 784-32-10 on MNIST, 2,000 images')
  })

  test('writes a folder: settings, every step, result, report', () => {
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'metrics.jsonl', 'report.html', 'summary.json'])
    const { status, withDropout, withoutDropout, explanation } = readJson(folder, 'summary.json')
    expect(status).toBe('finished')
    const steps = readMetrics(folder)
    const runs = [true, false].map((dropout) => steps.filter((step) => (step.dropout as unknown) === dropout))
    expect(runs.map((run) => run[0]?.lr)).toEqual([1e-4, 1e-4])
    for (const [i, run] of [withDropout, withoutDropout].entries()) {
      const losses = runs[i]?.map(({ smoothed }) => Number(smoothed)) ?? []
      expect(run.lowest).toBe(runs[i]?.[losses.indexOf(Math.min(...losses))]?.lr)
      expect(run.suggestion).toBe(run.lowest / 10)
    }
    // Dropout draws masks; all else is the same.
    expect(runs[0]?.[0]?.loss).not.toBe(runs[1]?.[0]?.loss)
    const report = readFileSync(join(folder, 'report.html'), 'utf8')
    for (const sentence of explanation) expect(report).toContain(sentence)
    expect(report.match(/data-series=/g)).toHaveLength(2)
    expect(report).not.toMatch(/NaN|undefined/)
  })

  test('--json gives the same numbers again, in Korean too, and --no-report no report', async () => {
    const again = join(temporaryFolder(), 'again')
    const { stdout, code } = await thinnet([
      ...tiny,
      '--out',
      again,
      '--json',
      '--no-report',
      '--lang',
      'ko',
      '--quiet',
    ])
    expect(code).toBe(0)
    const summary = JSON.parse(stdout)
    const first = readJson(folder, 'summary.json')
    expect(summary.withDropout).toEqual(first.withDropout)
    expect(summary.withoutDropout).toEqual(first.withoutDropout)
    expect(summary.explanation[0]).toMatch(/드롭아웃이 있/)
    expect(existsSync(join(again, 'report.html'))).toBe(false)
  })
})

test('Ctrl-C leaves a folder that says so', async () => {
  const folder = join(temporaryFolder(), 'stopped')
  const long = ['lr-range', '--hidden', '256,256', '--steps', '5000', '--limit', '5000', '--out', folder]
  const { code } = await thinnet(long, { interruptAt: 'threads:' })
  expect(code).toBe(130)
  expect(readJson(folder, 'summary.json').status).toBe('interrupted')
})

test('rates the wrong way round are one line', async () => {
  const { code, stderr } = await thinnet([...tiny, '--from', '5', '--out', join(temporaryFolder(), 'x')])
  expect(code).toBe(1)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('thinnet: rates must be 0 < from < to, got from 5, to 3')
})
