// The losses of classifiers: negative log likelihood and cross entropy.

import { noGrad } from '../autograd/mode.ts'
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkTensor, noOptions } from '../tensor/arguments.ts'
import { dtypeCode, isFloating } from '../tensor/dtype.ts'
import { elementCount, formatShape, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { add, div, mul, neg } from './arithmetic.ts'
import { cast } from './cast.ts'
import { ne } from './compare.ts'
import { checkFloating } from './launch.ts'
import { contiguous, permute, reshape } from './layout.ts'
import { checkLossOptions, checkReduction, type LossOptions, type Reduction } from './loss.ts'
import { sum } from './reduce.ts'
import { knownSoftmaxOp, logSoftmax } from './softmax.ts'

/** Options of `nllLoss`. */
export interface NllOptions extends LossOptions {
  /** A factor for each class, `[C]`; the mean divides by the sum of the factors used. */
  readonly weight?: Tensor | undefined
  /** A target that counts as no target: its loss and gradient are 0, and the mean leaves it out. Default -100. */
  readonly ignoreIndex?: number | undefined
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NllOptions {
  /** How much of the target is spread evenly over all classes, in [0, 1]. Default 0 (arXiv 1512.00567). */
  readonly labelSmoothing?: number | undefined
}

const nllOptionNames = ['reduction', 'weight', 'ignoreIndex'] as const
const crossEntropyOptionNames = [...nllOptionNames, 'labelSmoothing'] as const

interface TargetAttributes {
  /** int32 `[rows]`. */
  readonly target: Tensor
  readonly ignoreIndex: number
}

const nllOp = defineOp({
  name: 'nllLoss',
  inputs: ['logProbabilities', 'weight?'],
  forward: ([logProbabilities, weight], { target, ignoreIndex }: TargetAttributes) => {
    const [rows, classes] = logProbabilities.shape as [number, number]
    const source = contiguous(logProbabilities)
    const out = allocate([rows], source.dtype)
    const addresses = [out.address, source.address, target.address, weight ? weight.address : 0] as const
    backend().kernels.nll(dtypeCode(source.dtype), ...addresses, rows, classes, ignoreIndex)
    return { out, saved: { classes, weight, targetThen: target } }
  },
  gradients: {
    logProbabilities: (gradient, { classes, weight }, attributes): Tensor =>
      nllBackwardOp([gradient, weight], { classes, ...attributes }),
    weight: 'not differentiable',
  },
})

const nllBackwardOp = defineOp({
  name: 'nllLossBackward',
  inputs: ['gradient', 'weight?'],
  forward: ([gradient, weight], { target, ignoreIndex, classes }: TargetAttributes & { readonly classes: number }) => {
    const rows = target.numel
    const g = contiguous(gradient)
    const out = allocate([rows, classes], g.dtype)
    const addresses = [out.address, g.address, target.address, weight ? weight.address : 0] as const
    backend().kernels.nllBackward(dtypeCode(g.dtype), ...addresses, rows, classes, ignoreIndex)
    return { out, saved: { weight } }
  },
  gradients: {
    gradient: (g, { weight }, attributes): Tensor => nllOp([g, weight], attributes),
    weight: 'not differentiable',
  },
})

/** The losses of rows that the fused kernel has computed, with their probabilities: recorded, not computed. */
const crossEntropyOp = defineOp({
  name: 'crossEntropy',
  inputs: ['logits', 'probabilities'],
  forward: ([, probabilities], { losses, target }: TargetAttributes & { readonly losses: Tensor }) => ({
    out: losses,
    saved: { probabilities, targetThen: target },
  }),
  gradients: {
    logits: (gradient, { probabilities }, { target, ignoreIndex }) =>
      crossEntropyBackwardOp([gradient, probabilities], { target, ignoreIndex }),
    probabilities: 'not differentiable',
  },
})

// g·(probabilities - one-hot target)
const crossEntropyBackwardOp = defineOp({
  name: 'crossEntropyBackward',
  inputs: ['gradient', 'probabilities'],
  forward: ([gradient, probabilities], { target, ignoreIndex }: TargetAttributes) => {
    const [rows, classes] = probabilities.shape as [number, number]
    const p = contiguous(probabilities)
    const out = allocate([rows, classes], p.dtype)
    const [to, from, probabilitiesAt, classesAt] = [out.address, gradient.address, p.address, target.address]
    const [dtype, step] = [dtypeCode(p.dtype), gradient.strides[0] as number]
    backend().kernels.crossEntropyBackward(
      dtype,
      to,
      from,
      step,
      probabilitiesAt,
      classesAt,
      rows,
      classes,
      ignoreIndex,
    )
    return { out, saved: { gradient, probabilities } }
  },
  gradients: {
    gradient: (g, { probabilities }, { target, ignoreIndex }) => {
      const counted = counts(target, ignoreIndex, g)
      const expected = mul(sum(mul(g, probabilities), 1), counted)
      return add(expected, nllOp([g, undefined], { target, ignoreIndex }))
    },
    probabilities: (g, { gradient }, { target, ignoreIndex }) =>
      mul(g, reshape(mul(gradient, counts(target, ignoreIndex, g)), [-1, 1])),
  },
})

/** 1 for each target that counts, 0 for those to ignore. */
const counts = (target: Tensor, ignoreIndex: number, like: Tensor): Tensor => cast(ne(target, ignoreIndex), like.dtype)

/** The losses of rows `[R, C]` for targets `[R]`, through one kernel. */
function rowLosses(logits: Tensor, attributes: TargetAttributes): Tensor {
  const [rows, classes] = logits.shape as [number, number]
  const source = contiguous(logits)
  const [losses, known] = [allocate([rows], source.dtype), allocate([rows, classes], source.dtype)]
  const { target, ignoreIndex } = attributes
  const [to, probabilitiesTo, from, classesAt] = [losses.address, known.address, source.address, target.address]
  const dtype = dtypeCode(source.dtype)
  backend().kernels.crossEntropy(dtype, to, probabilitiesTo, from, classesAt, rows, classes, ignoreIndex)
  const probabilities = knownSoftmaxOp([logits], known)
  return crossEntropyOp([logits, probabilities], { losses, target, ignoreIndex })
}

/** Input as rows of classes, `[R, C]`: dimension 1 (0 of a single example) holds the classes and goes last. */
function asRows(loss: string, input: Tensor): { rows: Tensor; positions: Shape } {
  checkFloating(loss, input)
  if (input.ndim === 0) fail('TN_SHAPE', loss, 'expected input [N, C], [C] or [N, C, d1, ...], got shape []')
  if (input.ndim === 1) return { rows: reshape(input, [1, input.numel]), positions: [] }
  if (input.ndim === 2) return { rows: input, positions: input.shape.slice(0, 1) }
  const [batch, classes, ...inner] = input.shape as [number, number, ...number[]]
  const order = [0, ...inner.map((_, i) => i + 2), 1]
  const positions = [batch, ...inner]
  return { rows: reshape(permute(input, order), [elementCount(positions), classes]), positions }
}

/** Class targets as int32 `[R]`, after a check of each; and how many are not to be ignored. */
function asClasses(loss: string, target: Tensor, positions: Shape, classes: number, ignoreIndex: number) {
  if (!sameShape(target.shape, positions)) {
    fail('TN_SHAPE', loss, `expected target of shape ${formatShape(positions)}, got ${formatShape(target.shape)}`, {
      expected: positions,
      target: target.shape,
    })
  }
  if (target.dtype !== 'int32' && target.dtype !== 'uint8') {
    fail('TN_DTYPE', loss, `expected target to hold classes as int32 or uint8, got ${target.dtype}`)
  }
  const list = reshape(contiguous(cast(target, 'int32')), [-1])
  if (!Number.isInteger(ignoreIndex)) fail('TN_RANGE', loss, `ignoreIndex must be a whole number, got ${ignoreIndex}`)
  const { kernels, memory } = backend()
  kernels.checkClasses(list.address, list.numel, classes, ignoreIndex, memory.describe([0, 0]))
  const [counted, bad] = memory.answer(2) as [number, number]
  if (bad >= 0) failAsPyTorch('TN_RANGE', loss, `Target ${list.hostView()[bad]} is out of bounds.`)
  return { list, counted }
}

function asWeight(loss: string, weight: Tensor | undefined, like: Tensor): Tensor | undefined {
  if (!weight) return undefined
  const classes = like.shape[1] as number
  if (!sameShape(weight.shape, [classes])) {
    const got = `got ${formatShape(weight.shape)}`
    fail('TN_SHAPE', loss, `weight tensor should be defined either for all ${classes} classes or no classes, ${got}`)
  }
  if (weight.dtype !== like.dtype) {
    fail('TN_DTYPE', loss, `expected weight of the input's type ${like.dtype}, got ${weight.dtype}`)
  }
  return contiguous(weight)
}

/** The sum of the class weights of the targets that count. */
const weightSum = (weight: Tensor, { target, ignoreIndex }: TargetAttributes): Tensor =>
  // The loss of log probabilities -1 is the weight.
  noGrad(() =>
    sum(
      nllOp([reshape(mul(weight, 0), [1, -1]).sub(1).expand([target.numel, weight.numel]), weight], {
        target,
        ignoreIndex,
      }),
    ),
  )

function reducedRows(losses: Tensor, reduction: Reduction, divisor: () => Tensor | number, positions: Shape): Tensor {
  if (reduction === 'none') return reshape(losses, positions)
  const total = sum(losses)
  return reduction === 'sum' ? total : div(total, divisor())
}

/**
 * Negative log likelihood: `-weight[t] · logProbabilities[t]` of each item's target class t, reduced. The mean divides by
 * the sum of the weights used.
 *
 * Shape: input `[N, C]` with target `[N]`, or `[C]` with `[]`, or `[N, C, d1, …]` with `[N, d1, …]`.
 *
 * @throws ThinnetError TN_SHAPE or TN_DTYPE if they do not fit, TN_RANGE for a target that is no class.
 * @example nllLoss(logSoftmax(logits, 1), target)
 */
export function nllLoss(input: Tensor, target: Tensor, options: NllOptions = noOptions): Tensor {
  checkLossOptions('nllLoss', options, nllOptionNames)
  checkTensor('nllLoss', target)
  const { reduction = 'mean', ignoreIndex = -100 } = options
  checkReduction('nllLoss', reduction)
  const { rows, positions } = asRows('nllLoss', input)
  const { list, counted } = asClasses('nllLoss', target, positions, rows.shape[1] as number, ignoreIndex)
  const weight = asWeight('nllLoss', options.weight, rows)
  const attributes = { target: list, ignoreIndex }
  const divisor = () => (weight ? weightSum(weight, attributes) : counted)
  return reducedRows(nllOp([rows, weight], attributes), reduction, divisor, positions)
}

/**
 * Cross entropy between the softmax of `input` and the target, reduced: `-w[t] · log softmax(input)[t]` for target classes,
 * `-Σ_c w[c] · q[c] · log softmax(input)[c]` for target probabilities q. With label smoothing ε, the target is
 * `(1 - ε)` of itself and `ε / C` of every class. The mean of class targets divides by the sum of their weights, that of
 * probabilities by the number of items.
 *
 * Shape: input `[N, C]` with target `[N]` (classes) or `[N, C]` (probabilities); or `[C]`; or `[N, C, d1, …]` with
 * `[N, d1, …]` or `[N, C, d1, …]`.
 *
 * @throws ThinnetError TN_SHAPE or TN_DTYPE if they do not fit, TN_RANGE for a target that is no class.
 * @example crossEntropy(model.call(x), labels).backward()
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = noOptions): Tensor {
  checkLossOptions('crossEntropy', options, crossEntropyOptionNames)
  checkTensor('crossEntropy', target)
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 } = options
  checkReduction('crossEntropy', reduction)
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    fail('TN_RANGE', 'crossEntropy', `label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`)
  }
  const { rows, positions } = asRows('crossEntropy', input)
  const weight = asWeight('crossEntropy', options.weight, rows)
  if (isFloating(target.dtype))
    return withProbabilities(input, target, { rows, positions, weight, reduction, labelSmoothing })
  const { list, counted } = asClasses('crossEntropy', target, positions, rows.shape[1] as number, ignoreIndex)
  const attributes = { target: list, ignoreIndex }
  if (!weight && labelSmoothing === 0)
    return reducedRows(rowLosses(rows, attributes), reduction, () => counted, positions)
  const divisor = () => (weight ? weightSum(weight, attributes) : counted)
  const losses = smoothed(logSoftmax(rows, 1), weight, attributes, labelSmoothing)
  return reducedRows(losses, reduction, divisor, positions)
}

/** `(1 - ε)·w[t]·nll + ε/C·Σ_c w[c]·(-log p[c])` of each row; 0 for ignored targets. */
function smoothed(
  logProbabilities: Tensor,
  weight: Tensor | undefined,
  attributes: TargetAttributes,
  labelSmoothing: number,
): Tensor {
  const losses = nllOp([logProbabilities, weight], attributes)
  if (labelSmoothing === 0) return losses
  const classes = logProbabilities.shape[1] as number
  const overClasses = neg(sum(weight ? mul(logProbabilities, weight) : logProbabilities, 1))
  const evenly = mul(overClasses, counts(attributes.target, attributes.ignoreIndex, logProbabilities))
  return add(mul(losses, 1 - labelSmoothing), mul(evenly, labelSmoothing / classes))
}

interface Prepared {
  readonly rows: Tensor
  readonly positions: Shape
  readonly weight: Tensor | undefined
  readonly reduction: Reduction
  readonly labelSmoothing: number
}

function withProbabilities(
  input: Tensor,
  target: Tensor,
  { rows, positions, weight, reduction, labelSmoothing }: Prepared,
): Tensor {
  if (!sameShape(target.shape, input.shape)) {
    const shapes = `got ${formatShape(target.shape)} and ${formatShape(input.shape)}`
    fail('TN_SHAPE', 'crossEntropy', `target probabilities must have the shape of input, ${shapes}`)
  }
  const classes = rows.shape[1] as number
  const given = asRows('crossEntropy', cast(target, input.dtype)).rows
  const wanted = labelSmoothing === 0 ? given : add(mul(given, 1 - labelSmoothing), labelSmoothing / classes)
  const losses = neg(sum(mul(logSoftmax(rows, 1), weight ? mul(wanted, weight) : wanted), 1))
  return reducedRows(losses, reduction, () => rows.shape[0] as number, positions)
}
