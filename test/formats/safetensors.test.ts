import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ThinnetError } from '../../src/backend/errors.ts'
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveSafetensors } from '../../src/formats/index.ts'
import { tensor, zeros } from '../../src/ops/creation.ts'
import { transpose } from '../../src/ops/layout.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

// Files that Python's safetensors 0.8.0 wrote: torch tensors of the values that the tests name.
const fromBase64 = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'))
const plainFile = fromBase64(
  '4AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIGJ5Ijoic2FmZXRlbnNvcnMgMC44IFwi7YyM7J207I2sXCIifSwiYS53ZWlnaHQiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6WzRdLCJkYXRhX29mZnNldHMiOlswLDMyXX0sImIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzMyLDQ4XX0sImVtcHR5Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlswLDNdLCJkYXRhX29mZnNldHMiOls0OCw0OF19LCJzY2FsYXIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzQ4LDUyXX0sImkzMiI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzUyLDYwXX0sInU4Ijp7ImR0eXBlIjoiVTgiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls2MCw2M119LCLqsIDspJHsuZgiOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNjMsNjZdfX0gICAgICAAAAAAAADwPwAAAAAAAACAAAAAAAAA8H8r5nCLaBIAAAAAwD8AAADAAABQQAAAAAAAAJBA/////////38A/wcBAAE=',
)
const wideFile = fromBase64(
  'sAAAAAAAAAB7Imk2NCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbNF0sImRhdGFfb2Zmc2V0cyI6WzAsMzJdfSwiYmYiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOls1XSwiZGF0YV9vZmZzZXRzIjpbMzIsNDJdfSwiaGFsZiI6eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbOV0sImRhdGFfb2Zmc2V0cyI6WzQyLDYwXX19ICAgIPv/////////BwAAAAAAAAAAAACA/////////38AAAAAgD9JwJZ+AIDAfwA8AMH/ewEAAIAAfAD8AH5mLg==',
)
const tooWideFile = fromBase64(
  'QAAAAAAAAAB7Imk2NCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfX0gICAgICAgAAAAAAAAAAAAAACAAAAAAA==',
)

const plainTensors = {
  b: tensor([
    [1.5, -2],
    [3.25, 0],
  ]),
  'a.weight': tensor([1, -0, Number.POSITIVE_INFINITY, 1e-310], { dtype: 'float64' }),
  i32: tensor([-1, 2147483647], { dtype: 'int32' }),
  u8: tensor([0, 255, 7], { dtype: 'uint8' }),
  가중치: tensor([true, false, true]),
  empty: zeros([0, 3]),
  scalar: tensor(4.5),
}
const plainMetadata = { 'made by': 'safetensors 0.8 "파이썬"' }

const folder = mkdtempSync(join(tmpdir(), 'thinnet-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const contents = (x: Tensor) => ({ dtype: x.dtype, shape: x.shape, values: Array.from(x.toArray()) })
const allContents = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, contents(x)]))

/** A file of this header and this many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const entry = (dtype: string, shape: unknown, start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
})

describe("Python's safetensors", () => {
  test('writes files that we read', () => {
    const { tensors, metadata } = decodeSafetensors(plainFile)
    expect(allContents(tensors)).toEqual(allContents(plainTensors))
    expect(metadata).toEqual(plainMetadata)
  })

  test('writes the same bytes for the same tensors, in whatever order they come', () => {
    expect(Buffer.from(encodeSafetensors(plainTensors, plainMetadata))).toEqual(Buffer.from(plainFile))
    const reversed = new Map(Object.entries(plainTensors).reverse())
    expect(Buffer.from(encodeSafetensors(reversed, plainMetadata))).toEqual(Buffer.from(plainFile))
  })

  test('writes int64, float16 and bfloat16, which become int32 and float32', () => {
    const { i64, half, bf } = decodeSafetensors(wideFile).tensors as Record<string, Tensor>
    expect(contents(i64 as Tensor)).toEqual({ dtype: 'int32', shape: [4], values: [-5, 7, -(2 ** 31), 2 ** 31 - 1] })
    const halves = [
      1,
      -2.5,
      65504,
      2 ** -24,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      0.0999755859375,
    ]
    expect(contents(half as Tensor)).toEqual({ dtype: 'float32', shape: [9], values: halves })
    expect(contents(bf as Tensor).values).toEqual([1, -3.140625, 9.969209968386869e37, -0, Number.NaN])
  })

  test('writes int64 that int32 does not hold, which is refused', () => {
    expect(() => decodeSafetensors(tooWideFile, 'w.safetensors')).toThrow(
      'w.safetensors: tensor "i64" has a number that int32 does not hold at element 1',
    )
  })
})

describe('encode and decode', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
  const anyTensor = fc
    .tuple(fc.constantFrom<DType>('float32', 'float64', 'int32', 'uint8', 'bool'), sizes)
    .chain(([dtype, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1)
      const element = {
        float32: fc.float(),
        float64: fc.double(),
        int32: fc.integer(),
        uint8: fc.nat({ max: 255 }),
        bool: fc.nat({ max: 1 }),
      }[dtype]
      return fc.array(element, { minLength: count, maxLength: count }).map((values) => ({ dtype, shape, values }))
    })

  test('give back any tensors, names and metadata', () => {
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__')
    const model = fc.tuple(fc.dictionary(name, anyTensor), fc.dictionary(name, fc.string({ unit: 'grapheme' })))
    fc.assert(
      fc.property(model, ([described, metadata]) => {
        const pairs = Object.entries(described).map(
          ([key, { dtype, shape, values }]) => [key, tensor(values, { dtype, shape })] as const,
        )
        const bytes = encodeSafetensors(new Map(pairs), metadata)
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0)
        const read = decodeSafetensors(bytes)
        expect(allContents(read.tensors)).toEqual({ ...described })
        expect({ ...read.metadata }).toEqual({ ...metadata })
      }),
    )
  })

  test('a strided view is written in row-major order', () => {
    const { tensors } = decodeSafetensors(
      encodeSafetensors({
        x: transpose(
          tensor([
            [1, 2, 3],
            [4, 5, 6],
          ]),
          0,
          1,
        ),
      }),
    )
    expect(contents(tensors.x as Tensor)).toEqual({ dtype: 'float32', shape: [3, 2], values: [1, 4, 2, 5, 3, 6] })
  })

  test('bytes that do not start at a multiple of 8', () => {
    const shifted = new Uint8Array(plainFile.length + 3)
    shifted.set(plainFile, 3)
    expect(allContents(decodeSafetensors(shifted.subarray(3)).tensors)).toEqual(allContents(plainTensors))
  })

  test('refuse to write what the format does not have', () => {
    expect(() => encodeSafetensors({ __metadata__: zeros([1]) })).toThrow('a tensor cannot be named __metadata__')
    expect(() => encodeSafetensors({ x: 3 as unknown as Tensor })).toThrow('"x" must be a tensor, got number')
    expect(() => encodeSafetensors({}, { epoch: 3 as unknown as string })).toThrow(
      'metadata must be strings, got number for "epoch"',
    )
  })
})

describe('damage', () => {
  const f32 = (start: number, end: number) => entry('F32', [(end - start) / 4], start, end)
  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /starts with 8 bytes of length, got a file of 0$/],
    [
      'a header longer than the file',
      Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, 123, 125]),
      /bytes 0 to 7 give a header of 9 bytes, but 2 follow/,
    ],
    [
      'a header of 2^64 - 1 bytes',
      new Uint8Array(16).fill(255),
      /give a header of 18446744073709551615 bytes, but 8 follow/,
    ],
    ['text', fileOf('hello', 0), /the header, bytes 8 to 12, is not JSON/],
    ['bytes that are not UTF-8', Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), /bytes 8 to 9, is not JSON/],
    ['a list', fileOf([], 0), /the header must be a JSON object$/],
    ['metadata that is no text', fileOf({ __metadata__: { epoch: 3 } }, 0), /__metadata__ must map names to strings$/],
    ['an entry that is none', fileOf({ x: 3 }, 0), /tensor "x" must have dtype, shape and data_offsets$/],
    [
      'an unknown type',
      fileOf({ x: entry('F8_E5M2', [1], 0, 1) }, 1),
      /tensor "x" has type "F8_E5M2"; known are F64, /,
    ],
    ['a type of JavaScript', fileOf({ x: entry('constructor', [1], 0, 1) }, 1), /tensor "x" has type "constructor"/],
    ['a negative size', fileOf({ x: entry('F32', [-1, -1], 0, 4) }, 4), /tensor "x" has an impossible shape$/],
    [
      'a thousand dimensions',
      fileOf({ x: entry('U8', new Array(1000).fill(1), 0, 1) }, 1),
      /tensor "x" has an impossible shape$/,
    ],
    [
      'half an offset',
      fileOf({ x: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      /tensor "x" has impossible data_offsets$/,
    ],
    [
      'a size of 2^80',
      fileOf({ x: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4),
      /tensor "x" of F32 \[.*\] takes .* bytes, but data_offsets gives 4$/,
    ],
    ['a size beyond the file', fileOf({ x: f32(0, 4e12) }, 4), /tensor "x" ends at byte 4\d+, but the file at \d+$/],
    [
      'an overlap',
      fileOf({ x: f32(0, 8), y: f32(4, 12) }, 12),
      /tensor "y" overlaps what is before it: it starts at byte 1\d+, not 1\d+$/,
    ],
    ['a hole', fileOf({ x: f32(0, 4), y: f32(8, 12) }, 12), /tensor "y" leaves a hole before it/],
    ['bytes left over', fileOf({ x: f32(0, 4) }, 5), /the tensors end at byte \d+, but the file at \d+$/],
    [
      'a boolean of 2',
      fileOf({ x: entry('BOOL', [1], 0, 1) }, 1).with(-1, 2),
      /tensor "x" has a boolean that is neither 0 nor 1 at element 0$/,
    ],
  ])('%s', (_, bytes, message) => {
    const refusal = { name: 'ThinnetError', code: 'TN_DATA', message: expect.stringMatching(message) }
    expect(() => decodeSafetensors(bytes, 'bad')).toThrow(expect.objectContaining(refusal))
    expect(() => decodeSafetensors(bytes, 'bad')).toThrow(/^bad: /)
  })

  test('a file cut anywhere is refused', () => {
    for (let length = 0; length < plainFile.length; length++) {
      expect(() => decodeSafetensors(plainFile.subarray(0, length))).toThrow(ThinnetError)
    }
  })

  test('a file changed anywhere is refused or read, never anything else', () => {
    const change = fc.record({ at: fc.nat({ max: plainFile.length - 1 }), value: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const bytes = Uint8Array.from(plainFile)
        for (const { at, value } of changes) bytes[at] = value
        try {
          decodeSafetensors(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'TN_DATA' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('files', () => {
  test('save and load; what was there is replaced as a whole, and nothing else is left', () => {
    const path = join(folder, 'model.safetensors')
    saveSafetensors(path, { x: zeros([1000]) })
    saveSafetensors(path, plainTensors, plainMetadata)
    expect(readFileSync(path).equals(plainFile)).toBe(true)
    expect(readdirSync(folder)).toEqual(['model.safetensors'])
    const { tensors, metadata } = loadSafetensors(path)
    expect([allContents(tensors), metadata]).toEqual([allContents(plainTensors), plainMetadata])
  })

  test('a failed save leaves the old file', () => {
    const path = join(folder, 'kept.safetensors')
    saveSafetensors(path, { x: tensor([7]) })
    const before = readdirSync(folder)
    expect(() => saveSafetensors(path, { x: 'no tensor' as unknown as Tensor })).toThrow('"x" must be a tensor')
    expect(contents(loadSafetensors(path).tensors.x as Tensor).values).toEqual([7])
    expect(readdirSync(folder)).toEqual(before)
  })

  test('errors name the file', () => {
    const missing = join(folder, 'none', 'x.safetensors')
    expect(() => loadSafetensors(missing)).toThrow(`loadSafetensors: cannot open ${missing}: ENOENT`)
    expect(() => saveSafetensors(missing, {})).toThrow(`saveSafetensors: cannot write ${missing}: ENOENT`)
    const hostile = join(folder, 'hostile.safetensors')
    writeFileSync(hostile, new Uint8Array(16).fill(255))
    expect(() => loadSafetensors(hostile)).toThrow(
      `${hostile}: bytes 0 to 7 give a header of 18446744073709551615 bytes`,
    )
  })
})
