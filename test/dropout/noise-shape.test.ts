// Masks shared along axes. Which elements are dropped, for all shapes and layouts: random-masks.test.ts.
import { describe, expect, test } from 'vitest'
import { functional as F, manualSeed, nn, ones, type Tensor, tensor, zeros } from '../../src/index.ts'
import { seeded, wordsTaken } from '../random/support.ts'
import { expectSameNumbers } from '../support/goldens.ts'
import { gradcheck, gradgradcheck, recordedOps } from '../support/gradcheck.ts'
import { Samples } from '../support/samples.ts'

/** One call with fixed draws, of an input whose shape each noise shape of the table fits. */
const shape = [3, 4, 2]
const noiseShapes: nn.NoiseShape[] = [
  [null, 1, null],
  [1, 4, 1],
  [-1, 1, 1],
  [1, 1, 1],
  [1, null, -1],
  [null, null, null],
]

describe.each(noiseShapes.map((noiseShape) => ({ noiseShape })))('$noiseShape', ({ noiseShape }) => {
  const drop = (x: Tensor, options: { inplace?: boolean; scaling?: nn.Scaling } = {}) => {
    manualSeed(11)
    return F.dropout(x, 0.4, { noiseShape, ...options })
  }

  test('gradients, and gradients of gradients', () => {
    const x = new Samples(1).uniform(shape)
    gradcheck('dropout', ([x]) => drop(x as Tensor), [x])
    gradgradcheck('dropout', ([x]) => drop(x as Tensor).square(), [x])
  })

  test('the gradient is the mask and the factor, also where x is written over', () => {
    const leaf = ones(shape).requiresGrad_()
    const expected = drop(ones(shape)).toArray()
    const x = leaf.mul(1)
    expect(drop(x, { inplace: true })).toBe(x)
    expectSameNumbers(x.toArray(), expected)
    x.sum().backward()
    expectSameNumbers((leaf.grad as Tensor).toArray(), expected)
  })

  test('with standard scaling training keeps values, and evaluation scales them', () => {
    const x = new Samples(2).uniform(shape).to('float32')
    const expected = Array.from(
      drop(ones(shape)).toArray(),
      (kept, i) => (kept === 0 ? 0 : 1) * (x.toArray()[i] as number),
    )
    expectSameNumbers(drop(x, { scaling: 'standard' }).toArray(), expected)
    const evaluated = F.dropout(x, 0.25, { noiseShape, scaling: 'standard', training: false })
    expect(evaluated.equal(x.mul(0.75))).toBe(true)
  })

  test('nothing is drawn in evaluation, for p = 0, p = 1 and empty inputs', () => {
    const x = new Samples(3).uniform(shape)
    const empty = zeros([3, 0, 2])
    const fitting = noiseShape.map((size) => (size === 4 ? null : size))
    const taken = wordsTaken(seeded('1'), () => {
      expect(F.dropout(x, 0.5, { noiseShape, training: false })).toBe(x)
      expect(new nn.Dropout(0.5, { noiseShape }).eval().call(x)).toBe(x)
      expect(F.dropout(x, 0, { noiseShape })).toBe(x)
      expect(F.dropout(empty, 0.5, { noiseShape: fitting })).toBe(empty)
      expectSameNumbers(F.dropout(x, 1, { noiseShape }).toArray(), x.mul(0).toArray())
    })
    expect(taken).toBe(0)
  })
})

test('special values and signs of zero are those of a product', () => {
  const x = tensor([
    [1, -1, 0],
    [-0, Number.POSITIVE_INFINITY, Number.NaN],
  ])
  manualSeed(0)
  const mask = Array.from(F.dropout(ones([1, 3]), 0.5).toArray())
  expect(new Set(mask)).toEqual(new Set([0, 2]))
  manualSeed(0)
  const y = F.dropout(x, 0.5, { noiseShape: [1, null] })
  expectSameNumbers(
    y.toArray(),
    Array.from(x.toArray(), (value, i) => value * (mask[i % 3] as number)),
  )
})

test('channels by noiseShape are the channels of dropout2d', () => {
  const x = new Samples(4).uniform([2, 5, 3, 3])
  manualSeed(6)
  const expected = F.dropout2d(x, 0.3)
  manualSeed(6)
  expect(F.dropout(x, 0.3, { noiseShape: [null, null, 1, 1] }).equal(expected)).toBe(true)
})

test('one op is recorded, as of any dropout', () => {
  const x = ones([2, 3]).requiresGrad_()
  for (const noiseShape of [
    [null, 1],
    [1, null],
  ]) {
    const y = F.dropout(x.mul(2), 0.5, { noiseShape })
    expect(recordedOps(y)).toEqual(new Set(['dropout', 'mulScalar', 'accumulateGrad']))
  }
})

test('the layer passes it on, and shows it', () => {
  const layer = new nn.Dropout(0.5, { noiseShape: [null, 1] })
  manualSeed(3)
  const y = layer.call(ones([4, 3]))
  manualSeed(3)
  expect(y.equal(F.dropout(ones([4, 3]), 0.5, { noiseShape: [null, 1] }))).toBe(true)
  expect(String(layer)).toBe('Dropout(p=0.5, inplace=False, noise_shape=(None, 1))')
  const standard = new nn.Dropout(0.5, { noiseShape: [-1], scaling: 'standard' })
  expect(String(standard)).toBe('Dropout(p=0.5, inplace=False, scaling=standard, noise_shape=(-1,))')
})

test.each<[string, nn.NoiseShape, string, string]>([
  [
    'too few dimensions',
    [1],
    'TN_SHAPE',
    "dropout: noiseShape must have 1 or the input's size (null) for each of its 2 dimensions, got [1] for [4, 3]",
  ],
  [
    'a size that does not broadcast',
    [2, null],
    'TN_SHAPE',
    "dropout: noiseShape must have 1 or the input's size (null) for each of its 2 dimensions, got [2, null] for [4, 3]",
  ],
  [
    'half a size',
    [0.5, 1],
    'TN_RANGE',
    "dropout: noiseShape must be an array of sizes, null for the input's size, got [0.5, 1]",
  ],
  [
    'a number',
    4 as never,
    'TN_RANGE',
    "dropout: noiseShape must be an array of sizes, null for the input's size, got 4",
  ],
])('refuses %s, in evaluation too', (_, noiseShape, code, message) => {
  for (const training of [true, false]) {
    const run = () => F.dropout(ones([4, 3]), 0.5, { noiseShape, training })
    expect(run).toThrow(expect.objectContaining({ code, message }))
  }
})

test('the layer refuses what is no shape when it is made, what does not fit when it is called', () => {
  expect(() => new nn.Dropout(0.5, { noiseShape: [-2] })).toThrow('Dropout: noiseShape must be an array of sizes')
  const layer = new nn.Dropout(0.5, { noiseShape: [1] }).eval()
  expect(() => layer.call(ones([2, 2]))).toThrow("dropout: noiseShape must have 1 or the input's size")
})
