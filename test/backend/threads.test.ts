import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { functional as F, getNumThreads, manualSeed, nn, optim, rand, randint, setNumThreads } from '../../src/index.ts'
import { threadCounts, withThreads } from '../support/threads.ts'

/** A digest of the weights after three steps of a network that is wide enough for several threads. */
function trained(options: object): string {
  manualSeed(7)
  const [inputs, hidden, batch] = [300, 520, 96]
  const model = new nn.Sequential(
    new nn.Dropout(0.2, options),
    new nn.Linear(inputs, hidden),
    new nn.ReLU(),
    new nn.Dropout(0.5, options),
    new nn.Linear(hidden, hidden),
    new nn.ReLU(),
    new nn.Dropout(0.5, options),
    new nn.Linear(hidden, 10),
  )
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, weightDecay: 1e-3 })
  for (let step = 0; step < 3; step++) {
    optimizer.zeroGrad()
    F.crossEntropy(model.call(rand([batch, inputs])), randint(0, 10, [batch])).backward()
    optimizer.step()
  }
  const digest = createHash('sha256')
  for (const parameter of model.parameters()) digest.update(parameter.toArray() as Float32Array)
  return digest.digest('hex')
}

describe('training gives the same bits for any number of threads', () => {
  test.each([
    ['per-example dropout', {}],
    ['one thinned network a step', { subnets: 1 }],
    ['seven thinned networks a step', { subnets: 7 }],
  ])('%s', (_name, options) => {
    const digests = threadCounts.map((threads) => withThreads(threads, () => trained(options)))
    expect(digests).toEqual(digests.map(() => digests[0]))
  })
})

describe('setNumThreads', () => {
  const usual = getNumThreads()
  afterEach(() => setNumThreads(usual))

  test('sets what getNumThreads says', () => {
    setNumThreads(3)
    expect(getNumThreads()).toBe(3)
  })

  test.each([0, 65, 1.5, Number.NaN, '2'])('refuses %s', (threads) => {
    expect(() => setNumThreads(threads as number)).toThrow(/^setNumThreads: expected a whole number from 1 to 64, got /)
  })
})
