// nn.Embedding beside its initial values (goldens.test.ts) and its op (test/ops): padding, norms, frequencies, as PyTorch.
import { describe, expect, test } from 'vitest'
import { functional as F, nn, type Tensor, tensor } from '../../src/index.ts'
import { expectNear } from '../support/goldens.ts'
import { gradcheck, gradgradcheck } from '../support/gradcheck.ts'
import { int32, Samples } from '../support/samples.ts'

const words = int32([1, 0, 1, 1, 3], [5])

/** The gradient of the table for a sum over `words`, each look-up counted once. */
function gradientOf(options: F.EmbeddingFunctionOptions): number[] {
  const table = tensor(new Float32Array(8), { shape: [4, 2] }).requiresGrad_()
  F.embedding(words, table, options).sum().backward()
  return [...((table.grad as Tensor).select(1, 0).toArray() as Float32Array)]
}

test('the gradient counts look-ups, not those of padding, and not how often', () => {
  expect(gradientOf({})).toEqual([1, 3, 0, 1])
  expect(gradientOf({ paddingIdx: 1 })).toEqual([1, 0, 0, 1])
  expect(gradientOf({ paddingIdx: -1 })).toEqual([1, 3, 0, 0])
  expectNear(gradientOf({ scaleGradByFreq: true }), [1, 1, 0, 1], 1e-6)
  expectNear(gradientOf({ scaleGradByFreq: true, paddingIdx: 0 }), [0, 1, 0, 1], 1e-6)
})

test('second derivatives with padding and frequencies', () => {
  const table = new Samples(1).uniform([4, 2])
  const f = ([weight]: readonly Tensor[]) => F.embedding(words, weight as Tensor).square()
  gradcheck('embedding', f, [table])
  gradgradcheck('embedding', f, [table])
})

test('rows that are looked up are shortened to maxNorm, others are left', () => {
  const rows = [
    [3, 4],
    [0.3, 0.4],
    [6, 8],
  ]
  const table = tensor(rows)
  const y = F.embedding(int32([0, 1]), table, { maxNorm: 1 })
  // PyTorch: by maxNorm / (norm + 1e-7).
  expectNear(y.toArray(), [0.6, 0.8, 0.3, 0.4], 1e-6)
  expectNear(table.toArray(), [0.6, 0.8, 0.3, 0.4, 6, 8], 1e-6)
  const sums = tensor(rows)
  F.embedding(int32([2]), sums, { maxNorm: 7, normType: 1 })
  expectNear(sums.select(0, 2).toArray(), [3, 4], 1e-6)
})

describe('Embedding', () => {
  test('the padding row begins at 0, and stays there', () => {
    const layer = new nn.Embedding(4, 3, { paddingIdx: -2 })
    expect(layer.paddingIdx).toBe(2)
    expect([...layer.weight.select(0, 2).toArray()]).toEqual([0, 0, 0])
    layer
      .call(int32([2, 1], [1, 2]))
      .sum()
      .backward()
    const grad = layer.weight.grad as Tensor
    expect([grad.select(0, 2).toArray()[0], grad.select(0, 1).toArray()[0]]).toEqual([0, 1])
  })

  test('from a table that is there: shares its memory, frozen unless told otherwise', () => {
    const table = tensor([
      [1, 2],
      [3, 4],
    ])
    const frozen = nn.Embedding.fromPretrained(table, { paddingIdx: 1 })
    expect(String(frozen)).toBe('Embedding(2, 2, padding_idx=1)')
    expect([...frozen.call(int32([1])).toArray()]).toEqual([3, 4])
    expect(frozen.weight.requiresGrad).toBe(false)
    expect(nn.Embedding.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true)
    table.fill_(7)
    expect([...frozen.call(int32([0])).toArray()]).toEqual([7, 7])
    expect(() => nn.Embedding.fromPretrained(tensor([1]))).toThrow(
      'Embeddings parameter is expected to be 2-dimensional',
    )
  })

  test('prints what is not usual', () => {
    const layer = new nn.Embedding(5, 3, { maxNorm: 1, normType: 1, scaleGradByFreq: true })
    expect(String(layer)).toBe('Embedding(5, 3, max_norm=1, norm_type=1.0, scale_grad_by_freq=True)')
  })

  test.each<[string, () => unknown, string]>([
    ['half a word', () => new nn.Embedding(2.5, 3), 'Embedding: numEmbeddings must be a whole number, got 2.5'],
    [
      'a number for options',
      () => new nn.Embedding(5, 3, 1 as never),
      'write new nn.Embedding(5, 3, { paddingIdx: 1 })',
    ],
    [
      'a padding row that is not there',
      () => new nn.Embedding(5, 3, { paddingIdx: 5 }),
      'Padding_idx must be within num_embeddings',
    ],
    ['an unknown option', () => new nn.Embedding(5, 3, { sparse: true } as never), 'unknown option sparse'],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})
