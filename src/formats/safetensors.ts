// The safetensors format: names, shapes and raw little-endian numbers, nothing that runs.
import { readChecked, writeAtomically } from '#files'
import { fail } from '../backend/errors.ts'
import { empty } from '../ops/creation.ts'
import { Tensor } from '../tensor/tensor.ts'
import {
  damaged,
  type Entry,
  headerLength,
  inWritingOrder,
  readHeader,
  storedTypes,
  writeHeader,
} from './safetensors-header.ts'

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>

/** What a safetensors file holds. */
export interface SafetensorsContents {
  readonly tensors: Readonly<Record<string, Tensor>>
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * A safetensors file's bytes. Tensors are ordered as the reference implementation orders them, so that the same tensors give
 * the same bytes.
 */
export function encodeSafetensors(tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const parts = [...fileParts('encodeSafetensors', tensors, metadata)]
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * Writes a safetensors file. The path has the old contents or the new ones, never a part of them. Node only.
 *
 * @example saveSafetensors('model.safetensors', model.stateDict(), { epoch: '3' })
 */
export function saveSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeAtomically(path, 'saveSafetensors', fileParts('saveSafetensors', tensors, metadata))
}

/**
 * Reads a safetensors file. Node only.
 *
 * @throws ThinnetError TN_DATA if it cannot be read or is damaged.
 */
export function loadSafetensors(path: string): SafetensorsContents {
  const bytes = readChecked(path, 'loadSafetensors', 8, (head, length) => headerLength(head, length, path))
  return decodeSafetensors(bytes, path)
}

/**
 * The contents of a safetensors file. int64 is read as int32, and refused where it does not fit; float16 and bfloat16 become
 * float32.
 *
 * @param file The file's name, for messages.
 * @throws ThinnetError TN_DATA if the bytes are damaged; all sizes are checked before a tensor is allocated.
 */
export function decodeSafetensors(bytes: Uint8Array, file = 'safetensors data'): SafetensorsContents {
  const { metadata, entries } = readHeader(bytes, file)
  const tensors = entries.map(
    (entry) => [entry.name, readTensor(entry, bytes.subarray(entry.start, entry.end), file)] as const,
  )
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** The header, then the bytes of one tensor after the other: a large model is not copied as a whole. */
function* fileParts(
  where: string,
  given: NamedTensors,
  metadata: Readonly<Record<string, string>>,
): Iterable<Uint8Array> {
  const pairs = given instanceof Map ? [...given] : Object.entries(given as Readonly<Record<string, Tensor>>)
  for (const [name, tensor] of pairs) {
    if (!(tensor instanceof Tensor))
      fail('TN_DATA', where, `${JSON.stringify(name)} must be a tensor, got ${typeof tensor}`)
    if (name === '__metadata__')
      fail('TN_DATA', where, 'a tensor cannot be named __metadata__; pass metadata as the last argument')
  }
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      fail('TN_DATA', where, `metadata must be strings, got ${typeof text} for ${JSON.stringify(key)}`)
  }
  const ordered = inWritingOrder(
    pairs.map(([name, tensor]) => ({ name, tensor, dtype: tensor.dtype, shape: tensor.shape })),
  )
  yield writeHeader(ordered, metadata)
  for (const { tensor } of ordered) yield bytesOf(tensor.toArray())
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength)

function readTensor({ name, type: stored, shape }: Entry, bytes: Uint8Array, file: string): Tensor {
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
    case 'BOOL':
      values.set(bytes)
      refuse(
        file,
        name,
        values.findIndex((value) => value > 1),
        'a boolean that is neither 0 nor 1',
      )
      break
    case 'I64':
      refuse(file, name, indexOfWide(view), 'a number that int32 does not hold')
      for (let i = 0; i < values.length; i++) values[i] = view.getInt32(8 * i, true)
      break
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

function refuse(file: string, name: string, index: number, what: string): void {
  if (index >= 0) damaged(file, `tensor ${JSON.stringify(name)} has ${what} at element ${index}`)
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
