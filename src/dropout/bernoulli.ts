import { fail } from '../backend/errors.ts'
import { checkBoolean, checkOptions, type DropFacts } from '../module/index.ts'
import { mul } from '../ops/arithmetic.ts'
import { PackedValue } from '../ops/compact.ts'
import { zeros } from '../ops/creation.ts'
import { Generator } from '../random/index.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall, checkCanScale, type DropOptions, dropIn, dropOptionNames, finish } from './decide.ts'
import { DropLayer, type DropLayerOptions } from './layer.ts'
import { applyMask, drawMask, inOrderOfMemory, type MaskPlace } from './mask.ts'
import { applySharedMask, checkNoiseShape, type NoiseShape, noiseShapeText, noiseSizes } from './noise-shape.ts'
import { checkProbability } from './probability.ts'
import { checkScaling, keptScale, type ScaleAware, type Scaling } from './scaling.ts'
import { checkSubnets, dropByGroup, type SubnetOptions, type Subnets } from './subnets.ts'

/** Options of `dropout`. */
export interface DropoutFunctionOptions extends DropOptions, SubnetOptions {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
  /** Where the expectation is put right: in training (`inverted`, the default) or in evaluation (`standard`). */
  readonly scaling?: Scaling | undefined
  /** The shape that the mask is drawn in, broadcast to the input. Default: a draw for each element. */
  readonly noiseShape?: NoiseShape | undefined
}

const functionOptionNames = [
  ...dropOptionNames,
  'scaling',
  'noiseShape',
  'subnets',
  'balance',
] as const satisfies readonly (keyof DropoutFunctionOptions)[]

/**
 * Drops each element with probability p: `y[i] = x[i] * kept[i] / (1 - p)` (Srivastava et al. 2014, JMLR 15:1929).
 *
 * Shape: any, same out. Keeps the expectation: E[y] = x. Draws two words an element from `generator`, in the order of
 * x's memory; none in evaluation, for p = 0, p = 1 or an empty input. In evaluation, for p = 0 and empty inputs the
 * very same tensor comes back. Gradient: the same mask and factor.
 *
 * With `noiseShape`, elements share draws: the mask is drawn in that shape, two words for each of its positions in
 * row-major order, and broadcast. `[null, 1, null]` for `[N, T, C]` drops a feature at all times or at none (Gal &
 * Ghahramani 2016, arXiv 1512.05287); PyTorch users asked for it in pytorch#20058.
 *
 * With `subnets: G`, the examples of the mini-batch share masks in G groups, each of which trains one thinned network.
 * The mask is drawn in the shape `[G, F]`, G at most the number of examples; what is dropped is then not computed, here
 * and in the linear layers before and behind. For `[N, F]` and `[N, L, F]`.
 *
 * @param p Probability to drop an element, in [0, 1].
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or `subnets` is out of range; TN_DTYPE for tensors of integers with
 * 0 < p < 1; TN_GRAPH if a leaf that requires a gradient would be changed in place; TN_SHAPE if `noiseShape` does not
 * broadcast to the input, or `subnets` do not fit its shape.
 * @example
 * dropout(ones([4]), 0.5) // two, in the mean, are 2, the others 0
 * dropout(ones([2, 3]), 0.5, { noiseShape: [null, 1] }) // each row all 2 or all 0
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutFunctionOptions = {}): Tensor {
  checkOptions('dropout', options, functionOptionNames, 'dropout(x, p, { training: false })')
  const { training = true, scaling = 'inverted', noiseShape, subnets = 'perExample', balance = false } = options
  const { inplace = false, generator } = options
  checkCall('dropout', x, p, options)
  checkScaling('dropout', scaling)
  checkSubnets('dropout', subnets)
  checkShared('dropout', options)
  return drop(x, p, { training, inplace, generator, scaling, noiseShape, subnets, balance })
}

/** All that `dropout` can be told. */
interface DropSettings extends DropoutFunctionOptions {
  readonly training: boolean
  readonly scaling: Scaling
  readonly subnets: Subnets
  readonly balance: boolean
}

/** `dropout` with settings that were checked. */
function drop(x: Tensor, p: number, settings: DropSettings): Tensor {
  const { training, scaling, noiseShape, subnets, balance } = settings
  const sizes = noiseShape && noiseSizes('dropout', noiseShape, x.shape)
  if (!training && scaling === 'standard') return scaledByKeep(x, p, settings)
  const masked = (ordered: Tensor, place: MaskPlace) => {
    const mask = drawMask(place, 1 - p, settings)
    checkCanScale('dropout', x)
    const scale = keptScale(p, scaling, x.dtype)
    return sizes ? applySharedMask(ordered, mask, scale, sizes) : applyMask(ordered, mask, scale)
  }
  return dropIn('dropout', x, p, settings, () => {
    if (subnets !== 'perExample') {
      return dropByGroup(x, 1 - p, keptScale(p, scaling, x.dtype), subnets, balance, settings)
    }
    return sizes ? masked(x, { shape: sizes }) : inOrderOfMemory(x, masked)
  })
}

/** Masks are shared along axes or among the examples of groups, not both; and only groups can be balanced. */
function checkShared(where: string, { noiseShape, subnets = 'perExample', balance }: DropoutFunctionOptions): void {
  if (balance !== undefined) checkBoolean(where, 'balance', balance)
  if (subnets === 'perExample') {
    if (balance) fail('TN_RANGE', where, 'balance shares out neurons among groups: give subnets, a number, too')
  } else if (noiseShape) fail('TN_RANGE', where, 'noiseShape and subnets both share masks: give one of them')
}

/** What standard scaling does in evaluation: `x * (1 - p)`. */
function scaledByKeep(x: Tensor, p: number, options: DropoutFunctionOptions): Tensor {
  if (p === 0 || x.numel === 0) return x
  checkCanScale('dropout', x)
  return finish('dropout', x, mul(x, 1 - p), options)
}

/** Evaluation with inverted scaling, which costs a prediction nothing: the check of p is all there is to do. */
function untouched(x: Tensor, p: number): Tensor {
  checkProbability('dropout', p)
  return x
}

/** Options of the layer `Dropout`. */
export interface DropoutOptions extends DropLayerOptions, SubnetOptions {
  /** Where the expectation is put right: in training (`inverted`, the default) or in evaluation (`standard`). */
  readonly scaling?: Scaling | undefined
  /** The shape that masks are drawn in, broadcast to the input; see `dropout`. Default: a draw for each element. */
  readonly noiseShape?: NoiseShape | undefined
}

/**
 * Drops each element of its input with probability p while it trains; `dropout` as a layer. Each call draws a new mask.
 *
 * Usual choices: p about 0.2 for inputs, about 0.5 for hidden neurons.
 *
 * @param p Probability to drop an element, in [0, 1]. Default 0.5.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown.
 * @example new nn.Sequential(new nn.Dropout(0.2), new nn.Linear(784, 10))
 */
export class Dropout extends DropLayer implements ScaleAware {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  protected static override readonly optionNames: readonly string[] = [
    ...DropLayer.optionNames,
    'scaling',
    'noiseShape',
    'subnets',
    'balance',
  ]
  readonly scaleEquivariant = true
  /** May be changed; to keep what the network computes, use `convertScaling`. */
  scaling: Scaling
  readonly noiseShape: NoiseShape | undefined
  /** How many thinned networks a mini-batch trains. May be changed; `thin` does it for a whole model. */
  subnets: Subnets
  /** True if the groups' masks are drawn together; see `SubnetOptions`. May be changed. */
  balance: boolean

  constructor(p = 0.5, options: DropoutOptions = {}) {
    super(p, options)
    this.scaling = checkScaling('Dropout', options.scaling ?? 'inverted')
    if (options.noiseShape) checkNoiseShape('Dropout', options.noiseShape)
    this.noiseShape = options.noiseShape
    this.subnets = checkSubnets('Dropout', options.subnets ?? 'perExample')
    checkShared('Dropout', options)
    this.balance = options.balance ?? false
  }

  protected override maskShape(x: Tensor): Shape {
    return this.noiseShape ? noiseSizes('Dropout', this.noiseShape, x.shape) : x.shape
  }

  override dropFacts(x?: Tensor): DropFacts {
    const { p, subnets } = this
    const facts = { ...super.dropFacts(x), subnets }
    if (!x || subnets === 'perExample' || p === 0 || p === 1) return facts
    // What becomes of a batch of this shape is asked of one, which says it best.
    const { deferred } = dropout(zeros(x.shape), p, { subnets, generator: new Generator() })
    const maskBytes = deferred instanceof PackedValue ? deferred.selection.storage.bytes : facts.maskBytes
    return { ...facts, units: x.shape.at(-1), maskBytes, thins: deferred instanceof PackedValue }
  }

  forward(x: Tensor): Tensor {
    const { p, drops, inplace, generator, scaling, noiseShape, subnets, balance } = this
    if (!drops && scaling === 'inverted' && !noiseShape) return untouched(x, p)
    const settings = { training: drops, inplace, generator, scaling, noiseShape, subnets, balance }
    checkCall('dropout', x, p, settings)
    return drop(x, p, settings)
  }

  protected override settings(): string[] {
    const settings = super.settings()
    if (this.scaling !== 'inverted') settings.push(`scaling=${this.scaling}`)
    if (this.noiseShape) settings.push(`noise_shape=${noiseShapeText(this.noiseShape)}`)
    if (this.subnets !== 'perExample') settings.push(`subnets=${this.subnets}`)
    if (this.balance) settings.push('balance=True')
    return settings
  }
}
