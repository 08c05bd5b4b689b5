import { expect, test } from 'vitest'
import { nn, ones, optim, randn, type Tensor, tensor, zeros } from '../../src/index.ts'
import { expectNear, expectSameNumbers } from '../support/goldens.ts'

const rowNorms = (weight: Tensor) => {
  const [rows, columns] = [weight.shape[0] as number, weight.numel / (weight.shape[0] as number)]
  const all = weight.toArray()
  return Array.from({ length: rows }, (_, row) => Math.hypot(...all.subarray(row * columns, (row + 1) * columns)))
}

test.each(['float32', 'float64'] as const)(
  'rows longer than the limit are scaled down to it, others stay to the bit, %s',
  (dtype) => {
    const weight = tensor(
      [
        [3, 4, 0],
        [0.3, 0.4, 0],
        [0, 0, 0],
        [-6, 0, 8],
      ],
      { dtype },
    )
    const before = weight.toArray()
    optim.maxNorm([weight], 2)
    expectNear(rowNorms(weight), [2, 0.5, 0, 2], 1e-7)
    expectSameNumbers(weight.toArray().slice(3, 9), before.slice(3, 9))
    expectNear(weight.toArray().slice(9), [-1.2, 0, 1.6], 1e-7)
  },
)

test('kernels of convolutions count as the incoming weights of a unit, vectors are left alone', () => {
  const [kernel, bias] = [randn([4, 3, 5, 5]), tensor([30, 40])]
  const versions = [kernel.version.count, bias.version.count] as const
  optim.maxNorm([kernel, bias], 0.5)
  expectNear(rowNorms(kernel), [0.5, 0.5, 0.5, 0.5], 1e-6)
  expect([...bias.toArray()]).toEqual([30, 40])
  expect([kernel.version.count, bias.version.count]).toEqual([versions[0] + 1, versions[1]])
})

test('weights that are not contiguous', () => {
  const base = randn([6, 4])
  const [turned, plain] = [base.clone().T, base.T.clone()]
  optim.maxNorm([turned], 1)
  optim.maxNorm([plain], 1)
  expectSameNumbers(turned.toArray(), plain.toArray())
})

test('as a setting it holds after every step, in the groups that have it', () => {
  const [bound, free] = [new nn.Parameter(ones([2, 8])), new nn.Parameter(ones([2, 8]))]
  const optimizer = new optim.SGD([{ params: [bound], maxNorm: 3 }, { params: [free] }], { lr: 1 })
  for (let i = 0; i < 3; i++) {
    for (const weight of [bound, free]) weight.grad = ones([2, 8]).neg()
    optimizer.step()
    expectNear(rowNorms(bound), [3, 3], 1e-6)
  }
  expectNear(rowNorms(free), [4 * Math.sqrt(8), 4 * Math.sqrt(8)], 1e-6)
})

test('refuses a limit that is not above 0', () => {
  expect(() => optim.maxNorm([zeros([2, 2])], 0)).toThrow('maxNorm: the limit must be above 0, got 0')
  expect(() => optim.maxNorm([zeros([2, 2])], Number.NaN)).toThrow('got NaN')
})
