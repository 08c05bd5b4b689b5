// The public surface, and nothing else. Data sets, training loops and file formats have entries of their own:
// thinnet/data, thinnet/training, thinnet/formats.
export type { BackwardOptions } from './autograd/backward.ts'
export { enableGrad, isGradEnabled, noGrad } from './autograd/mode.ts'
export type { GradientHook } from './autograd/node.ts'
export { type ErrorCode, ThinnetError } from './backend/errors.ts'
export { type BackendInfo, backendInfo, getNumThreads, setFlushDenormal, setNumThreads } from './backend/info.ts'
export {
  foldScaling,
  klDivergence,
  type MaskRecording,
  type MaskReplay,
  type Masks,
  mcDropout,
  recordMasks,
  replayMasks,
} from './dropout/index.ts'
export { Module, Parameter } from './module/index.ts'
export * as functional from './nn/functional.ts'
export * as nn from './nn/index.ts'
export { thin } from './nn/thin.ts'
export {
  add,
  div,
  floorDivide,
  maximum,
  minimum,
  mul,
  neg,
  type Operand,
  pow,
  remainder,
  sub,
} from './ops/arithmetic.ts'
export {
  allclose,
  eq,
  equal,
  ge,
  gt,
  isfinite,
  isnan,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
} from './ops/compare.ts'
export {
  arange,
  type CreationOptions,
  empty,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type TensorData,
  tensor,
  zeros,
  zerosLike,
} from './ops/creation.ts'
export { grad } from './ops/gradients.ts'
export {
  gather,
  type Index,
  type IndexPutOptions,
  index,
  indexAdd,
  indexPut_,
  indexSelect,
  maskedSelect,
  nonzero,
  type SliceIndex,
  scatter,
  scatterAdd,
  take,
} from './ops/indexing.ts'
export { cat, chunk, flip, repeatInterleave, split, stack, tile, unbind } from './ops/join.ts'
export {
  clone,
  detach,
  expand,
  flatten,
  narrow,
  permute,
  reshape,
  select,
  slice,
  squeeze,
  transpose,
  unsqueeze,
  view,
} from './ops/layout.ts'
export { linear, matmul } from './ops/matmul.ts'
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  cumsum,
  type Dims,
  type Extreme,
  logsumexp,
  max,
  mean,
  min,
  norm,
  prod,
  std,
  sum,
  variance,
} from './ops/reduce.ts'
export {
  abs,
  ceil,
  clamp,
  cos,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  log2,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  trunc,
} from './ops/unary.ts'
export { maskedFill, where } from './ops/where.ts'
export * as optim from './optim/index.ts'
export {
  bernoulli,
  defaultGenerator,
  Generator,
  type GeneratorOption,
  type MultinomialOptions,
  manualSeed,
  multinomial,
  normal,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
} from './random/index.ts'
export type { DType, HostArray } from './tensor/dtype.ts'
export type { Shape } from './tensor/shape.ts'
export type { Tensor } from './tensor/tensor.ts'
