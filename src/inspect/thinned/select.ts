import { rowNumbers } from '../../data/dataset.ts'
import { Buffer, Module } from '../../module/index.ts'
import { indexSelect } from '../../ops/indexing.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/**
 * Lets some features through: `y[..., i] = x[..., indices[i]]`. What a thinned network does with inputs that it does not
 * look at.
 *
 * Shape: `[..., F]` to `[..., indices]`.
 */
export class Select extends Module {
  /** Which features, int32. Stands in the state dictionary. */
  readonly indices: Buffer

  constructor(indices: readonly number[]) {
    super()
    this.indices = new Buffer(rowNumbers(indices))
  }

  forward(x: Tensor): Tensor {
    return indexSelect(x, -1, this.indices)
  }

  override extraRepr(): string {
    return `features=${this.indices.numel}`
  }
}
