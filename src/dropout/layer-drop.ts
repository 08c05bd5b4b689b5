import { fail } from '../backend/errors.ts'
import { checkOptions, Module, numberText, Sequential } from '../module/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { drawMask, expandMask } from './mask.ts'
import { checkProbability } from './probability.ts'

/**
 * A stack of layers of which each is left out with probability p in training, its input passing in its place; nothing
 * is scaled (LayerDrop: Fan, Grave & Joulin 2019, arXiv 1909.11556). A network trained so can be made shallower
 * afterwards, without training again: `subset(everyOther(12, 0.5))`.
 *
 * The expectation is not kept: evaluation runs all layers, training a mean of p L fewer. What is left out costs nothing.
 *
 * Shape: that of the layers, each of which must return the shape that it takes. Draws two words a layer at each call;
 * none in evaluation, for p = 0 or p = 1. In state dictionaries the layers are named by their positions, as in a
 * Sequential.
 *
 * @param layers The layers, from the first to the last.
 * @param p Probability to leave out a layer, in [0, 1]. Default 0.2, the paper's.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown; TN_DTYPE if a layer is no module.
 * @example new nn.LayerDrop(Array.from({ length: 12 }, () => block()), 0.2)
 */
export class LayerDrop extends ProbabilityLayer implements Iterable<Module> {
  readonly #list: readonly Module[]

  constructor(layers: Iterable<Module>, p = 0.2, options: NoiseLayerOptions = {}) {
    checkOptions(
      'LayerDrop',
      options,
      noiseLayerOptionNames,
      `new nn.LayerDrop(layers, ${numberText(p)}, { mc: false })`,
    )
    super(p, options)
    this.#list = [...layers]
    for (const layer of this.#list) {
      if (!(layer instanceof Module)) fail('TN_DTYPE', 'LayerDrop', `layers must be modules, got ${typeof layer}`)
    }
  }

  override shareOfCalls(): number {
    return 1 - this.p
  }

  /** The number of layers. */
  get length(): number {
    return this.#list.length
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.#list.values()
  }

  protected override *members(): Generator<readonly [string, unknown]> {
    yield* super.members()
    for (const [i, layer] of this.#list.entries()) yield [String(i), layer]
  }

  /**
   * The layers at some positions, as a network without the others. They are the same layers, not copies.
   *
   * @throws ThinnetError TN_RANGE if a position is out of range.
   */
  subset(positions: readonly number[]): Sequential {
    return new Sequential(
      ...positions.map((at) => {
        const layer = Number.isInteger(at) && at >= 0 ? this.#list[at] : undefined
        return layer ?? fail('TN_RANGE', 'LayerDrop', `there is no layer ${at}, of ${this.length}`)
      }),
    )
  }

  forward(x: Tensor): Tensor {
    const { p, length } = this
    checkProbability('LayerDrop', p)
    const kept = this.#kept(length)
    return this.#list.reduce((h, layer, i) => (kept(i) ? layer.call(h) : h), x)
  }

  #kept(length: number): (layer: number) => boolean {
    const { p } = this
    if (!this.drops || p === 0 || length === 0) return () => true
    if (p === 1) return () => false
    const mask = expandMask(drawMask({ shape: [length] }, 1 - p, this), length).toArray()
    return (layer) => mask[layer] === 1
  }
}

/**
 * The positions that stay when every ⌊1/p⌋-th of `count` layers is taken out, evenly spread: the paper's way to choose
 * the layers of a shallower network (Fan et al. 2019, arXiv 1909.11556, "Every Other").
 *
 * @param p The share of layers to take out, in [0, 0.5].
 * @throws ThinnetError TN_RANGE if it is not, or `count` is no whole number.
 * @example everyOther(6, 0.5) // [0, 2, 4]
 */
export function everyOther(count: number, p: number): number[] {
  if (!Number.isInteger(count) || count < 0) {
    fail('TN_RANGE', 'everyOther', `count must be a whole number, got ${String(count)}`)
  }
  if (!(p >= 0 && p <= 0.5)) fail('TN_RANGE', 'everyOther', `p must be in [0, 0.5], got ${String(p)}`)
  if (p === 0) return Array.from({ length: count }, (_, i) => i)
  const step = Math.floor(1 / p)
  return Array.from({ length: count }, (_, i) => i).filter((i) => (i + 1) % step !== 0)
}
