import { fail } from '../backend/errors.ts'
import { Tensor } from '../tensor/tensor.ts'

/** A tensor that belongs to a module: the walk over a module's fields finds it. */
abstract class ModuleTensor extends Tensor {
  constructor(x: Tensor) {
    if (!(x instanceof Tensor)) fail('TN_DTYPE', new.target.name, `expected a Tensor, got ${typeof x}`)
    super(x.shape, x.dtype, x.storage, x.strides, x.offset, x.version)
  }

  /**
   * @internal Puts other memory under this tensor, of the same shape, so that whoever holds the tensor (an optimizer,
   * say) holds the new values.
   */
  moveTo(x: Tensor): void {
    this.version.bump('to')
    const { dtype, storage, strides, offset } = x
    Object.assign(this, { dtype, storage, strides, offset })
  }
}

/**
 * A tensor that a module learns: a field of a module that holds one is found by `parameters()` and stands in the state
 * dictionary. It requires a gradient unless told otherwise.
 *
 * A class rather than a mark on a tensor, so that `instanceof` tells it, a type can ask for it, and results of
 * operations on it are plain tensors that no walk takes for something to learn. It shares the memory of the tensor it
 * is made of.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor = new Parameter(ones([1]))
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.factor)
 *   }
 * }
 */
export class Parameter extends ModuleTensor {
  constructor(x: Tensor, { requiresGrad = true }: { readonly requiresGrad?: boolean } = {}) {
    super(x)
    this.requiresGrad = requiresGrad
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`
  }
}

/**
 * A tensor that a module keeps but does not learn, such as a running mean. It stands in the state dictionary unless it
 * is not `persistent`. Change it in place (`copy_`, `mul_`), inside `noGrad`.
 */
export class Buffer extends ModuleTensor {
  /** True if the state dictionary has it. */
  readonly persistent: boolean

  constructor(x: Tensor, { persistent = true }: { readonly persistent?: boolean } = {}) {
    super(x)
    this.persistent = persistent
  }
}
