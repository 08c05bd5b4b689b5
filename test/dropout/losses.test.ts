// R-Drop and multi-sample dropout: their formulas in plain numbers, and what they compute once.
import { describe, expect, test } from 'vitest'
import { functional as F, grad, manualSeed, nn, randn, recordMasks, type Tensor, tensor } from '../../src/index.ts'
import { gradcheck } from '../support/gradcheck.ts'
import { int32, Samples } from '../support/samples.ts'

const softmax = (row: readonly number[]): number[] => {
  const total = row.reduce((sum, x) => sum + Math.exp(x), 0)
  return row.map((x) => Math.exp(x) / total)
}
const divergence = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, value, i) => sum + value * Math.log(value / (q[i] as number)), 0)

describe('rDropLoss', () => {
  const logits = [
    [
      [1, -0.5, 0.2],
      [0.3, 2, -1],
    ],
    [
      [0.7, 0.1, 0],
      [-1, 1, 0.5],
    ],
  ] as const
  const target = int32([0, 2])
  const [first, second] = logits.map((rows) =>
    tensor(
      rows.map((row) => [...row]),
      { dtype: 'float64' },
    ),
  ) as [Tensor, Tensor]

  test('is CE(P) + CE(Q) + α/2 (KL(P ‖ Q) + KL(Q ‖ P)), means over examples', () => {
    let expected = 0
    for (const [n, y] of [0, 2].entries()) {
      const [p, q] = logits.map((rows) => softmax([...(rows[n] as readonly number[])])) as [number[], number[]]
      expected -= (Math.log(p[y] as number) + Math.log(q[y] as number)) / 2
      expected += (5 / 2) * ((divergence(p, q) + divergence(q, p)) / 2)
    }
    expect(F.rDropLoss(first, second, target, { alpha: 5 }).item()).toBeCloseTo(expected, 12)
    expect(F.rDropLoss(first, first, target, { alpha: 5 }).item()).toBeCloseTo(
      2 * F.crossEntropy(first, target).item(),
      12,
    )
    expect(F.rDropLoss(first, second, target, { alpha: 0 }).item()).toBeCloseTo(
      F.crossEntropy(first, target).item() + F.crossEntropy(second, target).item(),
      12,
    )
  })

  test('positions without a target count in nothing', () => {
    const long = (x: Tensor) => x.unsqueeze(2).expand([2, 3, 2])
    const some = int32([0, -100, 2, -100], [2, 2])
    const loss = F.rDropLoss(long(first), long(second), some, { alpha: 2 })
    expect(loss.item()).toBeCloseTo(F.rDropLoss(first, second, target, { alpha: 2 }).item(), 12)
  })

  test('probabilities as targets', () => {
    const rows = tensor(
      [
        [1, 0, 0],
        [0, 0, 1],
      ],
      { dtype: 'float64' },
    )
    expect(F.rDropLoss(first, second, rows).item()).toBeCloseTo(F.rDropLoss(first, second, target).item(), 12)
  })

  test('gradients of both passes', () => {
    const r = new Samples(1)
    gradcheck(
      'rDropLoss',
      ([a, b]) => F.rDropLoss(a as Tensor, b as Tensor, target, { alpha: 3, labelSmoothing: 0.1 }),
      [r.uniform([2, 3]), r.uniform([2, 3])],
    )
  })

  test.each<[string, () => unknown, string]>([
    [
      'logits of two shapes',
      () => F.rDropLoss(randn([2, 3]), randn([3, 3]), target),
      'rDropLoss: the logits of both passes must have one shape, got [2, 3] and [3, 3]',
    ],
    [
      'a negative alpha',
      () => F.rDropLoss(first, second, target, { alpha: -1 }),
      'rDropLoss: alpha must be at least 0, got -1',
    ],
    [
      'alpha without its name',
      () => F.rDropLoss(first, second, target, 5 as never),
      'write rDropLoss(first, second, target, { alpha: 1 })',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('RDrop', () => {
  const make = () => {
    manualSeed(0)
    return new nn.Sequential(new nn.Linear(4, 6), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(6, 3))
  }
  const target = int32([0, 2, 1])

  test('two thinned networks for each example, in one pass', () => {
    const model = make()
    const [x, loss] = [randn([3, 4]), new nn.RDrop(model, { alpha: 2 })]
    let passes = 0
    model.registerForwardHook(() => {
      passes++
      return undefined
    })
    manualSeed(1)
    const recording = recordMasks(model)
    const value = loss.call(x, target)
    expect(recording.stop().get('2:0')?.shape).toEqual([6, 6])
    expect(passes).toBe(1)
    // The mask of [x; x] is that of x, and behind it another.
    manualSeed(1)
    const [a, b] = [model.call(x), model.call(x)]
    expect(value.item()).toBeCloseTo(F.rDropLoss(a, b, target, { alpha: 2 }).item(), 5)
  })

  test("evaluation is the cross entropy of one pass; its parameters are the model's", () => {
    const model = make()
    const loss = new nn.RDrop(model, { labelSmoothing: 0.1 }).eval()
    const x = randn([3, 4])
    const expected = F.crossEntropy(model.call(x), target, { labelSmoothing: 0.1 })
    expect(loss.call(x, target).equal(expected)).toBe(true)
    expect([...loss.parameters()]).toEqual([...model.parameters()])
    expect(String(new nn.RDrop(new nn.ReLU(), { alpha: 5 }))).toBe('RDrop(\n  alpha=5\n  (model): ReLU()\n)')
    expect(() => new nn.RDrop(5 as never)).toThrow('RDrop: expected a module, got number')
    expect(() => new nn.RDrop(model, { reduction: 'sum' } as never)).toThrow('RDrop: unknown option reduction')
  })

  test('training with it makes thinned networks agree', () => {
    const disagreement = (alpha: number) => {
      const model = make()
      const [x, y] = [randn([30, 4]), int32(Array.from({ length: 30 }, (_, i) => i % 3))]
      const loss = new nn.RDrop(model, { alpha })
      for (let step = 0; step < 60; step++) {
        const gradients = grad(loss.call(x, y), [...model.parameters()])
        for (const [i, parameter] of [...model.parameters()].entries()) {
          parameter.detach().sub_((gradients[i] as Tensor).mul(0.1))
        }
      }
      const [a, b] = [model.call(x), model.call(x)].map((logits) => logits.softmax(1)) as [Tensor, Tensor]
      return a.sub(b).abs().mean().item()
    }
    expect(disagreement(20)).toBeLessThan(0.7 * disagreement(0))
  })
})

describe('MultiSampleDropout', () => {
  test('is the mean of the losses of its samples, and the head runs once', () => {
    manualSeed(2)
    const head = new nn.Linear(5, 3)
    const layer = new nn.MultiSampleDropout(head, 0.5, { samples: 4 })
    const [x, target] = [randn([6, 5]), int32([0, 1, 2, 0, 1, 2])]
    const calls: number[] = []
    head.registerForwardHook((_, [input]) => {
      calls.push(input.shape[0] as number)
      return undefined
    })
    manualSeed(3)
    const loss = layer.call(x, target)
    expect(calls).toEqual([24])
    manualSeed(3)
    const each = Array.from({ length: 4 }, () => F.crossEntropy(head.call(F.dropout(x, 0.5)), target).item())
    expect(loss.item()).toBeCloseTo(
      each.reduce((sum, value) => sum + value / 4, 0),
      5,
    )
    expect(layer.predict(x).equal(head.call(x))).toBe(true)
  })

  test('any loss, and examples of any shape', () => {
    const layer = new nn.MultiSampleDropout(new nn.Identity(), 0.5, { samples: 2, loss: F.mseLoss })
    layer.eval()
    const x = randn([2, 3, 4])
    expect(layer.call(x, x.add(2)).item()).toBeCloseTo(4, 5)
    layer.train()
    expect(layer.call(x, x).item()).toBeGreaterThan(0)
  })
})
