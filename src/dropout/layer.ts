import { booleanText, checkBoolean, checkOptions, type DropFacts, Module, numberText } from '../module/index.ts'
import type { Generator, GeneratorOption } from '../random/index.ts'
import { elementCount, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DropOptions } from './decide.ts'
import { checkGivenProbability } from './probability.ts'

/** Options that every layer has that draws noise. */
export interface NoiseLayerOptions extends GeneratorOption {
  /**
   * Monte Carlo: goes on drawing in evaluation as in training, so that each call of an evaluated model is one sample of
   * its prediction (Gal & Ghahramani 2016, arXiv 1506.02142). Default false. May be changed; see `mcDropout`.
   */
  readonly mc?: boolean | undefined
}

/** The names of those options. */
export const noiseLayerOptionNames = ['mc', 'generator'] as const satisfies readonly (keyof NoiseLayerOptions)[]

/** What all layers have in common that draw noise: when they do, and from which generator. */
export abstract class NoiseLayer<In extends readonly unknown[] = readonly [x: Tensor], Out = Tensor> extends Module<
  In,
  Out
> {
  /** True if the layer draws in evaluation, too. */
  mc: boolean
  readonly generator: Generator | undefined

  constructor({ mc = false, generator }: NoiseLayerOptions) {
    super()
    checkBoolean(new.target.name, 'mc', mc)
    this.mc = mc
    this.generator = generator
  }

  /** True while the layer draws: in training, and with `mc` in evaluation too. */
  get drops(): boolean {
    return this.training || this.mc
  }

  override pause(): () => void {
    const { mc, generator } = this
    const state = generator?.getState()
    const resume = super.pause()
    this.mc = false
    return () => {
      resume()
      this.mc = mc
      if (state) generator?.setState(state)
    }
  }

  /** The fields that hold a probability, which a schedule may change. */
  get probabilityNames(): readonly string[] {
    return []
  }

  /** What `extraRepr` shows, `name=value`. */
  protected settings(): string[] {
    return []
  }

  override extraRepr(): string {
    return [...this.settings(), ...(this.mc ? ['mc=True'] : [])].join(', ')
  }
}

/** What layers have in common that draw noise at a given probability to drop. */
export abstract class ProbabilityLayer<
  In extends readonly unknown[] = readonly [x: Tensor],
  Out = Tensor,
> extends NoiseLayer<In, Out> {
  /** The probability to drop, as it was given. May be changed; each call checks it. */
  p: number

  constructor(p: number, options: NoiseLayerOptions) {
    checkGivenProbability(new.target.name, p)
    super(options)
    this.p = p
  }

  override dropFacts(_x?: Tensor): DropFacts {
    return { p: this.p }
  }

  override get probabilityNames(): readonly string[] {
    return ['p']
  }

  protected override settings(): string[] {
    return [`p=${numberText(this.p)}`]
  }
}

/** Options of the layers that drop elements or channels of their input. */
export interface DropLayerOptions extends NoiseLayerOptions {
  /** Writes the result into the input instead of a new tensor. Default false. */
  readonly inplace?: boolean | undefined
}

/** What the layers have in common that drop elements or channels of their input. No parameters, an empty state. */
export abstract class DropLayer extends ProbabilityLayer {
  /** The names of the options that the layer's constructor takes. */
  protected static readonly optionNames: readonly string[] = ['inplace', ...noiseLayerOptionNames]
  readonly inplace: boolean

  constructor(p = 0.5, options: DropLayerOptions = {}) {
    const { name, optionNames } = new.target
    checkGivenProbability(name, p)
    checkOptions(name, options, optionNames, `new nn.${name}(${numberText(p)}, { inplace: ${String(options)} })`)
    super(p, options)
    this.inplace = options.inplace ?? false
    checkBoolean(name, 'inplace', this.inplace)
  }

  /** What the layer's function is called with. */
  protected get callOptions(): DropOptions {
    const { drops, inplace, generator } = this
    return { training: drops, inplace, generator }
  }

  /** The shape of the mask that is drawn for `x`. */
  protected maskShape(x: Tensor): Shape {
    return x.shape
  }

  override dropFacts(x?: Tensor): DropFacts {
    const { p } = this
    if (!x) return { p }
    const mask = this.maskShape(x)
    const examples = x.ndim > 1 ? (mask[0] as number) : 1
    const draws = p > 0 && p < 1 ? elementCount(mask) : 0
    return { p, units: elementCount(mask) / examples, maskBytes: Math.ceil(draws / 8) }
  }

  protected override settings(): string[] {
    return [...super.settings(), `inplace=${booleanText(this.inplace)}`]
  }
}
