// Layers that compute nothing: they pass their input in another shape, or as it is.
import type { ScaleAware } from '../dropout/index.ts'
import { Module } from '../module/index.ts'
import { flatten, reshape } from '../ops/layout.ts'
import { inferShape, normalizeDim, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Passes its input; whatever it is constructed with is ignored, so that it can take another layer's place. */
export class Identity extends Module implements ScaleAware {
  readonly scaleEquivariant = true

  constructor(..._ignored: readonly unknown[]) {
    super()
  }

  forward(x: Tensor): Tensor {
    return x
  }
}

/** Joins dimensions into one; the first, of examples, stays. Shape: `[N, C, H, W]` to `[N, C * H * W]`. */
export class Flatten extends Module implements ScaleAware {
  readonly scaleEquivariant = true

  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim)
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`
  }
}

/**
 * Cuts a dimension into several; one size may be -1.
 *
 * @example new nn.Unflatten(1, [1, 28, 28]) // [N, 784] to [N, 1, 28, 28]
 */
export class Unflatten extends Module implements ScaleAware {
  readonly scaleEquivariant = true

  constructor(
    readonly dim: number,
    readonly sizes: Shape,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    const dim = normalizeDim('Unflatten', this.dim, x.ndim)
    const sizes = inferShape('Unflatten', this.sizes, x.shape[dim] ?? 1)
    return reshape(x, [...x.shape.slice(0, dim), ...sizes, ...x.shape.slice(dim + 1)])
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=(${this.sizes.join(', ')}${this.sizes.length === 1 ? ',' : ''})`
  }
}
