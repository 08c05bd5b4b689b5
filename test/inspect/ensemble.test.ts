// Averages of thinned networks against weight scaling.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
} from '../../src/index.ts'
import { ensemble, thinnedNetwork } from '../../src/inspect/index.ts'
import { expectNear } from '../support/goldens.ts'

const numbers = (x: Tensor) => Array.from(x.detach().toArray())

/** All subsets of n neurons. */
const subsets = (n: number) =>
  Array.from({ length: 2 ** n }, (_, bits) => [...Array(n).keys()].filter((i) => (bits >> i) & 1))

describe('all thinned networks of a softmax layer', () => {
  test.each(['inverted', 'standard'] as const)(
    'p = 0.5: their geometric mean, made to sum to 1, is weight scaling exactly (%s)',
    (scaling) => {
      manualSeed(0)
      const layer = new nn.Linear(7, 4, { dtype: 'float64' })
      const model = new nn.Sequential(new nn.Dropout(0.5, { scaling }), layer)
      const x = randn([6, 7], { dtype: 'float64' })
      noGrad(() => {
        const logs = subsets(7).map((kept) => F.logSoftmax(thinnedNetwork(model, [kept]).call(x), 1))
        const geometric = F.softmax(stack(logs).mean(0), 1)
        expectNear(numbers(geometric), numbers(F.softmax(model.eval().call(x), 1)), 1e-12)
      })
    },
  )

  test('the arithmetic mean is another', () => {
    manualSeed(0)
    const model = new nn.Sequential(new nn.Dropout(0.5), new nn.Linear(7, 4))
    const x = randn([6, 7])
    const [arithmetic, scaled] = noGrad(() => [
      stack(subsets(7).map((kept) => F.softmax(thinnedNetwork(model, [kept]).call(x), 1))).mean(0),
      F.softmax(model.eval().call(x), 1),
    ])
    expect(arithmetic.sub(scaled).abs().sum().item()).toBeGreaterThan(0.05)
  })
})

/** Three noisy clusters, learnt by a small network with dropout. */
function learned() {
  manualSeed(1)
  const centers = randn([3, 5]).mul(1.2)
  const labels = randint(3, [300])
  const x = centers.indexSelect(0, labels).add(randn([300, 5]))
  const model = new nn.Sequential(new nn.Linear(5, 40), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(40, 3))
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
  for (let step = 0; step < 60; step++) {
    optimizer.zeroGrad()
    F.crossEntropy(model.call(x), labels).backward()
    optimizer.step()
  }
  return {
    model,
    batches: [
      [x.narrow(0, 0, 200), labels.narrow(0, 0, 200)] as const,
      [x.narrow(0, 200, 100), labels.narrow(0, 200, 100)] as const,
    ],
  }
}

describe('ensembles of 1 to K networks', () => {
  const { model, batches } = learned()
  const run = (networks = 80) => [...ensemble(model, batches, { networks, generator: new Generator().manualSeed(2) })]
  const points = run()

  test('one point each, all beside the same weight scaling', () => {
    expect(points.map(({ networks }) => networks)).toEqual([...Array(80).keys()].map((i) => i + 1))
    expect(new Set(points.map(({ weightScaling }) => weightScaling)).size).toBe(1)
    const [all, labels] = [batches.map(([x]) => x), batches.map(([, y]) => y)]
    const losses = noGrad(() => {
      model.eval()
      return all.map((x, i) => F.crossEntropy(model.call(x), labels[i] as Tensor, { reduction: 'sum' }).item())
    })
    model.train()
    expect(points[0]?.weightScaling.nll).toBeCloseTo(((losses[0] ?? 0) + (losses[1] ?? 0)) / 300, 5)
  })

  test('of one network, both means are that network', () => {
    expect(points[0]?.arithmetic.error).toBe(points[0]?.geometric.error)
    expect(points[0]?.arithmetic.nll).toBeCloseTo(points[0]?.geometric.nll ?? 0, 9)
  })

  test('more networks are better, and come near to weight scaling', () => {
    const [first, last] = [points[0], points.at(-1)]
    expect(last?.arithmetic.nll).toBeLessThan(first?.arithmetic.nll ?? 0)
    expect(last?.geometric.nll).toBeLessThan(first?.geometric.nll ?? 0)
    for (const mean of [last?.arithmetic, last?.geometric]) {
      expect(Math.abs((mean?.nll ?? 0) - (last?.weightScaling.nll ?? 0))).toBeLessThan(0.05)
      expect(Math.abs((mean?.error ?? 0) - (last?.weightScaling.error ?? 0))).toBeLessThan(0.03)
    }
  })

  test("the arithmetic mean's likelihood is at least the mean likelihood (Jensen)", () => {
    // -log of a mean of probabilities is at most the mean of -log, which is that of the geometric mean before it is
    // made to sum to 1, and that only raises probabilities.
    const singles = [...Array(6).keys()].map(
      (seed) => [...ensemble(model, batches, { networks: 1, generator: new Generator().manualSeed(seed) })][0],
    )
    const mean = singles.reduce((sum, point) => sum + (point?.arithmetic.nll ?? 0), 0) / 6
    expect(points[5]?.arithmetic.nll).toBeLessThan(mean)
    expect(points[5]?.geometric.nll).toBeLessThan(mean)
  })

  test('the same generator, the same points; fewer networks are the first ones of more', () => {
    expect(run(10)).toEqual(points.slice(0, 10))
  })

  test('leave the model in its modes', () => {
    model.eval()
    ;(model.at(0) as nn.Linear).train()
    ensemble(model, batches, { networks: 3 }).next()
    expect([...model.modules()].map(({ training }) => training)).toEqual([false, true, false, false, false])
    model.train()
  })

  test('errors', () => {
    expect(() => ensemble(model, batches, { networks: 0 }).next()).toThrow(
      'networks must be a whole number of at least 1, got 0',
    )
    expect(() => ensemble(model, []).next()).toThrow('there is no batch to score')
    expect(() => ensemble(model, [[rand([2, 5]), randint(3, 5, [2])]]).next()).toThrow(
      'labels must be classes from 0 to 2',
    )
  })
})
