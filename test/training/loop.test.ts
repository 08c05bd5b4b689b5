import { isGradEnabled, type Tensor, tensor } from 'thinnet'
import { type Batch, countErrors, evaluate, Pace, ScoreSum, trainEpoch } from 'thinnet/training'
import { describe, expect, test } from 'vitest'

/** Logits that are the input itself, and a note of what the loop did. */
class Recorder {
  training = true
  readonly calls: string[] = []
  readonly weight = tensor([1], { requiresGrad: true })

  train(mode = true) {
    this.training = mode
  }
  eval() {
    this.training = false
  }
  call(x: Tensor): Tensor {
    this.calls.push(`call ${this.training ? 'training' : 'evaluation'} ${isGradEnabled() ? 'recorded' : 'unrecorded'}`)
    return x.mul(this.weight)
  }
  zeroGrad() {
    this.calls.push('zeroGrad')
  }
  step() {
    this.calls.push('step')
  }
}

const labels = (...classes: number[]) => tensor(Int32Array.from(classes))
/** Three examples of class 0, of which one is taken for class 1; then one that is right. */
const batches: Batch[] = [
  [
    tensor([
      [1, 0],
      [0, 1],
      [3, 2],
    ]),
    labels(0, 0, 0),
  ],
  [tensor([[0, 9]]), labels(1)],
]
/** The mean of the logits: 7/6 of the first batch, 4.5 of the second. */
const meanLogit = (output: Tensor) => output.mean()

test('errors are counted by the largest logit, the first of equals', () => {
  expect(
    countErrors(
      tensor([
        [1, 2, 0],
        [5, 5, 5],
        [0, 0, 1],
      ]),
      labels(1, 0, 0),
    ),
  ).toBe(1)
})

test('scores of batches are weighted by their sizes', () => {
  const sum = new ScoreSum()
  sum.add(1, 3, 3)
  sum.add(5, 0, 1)
  expect(sum.score).toEqual({ loss: 2, error: 0.75, examples: 4 })
})

describe('evaluate', () => {
  test('scores all examples, in evaluation mode, without recording, and restores training mode', async () => {
    const model = new Recorder()
    const score = await evaluate(model, batches, { loss: meanLogit })
    expect(score.loss).toBeCloseTo((3 * (7 / 6) + 4.5) / 4, 6)
    expect(score.error).toBe(0.25)
    expect(score.examples).toBe(4)
    expect(model.calls).toEqual(['call evaluation unrecorded', 'call evaluation unrecorded'])
    expect(model.training).toBe(true)
  })

  test('restores the mode after an error too, and leaves evaluation mode as it was', async () => {
    const model = new Recorder()
    await expect(evaluate(model, batches, { loss: () => tensor(Number.NaN) })).rejects.toThrow(
      'the loss is NaN at step 1',
    )
    expect(model.training).toBe(true)
    model.eval()
    await evaluate(model, batches, { loss: meanLogit })
    expect(model.training).toBe(false)
  })
})

describe('trainEpoch', () => {
  test('makes a step of each batch: forward, zeroed gradients, step, schedule', async () => {
    const model = new Recorder()
    model.eval()
    const steps: number[] = []
    const score = await trainEpoch(model, model, batches, {
      loss: meanLogit,
      afterStep: () => model.calls.push('afterStep'),
      onStep: (_, step) => steps.push(step),
    })
    const one = ['call training recorded', 'zeroGrad', 'step', 'afterStep']
    expect(model.calls).toEqual([...one, ...one])
    expect(steps).toEqual([1, 2])
    expect(score.error).toBe(0.25)
    expect(model.weight.grad?.item()).toBeCloseTo(7 / 6 + 4.5, 5)
  })

  test('stops between two batches with the reason of the signal', async () => {
    const stop = new AbortController()
    const model = new Recorder()
    const reason = new Error('enough')
    const training = trainEpoch(model, model, batches, {
      loss: meanLogit,
      signal: stop.signal,
      onStep: () => stop.abort(reason),
    })
    await expect(training).rejects.toBe(reason)
    expect(model.calls.filter((call) => call === 'step')).toHaveLength(1)
  })

  test('names the step at which the loss stopped being a number', async () => {
    const model = new Recorder()
    let step = 0
    const loss = (output: Tensor) => output.mean().mul(step++ === 1 ? Number.POSITIVE_INFINITY : 1)
    await expect(trainEpoch(model, model, batches, { loss })).rejects.toMatchObject({
      code: 'TN_RANGE',
      message: expect.stringMatching(/^trainEpoch: the loss is Infinity at step 2: /),
      details: { step: 2 },
    })
  })
})

test('a paced loop lets timers fire, though its work is synchronous', async () => {
  const pace = new Pace(5)
  const end = performance.now() + 200
  let fired = 0
  const timer = setInterval(() => fired++, 1)
  while (performance.now() < end) await pace.rest()
  clearInterval(timer)
  expect(fired).toBeGreaterThan(3)
})
