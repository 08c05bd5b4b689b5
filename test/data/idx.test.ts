import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ThinnetError } from '../../src/backend/errors.ts'
import { readIdxFile as fetchIdxFile } from '../../src/data/files.browser.ts'
import { parseIdx } from '../../src/data/idx.ts'
import { readIdx } from '../../src/data/read-idx.ts'

const folder = mkdtempSync(join(tmpdir(), 'thinnet-idx-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** The path of a new file with these contents. */
function fileOf(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.bin`)
  writeFileSync(path, bytes)
  return path
}

/** An IDX file: the type's code, the sizes, the elements. */
function idx(code: number, sizes: readonly number[], elements: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + elements.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, code, sizes.length])
  for (const [i, size] of sizes.entries()) view.setUint32(4 + 4 * i, size)
  bytes.set(elements, 4 + 4 * sizes.length)
  return bytes
}

/** The message of the ThinnetError TN_DATA that `body` must throw. */
async function refusal(body: () => unknown): Promise<string> {
  try {
    await body()
  } catch (error) {
    expect(error).toBeInstanceOf(ThinnetError)
    expect((error as ThinnetError).code).toBe('TN_DATA')
    return (error as ThinnetError).message
  }
  return expect.unreachable('nothing was refused')
}

const square = idx(8, [2, 3], [1, 2, 3, 250, 5, 6])

describe('parseIdx', () => {
  test.each([
    ['uint8', 8, [0, 200], 'uint8', [0, 200]],
    ['int8', 9, [255, 3], 'int32', [-1, 3]],
    ['int16', 11, [255, 254, 1, 0], 'int32', [-2, 256]],
    ['int32', 12, [255, 255, 255, 253, 0, 1, 0, 0], 'int32', [-3, 65536]],
    ['float32', 13, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], 'float32', [1.5, -2]],
    ['float64', 14, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], 'float64', [1.5, -0]],
  ] as const)('%s', (_, code, elements, dtype, expected) => {
    const x = parseIdx(idx(code, [2], elements))
    expect([x.dtype, x.shape, Array.from(x.toArray())]).toEqual([dtype, [2], expected])
  })

  test('shape, and bytes that do not start at a multiple of their size', () => {
    const shifted = new Uint8Array(square.length + 3)
    shifted.set(square, 3)
    const x = parseIdx(shifted.subarray(3))
    expect([x.shape, Array.from(x.toArray())]).toEqual([
      [2, 3],
      [1, 2, 3, 250, 5, 6],
    ])
  })

  test('names the file, and the place of the damage', async () => {
    const message = (bytes: Uint8Array) => refusal(() => parseIdx(bytes, 'a.idx'))
    expect(await message(new Uint8Array([0, 0]))).toBe(
      'a.idx: an IDX file starts with 4 bytes of type and rank, got a file of 2',
    )
    expect(await message(new TextEncoder().encode('<html>'))).toMatch(
      /^a\.idx: not an IDX file: bytes 0 to 3 .* got 3c68746d$/,
    )
    expect(await message(idx(10, [1], [0]))).toMatch(/^a\.idx: not an IDX file/)
    expect(await message(new Uint8Array([0, 0, 8, 2, 0, 0]))).toBe(
      'a.idx: the header of 2 dimensions takes 12 bytes, but the file ends at byte 6',
    )
    expect(await message(square.subarray(0, -1))).toBe(
      'a.idx: shape [2, 3] of uint8 takes 18 bytes, but the file has 17: it is truncated',
    )
    expect(await message(idx(8, [2], [1, 2, 3]))).toMatch(
      /takes 10 bytes, but the file has 11: something else follows$/,
    )
    expect(await message(idx(14, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []))).toMatch(
      /^a\.idx: bytes 4 to 15 give the shape .* no file can hold$/,
    )
    expect(await message(idx(8, [2 ** 32 - 1, 9], []))).toMatch(/it is truncated$/)
  })
})

describe('readIdx', () => {
  test('plain and packed files', async () => {
    for (const bytes of [square, gzipSync(square)]) {
      const x = await readIdx(fileOf(bytes))
      expect([x.dtype, x.shape, Array.from(x.toArray())]).toEqual(['uint8', [2, 3], [1, 2, 3, 250, 5, 6]])
    }
  })

  test('packed files that lie about their size', async () => {
    const bomb = gzipSync(idx(8, [4], new Array(5_000_000).fill(0)))
    expect(await refusal(() => readIdx(fileOf(bomb)))).toMatch(
      /shape \[4\] of uint8 takes 12 bytes, but the file has 13: something else follows$/,
    )
    const hollow = gzipSync(idx(8, [2 ** 31, 2 ** 20], [1, 2, 3]))
    expect(await refusal(() => readIdx(fileOf(hollow)))).toMatch(/too large for \d+ packed bytes$/)
    expect(await refusal(() => readIdx(fileOf(gzipSync(square.subarray(0, -1)))))).toMatch(/it is truncated$/)
  })

  test('files that are not there, and folders', async () => {
    expect(await refusal(() => readIdx(join(folder, 'none')))).toMatch(/^readIdx: cannot open .*none: ENOENT/)
    expect(await refusal(() => readIdx(folder))).toContain(folder)
  })

  test('a file cut or changed anywhere is refused or read, never anything else', async () => {
    const source = idx(
      8,
      [3, 5, 4],
      Array.from({ length: 60 }, (_, i) => (i * 37) % 256),
    )
    const packed = gzipSync(source)
    const damage = fc.record({
      packed: fc.boolean(),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      value: fc.integer({ min: 0, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async (plan) => {
        const whole = plan.packed ? packed : source
        const cut = Uint8Array.from(whole.subarray(0, Math.floor(plan.keep * whole.length)))
        const truncated = cut.length < whole.length
        if (truncated) expect(await refusal(() => readIdx(fileOf(cut)))).toContain(folder)
        const changed = Uint8Array.from(whole)
        changed[Math.floor(plan.at * whole.length)] = plan.value
        await readIdx(fileOf(changed)).then(
          (x) => expect(x.numel).toBeLessThanOrEqual(60),
          (error) => expect((error as ThinnetError).code).toBe('TN_DATA'),
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('in a browser', () => {
  /** `fetch` answers with these bytes. */
  async function withFetch<T>(bytes: Uint8Array, body: () => Promise<T>): Promise<T> {
    const real = globalThis.fetch
    globalThis.fetch = async () => new Response(bytes as Uint8Array<ArrayBuffer>)
    try {
      return await body()
    } finally {
      globalThis.fetch = real
    }
  }

  test('plain and packed bytes', async () => {
    for (const bytes of [square, gzipSync(square)]) {
      const file = await withFetch(bytes, () => fetchIdxFile('/square'))
      expect(Array.from(file.bytes)).toEqual(Array.from(square))
    }
  })

  test('packed bytes that unpack to more than their header says, or are damaged', async () => {
    const bomb = gzipSync(idx(8, [4], new Array(5_000_000).fill(0)))
    const fetched = (bytes: Uint8Array) => refusal(() => withFetch(bytes, () => fetchIdxFile('/a')))
    expect(await fetched(bomb)).toMatch(/^\/a: shape \[4\] of uint8 takes 12 bytes, .* something else follows$/)
    expect(await fetched(gzipSync(square).subarray(0, 20))).toMatch(/^\/a: damaged gzip data/)
  })
})
