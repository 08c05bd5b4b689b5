import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { setup, temporaryFolder, thinnet } from './support.ts'

setup()

const folder = temporaryFolder()
const comparison = join(folder, 'compare')
const table = join(folder, 'train')
/** The built package, as a program beside it would import it. */
const built = pathToFileURL(new URL('../../dist/index.js', import.meta.url).pathname).href

/** A file that the doctor is asked about. */
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

interface Examination {
  readonly name: string
  readonly epochs: number
  readonly advice: readonly { readonly id: string }[]
}

async function adviceOn(path: string): Promise<Examination[]> {
  const { code, stdout, stderr } = await thinnet(['doctor', path, '--json'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

/** Runs a command that must fail with one line. */
async function failing(path: string): Promise<string> {
  const { code, stdout, stderr } = await thinnet(['doctor', path])
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  return stderr
}

beforeAll(async () => {
  const quick = ['--epochs', '2', '--limit', '300', '--test-limit', '100', '--arms', 'none,inverted', '--quiet']
  await thinnet(['compare', ...quick, '--hidden', '20', '--p', '0.9', '--momentum', '0.5', '--out', comparison])
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 3},${i % 7 > 3 ? 'yes' : 'no'}`)
  const csv = file('rows.csv', `a,b,answer\n${rows.join('\n')}\n`)
  await thinnet([
    'train',
    csv,
    '--target',
    'answer',
    '--p',
    '0.1',
    '--hidden',
    '8,8',
    '--epochs',
    '6',
    '--quiet',
    '--out',
    table,
  ])
}, 120_000)

describe('a run', () => {
  test('of compare: each network, with its settings and history', async () => {
    const [none, inverted, ...others] = await adviceOn(comparison)
    expect(others).toEqual([])
    expect(none).toEqual({ name: 'none: 784-20-10', epochs: 2, advice: [] })
    expect(inverted?.epochs).toBe(2)
    const ids = inverted?.advice.map(({ id }) => id)
    expect(ids).toEqual(['keep-for-p', 'layer-too-small-for-its-p', 'momentum-not-raised', 'learning-rate-not-raised'])
  })

  test('by its config.json, and while it goes on', async () => {
    const going = join(folder, 'going')
    cpSync(comparison, going, { recursive: true })
    appendFileSync(join(going, 'metrics.jsonl'), '{"arm":"none","epo')
    expect((await adviceOn(join(going, 'config.json'))).map(({ epochs }) => epochs)).toEqual([2, 2])
  })

  test('of train, and its model file', async () => {
    const [run] = await adviceOn(table)
    expect(run?.name).toBe('rows.csv: answer')
    expect(run?.epochs).toBeGreaterThan(0)
    expect(run?.advice.map(({ id }) => id)).toEqual(expect.arrayContaining(['unusual-p', 'layer-too-small-for-its-p']))
    const [model] = await adviceOn(join(table, 'model.safetensors'))
    expect(model).toMatchObject({ name: 'model.safetensors', epochs: 0 })
    expect(model?.advice.map(({ id }) => id)).toContain('unusual-p')
  })
})

describe('a program', () => {
  test('exports its model, and how it is trained', async () => {
    const path = file(
      'mine.mjs',
      `import { nn, rand, functional as F } from '${built}'
class Careless extends nn.Module {
  hidden = new nn.Linear(5, 64)
  out = new nn.Linear(64, 2)
  forward(x) { return this.out.call(F.dropout(this.hidden.call(x), 0.5)) }
}
export const model = new Careless()
export const example = rand([3, 5])
export const training = { optimizer: 'SGD', lr: 0.1, momentum: 0.9 }
export const history = Array.from({ length: 10 }, (_, t) => ({ testLoss: 0.1 + 0.1 * Math.abs(t - 2) }))
`,
    )
    const [mine] = await adviceOn(path)
    expect(mine?.name).toBe('mine.mjs')
    expect(mine?.advice.map(({ id }) => id)).toEqual(['functional-dropout-in-evaluation', 'overfitting'])
  })

  test('without a model is one line', async () => {
    expect(await failing(file('nothing.mjs', 'export const x = 1'))).toMatch(
      /nothing\.mjs must export `model`, an nn\.Module, got no such export/,
    )
    const wrong = file(
      'wrong.mjs',
      `import { nn } from '${built}'\nexport const model = new nn.Linear(2, 2)\nexport const history = 3`,
    )
    expect(await failing(wrong)).toMatch(/wrong\.mjs exports history that cannot be read/)
  })
})

describe('for people', () => {
  test('what to do, why, and who says so, within the width of the terminal', async () => {
    const { code, stdout } = await thinnet(['doctor', comparison])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^none: 784-20-10\n {2}Nothing to advise\.$/m)
    expect(stdout).toMatch(/^inverted: 784-20-10\n {2}Likely a mistake\n {4}Check p of \(3\): Dropout\(p=0.9/m)
    expect(stdout).toMatch(/^ {4}Why: Here, as in PyTorch/m)
    expect(stdout).toMatch(/^ {4}Source: Srivastava et al\. 2014/m)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('in Korean', async () => {
    const { stdout } = await thinnet(['doctor', comparison, '--lang', 'ko'])
    expect(stdout).toMatch(/조언할 것이 없습니다\.[\s\S]*실수로 보임[\s\S]*이유: [\s\S]*출처: /)
  })

  test('a model without a history says that it has none', async () => {
    const { stdout } = await thinnet(['doctor', join(table, 'model.safetensors')])
    expect(stdout).toContain('No history was found')
  })
})

describe('what is no run', () => {
  test.each([
    ['a path that leads nowhere', () => join(folder, 'nowhere'), /there is no .*nowhere/],
    ['a folder without a run', () => temporaryFolder(), /it has no config\.json/],
    ['another kind of file', () => file('notes.txt', 'x'), /expected a run's folder, a \.safetensors file/],
    ['a damaged config', () => folderWith('{"settings":'), /cannot read .*config\.json: /],
    ['a config of something else', () => folderWith('{"settings":{}}'), /is not of a run of `thinnet compare` or/],
  ])('%s', async (_, make, message) => {
    expect(await failing(make())).toMatch(message)
  })

  test('a training without a model', async () => {
    const unfinished = join(folder, 'unfinished')
    cpSync(table, unfinished, { recursive: true })
    rmSync(join(unfinished, 'model.safetensors'))
    expect(await failing(unfinished)).toMatch(/has no model\.safetensors: the training did not finish/)
  })
})

let folders = 0
function folderWith(config: string): string {
  const path = join(folder, `damaged-${folders++}`)
  mkdirSync(path)
  writeFileSync(join(path, 'config.json'), config)
  return path
}
