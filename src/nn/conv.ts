import { fail, failAsPyTorch } from '../backend/errors.ts'
import type { ScaleAware, WeightLayer } from '../dropout/index.ts'
import { booleanText, checkBoolean, checkOptions, Module, Parameter } from '../module/index.ts'
import { type ConvFunctionOptions, conv1d, conv2d, paddingOf } from '../ops/convolution.ts'
import { empty } from '../ops/creation.ts'
import { type PadMode, pad } from '../ops/pad.ts'
import { type Sizes, sizesOf } from '../ops/window.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { DType } from '../tensor/dtype.ts'
import { elementCount } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { kaimingUniform_, uniform_ } from './init.ts'

/** What a convolution sees beyond the edges: zeros, or a `PadMode`. */
export type ConvPaddingMode = 'zeros' | Exclude<PadMode, 'constant'>

/** Options of `Conv1d` and `Conv2d`. */
export interface ConvOptions extends ConvFunctionOptions, GeneratorOption {
  /** Learns a bias for each channel. Default true. */
  readonly bias?: boolean | undefined
  /** What stands in the padding. Default `zeros`. */
  readonly paddingMode?: ConvPaddingMode | undefined
  /** The type of the parameters: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const optionNames = [
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'paddingMode',
  'dtype',
  'generator',
] as const satisfies readonly (keyof ConvOptions)[]

const modes: readonly ConvPaddingMode[] = ['reflect', 'replicate', 'zeros', 'circular']

/** As Python prints a tuple. */
const tupleText = (sizes: readonly number[]): string => `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`

/** Throws unless channels are whole numbers that the groups divide. PyTorch's messages. */
function checkChannels(where: string, inChannels: number, outChannels: number, groups: number): void {
  if (!Number.isInteger(groups) || groups < 1) failAsPyTorch('TN_RANGE', where, 'groups must be a positive integer')
  for (const [name, size] of Object.entries({ inChannels, outChannels })) {
    if (!Number.isInteger(size) || size < 0) {
      fail('TN_RANGE', where, `${name} must be a whole number, got ${String(size)}`)
    }
  }
  if (inChannels % groups !== 0) failAsPyTorch('TN_RANGE', where, 'in_channels must be divisible by groups')
  if (outChannels % groups !== 0) failAsPyTorch('TN_RANGE', where, 'out_channels must be divisible by groups')
}

/** What both layers have in common. */
abstract class Conv extends Module implements ScaleAware, WeightLayer {
  /** Shape: `[outChannels, inChannels / groups, ...kernelSize]`. */
  readonly weight: Parameter
  /** Shape: `[outChannels]`. */
  readonly bias: Parameter | undefined
  readonly kernelSize: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[] | 'valid' | 'same'
  readonly dilation: readonly number[]
  readonly groups: number
  readonly paddingMode: ConvPaddingMode
  /** What is put before and behind each spatial dimension. */
  readonly #amounts: readonly (readonly [before: number, after: number])[]

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Sizes,
    options: ConvOptions,
    readonly spatialDims: 1 | 2,
  ) {
    super()
    const { name } = new.target
    const form = `new nn.${name}(${inChannels}, ${outChannels}, ${JSON.stringify(kernelSize)}, { stride: ${String(options)} })`
    checkOptions(name, options, optionNames, form)
    const { groups = 1, bias = true, padding = 0, paddingMode = 'zeros', dtype } = options
    checkChannels(name, inChannels, outChannels, groups)
    checkBoolean(name, 'bias', bias)
    if (!modes.includes(paddingMode)) {
      const known = modes.map((mode) => `'${mode}'`).join(', ')
      const given = `padding_mode must be one of {${known}}, but got padding_mode='${String(paddingMode)}'`
      failAsPyTorch('TN_RANGE', name, given)
    }
    this.kernelSize = sizesOf(name, 'kernelSize', kernelSize, spatialDims, 1)
    this.stride = sizesOf(name, 'stride', options.stride ?? 1, spatialDims, 1)
    this.dilation = sizesOf(name, 'dilation', options.dilation ?? 1, spatialDims, 1)
    this.#amounts = paddingOf(name, padding, this.kernelSize, this.stride, this.dilation)
    this.padding = typeof padding === 'string' ? padding : this.#amounts.map(([before]) => before)
    this.groups = groups
    this.paddingMode = paddingMode
    this.weight = new Parameter(empty([outChannels, inChannels / groups, ...this.kernelSize], { dtype }))
    this.bias = bias ? new Parameter(empty([outChannels], { dtype })) : undefined
    this.resetParameters({ generator: options.generator })
  }

  /** Draws new initial values. */
  resetParameters(options: GeneratorOption = {}): void {
    kaimingUniform_(this.weight, { ...options, a: Math.sqrt(5) })
    const fanIn = elementCount(this.weight.shape.slice(1))
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0
    if (this.bias) uniform_(this.bias, -bound, bound, options)
  }

  /** The weights that multiply the input; see `convertScaling`. */
  get inputWeight(): Parameter {
    return this.weight
  }

  /** The number of units that the layer reads: channels. */
  get inputUnits(): number {
    return this.inChannels
  }

  /** What the layer computes with other weights: for methods that draw them. */
  transform(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    const { stride, padding, dilation, groups, paddingMode, spatialDims } = this
    const conv = spatialDims === 1 ? conv1d : conv2d
    if (paddingMode === 'zeros') return conv(x, weight, bias, { stride, padding, dilation, groups })
    const padded = pad(x, [...this.#amounts].reverse().flat(), { mode: paddingMode })
    return conv(padded, weight, bias, { stride, dilation, groups })
  }

  forward(x: Tensor): Tensor {
    return this.transform(x, this.weight, this.bias)
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode } = this
    const parts = [`${inChannels}, ${outChannels}, kernel_size=${tupleText(kernelSize)}, stride=${tupleText(stride)}`]
    if (typeof padding === 'string') parts.push(`padding=${padding}`)
    else if (padding.some((size) => size !== 0)) parts.push(`padding=${tupleText(padding)}`)
    if (dilation.some((size) => size !== 1)) parts.push(`dilation=${tupleText(dilation)}`)
    if (groups !== 1) parts.push(`groups=${groups}`)
    if (!bias) parts.push(`bias=${booleanText(false)}`)
    if (paddingMode !== 'zeros') parts.push(`padding_mode=${paddingMode}`)
    return parts.join(', ')
  }
}

/**
 * A convolution of sequences; see `conv1d` for its formula and shapes. PyTorch's `nn.Conv1d`.
 *
 * Initial values: weight and bias uniform within `1 / √(inChannels / groups * kernelSize)`, drawn weight first.
 *
 * @throws ThinnetError TN_RANGE if a size or an option is out of range.
 * @example new nn.Conv1d(3, 16, 5, { padding: 'same' }).call(randn([8, 3, 100])) // [8, 16, 100]
 */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvOptions = {}) {
    super(inChannels, outChannels, kernelSize, options, 1)
  }
}

/**
 * A convolution of images; see `conv2d` for its formula and shapes. PyTorch's `nn.Conv2d`.
 *
 * Initial values: weight and bias uniform within `1 / √(inChannels / groups * kernel area)`, drawn weight first.
 *
 * @throws ThinnetError TN_RANGE if a size or an option is out of range.
 * @example new nn.Conv2d(1, 32, 3, { padding: 1 }).call(randn([8, 1, 28, 28])) // [8, 32, 28, 28]
 */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvOptions = {}) {
    super(inChannels, outChannels, kernelSize, options, 2)
  }
}
