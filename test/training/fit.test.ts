import { manualSeed, nn, optim, randn, type Tensor } from 'thinnet'
import { DataLoader, TensorDataset } from 'thinnet/data'
import { type EpochMetrics, fit } from 'thinnet/training'
import { expect, test } from 'vitest'

/** Points of the plane, and whether they lie right of x = y. */
function points(count: number): TensorDataset<[Tensor, Tensor]> {
  const x = randn([count, 2])
  const y = x.select(1, 0).gt(x.select(1, 1)).to('int32')
  return new TensorDataset<[Tensor, Tensor]>(x, y)
}

async function run(): Promise<EpochMetrics[]> {
  manualSeed(3)
  const train = points(200)
  const test = new DataLoader(points(100), { batchSize: 30 })
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(16, 2))
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.5 })
  let steps = 0
  // biome-ignore lint/suspicious/noFocusedTests: it fits a model
  const training = fit(model, optimizer, {
    epochs: 5,
    batches: new DataLoader(train, { batchSize: 20, shuffle: true }),
    trainingSample: new DataLoader(train, { batchSize: 100 }),
    test,
    learningRate: () => 1 / (1 + steps),
    afterStep: () => steps++,
  })
  const metrics: EpochMetrics[] = []
  for await (const epoch of training) metrics.push(epoch)
  return metrics
}

test('fit learns, counts epochs, and tells the learning rate that each began with', async () => {
  const metrics = await run()
  expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5])
  expect(metrics.map(({ learningRate }) => learningRate)).toEqual([1, 1 / 11, 1 / 21, 1 / 31, 1 / 41])
  const [first, last] = [metrics[0], metrics[4]]
  expect(last?.testError).toBeLessThan(0.1)
  expect(last?.testLoss).toBeLessThan(first?.testLoss ?? 0)
  expect(last?.trainingLoss).toBeLessThan(last?.loss ?? 0) // dropout makes the loss while training larger
})

test('the same seed gives the same metrics to the last bit', async () => {
  const learned = (metrics: EpochMetrics[]) => metrics.map(({ seconds: _, examplesPerSecond: __, ...rest }) => rest)
  expect(learned(await run())).toEqual(learned(await run()))
})

test('the event loop has turns between epochs that are shorter than its pace', async () => {
  const batches = new DataLoader(points(4), { batchSize: 4 })
  const model = new nn.Linear(2, 2)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  // biome-ignore lint/suspicious/noFocusedTests: it fits a model
  const training = fit(model, optimizer, {
    epochs: 20_000,
    batches,
    trainingSample: batches,
    test: batches,
    learningRate: () => 0.1,
  })
  for await (const _ of training) if (turns > 3) break
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
})
