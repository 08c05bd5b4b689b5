// Thinned networks by the group: the examples of a mini-batch share their masks in `subnets` groups.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import type { Drop } from '../ops/compact.ts'
import { tensor } from '../ops/creation.ts'
import { indexSelect } from '../ops/indexing.ts'
import { reshape } from '../ops/layout.ts'
import { haveRoom } from '../ops/panels.ts'
import { thinnedGradient, thinnedValue } from '../ops/thinned.ts'
import { defaultGenerator, type GeneratorOption } from '../random/index.ts'
import { deferredTensor } from '../tensor/deferred.ts'
import { isFloating } from '../tensor/dtype.ts'
import { evenBounds, runsWithin, Selection } from '../tensor/selection.ts'
import { formatShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { applyMask, drawMask, expandMask, packMask } from './mask.ts'
import { takeNoise } from './noise.ts'

/**
 * How many thinned networks a mini-batch trains: one for each example (`perExample`, PyTorch's), or a number G, when its
 * examples are cut into G runs of equal length, each of which trains one thinned network.
 */
export type Subnets = number | 'perExample'

/** Options that a layer has whose examples can share masks. */
export interface SubnetOptions {
  /** How many thinned networks a mini-batch trains. Default `perExample`. */
  readonly subnets?: Subnets | undefined
  /**
   * Draws the masks of a layer's groups together, so that each neuron is kept by as equal a number of groups as p allows;
   * which ones is chance. Each group alone keeps a neuron with probability 1 - p as before. Default false.
   */
  readonly balance?: boolean | undefined
}

/** Below this many examples a group is computed with masks, densely: panels of 16 would be too empty. */
const smallestGroup = 8

/** Throws unless the value says how many thinned networks there are; returns it. */
export function checkSubnets(where: string, subnets: Subnets): Subnets {
  if (subnets === 'perExample' || (Number.isInteger(subnets) && subnets >= 1)) return subnets
  fail('TN_RANGE', where, `subnets must be a whole number from 1 on or 'perExample', got ${String(subnets)}`)
}

const thinOp = defineOp({
  name: 'dropout',
  inputs: ['x'],
  takesDeferred: true,
  forward: ([x], drop: Drop) => ({ out: deferredTensor(x.shape, x.dtype, thinnedValue(x, drop)), saved: {} }),
  gradients: {
    // Computed at once: backward recycles the incoming gradient.
    x: (gradient, _, drop): Tensor => thinnedGradient(gradient, drop) ?? thinOp([gradient], drop).settle(),
  },
})

/**
 * `x` with the neurons of its last dimension dropped, group of examples by group, and the others times `scale`.
 *
 * Shape: `[N, F]` or `[N, L, F]`, same out; a neuron is dropped at all L positions. Draws a mask `[groups, F]`.
 */
export function dropByGroup(
  x: Tensor,
  keep: number,
  scale: number,
  subnets: number,
  balance: boolean,
  options: GeneratorOption,
): Tensor {
  if (x.ndim !== 2 && x.ndim !== 3) {
    const shapes = `expected [N, F] or [N, L, F], got ${formatShape(x.shape)}`
    fail('TN_SHAPE', 'dropout', `subnets share masks among examples: ${shapes}`, { shape: x.shape })
  }
  if (!isFloating(x.dtype)) fail('TN_DTYPE', 'dropout', `subnets need a floating tensor, got ${x.dtype}`)
  const examples = x.shape[0] as number
  const neurons = x.shape.at(-1) as number
  const rows = x.numel / neurons
  const groups = Math.min(subnets, examples)
  const mask = drawGroups(groups, neurons, keep, balance, options)
  const bounds = evenBounds(examples, groups, rows / examples)
  if (!haveRoom(groups, neurons, x.dtype) || rows / groups < smallestGroup) {
    return applyMask(x, forEachRow(mask, bounds, neurons), scale)
  }
  return thinOp([x], { selection: new Selection(neurons, bounds, mask), scale })
}

/** Packed bits, `[groups, neurons]`. */
function drawGroups(groups: number, neurons: number, keep: number, balance: boolean, options: GeneratorOption): Tensor {
  const shape = [groups, neurons]
  if (!balance) return drawMask({ shape }, keep, options)
  const { generator = defaultGenerator } = options
  return takeNoise({
    shape,
    dtype: 'bool',
    draw() {
      const mask = allocate([Math.ceil((groups * neurons) / 8)], 'uint8')
      backend().kernels.drawBalancedMask(generator.address, mask.address, neurons, groups, keep)
      return mask
    },
    show: (mask) => reshape(expandMask(mask, groups * neurons), shape),
    hide: packMask,
  })
}

/** The mask of each example's group, packed: `[rows, neurons]`. */
function forEachRow(mask: Tensor, bounds: readonly number[], neurons: number): Tensor {
  const rows = bounds.at(-1) as number
  const groups = runsWithin(
    Array.from({ length: rows + 1 }, (_, i) => i),
    bounds,
  )
  const kept = reshape(expandMask(mask, (bounds.length - 1) * neurons), [bounds.length - 1, neurons])
  return packMask(indexSelect(kept, 0, tensor(groups, { dtype: 'int32' })))
}
