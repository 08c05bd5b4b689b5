import { noGrad } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import {
  Buffer,
  booleanText,
  checkBoolean,
  checkOptions,
  Module,
  numberText,
  Parameter,
  sizeText,
} from '../module/index.ts'
import { sub } from '../ops/arithmetic.ts'
import { ones, zeros } from '../ops/creation.ts'
import { reshape } from '../ops/layout.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { ones_, zeros_ } from './init.ts'
import {
  checkEps,
  checkNormalizable,
  checkOperand,
  checkSizes,
  divideByDeviation,
  moments,
  type NormOptions,
  scaleAndShift,
} from './normalize.ts'

/** Options of `batchNorm`; weight and bias have the shape `[C]`. */
export interface BatchNormFunctionOptions extends NormOptions {
  /** Normalises by the batch, and moves the running statistics towards it; if false, normalises by those. Default false. */
  readonly training?: boolean | undefined
  /** The share of the batch in the new running statistics, in [0, 1]. Default 0.1. */
  readonly momentum?: number | undefined
}

const functionOptionNames = [
  'weight',
  'bias',
  'eps',
  'training',
  'momentum',
] as const satisfies readonly (keyof BatchNormFunctionOptions)[]

/**
 * Normalises each channel: `y = (x - mean) / √(var + eps) · weight + bias` (Ioffe & Szegedy 2015, arXiv 1502.03167).
 *
 * In training, mean and biased variance are those of the batch, over all dimensions but the second, and the running
 * statistics, where given, change in place: `running = (1 - momentum) · running + momentum · batch`, with the unbiased
 * variance. In evaluation the running statistics take the batch's place. An empty batch changes nothing.
 *
 * Shape: `[N, C, ...]`, same out; running statistics `[C]`. Gradient, with ĝ = g · weight and x̂ the normalised x: in
 * training `(ĝ - mean ĝ - x̂ · mean(ĝ · x̂)) / √(var + eps)`, in evaluation `ĝ / √(var + eps)`.
 *
 * @throws ThinnetError TN_SHAPE if x has no channels or only one value for each in training, or an operand is not `[C]`;
 * TN_RANGE if running statistics are missing in evaluation or a number is out of range; TN_DTYPE for integers or mixed
 * types.
 * @example batchNorm(x, undefined, undefined, { training: true })
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | undefined,
  runningVar: Tensor | undefined,
  options: BatchNormFunctionOptions = {},
): Tensor {
  checkOptions('batchNorm', options, functionOptionNames)
  const { weight, bias, eps = 1e-5, training = false, momentum = 0.1 } = options
  checkBoolean('batchNorm', 'training', training)
  checkNormalizable('batchNorm', x, eps)
  checkMomentum('batchNorm', momentum)
  const channels = x.shape[1]
  if (channels === undefined) fail('TN_SHAPE', 'batchNorm', `expected x [N, C, ...], got a ${x.ndim}D tensor`)
  const operands = { running_mean: runningMean, running_var: runningVar, weight, bias }
  for (const [name, operand] of Object.entries(operands)) {
    checkOperand('batchNorm', name, x, operand, [channels], (given) => {
      return `${name} should contain ${channels} elements not ${given.join(' x ')}`
    })
  }
  const perChannel = x.shape.map((size, dim) => (dim === 1 ? size : 1))
  const alongChannels = (operand: Tensor) => reshape(operand, perChannel)
  const needed = (name: string, running: Tensor | undefined): Tensor =>
    running ?? failAsPyTorch('TN_RANGE', 'batchNorm', `${name} must be defined in evaluation mode`)
  let normalized = x
  if (!training) {
    const [mean, variance] = [needed('running_mean', runningMean), needed('running_var', runningVar)]
    normalized = divideByDeviation(sub(x, alongChannels(mean)), alongChannels(variance), eps)
  } else if (x.numel > 0) {
    const count = checkSeveralValues(x)
    const allButChannels = x.shape.map((_, dim) => dim).filter((dim) => dim !== 1)
    const { center, centered, variance } = moments(x, allButChannels)
    noGrad(() => {
      if (runningMean) moveTowards(runningMean, reshape(center, [channels]), momentum)
      if (runningVar) moveTowards(runningVar, reshape(variance, [channels]).mul(count / (count - 1)), momentum)
    })
    normalized = divideByDeviation(centered, variance, eps)
  }
  return scaleAndShift(normalized, weight && alongChannels(weight), bias && alongChannels(bias))
}

/** Throws PyTorch's message if there is one value a channel, whose variance would be 0; returns how many there are. */
function checkSeveralValues(x: Tensor): number {
  const count = x.numel / (x.shape[1] as number)
  if (count > 1) return count
  const rule = 'Expected more than 1 value per channel when training'
  return failAsPyTorch('TN_SHAPE', 'batchNorm', `${rule}, got input size ${sizeText(x.shape)}`)
}

const moveTowards = (running: Tensor, batch: Tensor, share: number): Tensor =>
  running.mul_(1 - share).add_(batch.mul(share))

function checkMomentum(where: string, momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) fail('TN_RANGE', where, `momentum must be in [0, 1], got ${String(momentum)}`)
}

/** Options of `BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`. */
export interface BatchNormOptions {
  /** Is added to the variance. At least 0; default 1e-5. */
  readonly eps?: number | undefined
  /**
   * The share of a batch in the running statistics, in [0, 1]. Default 0.1. With `null` (PyTorch's None) they are the
   * plain mean over all batches so far.
   */
  readonly momentum?: number | null | undefined
  /** Learns a weight and a bias for each channel. Default true. */
  readonly affine?: boolean | undefined
  /** Whether the bias is among what is learnt. Default true. */
  readonly bias?: boolean | undefined
  /** Keeps running statistics; without them evaluation normalises by the batch, too. Default true. */
  readonly trackRunningStats?: boolean | undefined
  /** The type of parameters and statistics: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames = [
  'eps',
  'momentum',
  'affine',
  'bias',
  'trackRunningStats',
  'dtype',
] as const satisfies readonly (keyof BatchNormOptions)[]

/** What the layers of batch normalisation have in common; they differ in the ranks that they take. */
abstract class BatchNorm extends Module {
  readonly eps: number
  readonly momentum: number | null
  /** Shape: `[C]`. */
  readonly weight: Parameter | undefined
  /** Shape: `[C]`. */
  readonly bias: Parameter | undefined
  /** Shape: `[C]`. */
  readonly runningMean: Buffer | undefined
  /** Unbiased. Shape: `[C]`. */
  readonly runningVar: Buffer | undefined
  /** How many batches the running statistics have seen. Shape: `[]`, int32. */
  readonly numBatchesTracked: Buffer | undefined

  constructor(
    readonly numFeatures: number,
    options: BatchNormOptions = {},
  ) {
    super()
    const { name } = new.target
    checkOptions(name, options, optionNames)
    const { eps = 1e-5, momentum = 0.1, affine = true, bias = true, trackRunningStats = true, dtype } = options
    checkSizes(name, 'numFeatures', [numFeatures])
    checkEps(name, eps)
    if (momentum !== null) checkMomentum(name, momentum)
    for (const [option, value] of Object.entries({ affine, bias, trackRunningStats })) checkBoolean(name, option, value)
    this.eps = eps
    this.momentum = momentum
    this.weight = affine ? new Parameter(ones([numFeatures], { dtype })) : undefined
    this.bias = affine && bias ? new Parameter(zeros([numFeatures], { dtype })) : undefined
    this.runningMean = trackRunningStats ? new Buffer(zeros([numFeatures], { dtype })) : undefined
    this.runningVar = trackRunningStats ? new Buffer(ones([numFeatures], { dtype })) : undefined
    this.numBatchesTracked = trackRunningStats ? new Buffer(zeros([], { dtype: 'int32' })) : undefined
  }

  /** The ranks that the layer takes, as its error names them. */
  protected abstract readonly ranks: readonly number[]

  /** Forgets the batches that were seen. */
  resetRunningStats(): void {
    const { runningMean, runningVar, numBatchesTracked } = this
    for (const buffer of [runningMean, numBatchesTracked]) if (buffer) zeros_(buffer)
    if (runningVar) ones_(runningVar)
  }

  /** Sets the initial values again, and forgets the batches that were seen. */
  resetParameters(): void {
    this.resetRunningStats()
    if (this.weight) ones_(this.weight)
    if (this.bias) zeros_(this.bias)
  }

  forward(x: Tensor): Tensor {
    const { ranks, training, weight, bias, eps, runningMean, runningVar, numBatchesTracked } = this
    if (!ranks.includes(x.ndim)) {
      const wanted = ranks.map((rank) => `${rank}D`).join(' or ')
      failAsPyTorch('TN_SHAPE', this.constructor.name, `expected ${wanted} input (got ${x.ndim}D input)`)
    }
    if (!training || !numBatchesTracked) {
      return batchNorm(x, runningMean, runningVar, { weight, bias, eps, training: !numBatchesTracked })
    }
    const momentum = this.momentum ?? 1 / (numBatchesTracked.item() + 1)
    const out = batchNorm(x, runningMean, runningVar, { weight, bias, eps, momentum, training })
    noGrad(() => numBatchesTracked.add_(1))
    return out
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, weight, bias, numBatchesTracked } = this
    const numbers = `${numFeatures}, eps=${numberText(eps)}, momentum=${momentum === null ? 'None' : numberText(momentum)}`
    const affine = `affine=${booleanText(weight !== undefined)}, bias=${booleanText(bias !== undefined)}`
    return `${numbers}, ${affine}, track_running_stats=${booleanText(numBatchesTracked !== undefined)}`
  }
}

/**
 * `batchNorm` as a layer, that learns weight and bias and keeps running statistics for evaluation. Initial values:
 * weight and running variance 1, bias and running mean 0; nothing is drawn.
 *
 * Shape: `[N, C]` or `[N, C, L]`, same out.
 *
 * @param numFeatures The number of channels, C.
 * @throws ThinnetError TN_RANGE if the size is not a whole number, a number is out of range or an option is unknown.
 * @example new nn.Sequential(new nn.Linear(784, 512, { bias: false }), new nn.BatchNorm1d(512), new nn.ReLU())
 */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3]
}

/** `BatchNorm1d` for images. Shape: `[N, C, H, W]`, same out. */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4]
}

/** `BatchNorm1d` for volumes. Shape: `[N, C, D, H, W]`, same out. */
export class BatchNorm3d extends BatchNorm {
  protected readonly ranks = [5]
}
