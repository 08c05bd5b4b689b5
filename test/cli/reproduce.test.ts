import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { experimentNames } from '../../src/cli/reproduce/command.ts'
import type { ImageResult, ImageUnit, Results, Unit, UnitResult } from '../../src/cli/reproduce/experiment.ts'
import { experiments } from '../../src/cli/reproduce/experiments/index.ts'
import { loadImages } from '../../src/cli/reproduce/images.ts'
import { buildNetwork } from '../../src/cli/reproduce/network.ts'
import { Schedule } from '../../src/cli/reproduce/schedule.ts'
import type { Linear, Sigmoid } from '../../src/nn/index.ts'
import { tensor } from '../../src/ops/creation.ts'
import { manualSeed, rand, randint } from '../../src/random/index.ts'
import { summarized } from '../../src/report/reproduction.ts'
import { type Outcome, readJson, setup, temporaryFolder, thinnet } from './support.ts'

setup()

const sizes = [{ quick: true }, { quick: false }]
const unitsOf = (name: string, size = { quick: false }) =>
  experiments.find((experiment) => experiment.name === name)?.units(size) ?? []

/** Results that were not measured, the better the later a unit stands in the plan. */
const made = (units: readonly Unit[]): Results =>
  new Map(
    units.map((unit, i): [string, UnitResult] => {
      if (unit.kind === 'table') {
        return [unit.id, { kind: 'table', p: 0.1, rmse: 3 + i / 10, logLikelihood: -2.5, seconds: 1 }]
      }
      const testError = 0.05 / (i + 1)
      const { networks = 0, repeats = 0 } = unit.ensemble ?? {}
      const curve = Array.from({ length: networks }, (_, k) => testError * (1 + 0.5 / (k + 1) - 1 / 40))
      const ensembles = Array(repeats).fill({ arithmetic: curve, geometric: curve, weightScaling: testError })
      const epochs = [1, 2].map((epoch) => ({ epoch, loss: 1 / epoch, testError }))
      return [unit.id, { kind: 'images', testError, testLoss: 1, trainingError: 0.01, epochs, ensembles, seconds: 60 }]
    }),
  )

describe('the experiments', () => {
  test('are those that the help names', () => {
    expect(experiments.map(({ name }) => name)).toEqual([...experimentNames])
  })

  test.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
    '%s: units with names of their own, and findings in both languages from none, some and all results',
    (_, experiment) => {
      for (const size of sizes) {
        const units = experiment.units(size)
        const ids = units.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids.filter((id) => !/^[\w.-]+$/.test(id))).toEqual([])
        for (const count of [0, 1, units.length]) {
          for (const language of ['en', 'ko'] as const) {
            const { tables, charts, sentences } = experiment.findings(made(units.slice(0, count)), units, language)
            const values = tables.flatMap(({ rows }) => rows.flatMap((row) => row.values))
            expect(values.length > 0).toBe(count > 0)
            expect(values.every(Number.isFinite)).toBe(true)
            expect(sentences.join(' ')).not.toMatch(/undefined|NaN/)
            for (const { series } of charts) expect(series.length).toBeLessThanOrEqual(5)
          }
        }
      }
    },
  )

  test('quick and full ask the same of other sizes; --epochs, --seeds and --subnets change it', () => {
    const [mnist] = experiments
    const units = (size: object) => (mnist?.units({ quick: true, ...size }) ?? []) as ImageUnit[]
    expect(units({ epochs: 3 }).every(({ recipe }) => recipe.epochs === 3)).toBe(true)
    expect(units({ seeds: 4 })).toHaveLength(4 * units({}).length)
    const dropped = units({ subnets: 4 }).flatMap(({ drop }) => (drop.kind === 'bernoulli' ? [drop.subnets] : []))
    expect(new Set(dropped)).toEqual(new Set([4]))
  })

  test('the ladder has the paper’s networks, three seeds for its last two rungs, and the paper’s figures beside them', () => {
    const units = unitsOf('srivastava2014-mnist') as readonly ImageUnit[]
    const counted = units.map(({ id }) => id.replace(/-seed\d$/, ''))
    expect(counted.filter((key) => key === 'max-norm')).toHaveLength(3)
    expect(counted.filter((key) => key === 'relu')).toHaveLength(3)
    const find = (key: string) => units.find(({ id }) => id.startsWith(key))
    expect(find('none')).toMatchObject({ hidden: [800, 800], activation: 'logistic', drop: { kind: 'none' } })
    expect(find('max-norm')).toMatchObject({ hidden: [1024, 1024, 1024], activation: 'relu', recipe: { maxNorm: 2 } })
    expect(find('relu')?.recipe.maxNorm).toBeUndefined()
    const [mnist] = experiments
    const [table] = mnist?.findings(new Map(), units, 'en').tables ?? []
    expect(table?.rows.map(({ paper }) => paper)).toEqual(['1.60 %', '1.35 %', '1.25 %', '1.06 %'])
  })

  test('the ladder says whether it falls', () => {
    const [mnist] = experiments
    const units = unitsOf('srivastava2014-mnist') as readonly ImageUnit[]
    const errors: Record<string, number> = { none: 0.016, logistic: 0.0135, relu: 0.0125, 'max-norm': 0.0106 }
    const results = (given: Record<string, number>) =>
      new Map(
        units.map(({ id }): [string, ImageResult] => {
          const testError = given[id.replace(/-seed\d$/, '')] ?? Number.NaN
          return [
            id,
            { kind: 'images', testError, testLoss: 0, trainingError: 0, epochs: [], ensembles: [], seconds: 0 },
          ]
        }),
      )
    const sentences = (given: Record<string, number>) => mnist?.findings(results(given), units, 'en').sentences
    expect(sentences(errors)?.[0]).toMatch(/Each step of the ladder makes fewer mistakes/)
    expect(sentences({ ...errors, relu: 0.02 })?.[0]).toMatch(/not all in the paper/)
  })

  test('the ensemble names the first k that matches', () => {
    const experiment = experiments.find(({ name }) => name === 'srivastava2014-ensemble')
    const units = unitsOf('srivastava2014-ensemble')
    const sentences = experiment?.findings(made(units), units, 'en').sentences ?? []
    expect(sentences[1]).toContain('as good from k = 20') // 0.5 / k <= 1 / 40
  })

  test('and the first that is within a standard deviation', () => {
    const experiment = experiments.find(({ name }) => name === 'srivastava2014-ensemble')
    const units = unitsOf('srivastava2014-ensemble')
    const results = made(units)
    for (const result of results.values()) {
      if (result.kind !== 'images') continue
      // Mean 0.03, 0.022, 0.021, deviations 0.001 * √2 = 0.0014, 0.0028, 0.0014; weight scaling 0.02.
      const curve = (sign: number) => [0.03 + sign * 0.001, 0.022 + sign * 0.002, 0.021 + sign * 0.001]
      const of = (sign: number) => ({ arithmetic: curve(sign), geometric: curve(sign), weightScaling: 0.02 })
      Object.assign(result, { ensembles: [of(1), of(-1)] })
    }
    const sentences = experiment?.findings(results, units, 'en').sentences ?? []
    expect(sentences[1]).toMatch(/within a standard deviation of weight scaling from k = 2, not as good up to k = 3/)
  })

  test('sharing thinned networks: five seeds of each G and of one an example, on all images and on 5,000', () => {
    const units = unitsOf('subnets') as readonly ImageUnit[]
    const shares = [1, 2, 4, 8, undefined]
    for (const images of [undefined, 5000]) {
      const some = units.filter((unit) => unit.images === images)
      for (const subnets of shares) {
        const seeds = some.flatMap(({ drop, seed }) =>
          drop.kind === 'bernoulli' && drop.subnets === subnets ? seed : [],
        )
        expect(seeds).toEqual([0, 1, 2, 3, 4])
      }
      const rest = some.map(({ id: _, seed: __, drop: { kind, ...drop }, ...unit }) => ({
        ...unit,
        ...drop,
        subnets: 0,
      }))
      expect(new Set(rest.map((unit) => JSON.stringify(unit))).size).toBe(1)
    }
    expect(units).toHaveLength(2 * shares.length * 5)
    const tables = experiments.find(({ name }) => name === 'subnets')?.findings(made(units), units, 'en').tables
    expect(tables?.map(({ title }) => title)).toEqual(['Test error, all 60,000 images', 'Test error, 5,000 images'])
  })

  test('with the number that stays fixed, layers grow as neurons are dropped', () => {
    const units = unitsOf('srivastava2014-p') as readonly ImageUnit[]
    expect(units.find(({ id }) => id.startsWith('kept-0.5'))?.hidden).toEqual([512, 512, 1024])
    expect(units.find(({ id }) => id.startsWith('fixed-0.1'))).toMatchObject({
      hidden: [2048, 2048, 2048],
      drop: { p: 0.9 },
    })
  })
})

test('the mean and the standard deviation of several values', () => {
  expect(summarized([], 'percent')).toBe('-')
  expect(summarized([0.0106], 'percent')).toBe('1.06 %')
  expect(summarized([0.01, 0.012, 0.014], 'percent')).toBe('1.20 ± 0.20 %')
  expect(summarized([2, 4], 'number')).toBe('3 ± 1.414')
})

test('settings are chosen on the last 10,000 training images, without a look at the test images', async () => {
  const [all, heldOut] = await Promise.all([loadImages(undefined, false), loadImages(undefined, true)])
  expect([all.train.length, all.test.length]).toEqual([60_000, 10_000])
  expect([heldOut.train.length, heldOut.test.length]).toEqual([50_000, 10_000])
  for (const [i, j] of [
    [0, 50_000],
    [9_999, 59_999],
  ] as const) {
    expect(heldOut.test.get(i)[0].equal(all.train.get(j)[0])).toBe(true)
  }
  expect(heldOut.train.get(49_999)[0].equal(all.train.get(49_999)[0])).toBe(true)
})

const unit: ImageUnit = {
  kind: 'images',
  id: 'x',
  hidden: [6, 5],
  activation: 'relu',
  drop: { kind: 'bernoulli', inputP: 0.2, p: 0.5 },
  recipe: { epochs: 10, batch: 4, lr: 0.4, momentum: 0.9, momentumEpochs: 2, maxNorm: 2 },
  seed: 1,
}

describe('a network', () => {
  test('drops inputs and hidden neurons; without dropout, or with a probability of 0, there is no such layer', () => {
    expect(buildNetwork(unit).model.toString()).toMatch(/Dropout\(p=0\.2[\s\S]*784[\s\S]*ReLU[\s\S]*Dropout\(p=0\.5/)
    expect(buildNetwork({ ...unit, drop: { kind: 'none' } }).model.toString()).not.toContain('Dropout')
    const { model } = buildNetwork({ ...unit, drop: { kind: 'gaussian', inputP: 0, p: 0.5 }, activation: 'logistic' })
    expect(model.toString()).toMatch(/^Sequential\(\n {2}\(0\): Linear[\s\S]*Sigmoid[\s\S]*GaussianDropout/)
  })

  test('bounds the rows of its weights and leaves biases alone', () => {
    const { optimizer } = buildNetwork({ ...unit, recipe: { ...unit.recipe, l2: 0.1 } })
    expect(optimizer.paramGroups.map(({ maxNorm, weightDecay }) => [maxNorm, weightDecay])).toEqual([
      [2, 0.1],
      [undefined, 0],
    ])
  })

  test('L1 counts from its part of the epochs on', () => {
    manualSeed(0)
    const { model, loss } = buildNetwork({
      ...unit,
      drop: { kind: 'none' },
      recipe: { ...unit.recipe, l1: { weight: 0.1, from: 0.8 } },
    })
    const [x, y] = [rand([4, 784]), randint(10, [4]).to('int32')]
    const output = model.call(x)
    const sizes = [...model.parameters()].filter(({ ndim }) => ndim === 2).map((w) => w.abs().sum().item())
    const before = loss(output, y, 0.79).item()
    expect(loss(output, y, 0.8).item() - before).toBeCloseTo(0.1 * sizes.reduce((a, b) => a + b, 0), 4)
  })

  test('KL-sparsity is the divergence of mean activations from their target, and has a gradient', () => {
    const given = { ...unit, drop: { kind: 'none' }, activation: 'logistic', hidden: [3] } as const
    const { model, loss } = buildNetwork({
      ...given,
      recipe: { ...unit.recipe, klSparsity: { weight: 0.5, target: 0.1 } },
    })
    const [x, y] = [rand([8, 784]), randint(10, [8]).to('int32')]
    const plain = buildNetwork(given)
    plain.model.loadStateDict(model.stateDict())
    const hidden = (model.at(1) as unknown as Sigmoid)
      .call((model.at(0) as unknown as Linear).call(x))
      .mean(0)
      .toArray()
    const value = loss(model.call(x), y, 0)
    const divergence = Array.from(hidden, (m) => 0.1 * Math.log(0.1 / m) + 0.9 * Math.log(0.9 / (1 - m)))
    const expected = plain.loss(plain.model.call(x), y, 0).item() + 0.5 * divergence.reduce((a, b) => a + b, 0)
    expect(value.item()).toBeCloseTo(expected + 0.5 * divergence.reduce((a, b) => a + b, 0), 4) // the call above counts too
    value.backward()
    expect((model.at(0) as unknown as Linear).weight.grad?.abs().sum().item()).toBeGreaterThan(0)
  })
})

test('momentum rises while the steps stay as long, and the rate falls to 0', () => {
  const { optimizer } = buildNetwork(unit)
  const schedule = new Schedule(optimizer, unit.recipe, 5)
  const now = () => [optimizer.paramGroups[0]?.momentum ?? 0, optimizer.paramGroups[0]?.lr ?? 0]
  const steps = (count: number) => {
    for (let i = 0; i < count; i++) schedule.step()
  }
  expect(now()).toEqual([0.5, 0.2])
  steps(5)
  expect(now()).toEqual([0.7, expect.closeTo(0.4 * 0.3 * 0.9, 12)])
  steps(5)
  expect(now()).toEqual([expect.closeTo(0.9, 12), expect.closeTo(0.4 * 0.1 * 0.8, 12)])
  const saved = schedule.stateDict()
  steps(40)
  expect(now()[1]).toBe(0)
  schedule.loadStateDict(saved)
  expect(now()[1]).toBeCloseTo(0.032, 12)
})

describe('a run', () => {
  const folder = join(temporaryFolder(), 'run')
  const tiny = ['reproduce', 'gaussian', '--quick', '--epochs', '1']
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await thinnet([...tiny, '--out', folder])
  }, 120_000)

  test('shows the paper’s numbers beside those of the run, and writes a report', () => {
    expect(outcome.code).toBe(0)
    const { testError } = readJson(folder, 'units', 'gaussian-seed0', 'result.json')
    expect(testError).toBeLessThan(0.6)
    const line = outcome.stdout.split('\n').find((text) => text.startsWith('Gaussian dropout'))
    expect(line).toContain('0.95 ± 0.04 %')
    expect(line).toContain(`${(100 * testError).toFixed(2)} %`)
    const report = readFileSync(join(folder, 'report.html'), 'utf8')
    expect(report).toContain('1.08 ± 0.04 %')
    expect(report).toContain('Table 10, section 10')
    expect(report).toContain('This is the quick size')
    expect(readJson(folder, 'summary.json')).toMatchObject({ done: 2, of: 2, quick: true })
    expect(readdirSync(join(folder, 'units', 'gaussian-seed0'))).toEqual(['result.json'])
    expect(outcome.stdout.split('\n').filter((text) => text.length > 80 && !text.includes(folder))).toEqual([])
  })

  test('does not begin again in its folder; with --resume it finds all finished; with other options it refuses', async () => {
    const again = await thinnet([...tiny, '--out', folder])
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/already holds a run: --resume goes on/)])
    const resumed = await thinnet([...tiny, '--out', folder, '--resume'])
    expect(resumed.code).toBe(0)
    expect(resumed.stderr).toContain('finished already: 2')
    expect(resumed.stdout).toBe(outcome.stdout)
    const other = await thinnet(['reproduce', 'gaussian', '--quick', '--epochs', '2', '--out', folder, '--resume'])
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/holds a run with other options/)])
  })

  test('stopped in the middle of a training and resumed, it ends with the numbers of one that was never stopped', async () => {
    const stopped = join(temporaryFolder(), 'run')
    const first = await thinnet([...tiny, '--out', stopped], { interruptAt: '(1/2)' })
    expect(first.code).toBe(130)
    expect(first.stdout).toContain('Stopped. What was finished is kept')
    expect(first.stdout).toContain('1 of 2 trainings are finished')
    expect(existsSync(join(stopped, 'units', 'gaussian-seed0', 'checkpoint.safetensors'))).toBe(true)
    const second = await thinnet([...tiny, '--out', stopped, '--resume'])
    expect(second.code).toBe(0)
    for (const id of ['bernoulli-seed0', 'gaussian-seed0']) {
      const [whole, resumed] = [folder, stopped].map((run) => {
        const { seconds: _, ...rest } = readJson(run, 'units', id, 'result.json')
        return rest
      })
      expect(resumed).toEqual(whole)
    }
  }, 120_000)

  test('in Korean, and as JSON', async () => {
    const korean = await thinnet([...tiny, '--out', folder, '--resume', '--lang', 'ko', '--json'])
    expect(JSON.parse(korean.stdout)).toMatchObject({ title: '빈자리 대신 잡음', done: 2 })
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<html lang="ko">')
  })
})

test('an ensemble is scored against the one pass', async () => {
  const folder = join(temporaryFolder(), 'run')
  const { code, stdout } = await thinnet([
    'reproduce',
    'srivastava2014-ensemble',
    '--quick',
    '--epochs',
    '1',
    '--out',
    folder,
  ])
  expect(code).toBe(0)
  const { ensembles, testError } = readJson(folder, 'units', 'network-seed0', 'result.json')
  expect(ensembles).toHaveLength(3)
  expect(ensembles[0].arithmetic).toHaveLength(20)
  expect(ensembles[0].weightScaling).toBeCloseTo(testError, 6)
  expect(ensembles[0].arithmetic[0]).toBeGreaterThan(ensembles[0].arithmetic[19])
  expect(stdout).toContain('k = 50')
}, 120_000)

test('a table of one’s own', async () => {
  const folder = temporaryFolder()
  const rows = Array.from({ length: 120 }, (_, i) => `${i % 12},${2 * (i % 12) + ((i * 7) % 5) / 5}`)
  writeFileSync(join(folder, 'table.csv'), `x,y\n${rows.join('\n')}\n`)
  const args = ['reproduce', 'gal2016-regression', '--quick', '--seeds', '2', '--epochs', '40']
  const table = ['--table', join(folder, 'table.csv'), '--target', 'y']
  const { code, stdout } = await thinnet([...args, ...table, '--out', join(folder, 'run')])
  expect(code).toBe(0)
  expect(stdout).toMatch(/MC dropout +2\.97 +[\d.]+ ± [\d.]+ +2/)
  expect(stdout).toMatch(/MC dropout +-2\.46 +-?[\d.]+ ± [\d.]+ +2/)
  const { rmse, logLikelihood } = readJson(folder, 'run', 'units', 'split-seed0', 'result.json')
  expect(rmse).toBeLessThan(2)
  expect(logLikelihood).toBeGreaterThan(-Math.log(2 * Math.sqrt(2 * Math.PI)) - rmse ** 2 / 2)
})

test('wrong usage', async () => {
  const unknown = await thinnet(['reproduce', 'hinton2012'])
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/Allowed choices are srivastava2014-mnist/)])
  const only = await thinnet(['reproduce', 'gaussian', '--only', 'laplace'])
  expect([only.code, only.stderr]).toEqual([1, expect.stringMatching(/no training has "laplace".*bernoulli-seed0/)])
  const target = await thinnet(['reproduce', 'gal2016-regression', '--table', 'x.csv'])
  expect([target.code, target.stderr]).toEqual([1, expect.stringMatching(/--table needs --target/)])
})

test('tensors of a mean activation are no longer kept after a step', () => {
  const { model, loss } = buildNetwork({ ...unit, recipe: { ...unit.recipe, klSparsity: { weight: 1, target: 0.1 } } })
  const y = tensor(Int32Array.of(1, 2))
  const value = () => loss(model.call(rand([2, 784], {})), y, 0).item()
  manualSeed(0)
  const first = value()
  manualSeed(0)
  expect(value()).toBe(first)
})
