// Whole training runs of training.json: layers, dropout, loss, backward, clipping and optimizer against PyTorch, step by step.
import { expect, test } from 'vitest'
import { functional as F, nn, optim, type Tensor } from '../../src/index.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { goldens, seeded, wordsTaken } from '../random/support.ts'
import {
  expectNear,
  expectSame,
  fromGolden,
  type GoldenTensor,
  goldenNumbers,
  inCamelCase,
} from '../support/goldens.ts'

interface Run {
  readonly net: 'mlp' | 'selu_mlp' | 'cnn' | 'cnn_bn'
  readonly sizes: readonly number[]
  readonly p: readonly [number, number]
  readonly dtype: 'float32' | 'float64'
  readonly optim: 'SGD' | 'Adam' | 'AdamW'
  readonly optimKwargs: Readonly<Record<string, unknown>>
  readonly lossKwargs: Readonly<Record<string, unknown>>
  readonly clip: number | null
  readonly clipNorms: readonly number[]
  readonly initSeed: string
  readonly trainSeed: string
  readonly draws: number
  readonly input: GoldenTensor
  readonly target: GoldenTensor
  readonly initial: Readonly<Record<string, GoldenTensor>>
  readonly losses: readonly number[]
  readonly final: Readonly<Record<string, GoldenTensor>>
  readonly evalOutput: GoldenTensor
}

/** What the reference grants: losses relative, weights absolute; both leave room for other orders of sums. */
const tolerances = { float32: { loss: 1e-5, weight: 1e-5 }, float64: { loss: 1e-11, weight: 1e-10 } }

/** The network of a run; its weights are drawn in float32 and then cast. */
function build(run: Run): nn.Sequential {
  const { net, sizes, p, dtype } = run
  const [first, hidden] = p
  if (net === 'cnn' || net === 'cnn_bn') return convolutional(run).to(dtype)
  const model = new nn.Sequential()
  if (net === 'mlp') model.append(new nn.Dropout(first))
  for (let i = 1; i < sizes.length; i++) {
    model.append(new nn.Linear(sizes[i - 1] as number, sizes[i] as number))
    if (i === sizes.length - 1) break
    if (net === 'mlp') model.append(new nn.ReLU()).append(new nn.Dropout(hidden))
    else model.append(new nn.SELU()).append(new nn.AlphaDropout(hidden))
  }
  return model.to(dtype)
}

/** Two convolutions, with batch normalisation behind the first or without; channels, side of the images, classes. */
function convolutional({ net, sizes, p: [first, hidden] }: Run): nn.Sequential {
  const [channels, side, classes] = sizes as readonly [number, number, number]
  const normalized = net === 'cnn_bn'
  const after = Math.floor((side - 2) / 2) - 2
  return new nn.Sequential(
    new nn.Conv2d(1, channels, 3, { bias: !normalized }),
    ...(normalized ? [new nn.BatchNorm2d(channels)] : []),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Dropout2d(first),
    new nn.Conv2d(channels, channels + 2, 3),
    new nn.ReLU(),
    new nn.Dropout2d(first),
    new nn.Flatten(),
    new nn.Dropout(hidden),
    new nn.Linear((channels + 2) * after * after, classes),
  )
}

/** Counts of batches are int64 in PyTorch, which thinnet has in files only. */
const inOurTypes = (x: GoldenTensor): GoldenTensor => (x.dtype === 'int64' ? { ...x, dtype: 'int32' } : x)

const { runs } = goldens<{ runs: Run[] }>('training.json')

test.each(runs.map((run, i) => ({ i, ...run })))('$i: $net $sizes $dtype, $optim $optimKwargs $lossKwargs', (run) => {
  const { dtype, losses, clip, clipNorms } = run
  const tolerance = tolerances[dtype]
  seeded(run.initSeed)
  const model = build(run)
  for (const [name, x] of model.stateDict()) expectSame(x, inOurTypes(run.initial[name] as GoldenTensor))

  const optimizer = new optim[run.optim](model.parameters(), inCamelCase(run.optimKwargs))
  const [x, target] = [fromGolden(run.input), fromGolden({ ...run.target, dtype: 'int32' satisfies DType })]
  const norms: number[] = []
  const train = () =>
    losses.map(() => {
      optimizer.zeroGrad()
      const loss = F.crossEntropy(model.call(x), target, inCamelCase(run.lossKwargs))
      loss.backward()
      if (clip !== null) norms.push(optim.clipGradNorm_(model.parameters(), clip).item())
      optimizer.step()
      return loss.item()
    })
  let seen: number[] = []
  const taken = wordsTaken(seeded(run.trainSeed), () => {
    seen = train()
  })
  expect(taken).toBe(run.draws)
  for (const [i, loss] of seen.entries()) expectNear([loss], [losses[i] as number], tolerance.loss)
  expectNear(norms, clipNorms, tolerance.loss)
  for (const [name, weight] of model.stateDict()) {
    expectNear(weight.toArray(), goldenNumbers((run.final[name] as GoldenTensor).data), 0, tolerance.weight)
  }
  const evaluated: Tensor = model.eval().call(x)
  expectNear(evaluated.toArray(), goldenNumbers(run.evalOutput.data), 10 * tolerance.loss, tolerance.weight)
})
