// NumPy's format for one array: a magic word, a version, a header that is a Python dictionary, then the numbers.
import { readChecked, writeAtomically } from '#files'
import { fail, ThinnetError } from '../backend/errors.ts'
import { joined } from '../data/bytes.ts'
import { contiguous, permute } from '../ops/layout.ts'
import type { DType } from '../tensor/dtype.ts'
import { elementCount, formatShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { bytesOf, readNumbers, type StoredType, storedTypes } from './numbers.ts'

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // \x93NUMPY

/** The types that we read, by NumPy's names. */
const typesByDescr: Readonly<Record<string, StoredType>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '|u1': 'U8',
  '|b1': 'BOOL',
}

const descrs: Readonly<Record<DType, string>> = {
  float64: '<f8',
  float32: '<f4',
  int32: '<i4',
  uint8: '|u1',
  bool: '|b1',
}

const mostDimensions = 64
/** A header of the first version is at most this long, with what is before it. */
const headBytes = 10 + 65535

interface NpyHeader {
  readonly type: StoredType
  readonly shape: readonly number[]
  readonly fortranOrder: boolean
  readonly dataStart: number
}

/** The bytes of an .npy file. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  return joined(fileParts('encodeNpy', tensor))
}

/** Writes an .npy file, which `numpy.load` reads. The path has the old contents or the new ones. Node only. */
export function saveNpy(path: string, tensor: Tensor): void {
  writeAtomically(path, 'saveNpy', fileParts('saveNpy', tensor))
}

/**
 * Reads an .npy file. Node only.
 *
 * @throws ThinnetError TN_DATA if it cannot be read, is damaged, or holds a type that thinnet does not have.
 */
export function loadNpy(path: string): Tensor {
  const bytes = readChecked(path, 'loadNpy', headBytes, (head, length) => readHeader(head, length, path))
  return decodeNpy(bytes, path)
}

/**
 * The array in an .npy file's bytes. int64 is read as int32, and refused where it does not fit; float16 becomes float32.
 *
 * @param file The file's name, for messages.
 * @throws ThinnetError TN_DATA if the bytes are damaged; sizes are checked before anything is allocated.
 */
export function decodeNpy(bytes: Uint8Array, file = 'npy data'): Tensor {
  const { type, shape, fortranOrder, dataStart } = readHeader(bytes, bytes.length, file)
  const refuse = (what: string, index: number) => damaged(file, `the array has ${what} at element ${index}`)
  const data = bytes.subarray(dataStart)
  if (!fortranOrder) return readNumbers(type, shape, data, refuse)
  // The first dimension runs fastest: the transposed array is in row-major order.
  const transposed = readNumbers(type, [...shape].reverse(), data, refuse)
  return contiguous(
    permute(
      transposed,
      Array.from(shape, (_, i) => shape.length - 1 - i),
    ),
  )
}

function damaged(file: string, what: string): never {
  throw new ThinnetError('TN_DATA', 'decodeNpy', `${file}: ${what}`, { file })
}

/** Reads the header out of a file's first bytes, and checks it against the file's length. */
function readHeader(head: Uint8Array, fileBytes: number, file: string): NpyHeader {
  if (head.length < 10 || magic.some((byte, i) => head[i] !== byte)) {
    damaged(file, 'not an .npy file: it must start with \\x93NUMPY, a version and the length of its header')
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const version = view.getUint8(6)
  if (version !== 1) damaged(file, `byte 6 gives version ${version} of the format; only 1 is known`)
  const dataStart = 10 + view.getUint16(8, true)
  if (dataStart > head.length) damaged(file, `the header ends at byte ${dataStart}, but the file at ${fileBytes}`)
  const text = new TextDecoder('latin1').decode(head.subarray(10, dataStart))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || sizes === undefined) {
    damaged(file, `the header, bytes 10 to ${dataStart - 1}, must give descr (a plain type), fortran_order and shape`)
  }
  const type = Object.hasOwn(typesByDescr, descr) ? typesByDescr[descr] : undefined
  if (!type)
    damaged(file, `arrays of type ${descr} are not supported; known are ${Object.keys(typesByDescr).join(', ')}`)
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number)
  if (!shape.every(Number.isSafeInteger) || shape.length > mostDimensions)
    damaged(file, 'the header has an impossible shape')
  const expected = elementCount(shape) * storedTypes[type].bytes
  if (expected !== fileBytes - dataStart) {
    const given = `${descr} ${formatShape(shape)}`
    damaged(file, `an array of ${given} takes ${expected} bytes, but ${fileBytes - dataStart} follow byte ${dataStart}`)
  }
  return { type, shape, fortranOrder: order === 'True', dataStart }
}

function fileParts(where: string, tensor: Tensor): [Uint8Array, Uint8Array] {
  if (!(tensor instanceof Tensor)) fail('TN_DATA', where, `expected a tensor, got ${typeof tensor}`)
  const { dtype, shape } = tensor
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${descrs[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`
  // Data starts at a multiple of 64; the header ends with a line break.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const header = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`)
  const start = Uint8Array.of(...magic, 1, 0, length & 255, length >> 8)
  return [joined([start, header]), bytesOf(tensor.toArray())]
}
