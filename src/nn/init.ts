// Initial values, PyTorch's torch.nn.init: each function fills a tensor in place, without recording, and returns it.
export { type DiracOptions, dirac_, type SparseOptions, sparse_ } from './init-sparse.ts'
export { orthogonal_ } from './orthogonal.ts'
export { type TruncNormalOptions, truncNormal_ } from './trunc-normal.ts'

import { noGrad } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { normal_ as drawNormal, uniform_ as drawUniform, type GeneratorOption } from '../random/index.ts'
import { checkOptions, noOptions } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** What stands behind a layer, as far as initial values ask. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'convTranspose1d'
  | 'convTranspose2d'
  | 'convTranspose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu'

/** Options of the Kaiming initialisations. */
export interface KaimingOptions extends GeneratorOption {
  /** The negative slope of the leaky ReLU behind the layer. Default 0. */
  readonly a?: number | undefined
  /** Whether the size of activations (`fanIn`, the default) or of gradients (`fanOut`) is kept. */
  readonly mode?: 'fanIn' | 'fanOut' | undefined
  /** Default `leakyRelu`. */
  readonly nonlinearity?: Nonlinearity | undefined
}

/** Options of the Xavier initialisations. */
export interface XavierOptions extends GeneratorOption {
  /** See `calculateGain`. Default 1. */
  readonly gain?: number | undefined
}

/** Numbers from [a, b), all equally likely. */
export const uniform_ = (x: Tensor, a = 0, b = 1, options: GeneratorOption = noOptions): Tensor =>
  noGrad(() => drawUniform(x, a, b, options))

/** Normal numbers. */
export const normal_ = (x: Tensor, mean = 0, std = 1, options: GeneratorOption = noOptions): Tensor =>
  noGrad(() => drawNormal(x, mean, std, options))

/** One value everywhere. */
export const constant_ = (x: Tensor, value: number): Tensor => noGrad(() => x.fill_(value))
export const zeros_ = (x: Tensor): Tensor => constant_(x, 0)
export const ones_ = (x: Tensor): Tensor => constant_(x, 1)

/** The identity matrix: a linear layer that passes its input. Shape: `[rows, columns]`. */
export function eye_(x: Tensor): Tensor {
  if (x.ndim !== 2) failAsPyTorch('TN_SHAPE', 'eye_', 'Only tensors with 2 dimensions are supported')
  return noGrad(() => {
    x.zero_()
    const side = Math.min(...x.shape)
    for (let i = 0; i < side; i++) x.select(0, i).select(0, i).fill_(1)
    return x
  })
}

/**
 * The factor that makes up for how a nonlinearity shrinks the standard deviation.
 *
 * @param a Slope of the leaky ReLU. Default 0.01.
 */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'convTranspose1d':
    case 'convTranspose2d':
    case 'convTranspose3d':
    case 'sigmoid':
      return 1
    case 'tanh':
      return 5 / 3
    case 'relu':
      return Math.SQRT2
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + a * a))
    case 'selu':
      return 3 / 4
    default:
      nonlinearity satisfies never
      return failAsPyTorch('TN_RANGE', 'calculateGain', `Unsupported nonlinearity ${String(nonlinearity)}`)
  }
}

/** How many inputs a unit has, and how many units an input reaches. Shape: `[out, in, ...kernel]`. */
function fans(where: string, { shape }: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  const [out, inputs, ...kernel] = shape
  if (out === undefined || inputs === undefined) {
    const rule = 'Fan in and fan out can not be computed for tensor with fewer than 2 dimensions'
    failAsPyTorch('TN_SHAPE', where, rule)
  }
  const positions = kernel.reduce((product, size) => product * size, 1)
  return { fanIn: inputs * positions, fanOut: out * positions }
}

function kaimingStd(where: string, x: Tensor, options: KaimingOptions): number {
  checkOptions(where, options, ['a', 'mode', 'nonlinearity', 'generator'], `${where}(x, { mode: 'fanIn' })`)
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options
  const both = fans(where, x)
  if (mode !== 'fanIn' && mode !== 'fanOut')
    fail('TN_RANGE', where, `mode must be fanIn or fanOut, got ${String(mode)}`)
  return calculateGain(nonlinearity, a) / Math.sqrt(both[mode])
}

function xavierStd(where: string, x: Tensor, options: XavierOptions): number {
  checkOptions(where, options, ['gain', 'generator'], `${where}(x, { gain: 1 })`)
  const { gain = 1 } = options
  const { fanIn, fanOut } = fans(where, x)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

/**
 * Uniform numbers within `√3 · gain / √fan`: keeps the variance through layers with ReLU (He et al. 2015, arXiv
 * 1502.01852). Shape: `[out, in, ...kernel]`.
 */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = noOptions): Tensor {
  const std = kaimingStd('kaimingUniform_', x, options)
  const bound = Math.sqrt(3) * std
  return x.numel === 0 ? x : uniform_(x, -bound, bound, { generator: options.generator })
}

/** Normal numbers of standard deviation `gain / √fan`; see `kaimingUniform_`. */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = noOptions): Tensor {
  const std = kaimingStd('kaimingNormal_', x, options)
  return x.numel === 0 ? x : normal_(x, 0, std, { generator: options.generator })
}

/**
 * Uniform numbers within `√3 · gain · √(2 / (fanIn + fanOut))`: a compromise between activations and gradients (Glorot
 * & Bengio 2010). Shape: `[out, in, ...kernel]`.
 */
export function xavierUniform_(x: Tensor, options: XavierOptions = noOptions): Tensor {
  const bound = Math.sqrt(3) * xavierStd('xavierUniform_', x, options)
  return uniform_(x, -bound, bound, { generator: options.generator })
}

/** Normal numbers of standard deviation `gain · √(2 / (fanIn + fanOut))`; see `xavierUniform_`. */
export const xavierNormal_ = (x: Tensor, options: XavierOptions = noOptions): Tensor =>
  normal_(x, 0, xavierStd('xavierNormal_', x, options), { generator: options.generator })
