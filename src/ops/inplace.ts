// In-place operations: compute as the op that returns a new tensor does, then write into the old memory and move the
// tensor's history there.

import { isGradEnabled } from '../autograd/mode.ts'
import { gradientNode, type Node } from '../autograd/node.ts'
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { dtypeCode, dtypeKind } from '../tensor/dtype.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { full, zerosLike } from './creation.ts'
import { clone, copyElements, expand } from './layout.ts'
import { isDense, regionLike, withChangedView } from './region.ts'

/** Throws PyTorch's message if changing `x` in place would lose gradients, or write to one place twice. */
export function checkInPlace(where: string, x: Tensor): void {
  if (x.strides.some((stride, i) => stride === 0 && (x.shape[i] as number) > 1)) {
    const many = 'more than one element of the written-to tensor refers to a single memory location'
    failAsPyTorch(
      'TN_SHAPE',
      where,
      `unsupported operation: ${many}. Please clone() the tensor before performing the operation.`,
    )
  }
  if (!isGradEnabled()) return
  if (x.requiresGrad && x.isLeaf && !x.base) {
    failAsPyTorch('TN_GRAPH', where, 'a leaf Variable that requires grad is being used in an in-place operation.')
  }
  if (x.base?.requiresGrad && x.base.isLeaf) {
    failAsPyTorch(
      'TN_GRAPH',
      where,
      'a view of a leaf Variable that requires grad is being used in an in-place operation.',
    )
  }
}

/** Another look at a tensor, with a node of its own, that another tensor's history can become. */
const copyOp = defineOp({
  name: 'copy',
  inputs: ['x'],
  forward: ([x]) => ({ out: new Tensor(x.shape, x.dtype, x.storage, x.strides, x.offset, x.version), saved: {} }),
  gradients: { x: (gradient) => gradient },
})

/** A tensor whose values were overwritten: they depend on it no more, but it is still part of the graph, as in PyTorch. */
const coverOp = defineOp({
  name: 'cover',
  inputs: ['x'],
  forward: ([x]) => ({ out: new Tensor(x.shape, x.dtype, x.storage, x.strides, x.offset, x.version), saved: {} }),
  gradients: { x: (gradient) => zerosLike(gradient) },
})

/**
 * Replaces the values of `x` by `result`, of one shape, and its history by that of `result`; returns `x`.
 *
 * @param where The in-place op as its user calls it, such as `add_`.
 * @param result What an op has just returned, that nobody else refers to.
 */
export function replaceWith(where: string, x: Tensor, result: Tensor): Tensor {
  checkInPlace(where, x)
  if (!sameShape(x.shape, result.shape)) {
    fail(
      'TN_SHAPE',
      where,
      `output with shape ${formatShape(x.shape)} doesn't match the broadcast shape ${formatShape(result.shape)}`,
    )
  }
  if (dtypeKind(result.dtype) > dtypeKind(x.dtype)) {
    fail('TN_DTYPE', where, `result type ${result.dtype} can't be cast to the desired output type ${x.dtype}`)
  }
  const value = cast(result, x.dtype).settle()
  x.settle()
  const recorded = isGradEnabled() && (value.requiresGrad || x.requiresGrad || x.base?.requiresGrad === true)
  // What the op saved of the old values must outlive them.
  if (recorded && value.node?.saves(x)) value.node.replaceSaved(x, clone(x))
  x.version.bump(where)
  copyElements(x, value)
  if (recorded) moveHistory(where, x, value)
  return x
}

function moveHistory(where: string, x: Tensor, value: Tensor): void {
  const { base } = x
  if (base) changeBase(where, x, base, value)
  else x.changeHistory(gradientNode(value.requiresGrad ? value : coverOp([x], undefined)) as Node)
  // The memory of `value` is x's now, also for the op that saved it as its result.
  if (value.node?.saves(value)) value.node.replaceSaved(value, x)
}

function changeBase(where: string, x: Tensor, base: Tensor, value: Tensor): void {
  if (!isDense(base)) {
    const rule = 'a view of a tensor with gaps in its memory cannot be changed in place while gradients are recorded'
    fail('TN_GRAPH', where, `${rule}; clone() it first`)
  }
  const { node } = withChangedView(base, x, value)
  if (!node) return
  base.changeHistory(node)
  x.changeHistory(regionLike(base, x).node)
}

/** `x` with values copied from `source`, broadcast and cast. */
export const copy_ = (x: Tensor, source: Tensor): Tensor =>
  replaceWith('copy_', x, copyOp([cast(expand(source, x.shape), x.dtype)], undefined))

/** `x` filled with one value. */
export function fill_(x: Tensor, value: number): Tensor {
  checkInPlace('fill_', x)
  if (x.isContiguous && !(isGradEnabled() && (x.requiresGrad || x.base?.requiresGrad))) {
    x.version.bump('fill_')
    backend().kernels.fill(dtypeCode(x.dtype), x.address, x.numel, value)
    return x
  }
  return replaceWith('fill_', x, full(x.shape, value, { dtype: x.dtype }))
}
