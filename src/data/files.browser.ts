// What data and formats need of the outside, in a browser: fetched files, and no file system.
import { fail, ThinnetError } from '../backend/errors.ts'
import { joined } from './bytes.ts'
import { checkIdxLength, maximumIdxHeader, parseIdxHeader } from './idx.ts'
import { type FileBytes, type FindOptions, type FoundSet, fileNames, type ImageSet } from './image-sets.ts'
import type { CsvFile, CsvOptions } from './table/csv.ts'

/** The uncompressed bytes of an IDX file at an address; its header is checked before more than that is unpacked. */
export async function readIdxFile(address: string): Promise<FileBytes> {
  const response = await request(address)
  if (!response?.ok) throw missing('readIdx', address, response)
  return { name: address, bytes: await unpacked(response, address) }
}

/** The set's files under the address `folder`. */
export async function findSet(set: ImageSet, { folder }: FindOptions): Promise<FoundSet> {
  if (folder === undefined) {
    fail(
      'TN_DATA',
      set.loader,
      `in a browser, say where the files lie: ${set.loader}({ folder: '/${set.name}' }), or use mnistFromBytes`,
    )
  }
  const base = folder.endsWith('/') ? folder : `${folder}/`
  return {
    source: base,
    async read(file) {
      const address = base + fileNames[file]
      for (const candidate of [address, `${address}.gz`]) {
        const response = await request(candidate)
        if (response?.ok) return { name: candidate, bytes: await unpacked(response, candidate) }
      }
      throw missing(set.loader, `${address}[.gz]`, undefined)
    },
  }
}

export function readChecked(path: string, where: string): Uint8Array {
  return noFileSystem(where, path, where.replace(/^load|^read/, 'decode'))
}

export function writeAtomically(path: string, where: string): void {
  noFileSystem(where, path, where.replace(/^save/, 'encode'))
}

export function namesIn(): string[] {
  return []
}

/** @param path Unused: there are no files. */
export async function readCsv(path: string, _options?: CsvOptions): Promise<CsvFile> {
  return fail('TN_DATA', 'readCsv', `there are no files in a browser, got ${path}; make a TableSource of rows`)
}

function noFileSystem(where: string, path: string, instead: string): never {
  return fail('TN_DATA', where, `there are no files in a browser, got ${path}; use ${instead} on bytes`)
}

/** The checksum of zlib and PNG, of bytes that follow those with the checksum `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] as number)
  return ~crc >>> 0
}

const crcTable = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  return crc
})

const request = (address: string): Promise<Response | undefined> => fetch(address).catch(() => undefined)

function missing(where: string, address: string, response: Response | undefined): ThinnetError {
  const answer = response ? `, the server answered ${response.status}` : ''
  return new ThinnetError('TN_DATA', where, `${where}: cannot fetch ${address}${answer}`, { file: address })
}

/** A response's bytes. A server may have undone gzip already, so that the first bytes decide, not the name. */
async function unpacked(response: Response, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  let limit = Number.POSITIVE_INFINITY
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value)
      length += part.value.length
      if (limit === Number.POSITIVE_INFINITY && length >= maximumIdxHeader) {
        limit = parseIdxHeader(joined(chunks), name).totalBytes
      }
      if (length > limit) checkIdxLength(parseIdxHeader(joined(chunks), name), length, name)
    }
  } catch (error) {
    if (error instanceof ThinnetError) throw error
    throw new ThinnetError('TN_DATA', 'readIdx', `${name}: damaged gzip data after ${length} bytes`, { file: name })
  }
  return joined(chunks)
}
