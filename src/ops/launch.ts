// How ops call kernels: operands made contiguous or described by strides, results allocated, types promoted.
import { backend } from '../backend/backend.ts'
import { fail } from '../backend/errors.ts'
import type { Address, Kernels } from '../backend/kernels.generated.ts'
import { checkTensor } from '../tensor/arguments.ts'
import { type DType, dtypeCode, dtypeKind, isFloating, laterDType } from '../tensor/dtype.ts'
import { broadcastShapes, broadcastStrides, coalesce, elementCount, type Shape, sameShape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { contiguous } from './layout.ts'

/** The names of the kernels with a given parameter list. */
type KernelsLike<Signature> = {
  [Name in keyof Kernels]: Kernels[Name] extends Signature ? (Signature extends Kernels[Name] ? Name : never) : never
}[keyof Kernels]

type UnaryKernel = (dtype: number, out: Address, x: Address, n: number) => void
type BinaryKernel = (dtype: number, out: Address, a: Address, b: Address, ndim: number, desc: Address) => void
type ScalarKernel = (dtype: number, out: Address, a: Address, n: number, b: number) => void

/** Kernels of the form `out[i] = f(x[i])`. */
export type UnaryName = KernelsLike<UnaryKernel>
/** Kernels of the form `out[i] = f(a[i], b[i])` over broadcast operands. */
export type BinaryName = Extract<
  KernelsLike<BinaryKernel>,
  'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow' | 'remainder' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'
>
/** Kernels of the form `out[i] = f(a[i], number)`. */
export type ScalarName = Extract<KernelsLike<ScalarKernel>, `${string}Scalar`>

/** `out[i] = f(x[i])`, of x's type unless the kernel writes another. */
export function unary(name: UnaryName, x: Tensor, outType: DType = x.dtype): Tensor {
  const source = contiguous(x)
  const out = allocate(x.shape, outType)
  ;(backend().kernels[name] as UnaryKernel)(dtypeCode(x.dtype), out.address, source.address, out.numel)
  return out
}

/** `out[i] = f(a[i], scalar)`. */
export function withScalar(name: ScalarName, a: Tensor, scalar: number, outType: DType = a.dtype): Tensor {
  const source = contiguous(a)
  const out = allocate(a.shape, outType)
  ;(backend().kernels[name] as ScalarKernel)(dtypeCode(a.dtype), out.address, source.address, out.numel, scalar)
  return out
}

/** `out[i] = f(a[i], b[i])` for operands of one type, broadcast to a common shape. */
export function binary(name: BinaryName, a: Tensor, b: Tensor, outType: DType = a.dtype): Tensor {
  const { kernels, memory } = backend()
  const shape = broadcastShapes(name, a.shape, b.shape)
  const out = allocate(shape, outType)
  const { rank, description } = describeOperands(shape, [a, b])
  const [aAddress, bAddress] = [a.address, b.address]
  ;(kernels[name] as BinaryKernel)(
    dtypeCode(a.dtype),
    out.address,
    aAddress,
    bAddress,
    rank,
    memory.describe(description),
  )
  return out
}

/** Shape and strides of broadcast operands, as few dimensions as they need. */
export function describeOperands(shape: Shape, operands: readonly Tensor[]): { rank: number; description: number[] } {
  if (areRows(shape, operands)) {
    const description = [elementCount(shape)]
    for (let i = 0; i < operands.length; i++) description.push(1)
    return { rank: 1, description }
  }
  return coalesce(
    shape,
    operands.map((operand) => broadcastStrides(operand.shape, operand.strides, shape)),
  )
}

/** True if all are contiguous and of the result's shape: one row of elements. */
function areRows(shape: Shape, operands: readonly Tensor[]): boolean {
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i] as Tensor
    if (!sameShape(operand.shape, shape) || !operand.isContiguous) return false
  }
  return true
}

/**
 * The type of a result of two operands: the later of both types, except that a zero-dimensional tensor or a number
 * promotes only between kinds (bool, integer, floating), as in PyTorch.
 *
 * @throws ThinnetError TN_DTYPE if an operand is neither.
 */
export function promoted(where: string, a: Tensor, b: Tensor | number): DType {
  checkTensor(where, a)
  if (typeof b === 'number') return promotedWithNumber(a.dtype, b)
  checkTensor(where, b)
  if (a.dtype === b.dtype) return a.dtype
  if (a.ndim > 0 !== b.ndim > 0) {
    const [strong, weak] = a.ndim > 0 ? [a, b] : [b, a]
    return dtypeKind(strong.dtype) >= dtypeKind(weak.dtype) ? strong.dtype : weak.dtype
  }
  return laterDType(a.dtype, b.dtype)
}

function promotedWithNumber(dtype: DType, value: number): DType {
  if (isFloating(dtype)) return dtype
  if (!Number.isInteger(value)) return 'float32'
  return dtype === 'bool' ? 'int32' : dtype
}

/** Integers and booleans as float32, floating tensors as they are. */
export function toFloating(where: string, x: Tensor): Tensor {
  checkTensor(where, x)
  return isFloating(x.dtype) ? x : cast(x, 'float32')
}

/** Throws if the tensor is of truth values: for operations that numbers have and they do not. */
export function checkNotBool(where: string, x: Tensor): void {
  checkTensor(where, x)
  refuseBool(where, x.dtype)
}

/** Throws if the type, that of a result or an operand, is bool. */
export function refuseBool(where: string, dtype: DType): void {
  if (dtype === 'bool') fail('TN_DTYPE', where, 'expected numbers, got bool tensors; cast them first')
}

/** Throws unless the tensor is of a floating type. */
export function checkFloating(where: string, x: Tensor): void {
  checkTensor(where, x)
  if (!isFloating(x.dtype)) fail('TN_DTYPE', where, `expected a floating tensor (float32 or float64), got ${x.dtype}`)
}
