// Generated from kernels/table.def by scripts/generate-kernels.mjs; do not edit.

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
  selectionFromMask(selection: Address, neurons: number, groups: number, mask: Address): void
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
  nll(dtype: number, out: Address, logProbabilities: Address, target: Address, weight: Address, rows: number, classes: number, ignoreIndex: number): void
  nllBackward(dtype: number, out: Address, g: Address, target: Address, weight: Address, rows: number, classes: number, ignoreIndex: number): void
  crossEntropy(dtype: number, out: Address, probabilities: Address, logits: Address, target: Address, rows: number, classes: number, ignoreIndex: number): void
  crossEntropyBackward(dtype: number, out: Address, g: Address, probabilities: Address, target: Address, rows: number, classes: number, ignoreIndex: number): void
  bceWithLogits(dtype: number, out: Address, x: Address, target: Address, n: number): void
}
