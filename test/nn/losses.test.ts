// Losses as layers: every vector of layers.json, values and gradients.
import { expect, test } from 'vitest'
import { functional as F, nn, type Tensor, tensor } from '../../src/index.ts'
import { goldens } from '../random/support.ts'
import { expectNear, fromGolden, type GoldenTensor, goldenNumbers, inCamelCase } from '../support/goldens.ts'

interface Loss {
  readonly loss: 'CrossEntropyLoss' | 'NLLLoss' | 'MSELoss'
  readonly kwargs: Readonly<Record<string, unknown>> & { readonly weight?: readonly number[] }
  readonly dtype: 'float32' | 'float64'
  readonly input: GoldenTensor
  readonly target: GoldenTensor
  readonly output: GoldenTensor
  readonly gradInputOfSum: GoldenTensor
}

const { losses } = goldens<{ losses: Loss[] }>('layers.json')

/** Relative to the largest magnitude: what the reference grants for other orders of sums. */
const tolerance = { float32: { relative: 3e-6, floor: 1e-6 }, float64: { relative: 1e-12, floor: 0 } }

/** The layer of a vector. A weight is a tensor of the input's type; its options' names are PyTorch's in camelCase. */
function layerOf({ loss, kwargs: { weight, ...kwargs }, dtype }: Loss): nn.Module<readonly [Tensor, Tensor]> {
  const options = inCamelCase(kwargs)
  return new nn[loss](weight ? { ...options, weight: tensor(weight, { dtype }) } : options)
}

test.each(losses.map((golden, i) => ({ i, ...golden })))('$i: $loss $kwargs $dtype', (golden) => {
  const { loss, dtype, output, gradInputOfSum } = golden
  const { relative, floor } = tolerance[dtype]
  const near = (actual: Tensor, { shape, data }: GoldenTensor) => {
    expect([actual.dtype, actual.shape]).toEqual([dtype, shape])
    const expected = goldenNumbers(data)
    if (expected.some(Number.isNaN)) expect([...actual.toArray()]).toEqual(expected)
    else expectNear(actual.toArray(), expected, relative, floor)
  }
  const x = fromGolden(golden.input).requiresGrad_()
  // Classes are int64 in PyTorch, which thinnet has in files only.
  const target = golden.target.dtype === 'int64' ? { ...golden.target, dtype: 'int32' } : golden.target
  const given = loss === 'NLLLoss' ? F.logSoftmax(x, 1) : x
  const out = layerOf(golden).call(given, fromGolden(target))
  near(out, output)
  out.sum().backward()
  near(x.grad as Tensor, gradInputOfSum)
})
