// Files read with their sizes checked first, and written all at once.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 as nodeCrc32 } from 'node:zlib'
import { fail, ThinnetError } from '../backend/errors.ts'

/**
 * A file's bytes. Before they are allocated, `check` sees the first `headBytes` of them (fewer if the file is shorter) and the
 * file's length, and throws if these do not fit.
 */
export function readChecked(
  path: string,
  where: string,
  headBytes: number,
  check: (head: Uint8Array, length: number) => void,
): Uint8Array {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    return cannot(where, 'open', path, error)
  }
  try {
    const { size } = fstatSync(file)
    check(readAt(file, 0, Math.min(headBytes, size)), size)
    const bytes = readAt(file, 0, size)
    if (bytes.length < size) fail('TN_DATA', where, `${path} became shorter while it was read`)
    return bytes
  } catch (error) {
    if (error instanceof ThinnetError) throw error
    return cannot(where, 'read', path, error)
  } finally {
    closeSync(file)
  }
}

/** `length` bytes from `start`, fewer at the end of the file. */
function readAt(file: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  let done = 0
  while (done < length) {
    const count = readSync(file, bytes, done, Math.min(length - done, 2 ** 30), start + done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}

/** True of the name of a file that `writeAtomically` has not finished. */
export const isTemporary = (name: string): boolean => /^\..+\.\d+-[0-9a-f]{8}\.tmp$/.test(name)

/** Writes a file so that its path always has the old contents or the new ones, also when the machine stops meanwhile. */
export function writeAtomically(path: string, where: string, parts: Iterable<Uint8Array>): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  try {
    const file = openSync(temporary, 'wx')
    try {
      for (const part of parts) for (let done = 0; done < part.length; ) done += writeSync(file, part, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    if (error instanceof ThinnetError) throw error // from what makes the parts
    cannot(where, 'write', path, error)
  }
}

/** The checksum of zlib and PNG, of bytes that follow those with the checksum `before`. */
export const crc32 = (bytes: Uint8Array, before = 0): number => nodeCrc32(bytes, before)

/** The names of what is in a folder; none if there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Makes the new name last. Windows cannot open folders, and does not need it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function cannot(where: string, what: string, path: string, error: unknown): never {
  const { message } = error as Error
  throw new ThinnetError(
    'TN_DATA',
    where,
    `${where}: cannot ${what} ${path}: ${message}`,
    { file: path },
    { cause: error },
  )
}
