// The safetensors format: names, shapes and raw little-endian numbers, nothing that runs.
import { readChecked, writeAtomically } from '#files'
import { fail } from '../backend/errors.ts'
import { joined } from '../data/bytes.ts'
import { Tensor } from '../tensor/tensor.ts'
import { bytesOf, readNumbers } from './numbers.ts'
import { damaged, headerLength, inWritingOrder, readHeader, writeHeader } from './safetensors-header.ts'

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
  return joined([...safetensorsParts('encodeSafetensors', tensors, metadata)])
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
  writeAtomically(path, 'saveSafetensors', safetensorsParts('saveSafetensors', tensors, metadata))
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
  const tensors = entries.map(({ name, type, shape, start, end }) => {
    const refuse = (what: string, index: number) =>
      damaged(file, `tensor ${JSON.stringify(name)} has ${what} at element ${index}`)
    return [name, readNumbers(type, shape, bytes.subarray(start, end), refuse)] as const
  })
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** @internal The header, then the bytes of one tensor after the other: a large model is not copied as a whole. */
export function* safetensorsParts(
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
