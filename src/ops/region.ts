// Views by their place in memory: what becomes of a tensor's history when a view of it is changed in place.
import { withGradMode } from '../autograd/mode.ts'
import { defineOp } from '../autograd/op.ts'
import { contiguousStrides, type Shape } from '../tensor/shape.ts'
import { allocate, Tensor, viewOf } from '../tensor/tensor.ts'
import { copyElements } from './layout.ts'

/** Where a view lies in the memory of another tensor. */
interface Region {
  readonly shape: Shape
  readonly strides: Shape
  /** From the first element of the tensor, in elements. */
  readonly offset: number
}

/** A region, and the tensor that it is a part of: dense, in any order of dimensions. */
interface Part {
  readonly region: Region
  readonly shape: Shape
  readonly strides: Shape
}

const regionOf = (x: Tensor, { shape, strides, offset }: Region) => viewOf(x, shape, strides, x.offset + offset)

/** A new tensor in the layout of the whole; zeros, or a copy of `x`. */
function wholeOf({ shape, strides }: Part, x: Tensor, copied: boolean): Tensor {
  const { storage, version } = allocate(shape, x.dtype, !copied)
  const out = new Tensor(shape, x.dtype, storage, strides, 0, version)
  if (copied) copyElements(out, x)
  return out
}

/** The view itself. */
const regionOp = defineOp({
  name: 'asStrided',
  inputs: ['x'],
  forward: ([x], { region }: Part) => ({ out: regionOf(x, region), saved: {} }),
  gradients: { x: (gradient, _, part): Tensor => placeRegionOp([gradient], part) },
})

/** The region of a tensor that need not have the layout of the whole; a copy. */
const takeRegionOp = defineOp({
  name: 'takeRegion',
  inputs: ['x'],
  forward: ([x], part: Part) => {
    const out = allocate(part.region.shape, x.dtype)
    copyElements(out, regionOf(wholeOf(part, x, true), part.region))
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, part): Tensor => placeRegionOp([gradient], part) },
})

/** Zeros with a tensor placed in the region. */
const placeRegionOp = defineOp({
  name: 'placeRegion',
  inputs: ['x'],
  forward: ([x], part: Part) => {
    const out = wholeOf(part, x, false)
    copyElements(regionOf(out, part.region), x)
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, part): Tensor => takeRegionOp([gradient], part) },
})

/** A copy with zeros in the region. */
const clearRegionOp = defineOp({
  name: 'clearRegion',
  inputs: ['x'],
  forward: ([x], part: Part) => {
    const out = wholeOf(part, x, true)
    copyElements(regionOf(out, part.region), allocate(part.region.shape, x.dtype, true))
    return { out, saved: {} }
  },
  gradients: { x: (gradient, _, part): Tensor => clearRegionOp([gradient], part) },
})

/**
 * What a tensor becomes when a view of it was changed in place: its own history ends where the view lies, and the
 * change's history begins there.
 */
const copySlicesOp = defineOp({
  name: 'copySlices',
  inputs: ['base', 'change'],
  forward: ([base], _part: Part) => ({ out: viewOf(base, base.shape, base.strides, base.offset), saved: {} }),
  gradients: {
    base: (gradient, _, part) => clearRegionOp([gradient], part),
    change: (gradient, _, part) => takeRegionOp([gradient], part),
  },
})

/** Where `x` lies in the memory of `base`. */
const partOf = (base: Tensor, x: Tensor): Part => ({
  region: { shape: x.shape, strides: x.strides, offset: x.offset - base.offset },
  shape: base.shape,
  strides: base.strides,
})

/** @internal The part of `base` that `x` shows, recorded: how a view gets the history of a base that was changed. */
export const regionLike = (base: Tensor, x: Tensor): Tensor =>
  withGradMode(true, () => regionOp([base], partOf(base, x)))

/** @internal `base` after its view `x` was changed to `value`, recorded. */
export const withChangedView = (base: Tensor, x: Tensor, value: Tensor): Tensor =>
  copySlicesOp([base, value], partOf(base, x))

/** @internal True if the elements fill their memory without gaps, in whatever order of dimensions. */
export function isDense(x: Tensor): boolean {
  const order = x.shape.map((_, i) => i).sort((a, b) => (x.strides[b] as number) - (x.strides[a] as number))
  const strides = contiguousStrides(order.map((i) => x.shape[i] as number))
  return order.every((dim, i) => x.shape[dim] === 1 || strides[i] === x.strides[dim])
}
