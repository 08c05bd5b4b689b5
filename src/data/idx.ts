// The IDX format of MNIST: two zero bytes, a code for the element type, the number of dimensions, a big-endian 32-bit
// size for each, then the elements, big-endian, in row-major order.
import { ThinnetError } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import type { HostArray } from '../tensor/dtype.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

interface ElementType {
  readonly name: string
  readonly bytes: number
  /** An array that holds the values, which may be of a wider type, and how to read one. */
  readonly make: (length: number) => HostArray
  readonly read: (view: DataView, at: number) => number
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { name: 'uint8', bytes: 1, make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { name: 'int8', bytes: 1, make: (n) => new Int32Array(n), read: (view, at) => view.getInt8(at) },
  11: { name: 'int16', bytes: 2, make: (n) => new Int32Array(n), read: (view, at) => view.getInt16(at) },
  12: { name: 'int32', bytes: 4, make: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { name: 'float32', bytes: 4, make: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { name: 'float64', bytes: 8, make: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
}

/** The sizes that the first bytes of an IDX file announce. */
export interface IdxHeader {
  readonly shape: readonly number[]
  readonly type: ElementType
  readonly headerBytes: number
  /** The whole file's. */
  readonly totalBytes: number
}

/** The largest header: 4 bytes and 255 sizes. A reader of a whole file needs no more of it to know what follows. */
export const maximumIdxHeader = 4 + 255 * 4

function damaged(name: string, what: string): never {
  throw new ThinnetError('TN_DATA', 'parseIdx', `${name}: ${what}`, { file: name })
}

/**
 * Reads the header out of a file's first bytes.
 *
 * @param name The file's name, for messages.
 * @throws ThinnetError TN_DATA, with the file's name and the place.
 */
export function parseIdxHeader(bytes: Uint8Array, name: string): IdxHeader {
  if (bytes.length < 4) damaged(name, `an IDX file starts with 4 bytes of type and rank, got a file of ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = elementTypes[view.getUint8(2)]
  if (view.getUint16(0) !== 0 || !type) {
    const start = view.getUint32(0).toString(16).padStart(8, '0')
    damaged(name, `not an IDX file: bytes 0 to 3 must be 0000, a type (08, 09, 0b to 0e) and the rank, got ${start}`)
  }
  const rank = view.getUint8(3)
  const headerBytes = 4 + rank * 4
  if (bytes.length < headerBytes) {
    damaged(
      name,
      `the header of ${rank} dimensions takes ${headerBytes} bytes, but the file ends at byte ${bytes.length}`,
    )
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const totalBytes = headerBytes + shape.reduce((product, size) => product * size, type.bytes)
  if (!Number.isSafeInteger(totalBytes)) {
    damaged(name, `bytes 4 to ${headerBytes - 1} give the shape ${formatShape(shape)}, which no file can hold`)
  }
  return { shape, type, headerBytes, totalBytes }
}

/** Throws unless a file of `length` bytes is what its header announces. */
export function checkIdxLength({ shape, type, totalBytes }: IdxHeader, length: number, name: string): void {
  if (length === totalBytes) return
  const fault = length < totalBytes ? 'it is truncated' : 'something else follows'
  damaged(
    name,
    `shape ${formatShape(shape)} of ${type.name} takes ${totalBytes} bytes, but the file has ${length}: ${fault}`,
  )
}

/**
 * The tensor in an IDX file's bytes: uint8, int32 (also for int8 and int16), float32 or float64.
 *
 * @param name The file's name, for messages.
 * @throws ThinnetError TN_DATA if the bytes are damaged; sizes are checked before anything is allocated.
 * @example parseIdx(readFileSync('train-labels-idx1-ubyte'), 'train-labels-idx1-ubyte')
 */
export function parseIdx(bytes: Uint8Array, name = 'IDX data'): Tensor {
  const header = parseIdxHeader(bytes, name)
  checkIdxLength(header, bytes.length, name)
  const { shape, type, headerBytes } = header
  if (type.name === 'uint8') return tensor(bytes.subarray(headerBytes), { shape, dtype: 'uint8' })
  const view = new DataView(bytes.buffer, bytes.byteOffset + headerBytes)
  const values = type.make((bytes.length - headerBytes) / type.bytes)
  for (let i = 0; i < values.length; i++) values[i] = type.read(view, i * type.bytes)
  return tensor(values, { shape })
}
