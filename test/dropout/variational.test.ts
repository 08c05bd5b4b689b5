// What variational dropout, its sparse form and Concrete dropout learn. Their noise: methods.test.ts.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  grad,
  klDivergence,
  manualSeed,
  nn,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
} from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'

/** ln j! by Stirling's series, exact to double precision from 10 on and by product below. */
function logFactorial(j: number): number {
  if (j < 10) return Math.log(Array.from({ length: j }, (_, i) => i + 1).reduce((product, i) => product * i, 1))
  const x = j + 1
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3)
}

/**
 * KL(N(θ, αθ²) ‖ log-uniform), 0 for α without bound: E ln|ε| - ½ ln α + const with ε of N(1, α), whose ln ε² has the
 * mean of a noncentral χ², ln 2α + Σⱼ Poisson(j; 1/2α) ψ(j + ½).
 */
function exactDivergence(alpha: number): number {
  const rate = 0.5 / alpha
  let [total, psi] = [0, 0]
  for (let j = 0; j < rate + 12 * Math.sqrt(rate) + 60; j++) {
    if (j > 0) psi += 2 / (2 * j - 1)
    total += Math.exp(-rate + j * Math.log(rate) - logFactorial(j)) * psi
  }
  return total / 2
}

const alphas = [0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1]

describe('the divergence from the log-uniform prior', () => {
  test('by the fit of Kingma et al. 2015 is within 0.04, for α up to 1', () => {
    for (const alpha of alphas) {
      const layer = new nn.VariationalDropout(3, alpha / (1 + alpha), { dtype: 'float64' })
      expect(layer.alpha.item()).toBeCloseTo(alpha, 12)
      expect(Math.abs(layer.kl().item() / 3 - exactDivergence(alpha))).toBeLessThan(0.04)
    }
  })

  test('by the fit of Molchanov et al. 2017 is within 0.009, for every α', () => {
    const layer = new nn.SparseVariationalDropout(new nn.Linear(1, 1, { dtype: 'float64' }))
    layer.layer.weight.detach().fill_(2)
    for (const alpha of [...alphas, 2, 5, 20, 1000]) {
      layer.logSigma2.detach().fill_(Math.log(4 * alpha))
      expect(layer.logAlpha.item()).toBeCloseTo(Math.log(alpha), 12)
      expect(Math.abs(layer.kl().item() - exactDivergence(alpha))).toBeLessThan(0.009)
    }
  })

  test('counts each unit, or each weight, once', () => {
    const shared = new nn.VariationalDropout(6, 0.3, { dtype: 'float64' }).kl().item()
    const each = new nn.VariationalDropout(6, 0.3, { dtype: 'float64', alpha: 'unit' }).kl().item()
    expect(each).toBeCloseTo(shared, 12)
    const linear = () => new nn.Linear(6, 5, { dtype: 'float64' })
    for (const alpha of ['layer', 'unit'] as const) {
      const weights = new nn.VariationalWeightDropout(linear(), 0.3, { dtype: 'float64', alpha })
      expect(weights.kl().item()).toBeCloseTo(5 * shared, 10)
    }
  })

  test('of a model is the sum of its layers, differentiable', () => {
    const [a, b] = [new nn.VariationalDropout(2, 0.3), new nn.ConcreteDropout(new nn.Linear(2, 3))]
    const model = new nn.Sequential(a, b, new nn.ReLU())
    const total = klDivergence(model)
    expect(total.item()).toBeCloseTo(a.kl().item() + b.kl().item(), 5)
    const gradients = grad(total, [a.logAlpha, b.logitP, b.layer.weight])
    for (const gradient of gradients) expect(gradient?.abs().sum().item()).toBeGreaterThan(0)
    expect(() => klDivergence(new nn.Dropout())).toThrow(
      'klDivergence: no layer of the model learns how much noise it draws',
    )
  })
})

describe('VariationalDropout', () => {
  test('learns where noise does no harm: α of an input that nothing reads grows, of the other it falls', () => {
    manualSeed(0)
    const noise = new nn.VariationalDropout(2, 0.3, { alpha: 'unit' })
    const optimizer = new optim.Adam(noise.parameters(), { lr: 0.05 })
    const weight = tensor([[4, 0]])
    for (let step = 0; step < 100; step++) {
      const x = randn([64, 2])
      const loss = F.mseLoss(F.linear(noise.call(x), weight), F.linear(x, weight)).add(noise.kl().div(100))
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    const [read, ignored] = noise.alpha.toArray() as unknown as [number, number]
    expect(read).toBeLessThan(0.1)
    expect(ignored).toBeGreaterThan(0.9)
    expect(ignored).toBeLessThanOrEqual(1)
  })

  test('α stays at most 1, however far its parameter goes', () => {
    const layer = new nn.VariationalDropout(1, 0.5)
    layer.logAlpha.detach().fill_(5)
    expect(layer.alpha.item()).toBe(1)
  })
})

describe('SparseVariationalDropout', () => {
  test('leaves out the weights of inputs that say nothing, and prunes them', () => {
    manualSeed(17)
    const inputs = 20
    const layer = new nn.SparseVariationalDropout(new nn.Linear(inputs, 1), { logSigma2: -5 })
    const optimizer = new optim.Adam(layer.parameters(), { lr: 0.01 })
    const x = randn([256, inputs])
    const target = x.select(1, 0).sub(x.select(1, 7).mul(2)).unsqueeze(1)
    for (let step = 0; step < 800; step++) {
      const loss = F.mseLoss(layer.call(x), target)
        .mul(256 / 2)
        .add(layer.kl())
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
    const kept = Array.from(layer.kept.toArray(), (value, i) => (value ? [i] : [])).flat()
    expect(kept).toEqual([0, 7])
    expect(layer.sparsity).toBeCloseTo(0.9, 10)
    const evaluated = layer.eval().call(x)
    const pruned = layer.prune()
    expect(pruned.call(x).equal(evaluated)).toBe(true)
    expect([...pruned.weight.toArray()].filter((w) => w !== 0)).toHaveLength(2)
  })
})

describe('ConcreteDropout', () => {
  test('its divergence is ½ l² ‖W‖² / (1 - p) - K H(p)', () => {
    const layer = new nn.ConcreteDropout(new nn.Linear(3, 2, { dtype: 'float64' }), 0.2, { lengthscale: 0.5 })
    const squares = Array.from(layer.layer.weight.toArray()).reduce((total, w) => total + w * w, 0)
    const entropy = -(0.2 * Math.log(0.2) + 0.8 * Math.log(0.8))
    expect(layer.kl().item()).toBeCloseTo((0.125 * squares) / 0.8 - 3 * entropy, 12)
  })

  test('the mask is over ½ as often as p says, and the sharper the lower the temperature', () => {
    manualSeed(2)
    const n = 100_000
    const x = tensor(new Float32Array(n).fill(1), { shape: [n] })
    const logitP = tensor([Math.log(0.3 / 0.7)])
    const dropped = (temperature: number) =>
      Array.from(F.concreteDropout(x, logitP, { temperature }).toArray(), (y) => 1 - y * 0.7)
    for (const temperature of [0.1, 1]) {
      const rate = dropped(temperature).filter((z) => z > 0.5).length / n
      expect(Math.abs(rate - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / n))
    }
    const between = (temperature: number) => dropped(temperature).filter((z) => z > 0.01 && z < 0.99).length / n
    expect(between(0.01)).toBeLessThan(0.05)
    expect(between(1)).toBeGreaterThan(0.9)
  })

  test('learns p: without data it goes to ½, and where the input matters to 0', () => {
    manualSeed(3)
    const train = (loss: (layer: nn.ConcreteDropout) => Tensor) => {
      const layer = new nn.ConcreteDropout(new nn.Linear(4, 4), 0.2, { lengthscale: 0 })
      const optimizer = new optim.Adam([layer.logitP], { lr: 0.1 })
      for (let step = 0; step < 100; step++) {
        optimizer.zeroGrad()
        loss(layer).backward()
        optimizer.step()
      }
      return layer.p
    }
    expect(train((layer) => layer.kl())).toBeCloseTo(0.5, 2)
    const x = rand([32, 4])
    expect(
      train((layer) => F.mseLoss(layer.call(x), layer.layer.call(x).detach()).add(layer.kl().div(10_000))),
    ).toBeLessThan(0.1)
  })

  test('noise shared along axes', () => {
    const x = tensor(new Float32Array(24).fill(1), { shape: [4, 6] })
    const y = F.concreteDropout(x, tensor([0]), { noiseShape: [null, 1] })
    for (let n = 0; n < 4; n++) expect(new Set(y.select(0, n).toArray()).size).toBe(1)
  })

  test.each<[string, () => unknown, string]>([
    ['integers', () => F.concreteDropout(tensor([1], { dtype: 'int32' }), tensor([0])), 'expected a floating tensor'],
    ['an array', () => F.concreteDropout([1] as never, tensor([0])), 'the input must be a Tensor, got object'],
    ['a boolean', () => F.concreteDropout(tensor([1]), tensor([0]), true as never), 'options go into one object'],
    [
      'temperature 0',
      () => F.concreteDropout(tensor([1]), tensor([0]), { temperature: 0 }),
      'temperature must be above 0',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

test('standout: logits of any kind, and a gradient through their evaluation', () => {
  manualSeed(4)
  const [x, logits] = [tensor([2, 3, 4], { requiresGrad: true }), tensor([100, -100, 0], { requiresGrad: true })]
  const trained = F.standout(x, logits)
  expectNear(trained.narrow(0, 0, 2).toArray(), [2, 0], 0)
  const [ofX, ofLogits] = grad(trained.sum(), [x, logits])
  expect([...(ofX as Tensor).toArray()].slice(0, 2)).toEqual([1, 0])
  expect(ofLogits).toBe(undefined)
  const [, evaluated] = grad(F.standout(x, logits, { training: false }).sum(), [x, logits])
  expectNear((evaluated as Tensor).toArray(), [0, 0, 1], 1e-6)
  expect(() => F.standout(x, tensor([[1], [2]]))).toThrow(
    'standout: logits must broadcast to the input, got [2, 1] and [3]',
  )
})
