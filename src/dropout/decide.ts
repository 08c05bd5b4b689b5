// The order of decisions that all of PyTorch's dropout functions share.
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkBoolean } from '../module/index.ts'
import { mul } from '../ops/arithmetic.ts'
import { zerosLike } from '../ops/creation.ts'
import { replaceWith } from '../ops/inplace.ts'
import type { GeneratorOption } from '../random/index.ts'
import { type DType, isFloating } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import { checkProbability } from './probability.ts'

/** Options that every dropout function has. */
export interface DropOptions extends GeneratorOption {
  /** Drops if true; if false the input passes. */
  readonly training?: boolean | undefined
  /** Writes the result into the input, and returns that. Default false. */
  readonly inplace?: boolean | undefined
}

export const dropOptionNames = ['training', 'inplace', 'generator'] as const satisfies readonly (keyof DropOptions)[]

/** Checks that come before all decisions: what x is, and p's range. */
export function checkCall(where: string, x: Tensor, p: number, { training, inplace }: DropOptions): void {
  checkProbability(where, p)
  if (training !== undefined) checkBoolean(where, 'training', training)
  if (inplace !== undefined) checkBoolean(where, 'inplace', inplace)
  checkTensor(where, x)
}

/** Throws unless `x` is a tensor. */
export function checkTensor(where: string, x: Tensor): void {
  if (!(x instanceof Tensor)) fail('TN_DTYPE', where, `the input must be a Tensor, got ${typeof x}`)
}

const integerNames: Partial<Record<DType, string>> = { int32: 'Int', uint8: 'Byte', bool: 'Bool' }

/** Throws PyTorch's message for an integer tensor. To be called after the draw, as PyTorch notices it then. */
export function checkCanScale(where: string, x: Tensor, name = integerNames[x.dtype]): void {
  if (isFloating(x.dtype)) return
  failAsPyTorch('TN_DTYPE', where, `result type Float can't be cast to the desired output type ${name}`)
}

/**
 * The decisions in PyTorch's order. Out of training, for p = 0 or an empty tensor, the very same tensor comes back; for
 * p = 1 it is `x * 0`, so that negative elements become -0 and infinite ones NaN. None of them draws anything.
 *
 * @param drop Draws and multiplies; called for p between 0 and 1.
 */
export function dropIn(where: string, x: Tensor, p: number, options: DropOptions, drop: () => Tensor): Tensor {
  if (options.training !== true || p === 0 || x.numel === 0) return x
  const result = p < 1 ? drop() : isFloating(x.dtype) ? mul(x, 0) : zerosLike(x)
  return finish(where, x, result, options)
}

/** The result, or `x` with the result written into it. */
export const finish = (where: string, x: Tensor, result: Tensor, { inplace }: DropOptions): Tensor =>
  inplace === true ? replaceWith(`${where}_`, x, result) : result
