import { fail, show } from '../backend/errors.ts'

/**
 * The data types of tensors. float32 is for work, float64 for checks; bool is one byte, 0 or 1.
 * Their order is that of promotion: of two types, a result has the later one.
 */
export type DType = 'bool' | 'uint8' | 'int32' | 'float32' | 'float64'

/** A host array of a tensor's elements. */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint8Array

interface DTypeInfo {
  /** The code that kernels know it by; kernels/types.hpp. */
  readonly code: number
  readonly bytes: number
  readonly rank: number
  readonly floating: boolean
  /** PyTorch's name of such a tensor, in messages. */
  readonly tensorName: string
}

const table: Record<DType, DTypeInfo> = {
  float32: { code: 0, bytes: 4, rank: 3, floating: true, tensorName: 'torch.FloatTensor' },
  float64: { code: 1, bytes: 8, rank: 4, floating: true, tensorName: 'torch.DoubleTensor' },
  int32: { code: 2, bytes: 4, rank: 2, floating: false, tensorName: 'torch.IntTensor' },
  uint8: { code: 3, bytes: 1, rank: 1, floating: false, tensorName: 'torch.ByteTensor' },
  bool: { code: 4, bytes: 1, rank: 0, floating: false, tensorName: 'torch.BoolTensor' },
}

/** All data types. */
export const dtypes = Object.keys(table) as readonly DType[]

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(table, value)
}

/** Throws unless `dtype` is a data type. */
export function checkDType(where: string, dtype: unknown): asserts dtype is DType {
  if (isDType(dtype)) return
  const hint = dtype === 'int64' ? '; int64 is for files only: use int32' : ''
  fail('TN_DTYPE', where, `dtype must be one of ${dtypes.join(', ')}, got ${show(dtype)}${hint}`)
}

export const dtypeCode = (dtype: DType): number => table[dtype].code
export const itemBytes = (dtype: DType): number => table[dtype].bytes
export const isFloating = (dtype: DType): boolean => table[dtype].floating
export const tensorTypeName = (dtype: DType): string => table[dtype].tensorName

/** The later of two types in the order of promotion. */
export function laterDType(a: DType, b: DType): DType {
  return table[a].rank >= table[b].rank ? a : b
}

/** Kinds between which zero-dimensional operands and numbers do promote: bool < integer < floating. */
export function dtypeKind(dtype: DType): number {
  return dtype === 'bool' ? 0 : table[dtype].floating ? 2 : 1
}

/** A host array over `bytes`, which must start at a multiple of the element size. */
export function hostArray(dtype: DType, bytes: Uint8Array): HostArray {
  const { buffer, byteOffset } = bytes
  const length = bytes.byteLength / table[dtype].bytes
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length)
    case 'float64':
      return new Float64Array(buffer, byteOffset, length)
    case 'int32':
      return new Int32Array(buffer, byteOffset, length)
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, length)
    default:
      return dtype satisfies never
  }
}
