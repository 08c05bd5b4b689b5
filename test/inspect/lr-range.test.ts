// The learning-rate range test: on a problem whose bound is known, and what it leaves behind.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  Generator,
  manualSeed,
  nn,
  optim,
  rand,
  randint,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { explainLrRange, type LrRange, lrRange, lrRangeSteps } from '../../src/inspect/index.ts'

const numbers = (x: Tensor) => Array.from(x.detach().toArray())
const plain = (parameters: Iterable<Tensor>) => new optim.SGD(parameters)

/** One weight w and the loss mean (a w x - 0)² over x = ±1: a step multiplies w by 1 - 2 a² lr, so that lr = 1 / a² is the bound. */
function quadratic(a: number) {
  const layer = new nn.Linear(1, 1, { bias: false })
  layer.weight.detach().fill_(5)
  return { layer, batches: [[tensor([[a], [-a]]), zeros([2, 1])] as const] }
}

const squares = { optimizer: plain, loss: F.mseLoss, from: 1e-4, to: 100, steps: 200 }

describe('a quadratic', () => {
  test.each([1, 3])('of curvature %d² diverges beyond its bound, and is lowest below', (a) => {
    const { layer, batches } = quadratic(a)
    const { withDropout, withoutDropout } = lrRange(layer, batches, squares)
    expect(withoutDropout).toBeUndefined()
    const bound = 1 / a ** 2
    expect(withDropout.diverged).toBeGreaterThan(bound)
    expect(withDropout.diverged).toBeLessThan(20 * bound)
    expect(withDropout.steepest).toBeLessThan(withDropout.lowest)
    expect(withDropout.suggestion).toBe(withDropout.lowest / 10)
    expect(withDropout.points[0]).toMatchObject({ lr: 1e-4, loss: expect.closeTo(25 * a ** 2, 4) })
  })

  test('its rates grow by a constant factor, from and to what was asked for', () => {
    const { layer, batches } = quadratic(1)
    const { points } = lrRange(layer, batches, { ...squares, to: 1e-3, steps: 11 }).withDropout
    const rates = points.map(({ lr }) => lr)
    expect(rates).toHaveLength(11)
    expect(rates.at(-1)).toBeCloseTo(1e-3, 12)
    for (let i = 1; i < 11; i++) expect((rates[i] as number) / (rates[i - 1] as number)).toBeCloseTo(10 ** 0.1, 9)
  })

  test('the smoothed loss is a mean in which a loss counts 0.9 of the next', () => {
    const { layer, batches } = quadratic(1)
    const { points } = lrRange(layer, batches, { ...squares, steps: 20, to: 0.1 }).withDropout
    const [a = 0, b = 0, c = 0] = points.map(({ loss }) => loss)
    expect(points[2]?.smoothed).toBeCloseTo((0.81 * a + 0.9 * b + c) / (0.81 + 0.9 + 1), 9)
  })
})

/** A small classifier with everything that could be left changed. */
function classifier() {
  manualSeed(0)
  const model = new nn.Sequential(
    new nn.Linear(4, 32),
    new nn.BatchNorm1d(32),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(32, 3),
  )
  const x = randn([64, 4])
  const batches = [0, 1, 2, 3].map((i) => [x.narrow(0, 16 * i, 16), randint(3, [16])] as const)
  return { model, batches }
}

describe('with and without dropout', () => {
  test('both runs begin with the same weights on the same mini-batches; only the first draws masks', () => {
    const { model, batches } = classifier()
    const options = { optimizer: plain, steps: 30, generator: new Generator().manualSeed(3) }
    const { withDropout, withoutDropout } = lrRange(model, batches, options)
    const evaluated = (model.at(3) as nn.Dropout).eval()
    const { points } = lrRange(model, batches, options).withDropout
    evaluated.train()
    expect(points.map(({ loss }) => loss)).not.toEqual(withDropout.points.map(({ loss }) => loss))
    const again = lrRange(model, batches, { ...options, generator: new Generator().manualSeed(3) })
    expect(again).toEqual({ withDropout, withoutDropout })
    // Dropout makes the task harder.
    const middle = (run: typeof withDropout | undefined) => run?.points[10]?.smoothed as number
    expect(middle(withDropout)).not.toBe(middle(withoutDropout))
  })

  test('weights, statistics, gradients, modes and the default generator are as before, also when it is stopped', () => {
    const { model, batches } = classifier()
    model.at(1).eval()
    F.crossEntropy(model.call(batches[0]?.[0] as Tensor), batches[0]?.[1] as Tensor).backward()
    const state = () => [
      ...[...model.stateDict()].map(([, x]) => numbers(x)),
      ...[...model.parameters()].map(({ grad }) => grad && numbers(grad)),
      [...model.modules()].map(({ training }) => training),
    ]
    const before = state()
    manualSeed(8)
    lrRange(model, batches, { optimizer: plain, steps: 12, generator: new Generator() })
    const drawn = numbers(rand([2]))
    manualSeed(8)
    expect(drawn).toEqual(numbers(rand([2])))
    expect(state()).toEqual(before)
    for (const { done } of lrRangeSteps(model, batches, { optimizer: plain, steps: 20 })) if (done > 0.6) break
    expect(state()).toEqual(before)
    const failing = () =>
      lrRange(model, batches, {
        optimizer: plain,
        loss: () => {
          throw new Error('loss')
        },
      })
    expect(failing).toThrow('loss')
    expect(state()).toEqual(before)
  })

  test('steps say how far it is', () => {
    const { model, batches } = classifier()
    const steps = [...lrRangeSteps(model, batches, { optimizer: plain, steps: 10, to: 0.01 })]
    expect(steps.map(({ dropout }) => dropout)).toEqual([...Array(10).fill(true), ...Array(10).fill(false)])
    expect(steps.map(({ done }) => done)).toEqual(steps.map((_, i) => expect.closeTo((i + 1) / 20, 9)))
  })
})

describe('in words', () => {
  const run = (suggestion: number, figures: Partial<LrRange['withDropout']> = {}) => ({
    points: [1e-4, 10 * suggestion, 20 * suggestion].map((lr) => ({ lr, loss: 1, smoothed: 1 })),
    ...{ steepest: 3 * suggestion, lowest: 10 * suggestion, diverged: 20 * suggestion, suggestion },
    ...figures,
  })

  test('what it suggests, and why', () => {
    const sentences = explainLrRange({ withDropout: run(0.1), withoutDropout: run(0.02) })
    expect(sentences).toEqual([
      'With dropout the loss falls fastest at a rate of 0.3, is lowest at 1, and grows beyond all bounds at 2.',
      'Without dropout the loss falls fastest at a rate of 0.06, is lowest at 0.2, and grows beyond all bounds at 0.4.',
      'Suggestion: 0.1, a tenth of the rate where the loss is lowest: there a few unlucky mini-batches are enough to lose what was learnt.',
      'Without dropout it would be 0.02: here dropout asks for a rate 5.0 times as high.',
    ])
    expect(explainLrRange({ withDropout: run(0.1), withoutDropout: run(0.1) }).at(-1)).toContain('about the same')
    expect(explainLrRange({ withDropout: run(0.02), withoutDropout: run(0.1) }).at(-1)).toContain('only 0.2 times')
    expect(explainLrRange({ withDropout: run(0.1), withoutDropout: undefined })).toHaveLength(2)
  })

  test('says what to change where the curve says nothing', () => {
    const flat = run(0.1, { lowest: 1e-4 })
    const falling = run(0.1, { lowest: 2, diverged: undefined })
    expect(explainLrRange({ withDropout: flat, withoutDropout: undefined })[0]).toContain('begin at a lower rate')
    expect(explainLrRange({ withDropout: falling, withoutDropout: run(0.1) })).toEqual([
      'With dropout the loss was still falling at the last rate: go on to a higher one.',
    ])
  })

  test('in Korean, too', () => {
    for (const other of [0.02, 0.1, 0.5]) {
      const sentences = explainLrRange({ withDropout: run(0.1), withoutDropout: run(other) }, 'ko')
      expect(sentences).toHaveLength(4)
      for (const sentence of sentences) expect(sentence).toMatch(/[가-힣]/)
    }
  })
})

test.each([
  [
    'no optimizer',
    { optimizer: undefined },
    'optimizer must be a function that makes one, got undefined; write { optimizer',
  ],
  ['rates the wrong way round', { from: 1, to: 0.1 }, 'rates must be 0 < from < to, got from 1, to 0.1'],
  ['too few steps', { steps: 5 }, 'steps must be a whole number of at least 10, got 5'],
  ['an unknown option', { step: 5 }, 'lrRange: unknown option step'],
])('error: %s', (_, options, message) => {
  const { layer, batches } = quadratic(1)
  expect(() => lrRange(layer, batches, { ...squares, ...options } as never)).toThrow(message)
})

test('error: no batch', () => {
  expect(() => lrRange(quadratic(1).layer, [], squares)).toThrow('there is no batch to learn from')
})
