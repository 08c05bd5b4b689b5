// Numbers as files hold them: little-endian, without gaps.
import { empty } from '../ops/creation.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The types that we read, by safetensors' names: what they become, and the bytes of an element in the file. */
export const storedTypes = {
  F64: { dtype: 'float64', bytes: 8 },
  F32: { dtype: 'float32', bytes: 4 },
  I32: { dtype: 'int32', bytes: 4 },
  U8: { dtype: 'uint8', bytes: 1 },
  BOOL: { dtype: 'bool', bytes: 1 },
  I64: { dtype: 'int32', bytes: 8 },
  F16: { dtype: 'float32', bytes: 2 },
  BF16: { dtype: 'float32', bytes: 2 },
} as const satisfies Readonly<Record<string, { dtype: DType; bytes: number }>>

export type StoredType = keyof typeof storedTypes

/** The bytes of an array. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/**
 * The tensor of a shape whose elements are `bytes`, as many as the shape takes.
 *
 * @param refuse Is called with what is wrong with which element.
 */
export function readNumbers(
  stored: StoredType,
  shape: readonly number[],
  bytes: Uint8Array,
  refuse: (what: string, index: number) => never,
): Tensor {
  const tensor = empty(shape, { dtype: storedTypes[stored].dtype })
  const values = tensor.hostView()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (stored) {
    case 'F64':
    case 'F32':
    case 'I32':
    case 'U8':
      bytesOf(values).set(bytes)
      break
    case 'BOOL': {
      const wrong = bytes.findIndex((value) => value > 1)
      if (wrong >= 0) refuse('a boolean that is neither 0 nor 1', wrong)
      values.set(bytes)
      break
    }
    case 'I64': {
      const wrong = indexOfWide(view)
      if (wrong >= 0) refuse('a number that int32 does not hold', wrong)
      for (let i = 0; i < values.length; i++) values[i] = view.getInt32(8 * i, true)
      break
    }
    case 'F16':
      for (let i = 0; i < values.length; i++) values[i] = fromFloat16(view.getUint16(2 * i, true))
      break
    case 'BF16': {
      // bfloat16 is the upper half of a float32.
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
      for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16
      break
    }
    default:
      stored satisfies never
  }
  return tensor
}

/** The first int64 that is not the extension of its lower half's sign; -1 if there is none. */
function indexOfWide(view: DataView): number {
  for (let at = 0; at < view.byteLength; at += 8) {
    if (view.getInt32(at + 4, true) !== view.getInt32(at, true) >> 31) return at / 8
  }
  return -1
}

/** The value of a float16: a sign, 5 bits of exponent (15 is 2^0), 10 bits of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
