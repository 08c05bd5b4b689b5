import { convertScaling } from '../../dropout/index.ts'
import * as nn from '../../nn/index.ts'
import * as optim from '../../optim/index.ts'
import { manualSeed } from '../../random/index.ts'
import type { ArmName, LayerCost } from '../../report/comparison.ts'
import { type CompareOptions, usualSubnets } from './command.ts'

/** A network with what trains it. */
export interface Arm {
  readonly name: ArmName
  readonly model: nn.Sequential
  /** The layer that looks at the images. */
  readonly firstLayer: nn.Linear
  readonly optimizer: optim.SGD
  /** Lowers the learning rate, at each optimizer step. */
  readonly schedule: optim.LRScheduler
}

type NetworkOptions = Pick<CompareOptions, 'p' | 'inputP' | 'lr' | 'momentum' | 'maxNorm' | 'seed'> &
  Partial<Pick<CompareOptions, 'subnets'>>

/** A layer, and the share of its inputs that its dropout keeps where that is not made up for in training; else 1. */
interface Weighted {
  readonly layer: nn.Linear
  readonly keep: number
}

/**
 * Builds the network of one arm and its optimizer. All arms begin with the same random numbers, and so with the same
 * weights.
 *
 * With standard scaling a layer reads, in training, values that are smaller by the factor `keep = 1 - p` than with
 * inverted scaling, so that the same weights and learning rate would make another, slower training of it. To compare the
 * scalings and nothing else, it gets the inverted network converted, `W_standard = W_inverted / keep`: both compute the
 * same from the same masks. The gradient of W_standard is then keep times that of W_inverted; for a step to be worth the
 * same, its learning rate is `lr / keep^2`, and the bound on its rows `maxNorm / keep`. Biases read no dropped values.
 * Both then take the same steps, up to rounding.
 *
 * The thinned arm is the inverted one with masks that groups of examples share, and nothing else changed.
 *
 * @param layerSizes Inputs first, classes last.
 * @param steps Optimizer steps of the whole training, over which the learning rate falls from `lr` to 0 in a line.
 */
export function buildArm(name: ArmName, layerSizes: readonly number[], options: NetworkOptions, steps: number): Arm {
  const { lr, momentum, maxNorm } = options
  const { model, layers } = buildNetwork(name, layerSizes, options)
  const weights = layers.map(({ layer, keep }) => ({
    params: [layer.weight],
    lr: lr / keep ** 2,
    maxNorm: maxNorm > 0 ? maxNorm / keep : undefined,
  }))
  const biases = { params: layers.flatMap(({ layer }) => layer.bias ?? []), lr }
  const optimizer = new optim.SGD([biases, ...weights], { momentum })
  const schedule = new optim.LambdaLR(optimizer, (step) => 1 - step / steps)
  const [first] = layers
  if (!first) throw new Error('internal: a network without layers')
  return { name, model, firstLayer: first.layer, optimizer, schedule }
}

/** The learning rate at this moment, of the first group, the biases: the rate that the user chose. */
export const learningRateOf = ({ schedule }: Arm): number => schedule.getLastLr()[0] ?? 0

/** What each layer of weights of a network takes, in a mini-batch of `batch` examples. */
export function layerCosts({ model }: Pick<Arm, 'model'>, batch: number): LayerCost[] {
  const costs: LayerCost[] = []
  const summary = model.summary({ batchSize: batch })
  let dropout: nn.DropoutSummary | undefined
  for (const layer of summary.layers) {
    dropout = layer.dropout ?? dropout
    const { multiplyAdds = 0, arithmeticLeft = 1 } = layer
    if (multiplyAdds === 0) continue
    const outputs = layer.outputShape?.at(-1) ?? 0
    const inputs = multiplyAdds / outputs
    const { p = 0, expectedKept = inputs, maskBytes = 0 } = dropout ?? {}
    costs.push({ inputs, outputs, p, expectedKept, multiplyAdds, arithmeticLeft, maskBytes })
    dropout = undefined
  }
  return costs
}

function buildNetwork(name: ArmName, layerSizes: readonly number[], options: NetworkOptions) {
  const { p, inputP, seed, subnets = usualSubnets } = options
  manualSeed(seed)
  const model = new nn.Sequential()
  const layers: Weighted[] = []
  for (const [i, outputs] of layerSizes.slice(1).entries()) {
    const drop = i === 0 ? inputP : p
    if (i > 0) model.append(new nn.ReLU())
    if (name !== 'none') model.append(new nn.Dropout(drop))
    const layer = new nn.Linear(layerSizes[i] ?? 0, outputs)
    model.append(layer)
    layers.push({ layer, keep: name === 'standard' ? 1 - drop : 1 })
  }
  if (name === 'standard') convertScaling(model, 'standard')
  if (name === 'thinned') nn.thin(model, { subnets })
  return { model, layers }
}
