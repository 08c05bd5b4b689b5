import { fail } from '../../backend/errors.ts'
import { drawMask, expandMask } from '../../dropout/mask.ts'
import type { Masks } from '../../dropout/record.ts'
import { keptScale } from '../../dropout/scaling.ts'
import { checkOptions, type Sequential } from '../../module/index.ts'
import { mul } from '../../ops/arithmetic.ts'
import { tensor } from '../../ops/creation.ts'
import { reshape } from '../../ops/layout.ts'
import type { GeneratorOption } from '../../random/index.ts'
import { elementCount, formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { withModes } from '../modes.ts'
import { type Cost, costOf } from './cost.ts'
import { extract } from './extract.ts'
import { type DropPart, type LinearPart, type Part, takeApart } from './parts.ts'
import type { Plan } from './segments.ts'

/** What one dropout layer leaves of the features that it reads. */
export interface ThinnedLayer {
  /** The dropout layer's name in the model: `3`, or `1.0` in a nested Sequential. */
  readonly name: string
  /** Its probability to drop. */
  readonly p: number
  /** How many features it reads. */
  readonly size: number
  /** Which of them it lets through, ascending. */
  readonly kept: readonly number[]
  /** What it multiplies them by: 1 / (1 - p) with inverted scaling, 1 with standard scaling. */
  readonly scale: number
}

/** One of the networks that dropout trains: the model without the neurons that were dropped. It shares the weights. */
export interface ThinnedNetwork {
  /** The dropout layers with what they keep, in the order of execution. */
  readonly layers: readonly ThinnedLayer[]
  /** What it costs, and what the whole model costs. */
  readonly cost: Cost
  readonly wholeCost: Cost
  /**
   * Runs it alone: all examples on this one network, batch normalisation by its running statistics. Gradients flow to
   * the model's weights; those of dropped neurons get 0.
   */
  call(x: Tensor): Tensor
  /**
   * Makes a smaller network of it, with weights of its own (copies), that computes the same from the same inputs, up to
   * rounding. It is in evaluation mode. Where inputs are dropped it begins with a `Select`.
   *
   * @throws ThinnetError TN_STATE where a dropped feature cannot be left out: see `thinnedNetwork`.
   */
  extract(): Sequential
}

/**
 * Draws one thinned network of a model: each dropout layer draws a mask for one example, in the order of execution, as
 * a training pass over a batch of one would. Draws from each layer's own generator, or else from `generator`. The model
 * is not changed.
 *
 * @throws ThinnetError TN_STATE for a model that is not a Sequential of `Linear`, `Dropout`, activations,
 * `BatchNorm1d`, `LayerNorm`, `Softmax`, `Flatten`, `Identity` (nested ones too).
 * @example
 * const model = new nn.Sequential(new nn.Linear(784, 512), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(512, 10))
 * const network = drawThinnedNetwork(model)
 * network.layers[0]?.kept.length // about 256
 * network.cost.multiplyAdds / network.wholeCost.multiplyAdds // about 0.5
 * const small = network.extract() // Linear(784, about 256), ReLU, Linear(about 256, 10)
 */
export function drawThinnedNetwork(model: Sequential, options: GeneratorOption = {}): ThinnedNetwork {
  checkOptions('drawThinnedNetwork', options, ['generator'])
  const parts = takeApart('drawThinnedNetwork', model)
  return networkOf(model, parts, (part) => draw(part, options))
}

/**
 * The thinned network with given neurons: `kept[i]` lists what the i-th dropout layer lets through, whatever its p.
 *
 * @throws ThinnetError TN_RANGE if `kept` is not a list of neurons for each dropout layer; else as `drawThinnedNetwork`.
 * @example thinnedNetwork(model, [[0, 2, 3]])
 */
export function thinnedNetwork(model: Sequential, kept: readonly (readonly number[])[]): ThinnedNetwork {
  const parts = takeApart('thinnedNetwork', model)
  const drops = parts.filter((part) => part.kind === 'drop')
  if (kept.length !== drops.length) {
    const expected = `expected a list of kept neurons for each of ${drops.length} dropout layers`
    fail('TN_RANGE', 'thinnedNetwork', `${expected}, got ${kept.length}`)
  }
  return networkOf(model, parts, (part, i) => checkedNeurons(part, kept[i] as readonly number[]))
}

/**
 * The thinned network that one example of a recorded step ran through: what `recordMasks` kept of a pass over a batch,
 * as an object.
 *
 * @param example Which example of the batch; of layers with `subnets`, which group of it. Default 0.
 * @throws ThinnetError TN_STATE if a dropout layer has no recorded mask; TN_RANGE if the batch has no such example; else
 * as `drawThinnedNetwork`.
 * @example
 * const recording = recordMasks(model)
 * model.call(x)
 * recordedNetwork(model, recording.stop(), 3).call(x.narrow(0, 3, 1)) // what the step computed for x[3]
 */
export function recordedNetwork(model: Sequential, masks: Masks, example = 0): ThinnedNetwork {
  const parts = takeApart('recordedNetwork', model)
  return networkOf(model, parts, (part) => recorded(part, masks.get(`${part.name}:0`), example))
}

function recorded({ name, size, module }: DropPart, mask: Tensor | undefined, example: number): number[] {
  if (module.p === 0 || module.p === 1) return module.p === 0 ? [...Array(size).keys()] : []
  if (mask?.dtype !== 'bool') fail('TN_STATE', 'recordedNetwork', `the record has no mask of dropout layer ${name}`)
  const [batch = 0] = mask.shape
  if (!Number.isInteger(example) || example < 0 || example >= batch) {
    fail('TN_RANGE', 'recordedNetwork', `the step had examples 0 to ${batch - 1}, got ${String(example)}`)
  }
  const bits = mask.select(0, example).toArray()
  if (bits.length === size) return neuronsOf(bits)
  const shape = `${size} neurons, but the mask of an example has ${bits.length} elements`
  return fail('TN_SHAPE', 'recordedNetwork', `dropout layer ${name} reads ${shape}`)
}

const neuronsOf = (bits: ArrayLike<number>): number[] => Array.from(bits).flatMap((bit, i) => (bit === 1 ? i : []))

/** The neurons that a dropout layer keeps of one example, drawn as the layer draws. */
function draw({ module, size }: DropPart, { generator }: GeneratorOption): number[] {
  const { p } = module
  if (p === 0 || p === 1) return p === 0 ? [...Array(size).keys()] : []
  const mask = drawMask({ shape: [size] }, 1 - p, { generator: module.generator ?? generator })
  return neuronsOf(expandMask(mask, size).toArray())
}

function checkedNeurons({ name, size }: DropPart, kept: readonly number[]): number[] {
  const sorted = [...new Set(kept)].sort((a, b) => a - b)
  const wrong = sorted.find((neuron) => !Number.isInteger(neuron) || neuron < 0 || neuron >= size)
  if (wrong !== undefined || sorted.length !== kept.length) {
    const rule = `kept neurons of ${name} must be different whole numbers from 0 to ${size - 1}`
    fail('TN_RANGE', 'thinnedNetwork', `${rule}, got ${wrong ?? 'one of them twice'}`)
  }
  return sorted
}

function networkOf(
  model: Sequential,
  parts: readonly Part[],
  choose: (part: DropPart, i: number) => number[],
): ThinnedNetwork {
  const drops = parts.filter((part) => part.kind === 'drop')
  const { dtype } = (parts.find((part) => part.kind === 'linear') as LinearPart).module.weight
  const layers = new Map<Part, ThinnedLayer>()
  for (const [i, part] of drops.entries()) {
    const { p, scaling } = part.module
    // With p = 1 nothing is left to be scaled, and 1 / (1 - p) would not be a number.
    const scale = p === 1 ? 1 : keptScale(p, scaling, dtype)
    layers.set(part, { name: part.name, p, size: part.size, kept: choose(part, i), scale })
  }
  const network = { parts, layerOf: (part: Part) => layers.get(part) as ThinnedLayer }
  return {
    layers: [...layers.values()],
    cost: costOf(network),
    wholeCost: costOf({ parts: parts.filter(({ kind }) => kind !== 'drop'), layerOf: network.layerOf }),
    call: (x) =>
      withModes(
        model,
        () => false,
        () => run(network, x),
      ),
    extract: () => extract(network),
  }
}

function run({ parts, layerOf }: Plan, x: Tensor): Tensor {
  let out = x
  for (const part of parts) out = part.kind === 'drop' ? masked(out, layerOf(part)) : part.module.call(out)
  return out
}

/** The product with a mask that all examples share. */
function masked(x: Tensor, { name, size, kept, scale }: ThinnedLayer): Tensor {
  const factors = new Float64Array(size)
  for (const neuron of kept) factors[neuron] = scale
  const mask = tensor(factors, { dtype: x.dtype })
  const features = x.shape.slice(1)
  if (x.shape.at(-1) === size) return mul(x, mask)
  if (elementCount(features) === size) return mul(x, reshape(mask, features))
  const got = `got a tensor of shape ${formatShape(x.shape)}`
  return fail('TN_SHAPE', 'ThinnedNetwork', `dropout layer ${name} keeps some of ${size} features, ${got}`)
}
