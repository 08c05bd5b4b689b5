import type { ArmResult, Comparison, LayerCost } from '../../src/report/comparison.ts'
import type { EpochMetrics } from '../../src/training/metrics.ts'

/** An epoch with distinct numbers; `testError` and what matters to a test can be given. */
export function epoch(number: number, given: Partial<EpochMetrics> = {}): EpochMetrics {
  return {
    epoch: number,
    learningRate: 0.1 / number,
    loss: 0.5 / number,
    runningError: 0.11 / number,
    trainingLoss: 0.3 / number,
    trainingError: 0.02 / number,
    testLoss: 0.4 / number,
    testError: 0.03 / number,
    seconds: 2,
    examplesPerSecond: 30_000,
    ...given,
  }
}

/** A comparison of four arms over two epochs, changed by `given`. */
export function comparison(given: Partial<Comparison> = {}): Comparison {
  return {
    status: 'finished',
    started: new Date('2026-03-04T05:06:07Z'),
    network: '784-32-10',
    trainingExamples: 60_000,
    trainingSample: 10_000,
    testExamples: 10_000,
    arms: [arm('none', 0.02), arm('inverted', 0.012), arm('standard', 0.0121), { ...arm('thinned', 0.0125), layers }],
    notes: [],
    settings: { p: 0.5, 'input-p': 0.2, subnets: 4, batch: 128, seed: 7 },
    machine: { backend: 'native', threads: 2 },
    ...given,
  }
}

/** An arm of two epochs that ends with `testError`. */
export function arm(name: ArmResult['arm'], testError: number): ArmResult {
  return { arm: name, epochs: [epoch(1), epoch(2, { testError, trainingError: name === 'none' ? 0.0001 : 0.004 })] }
}

/** What the layers of 784-32-10 take when they are thinned. */
const layers: readonly LayerCost[] = [
  {
    inputs: 784,
    outputs: 32,
    p: 0.2,
    expectedKept: 627.2,
    multiplyAdds: 25_088,
    arithmeticLeft: 0.4,
    maskBytes: 14_176,
  },
  { inputs: 32, outputs: 10, p: 0.5, expectedKept: 16, multiplyAdds: 320, arithmeticLeft: 0.5, maskBytes: 640 },
]
