import type { ScaleAware } from '../dropout/index.ts'
import { booleanText, checkBoolean, checkOptions, Module } from '../module/index.ts'
import { type MaxPoolFunctionOptions, maxPool2d } from '../ops/pool.ts'
import { type Sizes, sizesOf } from '../ops/window.ts'
import type { Tensor } from '../tensor/tensor.ts'

const optionNames = [
  'stride',
  'padding',
  'dilation',
  'ceilMode',
] as const satisfies readonly (keyof MaxPoolFunctionOptions)[]

/**
 * The largest element of each window; see `maxPool2d`. PyTorch's `nn.MaxPool2d`.
 *
 * @throws ThinnetError TN_RANGE if a size is out of range or an option is unknown.
 * @example new nn.MaxPool2d(2).call(randn([8, 16, 32, 32])) // [8, 16, 16, 16]
 */
export class MaxPool2d extends Module implements ScaleAware {
  readonly scaleEquivariant = true
  readonly stride: Sizes
  readonly padding: Sizes
  readonly dilation: Sizes
  readonly ceilMode: boolean

  constructor(
    readonly kernelSize: Sizes,
    options: MaxPoolFunctionOptions = {},
  ) {
    super()
    const form = `new nn.MaxPool2d(${JSON.stringify(kernelSize)}, { stride: ${String(options)} })`
    checkOptions('MaxPool2d', options, optionNames, form)
    const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options
    for (const [name, sizes, least] of [
      ['kernelSize', kernelSize, 1],
      ['stride', stride, 1],
      ['padding', padding, 0],
      ['dilation', dilation, 1],
    ] as const) {
      sizesOf('MaxPool2d', name, sizes, 2, least)
    }
    checkBoolean('MaxPool2d', 'ceilMode', ceilMode)
    this.stride = stride
    this.padding = padding
    this.dilation = dilation
    this.ceilMode = ceilMode
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this)
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this
    const text = (sizes: Sizes) => (typeof sizes === 'number' ? String(sizes) : `(${sizes.join(', ')})`)
    const sizes = `kernel_size=${text(kernelSize)}, stride=${text(stride)}, padding=${text(padding)}`
    return `${sizes}, dilation=${text(dilation)}, ceil_mode=${booleanText(ceilMode)}`
  }
}
