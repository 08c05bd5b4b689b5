// The header of a safetensors file: its length as 64 bits, then JSON that gives each tensor's type, shape and bytes.
import { ThinnetError } from '../backend/errors.ts'
import { type DType, itemBytes } from '../tensor/dtype.ts'
import { elementCount, formatShape } from '../tensor/shape.ts'
import { type StoredType, storedTypes } from './numbers.ts'

/** The type that each of ours is written as. */
const typeNames: Readonly<Record<DType, StoredType>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
}
/** The order in which tensors are written: wide types first, so that each lies at a multiple of its size. */
const writingOrder: readonly DType[] = ['float64', 'float32', 'int32', 'uint8', 'bool']

/** Where a tensor lies in a file. */
export interface Entry {
  readonly name: string
  readonly type: StoredType
  readonly shape: readonly number[]
  /** Of the first byte, counted from the file's start. */
  readonly start: number
  readonly end: number
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>
  readonly entries: readonly Entry[]
}

/** What the reference implementation allows. */
const longestHeader = 100_000_000
const mostDimensions = 64
const metadataKey = '__metadata__'

/** Throws the error of a damaged file. */
export function damaged(file: string, what: string): never {
  throw new ThinnetError('TN_DATA', 'decodeSafetensors', `${file}: ${what}`, { file })
}

/** The header's length out of the first 8 bytes; throws if a file of `fileBytes` cannot hold it. */
export function headerLength(head: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes < 8 || head.length < 8)
    damaged(file, `a safetensors file starts with 8 bytes of length, got a file of ${fileBytes}`)
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true)
  if (length > longestHeader || Number(length) > fileBytes - 8) {
    damaged(
      file,
      `bytes 0 to 7 give a header of ${length} bytes, but ${fileBytes - 8} follow (and at most ${longestHeader} are allowed)`,
    )
  }
  return Number(length)
}

/** Reads and checks the header: the tensors must cover the rest of the file without overlaps and holes. */
export function readHeader(bytes: Uint8Array, file: string): Header {
  const dataStart = 8 + headerLength(bytes, bytes.length, file)
  const json = parseJson(bytes.subarray(8, dataStart), file)
  const metadata = readMetadata(json[metadataKey], file)
  const entries = Object.keys(json)
    .filter((name) => name !== metadataKey)
    .map((name) => readEntry(name, json[name], dataStart, file))
    .sort((a, b) => a.start - b.start || a.end - b.end)
  let covered = dataStart
  for (const { name, start, end } of entries) {
    if (start !== covered) {
      const fault = start < covered ? 'overlaps what is before it' : 'leaves a hole before it'
      damaged(file, `tensor ${JSON.stringify(name)} ${fault}: it starts at byte ${start}, not ${covered}`)
    }
    if (end > bytes.length)
      damaged(file, `tensor ${JSON.stringify(name)} ends at byte ${end}, but the file at ${bytes.length}`)
    covered = end
  }
  if (covered !== bytes.length) damaged(file, `the tensors end at byte ${covered}, but the file at ${bytes.length}`)
  return { metadata, entries }
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    damaged(file, `the header, bytes 8 to ${8 + bytes.length - 1}, is not JSON: ${(error as Error).message}`)
  }
  return isRecord(value) ? value : damaged(file, 'the header must be a JSON object')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    damaged(file, `${metadataKey} must map names to strings`)
  }
  return value as Record<string, string>
}

function readEntry(name: string, value: unknown, dataStart: number, file: string): Entry {
  const place = `tensor ${JSON.stringify(name)}`
  if (!isRecord(value)) damaged(file, `${place} must have dtype, shape and data_offsets`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(storedTypes, dtype)) {
    damaged(file, `${place} has type ${JSON.stringify(dtype)}; known are ${Object.keys(storedTypes).join(', ')}`)
  }
  if (!isSizes(shape) || shape.length > mostDimensions) damaged(file, `${place} has an impossible shape`)
  if (!isSizes(offsets) || offsets.length !== 2) damaged(file, `${place} has impossible data_offsets`)
  const type = dtype as StoredType
  const [start, end] = offsets as [number, number]
  const expected = elementCount(shape) * storedTypes[type].bytes
  if (end - start !== expected) {
    damaged(
      file,
      `${place} of ${type} ${formatShape(shape)} takes ${expected} bytes, but data_offsets gives ${end - start}`,
    )
  }
  return { name, type, shape, start: dataStart + start, end: dataStart + end }
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)

/** What a header says of a tensor. */
interface Described {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** Sorts tensors into the order of the file, which is the reference implementation's. */
export function inWritingOrder<T extends Described>(tensors: readonly T[]): T[] {
  const place = ({ dtype }: T) => writingOrder.indexOf(dtype)
  return [...tensors].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1))
}

/** The first bytes of a file of these tensors in this order, up to where their data starts: a multiple of 8. */
export function writeHeader(tensors: readonly Described[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.keys(metadata).length > 0 ? [`${JSON.stringify(metadataKey)}:${JSON.stringify(metadata)}`] : []
  let offset = 0
  for (const { name, dtype, shape } of tensors) {
    const end = offset + elementCount(shape) * itemBytes(dtype)
    parts.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: typeNames[dtype], shape, data_offsets: [offset, end] })}`,
    )
    offset = end
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`)
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  return bytes
}
