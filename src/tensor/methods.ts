// The one knot in the imports: tensor methods call ops, which stand above tensors. Only tensor.ts imports this file.
import { type BackwardOptions, backward } from '../autograd/backward.ts'
import { type GradientHook, gradientNode } from '../autograd/node.ts'
import { fail } from '../backend/errors.ts'
import * as activation from '../ops/activation.ts'
import * as arithmetic from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import * as compare from '../ops/compare.ts'
import { gradientArithmetic } from '../ops/gradients.ts'
import * as indexing from '../ops/indexing.ts'
import * as inplace from '../ops/inplace.ts'
import * as join from '../ops/join.ts'
import * as layout from '../ops/layout.ts'
import { matmul } from '../ops/matmul.ts'
import * as reduce from '../ops/reduce.ts'
import { regionLike } from '../ops/region.ts'
import * as softmax from '../ops/softmax.ts'
import * as functions from '../ops/unary.ts'
import { maskedFill, where } from '../ops/where.ts'
import * as random from '../random/index.ts'
import { checkOptions, noOptions } from './arguments.ts'
import type { DType } from './dtype.ts'
import { formatTensor } from './print.ts'
import type { Shape } from './shape.ts'
import type { Tensor } from './tensor.ts'

type Operand = Tensor | number

const backwardOptionNames = ['gradient', 'retainGraph', 'createGraph'] as const

/** What can be done with a tensor, PyTorch's methods in camelCase. Each is the function of its name with `this` first. */
export abstract class TensorMethods {
  add(this: Tensor, b: Operand): Tensor {
    return arithmetic.add(this, b)
  }
  sub(this: Tensor, b: Operand): Tensor {
    return arithmetic.sub(this, b)
  }
  mul(this: Tensor, b: Operand): Tensor {
    return arithmetic.mul(this, b)
  }
  div(this: Tensor, b: Operand): Tensor {
    return arithmetic.div(this, b)
  }
  pow(this: Tensor, b: Operand): Tensor {
    return arithmetic.pow(this, b)
  }
  remainder(this: Tensor, b: Operand): Tensor {
    return arithmetic.remainder(this, b)
  }
  maximum(this: Tensor, b: Operand): Tensor {
    return arithmetic.maximum(this, b)
  }
  minimum(this: Tensor, b: Operand): Tensor {
    return arithmetic.minimum(this, b)
  }
  neg(this: Tensor): Tensor {
    return arithmetic.neg(this)
  }
  abs(this: Tensor): Tensor {
    return functions.abs(this)
  }
  sign(this: Tensor): Tensor {
    return functions.sign(this)
  }
  square(this: Tensor): Tensor {
    return functions.square(this)
  }
  sqrt(this: Tensor): Tensor {
    return functions.sqrt(this)
  }
  rsqrt(this: Tensor): Tensor {
    return functions.rsqrt(this)
  }
  reciprocal(this: Tensor): Tensor {
    return functions.reciprocal(this)
  }
  exp(this: Tensor): Tensor {
    return functions.exp(this)
  }
  log(this: Tensor): Tensor {
    return functions.log(this)
  }
  sin(this: Tensor): Tensor {
    return functions.sin(this)
  }
  cos(this: Tensor): Tensor {
    return functions.cos(this)
  }
  floor(this: Tensor): Tensor {
    return functions.floor(this)
  }
  ceil(this: Tensor): Tensor {
    return functions.ceil(this)
  }
  round(this: Tensor): Tensor {
    return functions.round(this)
  }
  clamp(this: Tensor, bounds: functions.ClampOptions): Tensor {
    return functions.clamp(this, bounds)
  }
  relu(this: Tensor): Tensor {
    return activation.relu(this)
  }
  sigmoid(this: Tensor): Tensor {
    return activation.sigmoid(this)
  }
  tanh(this: Tensor): Tensor {
    return activation.tanh(this)
  }
  softmax(this: Tensor, dim: number): Tensor {
    return softmax.softmax(this, dim)
  }
  logSoftmax(this: Tensor, dim: number): Tensor {
    return softmax.logSoftmax(this, dim)
  }
  matmul(this: Tensor, b: Tensor): Tensor {
    return matmul(this, b)
  }

  eq(this: Tensor, b: Operand): Tensor {
    return compare.eq(this, b)
  }
  ne(this: Tensor, b: Operand): Tensor {
    return compare.ne(this, b)
  }
  lt(this: Tensor, b: Operand): Tensor {
    return compare.lt(this, b)
  }
  le(this: Tensor, b: Operand): Tensor {
    return compare.le(this, b)
  }
  gt(this: Tensor, b: Operand): Tensor {
    return compare.gt(this, b)
  }
  ge(this: Tensor, b: Operand): Tensor {
    return compare.ge(this, b)
  }
  equal(this: Tensor, b: Tensor): boolean {
    return compare.equal(this, b)
  }

  sum(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.sum(this, dim, options)
  }
  prod(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.prod(this, dim, options)
  }
  mean(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.mean(this, dim, options)
  }
  var(this: Tensor, dim?: reduce.Dims, options?: reduce.VarianceOptions): Tensor {
    return reduce.variance(this, dim, options)
  }
  std(this: Tensor, dim?: reduce.Dims, options?: reduce.VarianceOptions): Tensor {
    return reduce.std(this, dim, options)
  }
  norm(this: Tensor, p?: number, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.norm(this, p, dim, options)
  }
  max(this: Tensor, dim: number, options?: reduce.KeepdimOptions): reduce.Extreme {
    return reduce.max(this, dim, options)
  }
  min(this: Tensor, dim: number, options?: reduce.KeepdimOptions): reduce.Extreme {
    return reduce.min(this, dim, options)
  }
  amax(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.amax(this, dim, options)
  }
  amin(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.amin(this, dim, options)
  }
  argmax(this: Tensor, dim?: number, options?: reduce.KeepdimOptions): Tensor {
    return reduce.argmax(this, dim, options)
  }
  argmin(this: Tensor, dim?: number, options?: reduce.KeepdimOptions): Tensor {
    return reduce.argmin(this, dim, options)
  }
  any(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.any(this, dim, options)
  }
  all(this: Tensor, dim?: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.all(this, dim, options)
  }
  logsumexp(this: Tensor, dim: reduce.Dims, options?: reduce.KeepdimOptions): Tensor {
    return reduce.logsumexp(this, dim, options)
  }
  cumsum(this: Tensor, dim: number): Tensor {
    return reduce.cumsum(this, dim)
  }

  reshape(this: Tensor, shape: Shape): Tensor {
    return layout.reshape(this, shape)
  }
  view(this: Tensor, shape: Shape): Tensor {
    return layout.view(this, shape)
  }
  flatten(this: Tensor, startDim?: number, endDim?: number): Tensor {
    return layout.flatten(this, startDim, endDim)
  }
  permute(this: Tensor, dims: readonly number[]): Tensor {
    return layout.permute(this, dims)
  }
  transpose(this: Tensor, dim0: number, dim1: number): Tensor {
    return layout.transpose(this, dim0, dim1)
  }
  expand(this: Tensor, shape: Shape): Tensor {
    return layout.expand(this, shape)
  }
  unsqueeze(this: Tensor, dim: number): Tensor {
    return layout.unsqueeze(this, dim)
  }
  squeeze(this: Tensor, dim?: number): Tensor {
    return layout.squeeze(this, dim)
  }
  slice(this: Tensor, dim: number, start?: number, end?: number, step?: number): Tensor {
    return layout.slice(this, dim, start, end, step)
  }
  narrow(this: Tensor, dim: number, start: number, length: number): Tensor {
    return layout.narrow(this, dim, start, length)
  }
  select(this: Tensor, dim: number, index: number): Tensor {
    return layout.select(this, dim, index)
  }
  contiguous(this: Tensor): Tensor {
    return layout.contiguous(this)
  }
  clone(this: Tensor): Tensor {
    return layout.clone(this)
  }
  detach(this: Tensor): Tensor {
    return layout.detach(this)
  }
  to(this: Tensor, dtype: DType): Tensor {
    return cast(this, dtype)
  }
  /** The matrix transposed: the last two dimensions swapped. */
  get T(): Tensor {
    return layout.transpose(this as unknown as Tensor, -1, -2)
  }

  /** @internal The same elements as a view of `base`, whose memory it shares, with the history that gives it. */
  protected asRegionOf(this: Tensor, base: Tensor): Tensor {
    return regionLike(base, this)
  }

  index(this: Tensor, ...indices: readonly indexing.Index[]): Tensor {
    return indexing.index(this, ...indices)
  }
  indexSelect(this: Tensor, dim: number, indices: Tensor): Tensor {
    return indexing.indexSelect(this, dim, indices)
  }
  gather(this: Tensor, dim: number, indices: Tensor): Tensor {
    return indexing.gather(this, dim, indices)
  }
  scatter(this: Tensor, dim: number, indices: Tensor, source: Operand): Tensor {
    return indexing.scatter(this, dim, indices, source)
  }
  scatterAdd(this: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
    return indexing.scatterAdd(this, dim, indices, source)
  }
  indexAdd(this: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
    return indexing.indexAdd(this, dim, indices, source)
  }
  take(this: Tensor, indices: Tensor): Tensor {
    return indexing.take(this, indices)
  }
  maskedSelect(this: Tensor, mask: Tensor): Tensor {
    return indexing.maskedSelect(this, mask)
  }
  nonzero(this: Tensor): Tensor {
    return indexing.nonzero(this)
  }
  split(this: Tensor, size: number | readonly number[], dim?: number): Tensor[] {
    return join.split(this, size, dim)
  }
  chunk(this: Tensor, count: number, dim?: number): Tensor[] {
    return join.chunk(this, count, dim)
  }
  unbind(this: Tensor, dim?: number): Tensor[] {
    return join.unbind(this, dim)
  }
  flip(this: Tensor, dims: number | readonly number[]): Tensor {
    return join.flip(this, dims)
  }
  repeat(this: Tensor, counts: Shape): Tensor {
    return join.repeat(this, counts)
  }
  tile(this: Tensor, counts: Shape): Tensor {
    return join.tile(this, counts)
  }
  repeatInterleave(this: Tensor, count: number, dim: number): Tensor {
    return join.repeatInterleave(this, count, dim)
  }
  maskedFill(this: Tensor, mask: Tensor, value: number): Tensor {
    return maskedFill(this, mask, value)
  }
  where(this: Tensor, condition: Tensor, other: Operand): Tensor {
    return where(condition, this, other)
  }

  add_(this: Tensor, b: Operand): Tensor {
    return inplace.replaceWith('add_', this, arithmetic.add(this, b))
  }
  sub_(this: Tensor, b: Operand): Tensor {
    return inplace.replaceWith('sub_', this, arithmetic.sub(this, b))
  }
  mul_(this: Tensor, b: Operand): Tensor {
    return inplace.replaceWith('mul_', this, arithmetic.mul(this, b))
  }
  div_(this: Tensor, b: Operand): Tensor {
    return inplace.replaceWith('div_', this, arithmetic.div(this, b))
  }
  pow_(this: Tensor, b: Operand): Tensor {
    return inplace.replaceWith('pow_', this, arithmetic.pow(this, b))
  }
  neg_(this: Tensor): Tensor {
    return inplace.replaceWith('neg_', this, arithmetic.neg(this))
  }
  exp_(this: Tensor): Tensor {
    return inplace.replaceWith('exp_', this, functions.exp(this))
  }
  clamp_(this: Tensor, bounds: functions.ClampOptions): Tensor {
    return inplace.replaceWith('clamp_', this, functions.clamp(this, bounds))
  }
  relu_(this: Tensor): Tensor {
    return inplace.replaceWith('relu_', this, activation.relu(this))
  }
  maskedFill_(this: Tensor, mask: Tensor, value: number): Tensor {
    return inplace.replaceWith('maskedFill_', this, maskedFill(this, mask, value))
  }
  indexPut_(
    this: Tensor,
    indices: readonly indexing.Index[],
    value: Operand,
    options?: indexing.IndexPutOptions,
  ): Tensor {
    return indexing.indexPut_(this, indices, value, options)
  }
  copy_(this: Tensor, source: Tensor): Tensor {
    return inplace.copy_(this, source)
  }
  fill_(this: Tensor, value: number): Tensor {
    return inplace.fill_(this, value)
  }
  zero_(this: Tensor): Tensor {
    return inplace.fill_(this, 0)
  }

  uniform_(this: Tensor, from?: number, to?: number, options?: random.GeneratorOption): Tensor {
    return random.uniform_(this, from, to, options)
  }
  normal_(this: Tensor, mean?: number, std?: number, options?: random.GeneratorOption): Tensor {
    return random.normal_(this, mean, std, options)
  }
  bernoulli_(this: Tensor, p?: number | Tensor, options?: random.GeneratorOption): Tensor {
    return random.bernoulli_(this, p, options)
  }
  exponential_(this: Tensor, lambd?: number, options?: random.GeneratorOption): Tensor {
    return random.exponential_(this, lambd, options)
  }
  random_(this: Tensor, from?: number, to?: number, options?: random.GeneratorOption): Tensor {
    return random.random_(this, from, to, options)
  }
  bernoulli(this: Tensor, options?: random.GeneratorOption): Tensor {
    return random.bernoulli(this, options)
  }
  multinomial(this: Tensor, count: number, options?: random.MultinomialOptions): Tensor {
    return random.multinomial(this, count, options)
  }

  /**
   * Adds the gradients of this tensor with respect to each leaf that it was computed from to that leaf's `grad`.
   *
   * @throws ThinnetError TN_GRAPH if nothing requires a gradient, if the graph was freed by an earlier backward, or if a
   * tensor that a gradient needs was changed in place.
   */
  backward(this: Tensor, options: BackwardOptions = noOptions): void {
    checkOptions('backward', options, backwardOptionNames, 'backward({ gradient })')
    backward(this, options, gradientArithmetic)
  }

  /** Sets whether operations are recorded; returns this tensor. For leaves. */
  requiresGrad_(this: Tensor, requiresGrad = true): Tensor {
    this.requiresGrad = requiresGrad
    return this
  }

  /** Makes `backward` keep the gradient of a tensor that is not a leaf. */
  retainGrad(this: Tensor): void {
    const node =
      gradientNode(this) ?? fail('TN_GRAPH', 'retainGrad', "can't retain grad on Tensor that has requiresGrad false")
    if (!this.isLeaf) node.retained = this
  }

  /**
   * Calls `hook` with the gradient of this tensor whenever backward computes it; what it returns, if anything, takes the
   * gradient's place. Returns a function that takes the hook away.
   */
  registerHook(this: Tensor, hook: GradientHook): () => void {
    const node =
      gradientNode(this) ??
      fail('TN_GRAPH', 'registerHook', 'cannot register a hook on a tensor that does not require gradient')
    node.hooks ??= new Set()
    node.hooks.add(hook)
    return () => node.hooks?.delete(hook)
  }

  /** As PyTorch prints it. */
  toString(this: Tensor): string {
    return formatTensor(this)
  }

  /** What Node's console prints. */
  [Symbol.for('nodejs.util.inspect.custom')](this: Tensor): string {
    return formatTensor(this)
  }
}
