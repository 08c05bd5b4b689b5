import { booleanText, checkBoolean, checkOptions, Module, numberText } from '../module/index.ts'
import type { Generator, GeneratorOption } from '../random/index.ts'
import type { DropOptions } from './decide.ts'
import { checkGivenProbability } from './probability.ts'

/** Options that every dropout layer has. */
export interface DropLayerOptions extends GeneratorOption {
  /** Writes the result into the input instead of a new tensor. Default false. */
  readonly inplace?: boolean | undefined
}

/** What the dropout layers have in common: p, its check, and the printed form. No parameters, an empty state. */
export abstract class DropLayer extends Module {
  /** The names of the options that the layer's constructor takes. */
  protected static readonly optionNames: readonly string[] = ['inplace', 'generator']
  /** The probability to drop, as it was given. May be changed; each call checks it. */
  p: number
  readonly inplace: boolean
  readonly generator: Generator | undefined

  constructor(p = 0.5, options: DropLayerOptions = {}) {
    super()
    const { name, optionNames } = new.target
    this.p = checkGivenProbability(name, p)
    checkOptions(name, options, optionNames, `new nn.${name}(${numberText(p)}, { inplace: ${String(options)} })`)
    this.inplace = options.inplace ?? false
    checkBoolean(name, 'inplace', this.inplace)
    this.generator = options.generator
  }

  /** What the layer's function is called with. */
  protected get callOptions(): DropOptions {
    const { training, inplace, generator } = this
    return { training, inplace, generator }
  }

  override extraRepr(): string {
    return `p=${numberText(this.p)}, inplace=${booleanText(this.inplace)}`
  }
}
