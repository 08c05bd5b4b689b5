import { fail } from '../backend/errors.ts'
import type { ScaleAware, WeightLayer } from '../dropout/index.ts'
import { booleanText, checkBoolean, checkOptions, Module, Parameter } from '../module/index.ts'
import { empty } from '../ops/creation.ts'
import { linear } from '../ops/matmul.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { kaimingUniform_, uniform_ } from './init.ts'

/** Options of the layer `Linear`. */
export interface LinearOptions extends GeneratorOption {
  /** Learns a bias that is added. Default true. */
  readonly bias?: boolean | undefined
  /** The type of the parameters: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames = ['bias', 'dtype', 'generator'] as const satisfies readonly (keyof LinearOptions)[]

/**
 * `y = x · weightᵀ + bias`: every output neuron reads every input.
 *
 * Shape: `[..., inFeatures]` to `[..., outFeatures]`. Initial values: weight and bias uniform within `1 / √inFeatures`,
 * drawn weight first (PyTorch's).
 *
 * @throws ThinnetError TN_RANGE if a size is not a whole number or an option is unknown.
 * @example new nn.Linear(784, 10).call(randn([32, 784])).shape // [32, 10]
 */
export class Linear extends Module implements ScaleAware, WeightLayer {
  /** @internal See Sequential. */
  static readonly keepsNothing = true
  /** Shape: `[outFeatures, inFeatures]`; a row holds the incoming weights of a neuron. */
  readonly weight: Parameter
  /** Shape: `[outFeatures]`. */
  readonly bias: Parameter | undefined

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super()
    for (const [name, size] of Object.entries({ inFeatures, outFeatures })) {
      if (!Number.isInteger(size) || size < 0)
        fail('TN_RANGE', 'Linear', `${name} must be a whole number, got ${String(size)}`)
    }
    checkOptions(
      'Linear',
      options,
      optionNames,
      `new nn.Linear(${inFeatures}, ${outFeatures}, { bias: ${String(options)} })`,
    )
    const { bias = true, dtype } = options
    checkBoolean('Linear', 'bias', bias)
    this.weight = new Parameter(empty([outFeatures, inFeatures], { dtype }))
    this.bias = bias ? new Parameter(empty([outFeatures], { dtype })) : undefined
    this.resetParameters({ generator: options.generator })
  }

  /** Draws new initial values. */
  resetParameters(options: GeneratorOption = {}): void {
    // √5 makes the bound of Kaiming's rule 1 / √inFeatures, up to the rounding that PyTorch has too.
    kaimingUniform_(this.weight, { ...options, a: Math.sqrt(5) })
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0
    if (this.bias) uniform_(this.bias, -bound, bound, options)
  }

  /** The weights that multiply the input; see `convertScaling`. */
  get inputWeight(): Parameter {
    return this.weight
  }

  /** What the layer computes with other weights: for methods that draw them. */
  transform(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    return linear(x, weight, bias)
  }

  /** Every feature is a unit of its own. */
  get spatialDims(): number {
    return 0
  }

  /** The number of units that the layer reads. */
  get inputUnits(): number {
    return this.inFeatures
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }

  override extraRepr(): string {
    const { inFeatures, outFeatures, bias } = this
    return `in_features=${inFeatures}, out_features=${outFeatures}, bias=${booleanText(bias !== undefined)}`
  }
}
