// Losses: one number (or, unreduced, one per item) for how far predictions are from targets.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { sigmoid } from './activation.ts'
import { add, div, mul, neg, sub } from './arithmetic.ts'
import { cast } from './cast.ts'
import { ge, le, logicalAnd, lt } from './compare.ts'
import { onesLike } from './creation.ts'
import { checkFloating } from './launch.ts'
import { contiguous } from './layout.ts'
import { all, mean, sum } from './reduce.ts'
import { abs, clamp, log, log1p, square } from './unary.ts'
import { where } from './where.ts'

export { type CrossEntropyOptions, crossEntropy, type NllOptions, nllLoss } from './cross-entropy.ts'

/** What becomes of the losses of single items: their mean (default), their sum, or themselves. */
export type Reduction = 'mean' | 'sum' | 'none'

/** The option of every loss. */
export interface LossOptions {
  readonly reduction?: Reduction | undefined
}

/** @internal Throws unless the reduction is a known one. */
export function checkReduction(loss: string, reduction: Reduction): void {
  if (reduction === 'mean' || reduction === 'sum' || reduction === 'none') return
  fail('TN_RANGE', loss, `${String(reduction)} is not a valid value for reduction: expected 'mean', 'sum' or 'none'`)
}

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses)
}

/** @internal Throws unless the options of a loss are known: `crossEntropy(x, y, { reduction: 'sum' })`. */
export const checkLossOptions = (loss: string, options: LossOptions, known: readonly string[]): void =>
  checkOptions(loss, options, known, `${loss}(input, target, { reduction: 'mean' })`)

/** The checks that all losses of two tensors of one shape make. */
function checkPair(loss: string, input: Tensor, target: Tensor, reduction: Reduction): void {
  checkReduction(loss, reduction)
  checkFloating(loss, input)
  checkTensor(loss, target)
  if (sameShape(input.shape, target.shape)) return
  const shapes = `got ${formatShape(target.shape)} and ${formatShape(input.shape)}`
  fail('TN_SHAPE', loss, `target must have the size of input, ${shapes}; reshape one, they are not broadcast`, {
    input: input.shape,
    target: target.shape,
  })
}

/** A target of integers or booleans in the type of the input. */
const asTarget = (target: Tensor, input: Tensor): Tensor =>
  target.dtype === 'float64' ? target : cast(target, input.dtype)

/**
 * Squared error, `(input - target)²`, reduced.
 *
 * @throws ThinnetError TN_SHAPE if the shapes differ: they are not broadcast.
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = noOptions): Tensor {
  checkLossOptions('mseLoss', options, ['reduction'])
  const { reduction = 'mean' } = options
  checkPair('mseLoss', input, target, reduction)
  return reduced(square(sub(input, asTarget(target, input))), reduction)
}

/** Absolute error, `|input - target|`, reduced. @throws ThinnetError TN_SHAPE if the shapes differ. */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = noOptions): Tensor {
  checkLossOptions('l1Loss', options, ['reduction'])
  const { reduction = 'mean' } = options
  checkPair('l1Loss', input, target, reduction)
  return reduced(abs(sub(input, asTarget(target, input))), reduction)
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1Options extends LossOptions {
  /** Where the square ends and the straight line begins, at least 0. Default 1. */
  readonly beta?: number | undefined
}

/**
 * With `d = |input - target|`: `d² / (2 · beta)` where `d < beta`, else `d - beta / 2`; reduced.
 *
 * @throws ThinnetError TN_SHAPE if the shapes differ, TN_RANGE if beta is negative.
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = noOptions): Tensor {
  checkLossOptions('smoothL1Loss', options, ['reduction', 'beta'])
  const { reduction = 'mean', beta = 1 } = options
  checkPair('smoothL1Loss', input, target, reduction)
  if (!(beta >= 0)) fail('TN_RANGE', 'smoothL1Loss', `does not support negative values for beta, got ${beta}`)
  const distance = abs(sub(input, asTarget(target, input)))
  if (beta === 0) return reduced(distance, reduction)
  const losses = where(lt(distance, beta), mul(square(distance), 0.5 / beta), sub(distance, 0.5 * beta))
  return reduced(losses, reduction)
}

/** Options of `huberLoss`. */
export interface HuberOptions extends LossOptions {
  /** Where the square ends and the straight line begins, above 0. Default 1. */
  readonly delta?: number | undefined
}

/**
 * With `d = |input - target|`: `d² / 2` where `d <= delta`, else `delta · (d - delta / 2)`; reduced.
 *
 * @throws ThinnetError TN_SHAPE if the shapes differ, TN_RANGE unless delta is above 0.
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberOptions = noOptions): Tensor {
  checkLossOptions('huberLoss', options, ['reduction', 'delta'])
  const { reduction = 'mean', delta = 1 } = options
  checkPair('huberLoss', input, target, reduction)
  if (!(delta > 0)) fail('TN_RANGE', 'huberLoss', `does not support non-positive values for delta, got ${delta}`)
  const distance = abs(sub(input, asTarget(target, input)))
  const losses = where(le(distance, delta), mul(square(distance), 0.5), mul(sub(distance, 0.5 * delta), delta))
  return reduced(losses, reduction)
}

const bceWithLogitsOp = defineOp({
  name: 'bceWithLogits',
  inputs: ['x', 'target'],
  forward: ([x, target]) => {
    const [source, wanted] = [contiguous(x), contiguous(target)]
    const out = allocate(x.shape, x.dtype)
    const [to, from, target_] = [out.address, source.address, wanted.address]
    backend().kernels.bceWithLogits(dtypeCode(x.dtype), to, from, target_, out.numel)
    return { out, saved: { x, target } }
  },
  gradients: {
    x: (gradient, { x, target }) => mul(gradient, sub(sigmoid(x), target)),
    target: (gradient, { x }) => neg(mul(gradient, x)),
  },
})

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factors of the items' losses; broadcast. */
  readonly weight?: Tensor | undefined
}

/** Options of `bceWithLogits`. */
export interface BceWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** Factors of the positive part, as one class may be rarer than another; broadcast. */
  readonly posWeight?: Tensor | undefined
}

const weighted = (losses: Tensor, weight: Tensor | undefined): Tensor => (weight ? mul(losses, weight) : losses)

/**
 * Binary cross entropy of `sigmoid(logits)`, without overflow: with t the target and s the sigmoid,
 * `-(posWeight · t · log s + (1 - t) · log(1 - s))`, times `weight`, reduced. PyTorch's
 * `binary_cross_entropy_with_logits`.
 *
 * Shape: logits and target `[...]`; targets are probabilities.
 *
 * @throws ThinnetError TN_SHAPE if the shapes differ.
 */
export function bceWithLogits(logits: Tensor, target: Tensor, options: BceWithLogitsOptions = noOptions): Tensor {
  checkLossOptions('bceWithLogits', options, ['reduction', 'weight', 'posWeight'])
  const { reduction = 'mean', weight, posWeight } = options
  checkPair('bceWithLogits', logits, target, reduction)
  const wanted = cast(target, logits.dtype)
  // The loss for a target of 1 is -log s, whence the positive part's extra weight.
  const positive =
    posWeight && mul(mul(wanted, sub(posWeight, 1)), bceWithLogitsOp([logits, onesLike(logits)], undefined))
  const losses = bceWithLogitsOp([logits, wanted], undefined)
  return reduced(weighted(positive ? add(losses, positive) : losses, weight), reduction)
}

/** PyTorch's bounds: logarithms are not below -100, the gradient's denominator is not below 1e-12. */
const leastLog = { min: -100 }
const leastDenominator = { min: 1e-12 }

const binaryCrossEntropyOp = defineOp({
  name: 'binaryCrossEntropy',
  inputs: ['x', 'target'],
  forward: ([x, target]) => {
    const [yes, no] = [clamp(log(x), leastLog), clamp(log1p(neg(x)), leastLog)]
    return { out: sub(mul(sub(target, 1), no), mul(target, yes)), saved: { x, target } }
  },
  gradients: {
    x: (gradient, { x, target }) => div(mul(gradient, sub(x, target)), clamp(mul(x, sub(1, x)), leastDenominator)),
    target: (gradient, { x }) => mul(gradient, sub(clamp(log1p(neg(x)), leastLog), clamp(log(x), leastLog))),
  },
})

/**
 * Binary cross entropy of probabilities: `-(t · log x + (1 - t) · log(1 - x))` with t the target, times `weight`, reduced.
 * Logarithms are held above -100. `bceWithLogits` is more accurate where the probabilities come from a sigmoid.
 *
 * @throws ThinnetError TN_SHAPE if the shapes differ, TN_RANGE if an input is not in [0, 1].
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = noOptions,
): Tensor {
  checkLossOptions('binaryCrossEntropy', options, ['reduction', 'weight'])
  const { reduction = 'mean', weight } = options
  checkPair('binaryCrossEntropy', input, target, reduction)
  if (input.numel > 0 && all(logicalAnd(ge(input, 0), le(input, 1))).item() === 0) {
    fail('TN_RANGE', 'binaryCrossEntropy', 'all elements of input should be between 0 and 1')
  }
  return reduced(weighted(binaryCrossEntropyOp([input, cast(target, input.dtype)], undefined), weight), reduction)
}
