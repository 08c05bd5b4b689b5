// Initial values that are mostly 0.
import { noGrad } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { type GeneratorOption, normal_, randperm } from '../random/index.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `dirac_`. */
export interface DiracOptions {
  /** Groups of the convolution, each of which passes its own inputs. Default 1. */
  readonly groups?: number | undefined
}

/**
 * The kernels of a convolution that passes as many of its input channels as it has outputs for: 1 in the middle of
 * `x[i, i]`, 0 elsewhere. Shape: `[out, in, ...kernel]` with 1 to 3 dimensions of the kernel.
 */
export function dirac_(x: Tensor, options: DiracOptions = {}): Tensor {
  checkOptions('dirac_', options, ['groups'], `dirac_(x, { groups: ${String(options)} })`)
  const { groups = 1 } = options
  if (x.ndim < 3 || x.ndim > 5) {
    failAsPyTorch('TN_SHAPE', 'dirac_', 'Only tensors with 3, 4, or 5 dimensions are supported')
  }
  if (!Number.isInteger(groups) || groups < 1) fail('TN_RANGE', 'dirac_', `groups must be a count, got ${groups}`)
  const [out = 0, inputs = 0, ...kernel] = x.shape
  if (out % groups !== 0) failAsPyTorch('TN_SHAPE', 'dirac_', 'dim 0 must be divisible by groups')
  if (kernel.includes(0)) fail('TN_SHAPE', 'dirac_', `a kernel needs a middle, got ${formatShape(x.shape)}`)
  const perGroup = out / groups
  const middle = kernel.map((size) => Math.floor(size / 2))
  return noGrad(() => {
    x.zero_()
    for (let group = 0; group < groups; group++) {
      for (let i = 0; i < Math.min(perGroup, inputs); i++) x.index(group * perGroup + i, i, ...middle).fill_(1)
    }
    return x
  })
}

/** Options of `sparse_`. */
export interface SparseOptions extends GeneratorOption {
  /** The standard deviation of what is not 0. Default 0.01. */
  readonly std?: number | undefined
}

/**
 * Normal numbers, of which `⌈sparsity · rows⌉` in each column are set to 0 (Martens 2010). Shape: `[rows, columns]`.
 *
 * As in PyTorch the normal numbers come from `generator`, and a permutation of the rows for each column from the default one.
 *
 * @param sparsity The part of each column that is 0, from 0 to 1.
 */
export function sparse_(x: Tensor, sparsity: number, options: SparseOptions = {}): Tensor {
  checkOptions('sparse_', options, ['std', 'generator'], `sparse_(x, ${sparsity}, { std: ${String(options)} })`)
  const { std = 0.01, generator } = options
  if (x.ndim !== 2) failAsPyTorch('TN_SHAPE', 'sparse_', 'Only tensors with 2 dimensions are supported')
  if (!(sparsity >= 0 && sparsity <= 1)) fail('TN_RANGE', 'sparse_', `sparsity must be from 0 to 1, got ${sparsity}`)
  const [rows = 0, columns = 0] = x.shape
  const count = Math.ceil(sparsity * rows)
  return noGrad(() => {
    normal_(x, 0, std, { generator })
    for (let column = 0; column < columns; column++) {
      x.select(1, column).indexPut_([randperm(rows).slice(0, 0, count)], 0)
    }
    return x
  })
}
