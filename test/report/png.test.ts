import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { featurePicture } from '../../src/report/features.node.ts'
import { encodePng } from '../../src/report/png.node.ts'

/** The rows of a grey PNG, read by its chunks. */
function decode(png: Buffer): { width: number; height: number; pixels: number[] } {
  let at = 8
  let header: Buffer = Buffer.alloc(0)
  let data: Buffer = Buffer.alloc(0)
  while (at < png.length) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data = Buffer.concat([data, body])
    at += 12 + length
  }
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  const rows = inflateSync(data)
  const pixels = [...rows].filter((_, i) => i % (width + 1) !== 0)
  return { width, height, pixels }
}

const fromUri = (uri: string) => decode(Buffer.from(uri.slice('data:image/png;base64,'.length), 'base64'))

test('a PNG holds the pixels it was made of', () => {
  const { width, height, pixels } = decode(encodePng(3, 2, Uint8Array.of(0, 10, 20, 30, 40, 255)))
  expect({ width, height, pixels }).toEqual({ width: 3, height: 2, pixels: [0, 10, 20, 30, 40, 255] })
})

test('features: negative is dark, zero mid-grey, positive bright, in order from the top left', () => {
  const weights = Float32Array.of(-1, 0, 0, 1, 0, 0, 1, -1) // two neurons of 2 x 2 inputs
  const picture = featurePicture(weights, 2, 64, 8)
  const { width, height, pixels } = fromUri(picture.uri)
  expect([picture.count, picture.width, picture.height]).toEqual([2, width, height])
  const cell = (width + 3) / 2 // two cells with a gap of three pixels between
  const block = (cell - 3) / 2
  const at = (neuron: number, row: number, column: number) =>
    pixels[(row * block + 1) * width + neuron * cell + column * block + 1]
  expect([at(0, 0, 0), at(0, 0, 1), at(0, 1, 0), at(0, 1, 1)]).toEqual([0, 128, 128, 255])
  expect([at(1, 0, 0), at(1, 0, 1), at(1, 1, 0), at(1, 1, 1)]).toEqual([128, 128, 255, 0])
})

test('one huge weight does not turn the rest grey', () => {
  const weights = Float32Array.from({ length: 784 }, (_, i) => (i === 783 ? 1000 : i % 2 === 0 ? 1 : -1))
  expect(fromUri(featurePicture(weights, 28, 1, 8).uri).pixels[0]).toBe(255)
})
