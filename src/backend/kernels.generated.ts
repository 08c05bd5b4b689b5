// Generated from kernels/table.def by scripts/generate-kernels.mjs; do not edit.
import type { Calls } from './calls.ts'

/** An address in the backend's address space; 0 where an optional operand is absent. */
export type Address = number

/** Every kernel. Sizes, strides and flags are whole numbers; strides count elements. */
export interface Kernels {
  gemm(dtype: number, batch: number, m: number, n: number, k: number, a: Address, aBatch: number, aRow: number, aCol: number, b: Address, bBatch: number, bRow: number, bCol: number, c: Address, cBatch: number, cRow: number, alpha: number, accumulate: number, aRows: Address, aInner: Address, bInner: Address, bCols: Address, bias: Address, activation: number, mask: Address, scale: number): void
  randomSeed(state: Address, low: number, high: number): void
  randomWords(state: Address, out: Address, n: number): void
  randomUniform(state: Address, dtype: number, out: Address, n: number, from: number, to: number): void
  randomNormal(state: Address, dtype: number, out: Address, n: number, mean: number, std: number, contiguous: number): void
  randomIntegers(state: Address, dtype: number, out: Address, n: number, low: number, range: number): void
  randomAny(state: Address, dtype: number, out: Address, n: number): void
  randomPermutation(state: Address, out: Address, n: number): void
  randomBernoulli(state: Address, dtype: number, out: Address, n: number, p: number): void
  randomMask(state: Address, bits: Address, n: number, p: number): void
  randomBernoulliOf(state: Address, pDtype: number, p: Address, dtype: number, out: Address, n: number): void
  randomExponential(state: Address, dtype: number, out: Address, n: number, lambda: number): void
  fill(dtype: number, out: Address, n: number, value: number): void
  arange(dtype: number, out: Address, n: number, start: number, step: number): void
  cast(to: number, out: Address, from: number, x: Address, n: number): void
  copyStrided(itemBytes: number, out: Address, x: Address, ndim: number, desc: Address): void
  neg(dtype: number, out: Address, x: Address, n: number): void
  abs(dtype: number, out: Address, x: Address, n: number): void
  sign(dtype: number, out: Address, x: Address, n: number): void
  square(dtype: number, out: Address, x: Address, n: number): void
  floor(dtype: number, out: Address, x: Address, n: number): void
  ceil(dtype: number, out: Address, x: Address, n: number): void
  round(dtype: number, out: Address, x: Address, n: number): void
  trunc(dtype: number, out: Address, x: Address, n: number): void
  relu(dtype: number, out: Address, x: Address, n: number): void
  exp(dtype: number, out: Address, x: Address, n: number): void
  expm1(dtype: number, out: Address, x: Address, n: number): void
  log(dtype: number, out: Address, x: Address, n: number): void
  log1p(dtype: number, out: Address, x: Address, n: number): void
  log2(dtype: number, out: Address, x: Address, n: number): void
  sqrt(dtype: number, out: Address, x: Address, n: number): void
  rsqrt(dtype: number, out: Address, x: Address, n: number): void
  reciprocal(dtype: number, out: Address, x: Address, n: number): void
  sin(dtype: number, out: Address, x: Address, n: number): void
  cos(dtype: number, out: Address, x: Address, n: number): void
  tanh(dtype: number, out: Address, x: Address, n: number): void
  sigmoid(dtype: number, out: Address, x: Address, n: number): void
  erf(dtype: number, out: Address, x: Address, n: number): void
  silu(dtype: number, out: Address, x: Address, n: number): void
  softplus(dtype: number, out: Address, x: Address, n: number): void
  gelu(dtype: number, out: Address, x: Address, n: number): void
  geluTanh(dtype: number, out: Address, x: Address, n: number): void
  logicalNot(dtype: number, out: Address, x: Address, n: number): void
  isNan(dtype: number, out: Address, x: Address, n: number): void
  isFinite(dtype: number, out: Address, x: Address, n: number): void
  reluBackward(dtype: number, out: Address, g: Address, y: Address, n: number): void
  tanhBackward(dtype: number, out: Address, g: Address, y: Address, n: number): void
  sigmoidBackward(dtype: number, out: Address, g: Address, y: Address, n: number): void
  leakyRelu(dtype: number, out: Address, x: Address, n: number, slope: number): void
  elu(dtype: number, out: Address, x: Address, n: number, alpha: number): void
  clamp(dtype: number, out: Address, x: Address, n: number, low: number, high: number): void
  add(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  sub(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  mul(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  div(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  maximum(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  minimum(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  pow(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  remainder(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  addScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  mulScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  divScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  rsubScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  rdivScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  powScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  rpowScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  maximumScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  minimumScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  remainderScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  addScaled(dtype: number, out: Address, a: Address, b: Address, n: number, alpha: number): void
  eq(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  ne(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  lt(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  le(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  gt(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  ge(dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  eqScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  neScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  ltScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  leScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  gtScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  geScalar(dtype: number, out: Address, a: Address, n: number, b: number): void
  logicalAnd(out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  logicalOr(out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  logicalXor(out: Address, a: Address, b: Address, ndim: number, desc: Address): void
  where(itemBytes: number, out: Address, condition: Address, a: Address, b: Address, ndim: number, desc: Address): void
  sum(dtype: number, out: Address, x: Address, outer: number, len: number, inner: number): void
  prod(dtype: number, out: Address, x: Address, outer: number, len: number, inner: number): void
  maxReduce(dtype: number, out: Address, indices: Address, x: Address, outer: number, len: number, inner: number): void
  minReduce(dtype: number, out: Address, indices: Address, x: Address, outer: number, len: number, inner: number): void
  cumsum(dtype: number, out: Address, x: Address, outer: number, len: number, inner: number): void
  sumSquares(dtype: number, out: Address, x: Address, n: number): void
  softmax(dtype: number, out: Address, x: Address, rows: number, cols: number): void
  logSoftmax(dtype: number, out: Address, x: Address, rows: number, cols: number): void
  logSumExp(dtype: number, out: Address, x: Address, rows: number, cols: number): void
  softmaxBackward(dtype: number, out: Address, g: Address, y: Address, rows: number, cols: number): void
  logSoftmaxBackward(dtype: number, out: Address, g: Address, y: Address, rows: number, cols: number): void
  checkIndices(indices: Address, n: number, size: number, result: Address): void
  indexSelect(itemBytes: number, out: Address, x: Address, indices: Address, outer: number, count: number, size: number, inner: number): void
  indexAdd(dtype: number, out: Address, src: Address, indices: Address, outer: number, count: number, size: number, inner: number): void
  gather(itemBytes: number, out: Address, x: Address, indices: Address, outer: number, count: number, size: number, inner: number): void
  scatterAdd(dtype: number, out: Address, src: Address, indices: Address, outer: number, count: number, size: number, inner: number): void
  scatter(itemBytes: number, out: Address, src: Address, indices: Address, outer: number, count: number, size: number, inner: number): void
  nonzero(out: Address, count: Address, mask: Address, n: number): void
  selectionFromMask(selection: Address, neurons: number, groups: number, mask: Address, kept: Address): void
  drawBalancedMask(state: Address, mask: Address, neurons: number, groups: number, keep: number): void
  packPanels(dtype: number, out: Address, x: Address, rowStep: number, segments: Address, segmentCount: number, side: number, selection: Address, neurons: number, groups: number, scale: number): void
  unpackPanels(dtype: number, out: Address, rowStep: number, x: Address, segments: Address, segmentCount: number, side: number, selection: Address, neurons: number, groups: number): void
  turnPanels(dtype: number, out: Address, x: Address, segments: Address, segmentCount: number, side: number, selection: Address, neurons: number, groups: number): void
  sumPanels(dtype: number, out: Address, x: Address, segments: Address, segmentCount: number, side: number, selection: Address, neurons: number, groups: number): void
  panelProduct(dtype: number, out: Address, weight: Address, outStep: number, inStep: number, bias: Address, x: Address, segments: Address, segmentCount: number, inSelection: Address, inNeurons: number, inGroups: number, outSelection: Address, outNeurons: number, outGroups: number, activation: number, scale: number): void
  panelGradient(dtype: number, out: Address, g: Address, x: Address, segments: Address, segmentCount: number, inSelection: Address, inNeurons: number, inGroups: number, outSelection: Address, outNeurons: number, outGroups: number): void
  panelSgdStep(dtype: number, param: Address, buffer: Address, g: Address, x: Address, segments: Address, segmentCount: number, inSelection: Address, inNeurons: number, inGroups: number, outSelection: Address, outNeurons: number, outGroups: number, lr: number, weightDecay: number, momentum: number, dampening: number, nesterov: number, firstStep: number, maximize: number, limit: number, rest: number): void
  touchWeights(touched: Address, segments: Address, segmentCount: number, inSelection: Address, inNeurons: number, inGroups: number, outSelection: Address, outNeurons: number, outGroups: number): void
  takeMultiplications(out: Address): void
  unfold(itemBytes: number, out: Address, x: Address, desc: Address): void
  fold(dtype: number, out: Address, x: Address, desc: Address): void
  maxPool(dtype: number, out: Address, indices: Address, x: Address, desc: Address): void
  applyMask(dtype: number, out: Address, x: Address, mask: Address, n: number, scale: number): void
  applyChannelMask(dtype: number, out: Address, x: Address, mask: Address, channels: number, inner: number, scale: number): void
  expandMask(out: Address, mask: Address, n: number): void
  packMask(mask: Address, bools: Address, n: number): void
  reluDropoutBackward(dtype: number, out: Address, g: Address, y: Address, n: number, scale: number): void
  sgdStep(dtype: number, param: Address, grad: Address, buffer: Address, n: number, lr: number, weightDecay: number, momentum: number, dampening: number, nesterov: number, firstStep: number, maximize: number): void
  adamStep(dtype: number, param: Address, grad: Address, expAvg: Address, expAvgSq: Address, maxExpAvgSq: Address, n: number, lr: number, beta1: number, beta2: number, eps: number, weightDecay: number, decoupled: number, step: number, maximize: number): void
  maxNorm(dtype: number, weights: Address, rows: number, cols: number, limit: number): void
  checkClasses(target: Address, n: number, classes: number, ignoreIndex: number, result: Address): void
  nll(dtype: number, out: Address, logProbabilities: Address, target: Address, weight: Address, rows: number, classes: number, ignoreIndex: number): void
  nllBackward(dtype: number, out: Address, g: Address, target: Address, weight: Address, rows: number, classes: number, ignoreIndex: number): void
  crossEntropy(dtype: number, out: Address, probabilities: Address, logits: Address, target: Address, rows: number, classes: number, ignoreIndex: number): void
  crossEntropyBackward(dtype: number, out: Address, g: Address, gStep: number, probabilities: Address, target: Address, rows: number, classes: number, ignoreIndex: number): void
  bceWithLogits(dtype: number, out: Address, x: Address, target: Address, n: number): void
}

/** What tells this table from others. */
export const tableSignature = 3771420836

/** Kernels that are called later: each call is written down, its place in the table first. */
export function waitingKernels(calls: Calls): Kernels {
  const { numbers } = calls
  return {
    gemm(dtype, batch, m, n, k, a, aBatch, aRow, aCol, b, bBatch, bRow, bCol, c, cBatch, cRow, alpha, accumulate, aRows, aInner, bInner, bCols, bias, activation, mask, scale) {
      const at = calls.next
      numbers[at] = 0
      numbers[at + 1] = dtype
      numbers[at + 2] = batch
      numbers[at + 3] = m
      numbers[at + 4] = n
      numbers[at + 5] = k
      numbers[at + 6] = a
      numbers[at + 7] = aBatch
      numbers[at + 8] = aRow
      numbers[at + 9] = aCol
      numbers[at + 10] = b
      numbers[at + 11] = bBatch
      numbers[at + 12] = bRow
      numbers[at + 13] = bCol
      numbers[at + 14] = c
      numbers[at + 15] = cBatch
      numbers[at + 16] = cRow
      numbers[at + 17] = alpha
      numbers[at + 18] = accumulate
      numbers[at + 19] = aRows
      numbers[at + 20] = aInner
      numbers[at + 21] = bInner
      numbers[at + 22] = bCols
      numbers[at + 23] = bias
      numbers[at + 24] = activation
      numbers[at + 25] = mask
      numbers[at + 26] = scale
      calls.wrote(at + 27)
    },
    randomSeed(state, low, high) {
      const at = calls.next
      numbers[at] = 1
      numbers[at + 1] = state
      numbers[at + 2] = low
      numbers[at + 3] = high
      calls.wrote(at + 4)
    },
    randomWords(state, out, n) {
      const at = calls.next
      numbers[at] = 2
      numbers[at + 1] = state
      numbers[at + 2] = out
      numbers[at + 3] = n
      calls.wrote(at + 4)
    },
    randomUniform(state, dtype, out, n, from, to) {
      const at = calls.next
      numbers[at] = 3
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      numbers[at + 5] = from
      numbers[at + 6] = to
      calls.wrote(at + 7)
    },
    randomNormal(state, dtype, out, n, mean, std, contiguous) {
      const at = calls.next
      numbers[at] = 4
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      numbers[at + 5] = mean
      numbers[at + 6] = std
      numbers[at + 7] = contiguous
      calls.wrote(at + 8)
    },
    randomIntegers(state, dtype, out, n, low, range) {
      const at = calls.next
      numbers[at] = 5
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      numbers[at + 5] = low
      numbers[at + 6] = range
      calls.wrote(at + 7)
    },
    randomAny(state, dtype, out, n) {
      const at = calls.next
      numbers[at] = 6
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    randomPermutation(state, out, n) {
      const at = calls.next
      numbers[at] = 7
      numbers[at + 1] = state
      numbers[at + 2] = out
      numbers[at + 3] = n
      calls.wrote(at + 4)
    },
    randomBernoulli(state, dtype, out, n, p) {
      const at = calls.next
      numbers[at] = 8
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      numbers[at + 5] = p
      calls.wrote(at + 6)
    },
    randomMask(state, bits, n, p) {
      const at = calls.next
      numbers[at] = 9
      numbers[at + 1] = state
      numbers[at + 2] = bits
      numbers[at + 3] = n
      numbers[at + 4] = p
      calls.wrote(at + 5)
    },
    randomBernoulliOf(state, pDtype, p, dtype, out, n) {
      const at = calls.next
      numbers[at] = 10
      numbers[at + 1] = state
      numbers[at + 2] = pDtype
      numbers[at + 3] = p
      numbers[at + 4] = dtype
      numbers[at + 5] = out
      numbers[at + 6] = n
      calls.wrote(at + 7)
    },
    randomExponential(state, dtype, out, n, lambda) {
      const at = calls.next
      numbers[at] = 11
      numbers[at + 1] = state
      numbers[at + 2] = dtype
      numbers[at + 3] = out
      numbers[at + 4] = n
      numbers[at + 5] = lambda
      calls.wrote(at + 6)
    },
    fill(dtype, out, n, value) {
      const at = calls.next
      numbers[at] = 12
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = n
      numbers[at + 4] = value
      calls.wrote(at + 5)
    },
    arange(dtype, out, n, start, step) {
      const at = calls.next
      numbers[at] = 13
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = n
      numbers[at + 4] = start
      numbers[at + 5] = step
      calls.wrote(at + 6)
    },
    cast(to, out, from, x, n) {
      const at = calls.next
      numbers[at] = 14
      numbers[at + 1] = to
      numbers[at + 2] = out
      numbers[at + 3] = from
      numbers[at + 4] = x
      numbers[at + 5] = n
      calls.wrote(at + 6)
    },
    copyStrided(itemBytes, out, x, ndim, desc) {
      const at = calls.next
      numbers[at] = 15
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = ndim
      numbers[at + 5] = desc
      calls.wrote(at + 6)
    },
    neg(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 16
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    abs(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 17
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    sign(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 18
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    square(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 19
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    floor(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 20
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    ceil(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 21
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    round(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 22
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    trunc(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 23
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    relu(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 24
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    exp(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 25
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    expm1(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 26
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    log(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 27
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    log1p(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 28
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    log2(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 29
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    sqrt(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 30
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    rsqrt(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 31
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    reciprocal(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 32
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    sin(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 33
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    cos(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 34
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    tanh(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 35
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    sigmoid(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 36
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    erf(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 37
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    silu(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 38
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    softplus(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 39
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    gelu(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 40
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    geluTanh(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 41
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    logicalNot(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 42
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    isNan(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 43
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    isFinite(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 44
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    reluBackward(dtype, out, g, y, n) {
      const at = calls.next
      numbers[at] = 45
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = n
      calls.wrote(at + 6)
    },
    tanhBackward(dtype, out, g, y, n) {
      const at = calls.next
      numbers[at] = 46
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = n
      calls.wrote(at + 6)
    },
    sigmoidBackward(dtype, out, g, y, n) {
      const at = calls.next
      numbers[at] = 47
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = n
      calls.wrote(at + 6)
    },
    leakyRelu(dtype, out, x, n, slope) {
      const at = calls.next
      numbers[at] = 48
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      numbers[at + 5] = slope
      calls.wrote(at + 6)
    },
    elu(dtype, out, x, n, alpha) {
      const at = calls.next
      numbers[at] = 49
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      numbers[at + 5] = alpha
      calls.wrote(at + 6)
    },
    clamp(dtype, out, x, n, low, high) {
      const at = calls.next
      numbers[at] = 50
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      numbers[at + 5] = low
      numbers[at + 6] = high
      calls.wrote(at + 7)
    },
    add(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 51
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    sub(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 52
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    mul(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 53
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    div(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 54
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    maximum(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 55
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    minimum(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 56
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    pow(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 57
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    remainder(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 58
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    addScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 59
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    mulScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 60
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    divScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 61
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    rsubScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 62
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    rdivScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 63
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    powScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 64
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    rpowScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 65
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    maximumScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 66
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    minimumScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 67
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    remainderScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 68
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    addScaled(dtype, out, a, b, n, alpha) {
      const at = calls.next
      numbers[at] = 69
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = n
      numbers[at + 6] = alpha
      calls.wrote(at + 7)
    },
    eq(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 70
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    ne(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 71
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    lt(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 72
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    le(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 73
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    gt(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 74
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    ge(dtype, out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 75
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = b
      numbers[at + 5] = ndim
      numbers[at + 6] = desc
      calls.wrote(at + 7)
    },
    eqScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 76
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    neScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 77
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    ltScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 78
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    leScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 79
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    gtScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 80
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    geScalar(dtype, out, a, n, b) {
      const at = calls.next
      numbers[at] = 81
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = a
      numbers[at + 4] = n
      numbers[at + 5] = b
      calls.wrote(at + 6)
    },
    logicalAnd(out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 82
      numbers[at + 1] = out
      numbers[at + 2] = a
      numbers[at + 3] = b
      numbers[at + 4] = ndim
      numbers[at + 5] = desc
      calls.wrote(at + 6)
    },
    logicalOr(out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 83
      numbers[at + 1] = out
      numbers[at + 2] = a
      numbers[at + 3] = b
      numbers[at + 4] = ndim
      numbers[at + 5] = desc
      calls.wrote(at + 6)
    },
    logicalXor(out, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 84
      numbers[at + 1] = out
      numbers[at + 2] = a
      numbers[at + 3] = b
      numbers[at + 4] = ndim
      numbers[at + 5] = desc
      calls.wrote(at + 6)
    },
    where(itemBytes, out, condition, a, b, ndim, desc) {
      const at = calls.next
      numbers[at] = 85
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = condition
      numbers[at + 4] = a
      numbers[at + 5] = b
      numbers[at + 6] = ndim
      numbers[at + 7] = desc
      calls.wrote(at + 8)
    },
    sum(dtype, out, x, outer, len, inner) {
      const at = calls.next
      numbers[at] = 86
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = outer
      numbers[at + 5] = len
      numbers[at + 6] = inner
      calls.wrote(at + 7)
    },
    prod(dtype, out, x, outer, len, inner) {
      const at = calls.next
      numbers[at] = 87
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = outer
      numbers[at + 5] = len
      numbers[at + 6] = inner
      calls.wrote(at + 7)
    },
    maxReduce(dtype, out, indices, x, outer, len, inner) {
      const at = calls.next
      numbers[at] = 88
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = indices
      numbers[at + 4] = x
      numbers[at + 5] = outer
      numbers[at + 6] = len
      numbers[at + 7] = inner
      calls.wrote(at + 8)
    },
    minReduce(dtype, out, indices, x, outer, len, inner) {
      const at = calls.next
      numbers[at] = 89
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = indices
      numbers[at + 4] = x
      numbers[at + 5] = outer
      numbers[at + 6] = len
      numbers[at + 7] = inner
      calls.wrote(at + 8)
    },
    cumsum(dtype, out, x, outer, len, inner) {
      const at = calls.next
      numbers[at] = 90
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = outer
      numbers[at + 5] = len
      numbers[at + 6] = inner
      calls.wrote(at + 7)
    },
    sumSquares(dtype, out, x, n) {
      const at = calls.next
      numbers[at] = 91
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    softmax(dtype, out, x, rows, cols) {
      const at = calls.next
      numbers[at] = 92
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = rows
      numbers[at + 5] = cols
      calls.wrote(at + 6)
    },
    logSoftmax(dtype, out, x, rows, cols) {
      const at = calls.next
      numbers[at] = 93
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = rows
      numbers[at + 5] = cols
      calls.wrote(at + 6)
    },
    logSumExp(dtype, out, x, rows, cols) {
      const at = calls.next
      numbers[at] = 94
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = rows
      numbers[at + 5] = cols
      calls.wrote(at + 6)
    },
    softmaxBackward(dtype, out, g, y, rows, cols) {
      const at = calls.next
      numbers[at] = 95
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = rows
      numbers[at + 6] = cols
      calls.wrote(at + 7)
    },
    logSoftmaxBackward(dtype, out, g, y, rows, cols) {
      const at = calls.next
      numbers[at] = 96
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = rows
      numbers[at + 6] = cols
      calls.wrote(at + 7)
    },
    checkIndices(indices, n, size, result) {
      const at = calls.next
      numbers[at] = 97
      numbers[at + 1] = indices
      numbers[at + 2] = n
      numbers[at + 3] = size
      numbers[at + 4] = result
      calls.wrote(at + 5)
    },
    indexSelect(itemBytes, out, x, indices, outer, count, size, inner) {
      const at = calls.next
      numbers[at] = 98
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = indices
      numbers[at + 5] = outer
      numbers[at + 6] = count
      numbers[at + 7] = size
      numbers[at + 8] = inner
      calls.wrote(at + 9)
    },
    indexAdd(dtype, out, src, indices, outer, count, size, inner) {
      const at = calls.next
      numbers[at] = 99
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = src
      numbers[at + 4] = indices
      numbers[at + 5] = outer
      numbers[at + 6] = count
      numbers[at + 7] = size
      numbers[at + 8] = inner
      calls.wrote(at + 9)
    },
    gather(itemBytes, out, x, indices, outer, count, size, inner) {
      const at = calls.next
      numbers[at] = 100
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = indices
      numbers[at + 5] = outer
      numbers[at + 6] = count
      numbers[at + 7] = size
      numbers[at + 8] = inner
      calls.wrote(at + 9)
    },
    scatterAdd(dtype, out, src, indices, outer, count, size, inner) {
      const at = calls.next
      numbers[at] = 101
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = src
      numbers[at + 4] = indices
      numbers[at + 5] = outer
      numbers[at + 6] = count
      numbers[at + 7] = size
      numbers[at + 8] = inner
      calls.wrote(at + 9)
    },
    scatter(itemBytes, out, src, indices, outer, count, size, inner) {
      const at = calls.next
      numbers[at] = 102
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = src
      numbers[at + 4] = indices
      numbers[at + 5] = outer
      numbers[at + 6] = count
      numbers[at + 7] = size
      numbers[at + 8] = inner
      calls.wrote(at + 9)
    },
    nonzero(out, count, mask, n) {
      const at = calls.next
      numbers[at] = 103
      numbers[at + 1] = out
      numbers[at + 2] = count
      numbers[at + 3] = mask
      numbers[at + 4] = n
      calls.wrote(at + 5)
    },
    selectionFromMask(selection, neurons, groups, mask, kept) {
      const at = calls.next
      numbers[at] = 104
      numbers[at + 1] = selection
      numbers[at + 2] = neurons
      numbers[at + 3] = groups
      numbers[at + 4] = mask
      numbers[at + 5] = kept
      calls.wrote(at + 6)
    },
    drawBalancedMask(state, mask, neurons, groups, keep) {
      const at = calls.next
      numbers[at] = 105
      numbers[at + 1] = state
      numbers[at + 2] = mask
      numbers[at + 3] = neurons
      numbers[at + 4] = groups
      numbers[at + 5] = keep
      calls.wrote(at + 6)
    },
    packPanels(dtype, out, x, rowStep, segments, segmentCount, side, selection, neurons, groups, scale) {
      const at = calls.next
      numbers[at] = 106
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = rowStep
      numbers[at + 5] = segments
      numbers[at + 6] = segmentCount
      numbers[at + 7] = side
      numbers[at + 8] = selection
      numbers[at + 9] = neurons
      numbers[at + 10] = groups
      numbers[at + 11] = scale
      calls.wrote(at + 12)
    },
    unpackPanels(dtype, out, rowStep, x, segments, segmentCount, side, selection, neurons, groups) {
      const at = calls.next
      numbers[at] = 107
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = rowStep
      numbers[at + 4] = x
      numbers[at + 5] = segments
      numbers[at + 6] = segmentCount
      numbers[at + 7] = side
      numbers[at + 8] = selection
      numbers[at + 9] = neurons
      numbers[at + 10] = groups
      calls.wrote(at + 11)
    },
    turnPanels(dtype, out, x, segments, segmentCount, side, selection, neurons, groups) {
      const at = calls.next
      numbers[at] = 108
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = segments
      numbers[at + 5] = segmentCount
      numbers[at + 6] = side
      numbers[at + 7] = selection
      numbers[at + 8] = neurons
      numbers[at + 9] = groups
      calls.wrote(at + 10)
    },
    sumPanels(dtype, out, x, segments, segmentCount, side, selection, neurons, groups) {
      const at = calls.next
      numbers[at] = 109
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = segments
      numbers[at + 5] = segmentCount
      numbers[at + 6] = side
      numbers[at + 7] = selection
      numbers[at + 8] = neurons
      numbers[at + 9] = groups
      calls.wrote(at + 10)
    },
    panelProduct(dtype, out, weight, outStep, inStep, bias, x, segments, segmentCount, inSelection, inNeurons, inGroups, outSelection, outNeurons, outGroups, activation, scale) {
      const at = calls.next
      numbers[at] = 110
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = weight
      numbers[at + 4] = outStep
      numbers[at + 5] = inStep
      numbers[at + 6] = bias
      numbers[at + 7] = x
      numbers[at + 8] = segments
      numbers[at + 9] = segmentCount
      numbers[at + 10] = inSelection
      numbers[at + 11] = inNeurons
      numbers[at + 12] = inGroups
      numbers[at + 13] = outSelection
      numbers[at + 14] = outNeurons
      numbers[at + 15] = outGroups
      numbers[at + 16] = activation
      numbers[at + 17] = scale
      calls.wrote(at + 18)
    },
    panelGradient(dtype, out, g, x, segments, segmentCount, inSelection, inNeurons, inGroups, outSelection, outNeurons, outGroups) {
      const at = calls.next
      numbers[at] = 111
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = x
      numbers[at + 5] = segments
      numbers[at + 6] = segmentCount
      numbers[at + 7] = inSelection
      numbers[at + 8] = inNeurons
      numbers[at + 9] = inGroups
      numbers[at + 10] = outSelection
      numbers[at + 11] = outNeurons
      numbers[at + 12] = outGroups
      calls.wrote(at + 13)
    },
    panelSgdStep(dtype, param, buffer, g, x, segments, segmentCount, inSelection, inNeurons, inGroups, outSelection, outNeurons, outGroups, lr, weightDecay, momentum, dampening, nesterov, firstStep, maximize, limit, rest) {
      const at = calls.next
      numbers[at] = 112
      numbers[at + 1] = dtype
      numbers[at + 2] = param
      numbers[at + 3] = buffer
      numbers[at + 4] = g
      numbers[at + 5] = x
      numbers[at + 6] = segments
      numbers[at + 7] = segmentCount
      numbers[at + 8] = inSelection
      numbers[at + 9] = inNeurons
      numbers[at + 10] = inGroups
      numbers[at + 11] = outSelection
      numbers[at + 12] = outNeurons
      numbers[at + 13] = outGroups
      numbers[at + 14] = lr
      numbers[at + 15] = weightDecay
      numbers[at + 16] = momentum
      numbers[at + 17] = dampening
      numbers[at + 18] = nesterov
      numbers[at + 19] = firstStep
      numbers[at + 20] = maximize
      numbers[at + 21] = limit
      numbers[at + 22] = rest
      calls.wrote(at + 23)
    },
    touchWeights(touched, segments, segmentCount, inSelection, inNeurons, inGroups, outSelection, outNeurons, outGroups) {
      const at = calls.next
      numbers[at] = 113
      numbers[at + 1] = touched
      numbers[at + 2] = segments
      numbers[at + 3] = segmentCount
      numbers[at + 4] = inSelection
      numbers[at + 5] = inNeurons
      numbers[at + 6] = inGroups
      numbers[at + 7] = outSelection
      numbers[at + 8] = outNeurons
      numbers[at + 9] = outGroups
      calls.wrote(at + 10)
    },
    takeMultiplications(out) {
      const at = calls.next
      numbers[at] = 114
      numbers[at + 1] = out
      calls.wrote(at + 2)
    },
    unfold(itemBytes, out, x, desc) {
      const at = calls.next
      numbers[at] = 115
      numbers[at + 1] = itemBytes
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = desc
      calls.wrote(at + 5)
    },
    fold(dtype, out, x, desc) {
      const at = calls.next
      numbers[at] = 116
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = desc
      calls.wrote(at + 5)
    },
    maxPool(dtype, out, indices, x, desc) {
      const at = calls.next
      numbers[at] = 117
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = indices
      numbers[at + 4] = x
      numbers[at + 5] = desc
      calls.wrote(at + 6)
    },
    applyMask(dtype, out, x, mask, n, scale) {
      const at = calls.next
      numbers[at] = 118
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = mask
      numbers[at + 5] = n
      numbers[at + 6] = scale
      calls.wrote(at + 7)
    },
    applyChannelMask(dtype, out, x, mask, channels, inner, scale) {
      const at = calls.next
      numbers[at] = 119
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = mask
      numbers[at + 5] = channels
      numbers[at + 6] = inner
      numbers[at + 7] = scale
      calls.wrote(at + 8)
    },
    expandMask(out, mask, n) {
      const at = calls.next
      numbers[at] = 120
      numbers[at + 1] = out
      numbers[at + 2] = mask
      numbers[at + 3] = n
      calls.wrote(at + 4)
    },
    packMask(mask, bools, n) {
      const at = calls.next
      numbers[at] = 121
      numbers[at + 1] = mask
      numbers[at + 2] = bools
      numbers[at + 3] = n
      calls.wrote(at + 4)
    },
    reluDropoutBackward(dtype, out, g, y, n, scale) {
      const at = calls.next
      numbers[at] = 122
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = y
      numbers[at + 5] = n
      numbers[at + 6] = scale
      calls.wrote(at + 7)
    },
    sgdStep(dtype, param, grad, buffer, n, lr, weightDecay, momentum, dampening, nesterov, firstStep, maximize) {
      const at = calls.next
      numbers[at] = 123
      numbers[at + 1] = dtype
      numbers[at + 2] = param
      numbers[at + 3] = grad
      numbers[at + 4] = buffer
      numbers[at + 5] = n
      numbers[at + 6] = lr
      numbers[at + 7] = weightDecay
      numbers[at + 8] = momentum
      numbers[at + 9] = dampening
      numbers[at + 10] = nesterov
      numbers[at + 11] = firstStep
      numbers[at + 12] = maximize
      calls.wrote(at + 13)
    },
    adamStep(dtype, param, grad, expAvg, expAvgSq, maxExpAvgSq, n, lr, beta1, beta2, eps, weightDecay, decoupled, step, maximize) {
      const at = calls.next
      numbers[at] = 124
      numbers[at + 1] = dtype
      numbers[at + 2] = param
      numbers[at + 3] = grad
      numbers[at + 4] = expAvg
      numbers[at + 5] = expAvgSq
      numbers[at + 6] = maxExpAvgSq
      numbers[at + 7] = n
      numbers[at + 8] = lr
      numbers[at + 9] = beta1
      numbers[at + 10] = beta2
      numbers[at + 11] = eps
      numbers[at + 12] = weightDecay
      numbers[at + 13] = decoupled
      numbers[at + 14] = step
      numbers[at + 15] = maximize
      calls.wrote(at + 16)
    },
    maxNorm(dtype, weights, rows, cols, limit) {
      const at = calls.next
      numbers[at] = 125
      numbers[at + 1] = dtype
      numbers[at + 2] = weights
      numbers[at + 3] = rows
      numbers[at + 4] = cols
      numbers[at + 5] = limit
      calls.wrote(at + 6)
    },
    checkClasses(target, n, classes, ignoreIndex, result) {
      const at = calls.next
      numbers[at] = 126
      numbers[at + 1] = target
      numbers[at + 2] = n
      numbers[at + 3] = classes
      numbers[at + 4] = ignoreIndex
      numbers[at + 5] = result
      calls.wrote(at + 6)
    },
    nll(dtype, out, logProbabilities, target, weight, rows, classes, ignoreIndex) {
      const at = calls.next
      numbers[at] = 127
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = logProbabilities
      numbers[at + 4] = target
      numbers[at + 5] = weight
      numbers[at + 6] = rows
      numbers[at + 7] = classes
      numbers[at + 8] = ignoreIndex
      calls.wrote(at + 9)
    },
    nllBackward(dtype, out, g, target, weight, rows, classes, ignoreIndex) {
      const at = calls.next
      numbers[at] = 128
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = target
      numbers[at + 5] = weight
      numbers[at + 6] = rows
      numbers[at + 7] = classes
      numbers[at + 8] = ignoreIndex
      calls.wrote(at + 9)
    },
    crossEntropy(dtype, out, probabilities, logits, target, rows, classes, ignoreIndex) {
      const at = calls.next
      numbers[at] = 129
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = probabilities
      numbers[at + 4] = logits
      numbers[at + 5] = target
      numbers[at + 6] = rows
      numbers[at + 7] = classes
      numbers[at + 8] = ignoreIndex
      calls.wrote(at + 9)
    },
    crossEntropyBackward(dtype, out, g, gStep, probabilities, target, rows, classes, ignoreIndex) {
      const at = calls.next
      numbers[at] = 130
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = g
      numbers[at + 4] = gStep
      numbers[at + 5] = probabilities
      numbers[at + 6] = target
      numbers[at + 7] = rows
      numbers[at + 8] = classes
      numbers[at + 9] = ignoreIndex
      calls.wrote(at + 10)
    },
    bceWithLogits(dtype, out, x, target, n) {
      const at = calls.next
      numbers[at] = 131
      numbers[at + 1] = dtype
      numbers[at + 2] = out
      numbers[at + 3] = x
      numbers[at + 4] = target
      numbers[at + 5] = n
      calls.wrote(at + 6)
    },
  }
}
