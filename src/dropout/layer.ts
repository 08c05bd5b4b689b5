import { booleanText, checkBoolean, checkOptions, Module, numberText } from '../module/index.ts'
import type { Generator, GeneratorOption } from '../random/index.ts'
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

  /** What `extraRepr` shows, `name=value`. */
  protected settings(): string[] {
    return []
  }

  override extraRepr(): string {
    return [...this.settings(), ...(this.mc ? ['mc=True'] : [])].join(', ')
  }
}

/** Options that every layer has that drops with a given probability. */
export interface DropLayerOptions extends NoiseLayerOptions {
  /** Writes the result into the input instead of a new tensor. Default false. */
  readonly inplace?: boolean | undefined
}

/** What the dropout layers have in common: p, its check, and the printed form. No parameters, an empty state. */
export abstract class DropLayer extends NoiseLayer {
  /** The names of the options that the layer's constructor takes. */
  protected static readonly optionNames: readonly string[] = ['inplace', ...noiseLayerOptionNames]
  /** The probability to drop, as it was given. May be changed; each call checks it. */
  p: number
  readonly inplace: boolean

  constructor(p = 0.5, options: DropLayerOptions = {}) {
    const { name, optionNames } = new.target
    checkGivenProbability(name, p)
    checkOptions(name, options, optionNames, `new nn.${name}(${numberText(p)}, { inplace: ${String(options)} })`)
    super(options)
    this.p = p
    this.inplace = options.inplace ?? false
    checkBoolean(name, 'inplace', this.inplace)
  }

  /** What the layer's function is called with. */
  protected get callOptions(): DropOptions {
    const { drops, inplace, generator } = this
    return { training: drops, inplace, generator }
  }

  protected override settings(): string[] {
    return [`p=${numberText(this.p)}`, `inplace=${booleanText(this.inplace)}`]
  }
}
