import { gunzipSync, constants as zlib } from 'node:zlib'
import { fail, ThinnetError } from '../backend/errors.ts'
import { checkIdxLength, maximumIdxHeader, parseIdxHeader } from './idx.ts'
import type { FileBytes } from './image-sets.ts'
import { readChecked } from './io.node.ts'

/** The uncompressed bytes of an IDX file, with or without gzip; sizes are checked before they are allocated. */
export async function readIdxFile(path: string, where = 'readIdx'): Promise<FileBytes> {
  let packed = false
  const bytes = readChecked(path, where, headBytes, (head, length) => {
    packed = head[0] === 0x1f && head[1] === 0x8b
    if (packed) checkPacked(head, length, path)
    else checkIdxLength(parseIdxHeader(head, path), length, path)
  })
  return { name: path, bytes: packed ? unpack(bytes, path) : bytes }
}

/** A byte of deflate stands for at most 1032. */
const largestRatio = 1032
/** Packed bytes that hold an IDX header, and unpack to little whatever they are. */
const headBytes = 4096

/** Refuses a packed IDX file whose header announces more than its length can hold. */
function checkPacked(head: Uint8Array, length: number, path: string): void {
  const { totalBytes, shape } = parseIdxHeader(beginning(head, path), path)
  if (totalBytes > length * largestRatio) {
    fail(
      'TN_DATA',
      'readIdx',
      `${path}: the header gives the shape [${shape.join(', ')}], too large for ${length} packed bytes`,
    )
  }
}

/** The first bytes of what is packed, as far as `head` gives them. */
function beginning(head: Uint8Array, path: string): Uint8Array {
  try {
    // The head of a file lacks its end, which Z_SYNC_FLUSH allows.
    return gunzipSync(head, {
      finishFlush: zlib.Z_SYNC_FLUSH,
      maxOutputLength: head.length * largestRatio + maximumIdxHeader,
    })
  } catch (error) {
    return damagedGzip(path, error)
  }
}

/** Everything that is packed, which must be as long as its own header says. */
function unpack(bytes: Uint8Array, path: string): Uint8Array {
  const header = parseIdxHeader(beginning(bytes.subarray(0, headBytes), path), path)
  try {
    return gunzipSync(bytes, { maxOutputLength: header.totalBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      checkIdxLength(header, header.totalBytes + 1, path)
    return damagedGzip(path, error)
  }
}

function damagedGzip(path: string, error: unknown): never {
  throw new ThinnetError(
    'TN_DATA',
    'readIdx',
    `${path}: damaged gzip data: ${(error as Error).message}`,
    { file: path },
    { cause: error },
  )
}
