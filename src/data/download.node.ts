import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fail, ThinnetError } from '../backend/errors.ts'
import { fileNames, fileSizes, type ImageFile, type ImageSet, imageFiles } from './image-sets.ts'
import { writeAtomically } from './io.node.ts'

/** A file that takes longer than this to arrive counts as unreachable. In milliseconds. */
const patience = 300_000

/**
 * Fetches the files of a set that the folder lacks, and keeps them there uncompressed. Only files of the known SHA-256 are
 * ever written, each all at once.
 *
 * @param mirror The address of a folder with the `.gz` files.
 */
export async function download(set: ImageSet, mirror: string, folder: string): Promise<void> {
  for (const file of imageFiles) {
    const path = join(folder, fileNames[file])
    if (existsSync(path)) continue
    const address = `${mirror.endsWith('/') ? mirror : `${mirror}/`}${fileNames[file]}.gz`
    const bytes = checked(set, file, address, await fetchBytes(set, address, fileSizes[file]))
    mkdirSync(folder, { recursive: true })
    writeAtomically(path, set.loader, [bytes])
  }
}

/** The bytes at an address, at most `limit`. */
async function fetchBytes({ loader }: ImageSet, address: string, limit: number): Promise<Uint8Array> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(patience) })
    if (!response.ok || !response.body)
      fail('TN_DATA', loader, `cannot download ${address}: the server answered ${response.status}`)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > limit) fail('TN_DATA', loader, `cannot download ${address}: it is larger than the file should be`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof ThinnetError) throw error
    const { message, cause } = error as Error
    const why = cause instanceof Error ? `${message} (${cause.message})` : message
    throw new ThinnetError(
      'TN_DATA',
      loader,
      `${loader}: cannot download ${address}: ${why}`,
      { address },
      { cause: error },
    )
  }
}

/** The file that was packed, if it is the known one. */
function checked(set: ImageSet, file: ImageFile, address: string, packed: Uint8Array): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = gunzipSync(packed, { maxOutputLength: fileSizes[file] })
  } catch (error) {
    return fail('TN_DATA', set.loader, `${address} is not the expected file: ${(error as Error).message}`)
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== set.sha256[file]) {
    fail(
      'TN_DATA',
      set.loader,
      `${address} is not the expected file: its SHA-256 is ${sha256}, not ${set.sha256[file]}`,
    )
  }
  return bytes
}
