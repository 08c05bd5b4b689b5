// Activations as layers: each calls the function of its name.
import type { ScaleAware } from '../dropout/index.ts'
import { checkBoolean, checkOptions, floatText, Module, numberText } from '../module/index.ts'
import * as ops from '../ops/activation.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Options of `ReLU`. */
export interface ReLUOptions {
  /** Writes the result into the input instead of a new tensor. Default false. */
  readonly inplace?: boolean | undefined
}

/** `max(x, 0)`. Shape: any, same out. */
export class ReLU extends Module implements ScaleAware {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  readonly inplace: boolean
  readonly scaleEquivariant = true

  constructor(options: ReLUOptions = {}) {
    super()
    checkOptions('ReLU', options, ['inplace'], `new nn.ReLU({ inplace: ${String(options)} })`)
    this.inplace = options.inplace ?? false
    checkBoolean('ReLU', 'inplace', this.inplace)
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.relu_() : ops.relu(x)
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : ''
  }
}

/** `x` where positive, else `negativeSlope · x`. Shape: any, same out. */
export class LeakyReLU extends Module implements ScaleAware {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  readonly scaleEquivariant = true

  constructor(readonly negativeSlope = 0.01) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.leakyRelu(x, { negativeSlope: this.negativeSlope })
  }

  override extraRepr(): string {
    return `negative_slope=${numberText(this.negativeSlope)}`
  }
}

/** `1 / (1 + e^-x)`. Shape: any, same out. */
export class Sigmoid extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  forward(x: Tensor): Tensor {
    return ops.sigmoid(x)
  }
}

/** The hyperbolic tangent. Shape: any, same out. */
export class Tanh extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  forward(x: Tensor): Tensor {
    return ops.tanh(x)
  }
}

/** Options of `GELU`. */
export interface GELUOptions {
  /** `tanh` computes the approximation. Default `none`. */
  readonly approximate?: 'none' | 'tanh' | undefined
}

/** `x · Φ(x)` with the normal distribution's Φ (arXiv 1606.08415). Shape: any, same out. */
export class GELU extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  readonly approximate: 'none' | 'tanh'

  constructor(options: GELUOptions = {}) {
    super()
    checkOptions('GELU', options, ['approximate'])
    this.approximate = options.approximate ?? 'none'
  }

  forward(x: Tensor): Tensor {
    return ops.gelu(x, { approximate: this.approximate })
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`
  }
}

/** `x · sigmoid(x)`. Shape: any, same out. */
export class SiLU extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  forward(x: Tensor): Tensor {
    return ops.silu(x)
  }
}

/** `log(1 + e^x)`. Shape: any, same out. */
export class Softplus extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  forward(x: Tensor): Tensor {
    return ops.softplus(x)
  }

  override extraRepr(): string {
    return 'beta=1.0, threshold=20.0'
  }
}

/** `x` where positive, else `alpha · (e^x - 1)` (arXiv 1511.07289). Shape: any, same out. */
export class ELU extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  constructor(readonly alpha = 1) {
    super()
  }

  forward(x: Tensor): Tensor {
    return ops.elu(x, { alpha: this.alpha })
  }

  override extraRepr(): string {
    return `alpha=${floatText(this.alpha)}`
  }
}

/** ELU scaled so that mean 0 and variance 1 keep themselves (arXiv 1706.02515). Shape: any, same out. */
export class SELU extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  forward(x: Tensor): Tensor {
    return ops.selu(x)
  }
}

/** `e^x / Σ e^x` along one dimension. Shape: any, same out. */
export class Softmax extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  constructor(readonly dim: number) {
    super()
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.dim)
  }

  override extraRepr(): string {
    return `dim=${this.dim}`
  }
}

/** The logarithm of `Softmax`, computed without overflow. Shape: any, same out. */
export class LogSoftmax extends Module {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  constructor(readonly dim: number) {
    super()
  }

  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim)
  }

  override extraRepr(): string {
    return `dim=${this.dim}`
  }
}
