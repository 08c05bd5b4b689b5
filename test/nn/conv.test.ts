// Convolutions and pooling as layers. Their numbers: test/ops/convolution.test.ts; initial values: goldens.test.ts; in
// training, against PyTorch: test/optim/training.test.ts.
import { describe, expect, test } from 'vitest'
import { functional as F, grad, manualSeed, nn, randn, type Tensor, tensor, zeros } from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'
import { threadCounts, withThreads } from '../support/threads.ts'

describe.each(['reflect', 'replicate', 'circular'] as const)('padding mode %s', (paddingMode) => {
  test('is the padded image, convolved without padding', () => {
    const layer = new nn.Conv2d(2, 3, [3, 2], { padding: [1, 2], paddingMode })
    const x = randn([2, 2, 5, 6])
    const padded = F.pad(x, [2, 2, 1, 1], { mode: paddingMode })
    expect(layer.call(x).equal(F.conv2d(padded, layer.weight, layer.bias))).toBe(true)
  })

  test('same keeps the size', () => {
    const layer = new nn.Conv1d(1, 1, 4, { padding: 'same', paddingMode })
    expect(layer.call(zeros([1, 1, 9])).shape).toEqual([1, 1, 9])
  })
})

test('one example, and one of a batch, are the same numbers', () => {
  const x = randn([3, 2, 6, 5])
  for (const layer of [new nn.Conv2d(2, 4, 3, { padding: 1 }), new nn.MaxPool2d(2)]) {
    expectNear(layer.call(x.select(0, 1)).toArray(), layer.call(x).select(0, 1).toArray(), 1e-6)
  }
})

test('grouped: each part of the channels for itself', () => {
  const layer = new nn.Conv2d(4, 6, 3, { groups: 2 })
  const x = randn([2, 4, 5, 5])
  const y = layer.call(x)
  const alone = [0, 1].map((g) => {
    const { weight, bias } = layer
    return F.conv2d(x.narrow(1, 2 * g, 2), weight.narrow(0, 3 * g, 3), (bias as Tensor).narrow(0, 3 * g, 3))
  })
  expectNear(y.narrow(1, 0, 3).toArray(), (alone[0] as Tensor).toArray(), 1e-6)
  expectNear(y.narrow(1, 3, 3).toArray(), (alone[1] as Tensor).toArray(), 1e-6)
})

test("outputs lie in row-major order, so that masks drawn for them are PyTorch's", () => {
  expect(new nn.Conv2d(1, 4, 3).call(zeros([2, 1, 5, 5])).isContiguous).toBe(true)
  expect(new nn.Conv2d(1, 4, 3, { bias: false }).call(zeros([2, 1, 5, 5])).isContiguous).toBe(true)
})

test('outputs and gradients do not depend on the number of threads', () => {
  manualSeed(0)
  const layer = new nn.Conv2d(8, 16, 3, { padding: 1 })
  const x = randn([16, 8, 28, 28], { requiresGrad: true })
  const results = threadCounts.map((threads) =>
    withThreads(threads, () => {
      const y = F.maxPool2d(layer.call(x).relu(), 2)
      return [y, ...grad(y.square().sum(), [x, layer.weight])] as Tensor[]
    }),
  )
  const [first, ...others] = results as [Tensor[], ...Tensor[][]]
  for (const other of others)
    for (const [i, value] of other.entries()) expect(value.equal(first[i] as Tensor)).toBe(true)
})

test('pooling: the first of several largest has the gradient, and NaN is the largest', () => {
  const x = tensor([[[1, 3, 3, 2]]], { requiresGrad: true })
  const [gradient] = grad(F.maxPool2d(x, [1, 4]).sum(), [x])
  expect([...(gradient as Tensor).toArray()]).toEqual([0, 1, 0, 0])
  expect(F.maxPool2d(tensor([[[5, Number.NaN, 7, 1]]]), [1, 4]).item()).toBeNaN()
  expect(F.maxPool2d(tensor([[[-5, Number.NEGATIVE_INFINITY]]]), 1).shape).toEqual([1, 1, 2])
})

test('print themselves as PyTorch prints them', () => {
  const layers = [
    new nn.Conv2d(4, 4, [2, 3], {
      stride: 2,
      padding: [1, 0],
      dilation: 2,
      groups: 2,
      bias: false,
      paddingMode: 'reflect',
    }),
    new nn.Conv1d(4, 4, 2, { padding: 'same' }),
    new nn.MaxPool2d([2, 3], { ceilMode: true, dilation: [1, 2] }),
  ]
  expect(layers.map(String)).toEqual([
    'Conv2d(4, 4, kernel_size=(2, 3), stride=(2, 2), padding=(1, 0), dilation=(2, 2), groups=2, bias=False, padding_mode=reflect)',
    'Conv1d(4, 4, kernel_size=(2,), stride=(1,), padding=same)',
    'MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0, dilation=(1, 2), ceil_mode=True)',
  ])
})

// PyTorch's words, found by running it, where it has any.
test.each<[string, () => unknown, string]>([
  [
    'groups that do not divide the input',
    () => new nn.Conv2d(3, 4, 2, { groups: 2 }),
    'in_channels must be divisible by groups',
  ],
  [
    'groups that do not divide the output',
    () => new nn.Conv2d(4, 3, 2, { groups: 2 }),
    'out_channels must be divisible by groups',
  ],
  ['no groups', () => new nn.Conv2d(3, 4, 2, { groups: 0 }), 'groups must be a positive integer'],
  [
    'an unknown padding',
    () => new nn.Conv2d(3, 4, 2, { padding: 'x' as never }),
    "Invalid padding string 'x', should be one of {'valid', 'same'}",
  ],
  [
    'same with a stride',
    () => new nn.Conv2d(3, 4, 2, { padding: 'same', stride: 2 }),
    "padding='same' is not supported for strided convolutions",
  ],
  [
    'an unknown padding mode',
    () => new nn.Conv2d(3, 4, 2, { paddingMode: 'x' as never }),
    "padding_mode must be one of {'reflect', 'replicate', 'zeros', 'circular'}, but got padding_mode='x'",
  ],
  ['half a channel', () => new nn.Conv2d(2.5, 4, 2), 'Conv2d: inChannels must be a whole number, got 2.5'],
  [
    'a kernel of three numbers',
    () => new nn.Conv2d(3, 4, [1, 2, 3]),
    'Conv2d: kernelSize must be a whole number or 2 of them, at least 1, got [1,2,3]',
  ],
  [
    'a number for options',
    () => new nn.Conv2d(3, 4, 3, 2 as never),
    'Conv2d: options go into one object, got 2; write new nn.Conv2d(3, 4, 3, { stride: 2 })',
  ],
  [
    'a boolean for ceilMode',
    () => new nn.MaxPool2d(2, { ceilMode: 1 as never }),
    'MaxPool2d: ceilMode must be true or false, got 1',
  ],
  [
    'a number for the options of pooling',
    () => new nn.MaxPool2d(2, 2 as never),
    'write new nn.MaxPool2d(2, { stride: 2 })',
  ],
])('refuses %s', (_, run, message) => {
  expect(run).toThrow(message)
})
