// What the tests of autograd share.
import { type TensorData, tensor } from '../../src/ops/creation.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** A leaf that requires a gradient. */
export const leaf = (data: TensorData): Tensor => tensor(data, { requiresGrad: true })

type Nested = number | Nested[]

/** The elements as nested arrays. */
export function nested(x: Tensor | undefined): Nested | undefined {
  if (!x) return undefined
  if (x.ndim === 0) return x.item()
  return Array.from({ length: x.shape[0] as number }, (_, i) => nested(x.select(0, i)) as Nested)
}
