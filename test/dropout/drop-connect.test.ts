// DropConnect beside its rows in methods.test.ts: shapes, masks for each example, Gaussian inference.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  manualSeed,
  nn,
  noGrad,
  ones,
  randn,
  recordMasks,
  replayMasks,
  tensor,
} from '../../src/index.ts'
import { erf } from '../../src/ops/unary.ts'
import { defaultGenerator } from '../../src/random/index.ts'
import { expectNear } from '../support/goldens.ts'

test.each([
  { shape: [5], masks: [1, 3, 5] },
  { shape: [4, 5], masks: [4, 3, 5] },
  { shape: [4, 2, 5], masks: [4, 3, 5] },
  { shape: [0, 5], masks: undefined },
])('an example of shape $shape has one mask, also where it has several rows', ({ shape, masks }) => {
  const layer = new nn.DropConnect(new nn.Linear(5, 3), 0.5)
  const x = ones(shape)
  const recording = recordMasks(layer)
  const y = layer.call(x)
  const drawn = recording.stop()
  expect(y.shape).toEqual([...shape.slice(0, -1), 3])
  expect(drawn.get(':0')?.shape).toEqual(masks)
  if (!masks) return
  // The same, one connection after another.
  const [mask, biasMask] = [drawn.get(':0'), drawn.get(':1')] as [typeof x, typeof x]
  const weights = layer.layer.weight.mul(mask.to('float32')).mul(2)
  const biases = (layer.layer.bias as typeof x).mul(biasMask.to('float32')).mul(2)
  const rows = x.reshape([masks[0] as number, -1, 5])
  const expected = rows.matmul(weights.transpose(1, 2)).add(biases.unsqueeze(1))
  expectNear(y.toArray(), expected.toArray(), 1e-6)
})

test('the function draws what the layer draws, and evaluates to the linear layer', () => {
  const linear = new nn.Linear(5, 3)
  const x = randn([4, 5])
  for (const options of [{}, { masks: 'perBatch' }, { dropBias: false }] as const) {
    manualSeed(1)
    const layer = new nn.DropConnect(linear, 0.3, options).call(x)
    manualSeed(1)
    expect(F.dropConnect(x, linear.weight, linear.bias, 0.3, options).equal(layer)).toBe(true)
    const evaluated = F.dropConnect(x, linear.weight, linear.bias, 0.3, { ...options, training: false })
    expect(evaluated.equal(linear.call(x))).toBe(true)
  }
  expect(F.dropConnect(x, linear.weight, undefined, 1).abs().sum().item()).toBe(0)
})

test('a mask for the batch drops a connection for all examples or for none', () => {
  manualSeed(2)
  const weight = ones([1, 40])
  const y = F.dropConnect(ones([8, 40]), weight, undefined, 0.5, { masks: 'perBatch' })
  expect(new Set(y.toArray()).size).toBe(1)
  const each = F.dropConnect(ones([8, 40]), weight, undefined, 0.5)
  expect(new Set(each.toArray()).size).toBeGreaterThan(1)
})

test.each<[string, () => unknown, string]>([
  [
    'another width',
    () => F.dropConnect(ones([2, 4]), ones([3, 5])),
    'dropConnect: expected x [N, ..., inFeatures] and weight [outFeatures, inFeatures], got [2, 4] and [3, 5]',
  ],
  [
    'a boolean',
    () => F.dropConnect(ones([2, 5]), ones([3, 5]), undefined, 0.5, false as never),
    'options go into one object, got false; write dropConnect(x, weight, bias, p, { training: false })',
  ],
  [
    'p out of range',
    () => F.dropConnect(ones([2, 5]), ones([3, 5]), undefined, 2),
    'dropout probability has to be between 0 and 1, but got 2',
  ],
])('refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})

describe('Gaussian inference', () => {
  const p = 0.4
  const make = (samples: number) =>
    new nn.DropConnect(new nn.Linear(6, 4), p, { activation: new nn.ReLU(), inference: 'gaussian', samples })

  test('is the mean of the rectified Gaussian: μ Φ(μ/σ) + σ φ(μ/σ)', () => {
    manualSeed(3)
    const samples = 20_000
    const layer = make(samples).eval()
    const x = randn([3, 6])
    const y = noGrad(() => layer.call(x))
    const { weight, bias } = layer.layer
    const mean = layer.layer.call(x)
    const variance = F.linear(x.square(), weight.square(), bias?.square()).mul(p / (1 - p))
    const sigma = variance.sqrt()
    const z = mean.div(sigma)
    const cdf = erf(z.div(Math.SQRT2)).add(1).div(2)
    const density = z
      .square()
      .div(-2)
      .exp()
      .div(Math.sqrt(2 * Math.PI))
    const expected = mean.mul(cdf).add(sigma.mul(density))
    // Var[relu(u)] is at most σ² + μ².
    const error = variance.add(mean.square()).div(samples).sqrt()
    expect(y.sub(expected).abs().div(error).amax(0).amax(0).item()).toBeLessThan(5)
  })

  test('comes nearer to the mean over masks than the layer with all weights', () => {
    manualSeed(4)
    const layer = make(2000)
    const x = randn([1, 6])
    const [gaussian, masks] = noGrad(() => {
      const sampled = layer.eval().call(x)
      return [
        sampled,
        layer
          .train()
          .call(x.expand([20_000, 6]).contiguous())
          .mean(0),
      ]
    })
    const all = layer.layer.call(x).relu()
    const distance = (y: typeof x) => y.sub(masks).abs().sum().item()
    expect(distance(gaussian)).toBeLessThan(0.3 * distance(all))
  })

  test('draws in evaluation, can be replayed, and has no place for p = 1', () => {
    const layer = make(5).eval()
    const x = randn([2, 6])
    const before = defaultGenerator.getState()
    const recording = recordMasks(layer)
    const y = layer.call(x)
    const masks = recording.stop()
    expect(defaultGenerator.getState().equal(before)).toBe(false)
    expect(masks.get(':0')?.shape).toEqual([5, 2, 4])
    const replay = replayMasks(layer, masks)
    expect(layer.call(x).equal(y)).toBe(true)
    replay.stop()
    layer.p = 1
    expect(() => layer.call(x)).toThrow('DropConnect: p must be below 1 for a Gaussian in the place of masks, got 1')
    layer.p = 0
    expectNear(layer.call(x).toArray(), layer.layer.call(x).relu().toArray(), 0, 1e-3)
    expect(String(make(5))).toContain('p=0.4, masks=perExample, inference=gaussian, samples=5')
  })
})

test('gradients reach weights that were kept, and no others', () => {
  const layer = new nn.DropConnect(new nn.Linear(4, 2, { bias: false }), 0.5, { masks: 'perBatch' })
  const recording = recordMasks(layer)
  layer
    .call(tensor([[1, 2, 3, 4]]))
    .sum()
    .backward()
  const kept = recording.stop().get(':0')?.to('float32') as ReturnType<typeof ones>
  expectNear(layer.layer.weight.grad?.toArray() ?? [], kept.mul(tensor([[2, 4, 6, 8]])).toArray(), 0)
})
