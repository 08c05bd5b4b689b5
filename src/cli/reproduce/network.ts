import type { Module } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'
import { crossEntropy } from '../../ops/loss.ts'
import { abs, exp, log } from '../../ops/unary.ts'
import * as optim from '../../optim/index.ts'
import { manualSeed } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Drop, ImageUnit } from './experiment.ts'

/** A network with what trains it. */
export interface BuiltNetwork {
  readonly model: nn.Sequential
  readonly optimizer: optim.SGD
  /** The loss of a mini-batch when a part of the epochs, from 0 to 1, lies behind. */
  readonly loss: (output: Tensor, target: Tensor, done: number) => Tensor
}

const pixels = 784
const digits = 10

/** Builds the network of a unit, its first weights drawn with the unit's seed. */
export function buildNetwork({ hidden, activation, drop, recipe, seed }: ImageUnit): BuiltNetwork {
  manualSeed(seed)
  const model = new nn.Sequential()
  const layers: nn.Linear[] = []
  const activations: Module[] = []
  let width = pixels
  for (const [i, size] of [...hidden, digits].entries()) {
    const dropout = dropLayer(drop, i === 0)
    if (dropout) model.append(dropout)
    const layer = new nn.Linear(width, size)
    layers.push(layer)
    model.append(layer)
    width = size
    if (i === hidden.length) break
    if (activation === 'logistic') wakeLogistic(layer)
    const squash = activation === 'relu' ? new nn.ReLU() : new nn.Sigmoid()
    activations.push(squash)
    model.append(squash)
  }
  const weights = layers.map(({ weight }) => weight)
  const biases = layers.flatMap(({ bias }) => bias ?? [])
  const { lr, maxNorm, l2 = 0 } = recipe
  const optimizer = new optim.SGD([{ params: weights, weightDecay: l2, maxNorm }, { params: biases }], {
    lr,
    momentum: recipe.momentum,
  })
  return { model, optimizer, loss: lossOf(recipe, weights, activations, activation) }
}

/**
 * First weights with which logistic neurons, flat as they are about 0, pass on differences between images: four times
 * Glorot & Bengio's (2010), as they advise for this activation.
 */
function wakeLogistic({ weight, bias }: nn.Linear): void {
  nn.init.xavierUniform_(weight, { gain: 4 })
  if (bias) nn.init.zeros_(bias)
}

function dropLayer(drop: Drop, input: boolean): Module | undefined {
  if (drop.kind === 'none') return undefined
  const p = input ? drop.inputP : drop.p
  if (p === 0) return undefined
  if (drop.kind === 'gaussian') return new nn.GaussianDropout(p)
  return new nn.Dropout(p, drop.subnets === undefined ? {} : { subnets: drop.subnets })
}

function lossOf(
  { l1, klSparsity }: ImageUnit['recipe'],
  weights: readonly Tensor[],
  activations: readonly Module[],
  kind: ImageUnit['activation'],
): BuiltNetwork['loss'] {
  const outputs: Tensor[] = []
  if (klSparsity) {
    for (const activation of activations) {
      activation.registerForwardHook((module, _, output) => {
        if (module.training) outputs.push(output)
        return undefined
      })
    }
  }
  return (output, target, done) => {
    let loss = crossEntropy(output, target)
    if (l1 && done >= l1.from) {
      for (const weight of weights) loss = loss.add(abs(weight).sum().mul(l1.weight))
    }
    if (klSparsity) {
      for (const h of outputs) loss = loss.add(divergence(h, klSparsity.target, kind).mul(klSparsity.weight))
      outputs.length = 0
    }
    return loss
  }
}

/**
 * How far mean activations are from a target rate: the sum over neurons of `KL(Bernoulli(rate) || Bernoulli(mean))`. A
 * rectified activation h has no upper bound, and counts as `1 - exp(-h)`, which is in [0, 1).
 */
function divergence(h: Tensor, rate: number, kind: ImageUnit['activation']): Tensor {
  const active = kind === 'logistic' ? h : exp(h.neg()).neg().add(1)
  const mean = active.mean(0).clamp({ min: 1e-4, max: 1 - 1e-4 })
  const entropy = rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate)
  const cross = log(mean)
    .mul(rate)
    .add(log(mean.neg().add(1)).mul(1 - rate))
  return cross.neg().add(entropy).sum()
}
