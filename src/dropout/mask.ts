import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { contiguous, permute, reshape } from '../ops/layout.ts'
import { maskedValue } from '../ops/thinned.ts'
import { defaultGenerator, type GeneratorOption } from '../random/index.ts'
import { deferredTensor } from '../tensor/deferred.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { memoryOrder } from '../tensor/memory-order.ts'
import { elementCount, type Shape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { takeNoise } from './noise.ts'

/** Where the bits of a mask belong. */
export interface MaskPlace {
  /** The shape of the mask, whose row-major order is that of the draws. */
  readonly shape: Shape
  /** The permutation that leads to the dimensions of the input, where they lie in memory in another order. */
  readonly back?: readonly number[] | undefined
}

/**
 * A packed mask: bit `i & 7` of byte `i >> 3` is 1 if element `i` is kept. Takes two words an element from the
 * generator, PyTorch's `bernoulli_(keep)`; a mask of n bits is the beginning of any longer one.
 *
 * Shape: `[ceil(n / 8)]`, uint8.
 *
 * @param keep The probability to keep, in [0, 1].
 */
export function drawMask(
  { shape, back }: MaskPlace,
  keep: number,
  { generator = defaultGenerator }: GeneratorOption = {},
): Tensor {
  const n = elementCount(shape)
  return takeNoise({
    shape: back ? back.map((dim) => shape[dim] as number) : shape,
    dtype: 'bool',
    draw() {
      const mask = allocate([Math.ceil(n / 8)], 'uint8')
      backend().kernels.randomMask(generator.address, mask.address, n, keep)
      return mask
    },
    show(mask) {
      const kept = reshape(expandMask(mask, n), shape)
      return back ? permute(kept, back) : kept
    },
    hide: (kept) => packMask(back ? permute(kept, inverse(back)) : kept),
  })
}

/** The inverse of `expandMask`: a bool tensor, in row-major order, as bits. */
export function packMask(kept: Tensor): Tensor {
  const bools = contiguous(kept)
  const mask = allocate([Math.ceil(kept.numel / 8)], 'uint8')
  backend().kernels.packMask(mask.address, bools.address, kept.numel)
  return mask
}

const inverse = (order: readonly number[]): number[] => order.map((_, dim) => order.indexOf(dim))

/** The bits of a mask one by one. Shape: `[n]`, bool. */
export function expandMask(mask: Tensor, n: number): Tensor {
  const bits = allocate([n], 'bool')
  backend().kernels.expandMask(bits.address, mask.address, n)
  return bits
}

interface MaskAttributes {
  /** What kept elements are multiplied by. */
  readonly scale: number
  /** How many neighbouring elements share a bit: 1, or the elements of a channel. */
  readonly inner: number
}

const maskOp = defineOp({
  name: 'dropout',
  inputs: ['x', 'mask'],
  takesDeferred: true,
  forward: ([x, mask], { scale, inner }: MaskAttributes) => {
    const deferred = inner === 1 ? maskedValue(x, { mask, scale }) : undefined
    if (deferred) return { out: deferredTensor(x.shape, x.dtype, deferred), saved: { mask } }
    const { kernels } = backend()
    const source = contiguous(x).settle()
    const out = allocate(x.shape, x.dtype)
    const code = dtypeCode(x.dtype)
    const [to, from, bits] = [out.address, source.address, mask.address]
    if (inner === 1) kernels.applyMask(code, to, from, bits, out.numel, scale)
    else kernels.applyChannelMask(code, to, from, bits, out.numel / inner, inner, scale)
    return { out, saved: { mask } }
  },
  gradients: {
    x: (gradient, { mask }, attributes): Tensor => maskOp([gradient, mask], attributes),
    mask: 'not differentiable',
  },
})

/**
 * `x * (kept ? scale : 0)` with one bit for each run of `inner` elements, in row-major order: a product, so that
 * dropped elements keep the sign of zero, and infinite ones become NaN. Saves the mask and nothing else. Floating
 * tensors.
 */
export const applyMask = (x: Tensor, mask: Tensor, scale: number, inner = 1): Tensor =>
  maskOp([x, mask], { scale, inner })

/**
 * Calls `compute` with a view of `x` whose row-major order is the order of x's memory, and returns the result with x's
 * dimensions: masks are drawn in PyTorch's element order whatever the order of dimensions.
 *
 * @param compute Gets the view, and where a mask of its shape belongs.
 */
export function inOrderOfMemory(x: Tensor, compute: (ordered: Tensor, place: MaskPlace) => Tensor): Tensor {
  if (x.isContiguous) return compute(x, x)
  const order = memoryOrder(x.shape, x.strides)
  if (order.every((dim, i) => dim === i)) return compute(x, x)
  const back = inverse(order)
  const ordered = permute(x, order)
  return permute(compute(ordered, { shape: ordered.shape, back }), back)
}
