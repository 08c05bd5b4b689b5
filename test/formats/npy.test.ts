import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeNpy, encodeNpy, loadNpy, saveNpy } from '../../src/formats/index.ts'
import { tensor, zeros } from '../../src/ops/creation.ts'
import { transpose } from '../../src/ops/layout.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const contents = (x: Tensor) => ({ dtype: x.dtype, shape: x.shape, values: Array.from(x.toArray()) })
const fromBase64 = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'))

// Files that NumPy 2.4.6 wrote.
const matrixFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAQEAAAIBAAACgQAAAwEA=',
)
const fortranFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr9/////////wAAAAAAAAAA/v////////8BAAAAAAAAAP//////////AgAAAAAAAAA=',
)
const booleanFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
)
const scalarFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAdQA==',
)
const bigEndianFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/gAAAQCAAAA==',
)
const wideFile = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAACAAAAAAA==',
)
const matrix = tensor([
  [1.5, -2, 3],
  [4, 5, 6],
])

/** A file of this header, padded as it is, and this many bytes of data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(10 + text.length + dataBytes)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8])
  bytes.set(text, 10)
  return bytes
}

const headerOf = (descr: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`

describe("NumPy's files", () => {
  test('are read: row-major, column-major, booleans, no dimensions', () => {
    expect(contents(decodeNpy(matrixFile))).toEqual(contents(matrix))
    expect(contents(decodeNpy(fortranFile))).toEqual({ dtype: 'int32', shape: [2, 3], values: [-3, -2, -1, 0, 1, 2] })
    expect(contents(decodeNpy(booleanFile))).toEqual({ dtype: 'bool', shape: [2], values: [1, 0] })
    expect(contents(decodeNpy(scalarFile))).toEqual({ dtype: 'float64', shape: [], values: [7.25] })
  })

  test('are written with the same bytes', () => {
    for (const [x, file] of [
      [matrix, matrixFile],
      [tensor([true, false]), booleanFile],
      [tensor(7.25, { dtype: 'float64' }), scalarFile],
    ] as const) {
      expect(Buffer.from(encodeNpy(x)).toString('latin1')).toBe(Buffer.from(file).toString('latin1'))
    }
  })

  test('are refused where thinnet has no such numbers', () => {
    expect(() => decodeNpy(bigEndianFile, 'b.npy')).toThrow(
      'b.npy: arrays of type >f4 are not supported; known are <f8, ',
    )
    expect(() => decodeNpy(wideFile, 'w.npy')).toThrow(
      'w.npy: the array has a number that int32 does not hold at element 0',
    )
  })
})

test('a view of other strides is written in row-major order, and shapes without elements are kept', () => {
  for (const x of [transpose(matrix, 0, 1), zeros([0, 3], { dtype: 'uint8' })]) {
    expect(contents(decodeNpy(encodeNpy(x)))).toEqual(contents(x))
  }
})

describe('damage', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['text', new TextEncoder().encode('hello, world'), /^bad: not an \.npy file/],
    ['a later version', matrixFile.with(6, 2), /^bad: byte 6 gives version 2/],
    [
      'a header longer than the file',
      matrixFile.with(9, 200),
      /^bad: the header ends at byte \d+, but the file at 152$/,
    ],
    [
      'a record',
      fileOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4),
      /must give descr \(a plain type\)/,
    ],
    ['no shape', fileOf("{'descr': '<f4', 'fortran_order': False}", 4), /^bad: the header, bytes 10 to \d+, must give/],
    ['objects, which pickle would run', fileOf(headerOf('|O', '(1,)'), 8), /arrays of type \|O are not supported/],
    [
      'a type of JavaScript',
      fileOf(headerOf('constructor', '(1,)'), 8),
      /arrays of type constructor are not supported/,
    ],
    [
      'a hostile shape',
      fileOf(headerOf('<f4', '(9999999, 9999999, 9999999)'), 4),
      /takes 3\.9\d*e\+21 bytes, but 4 follow/,
    ],
    [
      'an endless size',
      fileOf(headerOf('<f4', `(${'9'.repeat(400)},)`), 4),
      /^bad: the header has an impossible shape$/,
    ],
    ['a truncated file', matrixFile.subarray(0, -1), /takes 24 bytes, but 23 follow byte 128$/],
    ['bytes left over', fileOf(headerOf('<f4', '(1,)'), 5), /takes 4 bytes, but 5 follow/],
  ])('%s', (_, bytes, message) => {
    const refusal = { name: 'ThinnetError', code: 'TN_DATA', message: expect.stringMatching(message) }
    expect(() => decodeNpy(bytes, 'bad')).toThrow(expect.objectContaining(refusal))
  })

  test('a file changed anywhere is refused or read, never anything else', () => {
    const change = fc.record({ at: fc.nat({ max: matrixFile.length - 1 }), value: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(change, ({ at, value }) => {
        try {
          expect(decodeNpy(matrixFile.with(at, value)).numel).toBeLessThanOrEqual(24)
        } catch (error) {
          expect(error).toMatchObject({ code: 'TN_DATA' })
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-npy-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('save and load', () => {
    const path = join(folder, 'x.npy')
    saveNpy(path, matrix)
    expect(contents(loadNpy(path))).toEqual(contents(matrix))
    expect(readdirSync(folder)).toEqual(['x.npy'])
  })

  test('errors name the file', () => {
    const path = join(folder, 'bad.npy')
    writeFileSync(path, 'hello, world')
    expect(() => loadNpy(path)).toThrow(`${path}: not an .npy file`)
    expect(() => loadNpy(join(folder, 'none.npy'))).toThrow(/^loadNpy: cannot open .*none\.npy: ENOENT/)
    expect(() => encodeNpy(3 as unknown as Tensor)).toThrow('encodeNpy: expected a tensor, got number')
  })
})
