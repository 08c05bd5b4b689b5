import { noGrad } from '../../autograd/mode.ts'
import { fail } from '../../backend/errors.ts'
import { DataLoader, type Examples, type Task, TensorDataset } from '../../data/index.ts'
import type { Module } from '../../module/index.ts'
import { crossEntropy, mseLoss } from '../../ops/loss.ts'
import * as optim from '../../optim/index.ts'
import { Generator } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Loss } from '../model.ts'
import { Pace } from '../pace.ts'

/** How a table is learnt. */
export interface LearnOptions {
  readonly task: Task
  /** Of the optimizer, AdamW. */
  readonly lr: number
  /** Rows of a mini-batch. */
  readonly batch: number
  /** Epochs at most. */
  readonly epochs: number
  /** Epochs without a better validation loss after which training ends. */
  readonly patience: number
  /** Of the order of the rows. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** What an epoch of learning a table brought. */
export interface TableEpoch {
  /** Counts from 1. */
  readonly epoch: number
  readonly learningRate: number
  /** The mean loss of a row while training, dropout on: cross-entropy, or squared error of the scaled target. */
  readonly loss: number
  /** The same on the validation rows, dropout off. */
  readonly validationLoss: number
  /** The validation loss of the best epoch so far. */
  readonly best: number
  readonly seconds: number
}

/** Rows that are scored at once. */
const scoredAtOnce = 4096

export const lossOf = (task: Task): Loss => (task === 'classification' ? crossEntropy : mseLoss)

/**
 * Trains until the validation loss has not become better for `patience` epochs, halving the learning rate on the way
 * there, and leaves the network with the weights of its best epoch.
 *
 * @throws ThinnetError TN_RANGE if the loss is no longer a finite number.
 */
export async function* learnTable(
  network: Module,
  train: Examples,
  validation: Examples,
  options: LearnOptions,
): AsyncGenerator<TableEpoch, void, undefined> {
  const { task, signal, patience } = options
  const optimizer = new optim.AdamW(network.parameters(), { lr: options.lr })
  const generator = new Generator().manualSeed(options.seed)
  const batches = new DataLoader(new TensorDataset<[Tensor, Tensor]>(train.x, train.y), {
    batchSize: options.batch,
    shuffle: true,
    generator,
  })
  const loss = lossOf(task)
  const pace = new Pace()
  let best = { loss: Number.POSITIVE_INFINITY, epoch: 0, state: snapshot(network) }
  try {
    for (let epoch = 1; epoch <= options.epochs && epoch - best.epoch <= patience; epoch++) {
      const start = performance.now()
      const learningRate = optimizer.paramGroups[0]?.lr ?? 0
      network.train()
      let sum = 0
      for (const [x, y] of batches) {
        signal?.throwIfAborted()
        const value = loss(network.call(x), y)
        optimizer.zeroGrad()
        value.backward()
        optimizer.step()
        sum += checked(value.item(), epoch) * (x.shape[0] ?? 0)
        await pace.rest()
      }
      const validationLoss = checked(tableLoss(network, validation, task), epoch)
      if (validationLoss < best.loss) best = { loss: validationLoss, epoch, state: snapshot(network) }
      else if ((epoch - best.epoch) % Math.ceil(patience / 3) === 0) halveRate(optimizer)
      const seconds = (performance.now() - start) / 1000
      yield { epoch, learningRate, loss: sum / train.length, validationLoss, best: best.loss, seconds }
    }
  } finally {
    network.loadStateDict(best.state)
    network.eval()
  }
}

function checked(loss: number, epoch: number): number {
  if (Number.isFinite(loss)) return loss
  return fail(
    'TN_RANGE',
    'learnTable',
    `the loss is ${loss} in epoch ${epoch}: training diverged. A smaller learning rate may help`,
    {
      loss,
      epoch,
    },
  )
}

function halveRate(optimizer: optim.AdamW): void {
  for (const group of optimizer.paramGroups) group.lr /= 2
}

/** The weights as they are now. */
const snapshot = (network: Module): Map<string, Tensor> =>
  new Map(Array.from(network.stateDict(), ([name, x]) => [name, x.clone()]))

/** The mean loss of a row, dropout off. */
export function tableLoss(network: Module, { x, y, length }: Examples, task: Task): number {
  network.eval()
  const loss = lossOf(task)
  let sum = 0
  for (let from = 0; from < length; from += scoredAtOnce) {
    const count = Math.min(scoredAtOnce, length - from)
    const part = noGrad(() => loss(network.call(x.narrow(0, from, count)), y.narrow(0, from, count)))
    sum += part.item() * count
  }
  return sum / length
}
