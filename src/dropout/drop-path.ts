import { fail } from '../backend/errors.ts'
import { type AnyModule, checkBoolean, checkOptions, Module, numberText } from '../module/index.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { indexAdd, indexSelect, positionsOf } from '../ops/indexing.ts'
import { checkFloating } from '../ops/launch.ts'
import type { GeneratorOption } from '../random/index.ts'
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall, dropIn } from './decide.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { drawMask, expandMask } from './mask.ts'
import { applySharedMask } from './noise-shape.ts'
import { checkProbability } from './probability.ts'
import { keptScale, type ScaleAware } from './scaling.ts'

/** What is dropped together: an example (`row`), or the mini-batch as a whole (`batch`). */
export type DropPathMode = 'row' | 'batch'

/** Options of `dropPath`. */
export interface DropPathFunctionOptions extends GeneratorOption {
  /** Drops if true; if false the input passes. Default true. */
  readonly training?: boolean | undefined
  /** Default `row`. */
  readonly mode?: DropPathMode | undefined
}

function checkMode(where: string, mode: DropPathMode): void {
  if (mode === 'row' || mode === 'batch') return
  fail('TN_RANGE', where, `mode has to be either 'batch' or 'row', but got ${String(mode)}`)
}

/** The shape of the mask: one bit an example, or one for all. */
function pathShape(where: string, { shape }: Tensor, mode: DropPathMode): Shape {
  if (shape.length === 0) fail('TN_SHAPE', where, 'expected x [N, ...], whose first dimension are examples, got []')
  return shape.map((size, dim) => (dim === 0 && mode === 'row' ? size : 1))
}

/**
 * Drops all of an example, or of a mini-batch, with probability p: `y[n] = x[n] * kept[n] / (1 - p)`. For the branch of a
 * residual block: what is dropped leaves the shortcut alone, and so the network shallower (stochastic depth: Huang et
 * al. 2016, arXiv 1603.09382; torchvision's `stochastic_depth`; known as DropPath).
 *
 * Keeps the expectation: E[y] = x, which evaluation returns. (The paper multiplies by 1 - p in evaluation instead.)
 *
 * Shape: `[N, ...]`, same out. Draws two words an example, or two for the batch; none in evaluation, for p = 0, p = 1 or
 * an empty input. Gradient: the same mask and factor.
 *
 * @param p Probability to drop, in [0, 1].
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or the mode is unknown; TN_DTYPE for integers.
 * @example add(x, dropPath(branch.call(x), 0.2))
 */
export function dropPath(x: Tensor, p = 0.5, options: DropPathFunctionOptions = {}): Tensor {
  const name = 'dropPath'
  checkOptions(name, options, ['training', 'mode', 'generator'], `${name}(x, p, { training: false })`)
  const { training = true, mode = 'row' } = options
  checkCall(name, x, p, { training })
  checkMode(name, mode)
  const shape = pathShape(name, x, mode)
  return dropIn(name, x, p, { training }, () => {
    checkFloating(name, x)
    const mask = drawMask({ shape }, 1 - p, options)
    return applySharedMask(x, mask, keptScale(p, 'inverted', x.dtype), shape)
  })
}

/** Options of `DropPath`. */
export interface DropPathOptions extends NoiseLayerOptions {
  /** What is dropped together. Default `row`. */
  readonly mode?: DropPathMode | undefined
}

/**
 * `dropPath` as a layer, to stand at the end of a branch; `Residual` has it built in. torchvision's `StochasticDepth`.
 *
 * @param p Probability to drop, in [0, 1]. Default 0.5; see `linearDecay`.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1], the mode or an option unknown.
 */
export class DropPath extends ProbabilityLayer implements ScaleAware {
  readonly scaleEquivariant = true
  readonly mode: DropPathMode

  constructor(p = 0.5, options: DropPathOptions = {}) {
    const { mode = 'row' } = options
    checkOptions(
      'DropPath',
      options,
      ['mode', ...noiseLayerOptionNames],
      `new nn.DropPath(${numberText(p)}, { mode: 'row' })`,
    )
    super(p, options)
    checkMode('DropPath', mode)
    this.mode = mode
  }

  forward(x: Tensor): Tensor {
    const { p, mode, drops, generator } = this
    return dropPath(x, p, { mode, training: drops, generator })
  }

  protected override settings(): string[] {
    return [...super.settings(), `mode=${this.mode}`]
  }
}

/**
 * Probabilities to drop that grow with depth, `p * l / L` for l = 1 ... L: early blocks, whose features all later ones
 * use, are kept more often (the linear decay rule, Huang et al. 2016, arXiv 1603.09382, equation 4).
 *
 * @param p Of the last block, in [0, 1]; the paper's choice is 0.5.
 * @param count The number of blocks, L.
 * @example linearDecay(0.5, 4) // [0.125, 0.25, 0.375, 0.5]
 */
export function linearDecay(p: number, count: number): number[] {
  checkProbability('linearDecay', p)
  if (!Number.isInteger(count) || count < 0) {
    fail('TN_RANGE', 'linearDecay', `count must be a whole number, got ${String(count)}`)
  }
  return Array.from({ length: count }, (_, i) => (p * (i + 1)) / count)
}

/** Options of `Residual`. */
export interface ResidualOptions extends DropPathOptions {
  /** What the input passes beside the branch where shapes differ, such as a convolution of size 1. Default: nothing. */
  readonly shortcut?: Module | undefined
  /**
   * Leaves out the arithmetic of what is dropped, instead of multiplying it by 0: the branch runs on the kept examples
   * alone. Default: true in mode `batch`, as in the paper; false in mode `row`, since batch normalisation in the branch
   * would see the kept examples only.
   */
  readonly skip?: boolean | undefined
}

const residualOptionNames = ['mode', 'shortcut', 'skip', ...noiseLayerOptionNames]

/**
 * A residual block whose branch is dropped at random: `y = shortcut(x) + branch(x) * kept / (1 - p)` (He et al. 2016,
 * arXiv 1512.03385; with p > 0 stochastic depth, Huang et al. 2016, arXiv 1603.09382).
 *
 * Keeps the expectation, E[y] = shortcut(x) + branch(x), which evaluation computes.
 *
 * Shape: `[N, ...]`, same out unless branch and shortcut change it. Draws as `dropPath`.
 *
 * @param p Probability to drop the branch, in [0, 1]. Default 0: a plain residual block.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown; TN_SHAPE if branch and shortcut return
 * different shapes.
 * @example
 * const rates = linearDecay(0.5, 12)
 * new nn.Sequential(...rates.map((p) => new nn.Residual(block(), p, { mode: 'batch' })))
 */
export class Residual extends ProbabilityLayer {
  readonly shortcut: Module | undefined
  readonly mode: DropPathMode
  readonly skip: boolean

  constructor(
    readonly branch: Module,
    p = 0,
    options: ResidualOptions = {},
  ) {
    const form = `new nn.Residual(branch, ${numberText(p)}, { mode: 'batch' })`
    checkOptions('Residual', options, residualOptionNames, form)
    super(p, options)
    const { shortcut, mode = 'row', skip = mode === 'batch' } = options
    for (const module of [branch, ...(shortcut ? [shortcut] : [])]) {
      if (!(module instanceof Module)) fail('TN_DTYPE', 'Residual', `expected a module, got ${typeof module}`)
    }
    checkMode('Residual', mode)
    checkBoolean('Residual', 'skip', skip)
    this.shortcut = shortcut
    this.mode = mode
    this.skip = skip
  }

  forward(x: Tensor): Tensor {
    const { branch, shortcut, p, mode, skip, drops, generator } = this
    checkProbability('Residual', p)
    const passed = shortcut ? shortcut.call(x) : x
    if (!drops || p === 0 || x.numel === 0) return sum(passed, branch.call(x))
    if (skip) return this.#skipping(x, passed)
    return sum(passed, dropPath(branch.call(x), p, { mode, training: true, generator }))
  }

  override shareOfCalls(child: AnyModule): number {
    return child === this.branch && this.skip ? 1 - this.p : 1
  }

  /** The branch on the kept examples only. */
  #skipping(x: Tensor, passed: Tensor): Tensor {
    const { branch, p, mode } = this
    if (p === 1) return passed
    const scale = keptScale(p, 'inverted', x.dtype)
    const shape = pathShape('Residual', x, mode)
    const bits = mode === 'row' ? (x.shape[0] as number) : 1
    const kept = positionsOf(expandMask(drawMask({ shape }, 1 - p, this), bits))
    if (kept.numel === 0) return passed
    if (kept.numel === bits) return sum(passed, mul(branch.call(x), scale))
    const share = mul(branch.call(indexSelect(x, 0, kept)), scale)
    return indexAdd(passed, 0, kept, share)
  }

  protected override settings(): string[] {
    return [
      ...super.settings(),
      `mode=${this.mode}`,
      ...(this.skip === (this.mode === 'batch') ? [] : [`skip=${this.skip ? 'True' : 'False'}`]),
    ]
  }
}

function sum(passed: Tensor, share: Tensor): Tensor {
  if (sameShape(passed.shape, share.shape)) return add(passed, share)
  const shapes = `${formatShape(share.shape)} and ${formatShape(passed.shape)}`
  return fail('TN_SHAPE', 'Residual', `branch and shortcut must return one shape, got ${shapes}`)
}
