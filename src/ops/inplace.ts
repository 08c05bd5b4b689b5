// In-place operations: compute as the op that returns a new tensor does, then write into the old memory and move the
// tensor's history there.
import { gradientNode, type Node } from '../autograd/node.ts'
import { isGradEnabled } from '../autograd/mode.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { dtypeCode, dtypeKind } from '../tensor/dtype.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { full } from './creation.ts'
import { copyElements, copySlicesOp, expand, isDense, regionOp } from './layout.ts'

/** Throws PyTorch's message if changing `x` in place would lose gradients. */
export function checkInPlace(where: string, x: Tensor): void {
  if (!isGradEnabled()) return
  if (x.requiresGrad && x.isLeaf) {
    failAsPyTorch('TN_GRAPH', where, 'a leaf Variable that requires grad is being used in an in-place operation.')
  }
  if (x.base?.requiresGrad && x.base.isLeaf) {
    failAsPyTorch('TN_GRAPH', where, 'a view of a leaf Variable that requires grad is being used in an in-place operation.')
  }
}

/**
 * Replaces the values of `x` by `result`, of one shape, and its history by that of `result`; returns `x`.
 *
 * @param where The in-place op as its user calls it, such as `add_`.
 */
export function replaceWith(where: string, x: Tensor, result: Tensor): Tensor {
  checkInPlace(where, x)
  if (!sameShape(x.shape, result.shape)) {
    fail('TN_SHAPE', where, `output with shape ${formatShape(x.shape)} doesn't match the broadcast shape ${formatShape(result.shape)}`)
  }
  if (dtypeKind(result.dtype) > dtypeKind(x.dtype)) {
    fail('TN_DTYPE', where, `result type ${result.dtype} can't be cast to the desired output type ${x.dtype}`)
  }
  const value = cast(result, x.dtype)
  copyElements(x, value)
  x.version.bump(where)
  if (!isGradEnabled() || !(value.requiresGrad || x.requiresGrad || x.base?.requiresGrad)) return x
  const { base } = x
  if (!base) {
    // Values that need no gradient end the history of `x`; it goes on as a non-leaf only if they have one.
    x.node = undefined
    if (value.requiresGrad) x.setHistory(gradientNode(value) as Node)
    else x.requiresGrad = false
    return x
  }
  if (!isDense(base)) fail('TN_GRAPH', where, 'a view of a tensor with gaps in its memory cannot be changed in place while gradients are recorded; clone() it first')
  const attributes = { shape: x.shape, strides: x.strides, offset: x.offset - base.offset }
  const changed = copySlicesOp([base, value], attributes)
  if (changed.node) {
    base.setHistory(changed.node)
    const again = regionOp([base], attributes)
    if (again.node) x.setHistory(again.node)
  }
  return x
}

/** `x` with values copied from `source`, broadcast and cast. */
export const copy_ = (x: Tensor, source: Tensor): Tensor => replaceWith('copy_', x, cast(expand(source, x.shape), x.dtype))

/** `x` filled with one value. */
export function fill_(x: Tensor, value: number): Tensor {
  checkInPlace('fill_', x)
  if (x.isContiguous && !(isGradEnabled() && (x.requiresGrad || x.base?.requiresGrad))) {
    backend().kernels.fill(dtypeCode(x.dtype), x.address, x.numel, value)
    x.version.bump('fill_')
    return x
  }
  return replaceWith('fill_', x, full(x.shape, value, { dtype: x.dtype }))
}
