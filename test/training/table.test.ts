import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualSeed, nn, randn, type Tensor, tensor } from 'thinnet'
import { loadTable, surveyTable, TableEncoder, type TableSource } from 'thinnet/data'
import { loadSafetensors, saveSafetensors } from 'thinnet/formats'
import {
  fitTable,
  loadTableModel,
  predictTable,
  saveTableModel,
  scoreTable,
  type TableEpoch,
  type TableModel,
  tableNetwork,
} from 'thinnet/training'
import { expect, test } from 'vitest'
import { normalQuantile } from '../../src/training/table/predict.ts'

const columns = ['x', 'kind', 'y']

/** y = 3 x, plus 5 for one kind, plus noise of standard deviation 0.5; or whether that is above 2.5. */
function source(rows: number, task: 'number' | 'class'): TableSource {
  manualSeed(1)
  const xs = randn([rows]).toArray()
  const noise = randn([rows]).toArray()
  return {
    columns,
    decimal: '.',
    async *rows() {
      for (let i = 0; i < rows; i++) {
        const kind = i % 2 === 0 ? 'plain' : 'high'
        const y = 3 * (xs[i] ?? 0) + (kind === 'high' ? 5 : 0) + 0.5 * (noise[i] ?? 0)
        yield [String(xs[i]), kind, task === 'number' ? String(y) : y > 2.5 ? 'above' : 'below']
      }
    },
  }
}

const options = { hidden: [32], lr: 0.01, batch: 32, epochs: 60, patience: 10, seed: 0, p: 0.1 }

async function fitted(rows: number, task: 'number' | 'class', given = {}) {
  const table = source(rows, task)
  const { profile, counts } = await surveyTable(table, 'y')
  const encoder = TableEncoder.fit(profile, 'y')
  const loaded = await loadTable(table, encoder, counts)
  return { ...(await fitTable(loaded, encoder, { ...options, ...given })), loaded }
}

test('a number is learnt down to its noise, and the intervals hold what they promise', async () => {
  const { model, loaded } = await fitted(2000, 'number')
  const scores = scoreTable(model, loaded.test, loaded.train)
  if (scores.kind !== 'number') throw new Error('numbers were expected')
  expect(scores.rmse).toBeLessThan(0.65) // the noise alone is 0.5
  expect(scores.baseline).toBeGreaterThan(3)
  expect(scores.r2).toBeGreaterThan(0.95)
  expect(scores.coverage).toBeGreaterThan(0.82)
  expect(scores.coverage).toBeLessThan(0.98)
})

test('a class is learnt, unsure where the classes meet and sure far away', async () => {
  const { model, loaded } = await fitted(1000, 'class')
  const scores = scoreTable(model, loaded.test, loaded.train)
  if (scores.kind !== 'class') throw new Error('classes were expected')
  expect(scores.error).toBeLessThan(0.12)
  expect(scores.baseline).toBeGreaterThan(0.35)
  const x = tensor(new Float32Array(2 * model.encoder.inputs), { shape: [2, model.encoder.inputs] }).toArray()
  for (const [i, size] of [0.83, 3].entries()) {
    model.encoder.encode((name) => (name === 'x' ? String(size) : 'plain'), x as Float32Array, i * model.encoder.inputs)
  }
  const [near, far] = predictTable(model, tensor(x, { shape: [2, model.encoder.inputs] }))
  expect(far?.prediction).toBe('above')
  expect(near?.uncertainty).toBeGreaterThan(5 * (far?.uncertainty ?? 1))
})

test('the dropout with the lowest validation loss is chosen among those above 0, and the best epoch is kept', async () => {
  const epochs = new Map<number, TableEpoch[]>()
  const onEpoch = (p: number, epoch: TableEpoch) => epochs.set(p, [...(epochs.get(p) ?? []), epoch])
  const { model, tried, loaded } = await fitted(300, 'number', { p: undefined, epochs: 12, onEpoch })
  const above = tried.filter(({ p }) => p > 0)
  expect(tried.map(({ p }) => p)).toEqual([0, 0.05, 0.1, 0.2, 0.3, 0.5])
  const best = Math.min(...above.map(({ validationLoss }) => validationLoss))
  expect(tried.find(({ p }) => p === model.p)?.validationLoss).toBe(best)
  const kept = Math.min(...(epochs.get(model.p) ?? []).map(({ validationLoss }) => validationLoss))
  const { x, y } = loaded.validation
  const error = model.network.eval().call(x).sub(y).square().mean().item()
  expect(error).toBeCloseTo(kept, 5)
})

test('training stops when the validation rows no longer gain', async () => {
  const { tried } = await fitted(200, 'number', { epochs: 1000, patience: 4 })
  expect(tried[0]?.epochs).toBeLessThan(300)
})

test('a loss that is no number is an error', async () => {
  await expect(fitted(200, 'number', { lr: 1e30 })).rejects.toThrow(/the loss is .* in epoch 1: training diverged/)
})

const path = () => join(mkdtempSync(join(tmpdir(), 'thinnet-table-')), 'model.safetensors')

test('a model in a file predicts as it did before, with scaling, classes and noise', async () => {
  for (const task of ['number', 'class'] as const) {
    const { model, loaded } = await fitted(200, task, { epochs: 2 })
    const file = path()
    saveTableModel(file, model)
    const predict = (of: TableModel) => {
      manualSeed(3)
      return predictTable(of, loaded.test.x, { samples: 7 })
    }
    expect(predict(loadTableModel(file))).toEqual(predict(model))
  }
})

test('a file that is no model of a table is an error', () => {
  const file = path()
  saveSafetensors(file, { x: randn([2]) })
  expect(() => loadTableModel(file)).toThrow(/is not a model of a table/)
  saveSafetensors(file, { x: randn([2]) }, { 'thinnet.table': '{' })
  expect(() => loadTableModel(file)).toThrow(/thinnet\.table is not JSON/)
  saveSafetensors(file, { x: randn([2]) }, { 'thinnet.table': '{"version":1,"hidden":[0]}' })
  expect(() => loadTableModel(file)).toThrow(/thinnet\.table is damaged: hidden is \[0\]/)
})

test('weights of another shape are an error', async () => {
  const { model } = await fitted(100, 'number', { epochs: 1 })
  const file = path()
  saveTableModel(file, model)
  const { tensors, metadata } = loadSafetensors(file)
  saveSafetensors(file, { ...tensors, '0.weight': randn([3, 3]) }, metadata)
  expect(() => loadTableModel(file)).toThrow(/size mismatch for 0\.weight/)
})

/** A network of one input whose answers are known: x + 2 with probability 1/2, else x. */
class Coin extends nn.Module {
  readonly dropout = new nn.Dropout(0.5, { scaling: 'standard' })
  forward(x: Tensor): Tensor {
    return this.dropout.call(x.mul(0).add(2)).add(x)
  }
}

test('the mean of the answers, their spread, and an interval of both spread and noise', () => {
  const encoder = new TableEncoder({
    columns: [{ kind: 'number', name: 'x', mean: 0, std: 1, missing: false }],
    target: { kind: 'number', name: 'y', mean: 100, std: 10 },
    decimal: '.',
  })
  manualSeed(0)
  const network = new nn.Sequential(new Coin())
  const [one] = predictTable({ network, encoder, hidden: [], p: 0.5, noise: 0.75 }, tensor([[3]]), { samples: 20_000 })
  if (one?.kind !== 'number') throw new Error('a number was expected')
  expect(one.prediction).toBeCloseTo(100 + 10 * 4, 0)
  expect(one.uncertainty).toBeCloseTo(10, 1) // of 3 and 5, half each: 1, times the scale
  const reach = 10 * 1.6449 * Math.sqrt(1 + 0.75 ** 2)
  expect(one.upper - one.prediction).toBeCloseTo(reach, 1)
  expect(one.prediction - one.lower).toBeCloseTo(reach, 1)
})

test('entropy and its part that is disagreement: thinned networks that contradict each other', () => {
  // Sure of one class or of the other, by the toss of a coin: together they know nothing, each for itself everything.
  class Toss extends nn.Module {
    readonly dropout = new nn.Dropout(0.5, { scaling: 'standard' })
    forward(x: Tensor): Tensor {
      const side = this.dropout.call(x.mul(0).add(1)).sub(0.5).mul(1000) // 500 or -500
      return side.mul(tensor([[1, -1]]))
    }
  }
  const encoder = new TableEncoder({
    columns: [{ kind: 'number', name: 'x', mean: 0, std: 1, missing: false }],
    target: { kind: 'classes', name: 'y', values: ['a', 'b'] },
    decimal: '.',
  })
  manualSeed(0)
  const network = new nn.Sequential(new Toss())
  const [one] = predictTable({ network, encoder, hidden: [], p: 0.5, noise: undefined }, tensor([[3]]), {
    samples: 4000,
  })
  if (one?.kind !== 'class') throw new Error('a class was expected')
  expect(one.uncertainty).toBeCloseTo(1, 2)
  expect(one.disagreement).toBeCloseTo(one.uncertainty, 6)
  expect([one.lower, one.upper]).toEqual([0, 1])
})

test('without dropout there is one answer, and no uncertainty of the model', () => {
  const encoder = new TableEncoder({
    columns: [{ kind: 'number', name: 'x', mean: 0, std: 1, missing: false }],
    target: { kind: 'number', name: 'y', mean: 0, std: 1 },
    decimal: '.',
  })
  const network = tableNetwork({ inputs: 1, outputs: 1, hidden: [4], p: 0 })
  const [one] = predictTable({ network, encoder, hidden: [4], p: 0, noise: 0.1 }, tensor([[3]]))
  expect(one?.uncertainty).toBe(0)
})

test('quantiles of a normal variable', () => {
  const known = { 0.5: 0, 0.95: 1.6448536269514722, 0.975: 1.959963984540054, 0.001: -3.090232306167813 }
  for (const [p, value] of Object.entries(known)) expect(normalQuantile(Number(p))).toBeCloseTo(value, 7)
})
