import { fail } from '../backend/errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Module } from './module.ts'

/** The member at a position, counted from the end if negative. PyTorch's message where there is none. */
export function memberAt<T>(where: string, list: readonly T[], index: number): T {
  const member = Number.isInteger(index) ? list.at(index) : undefined
  return member ?? fail('TN_RANGE', where, `index ${index} is out of range, of ${list.length} members`)
}

/**
 * True if the module keeps neither what it is given nor what it returns, so that between two such modules nobody else
 * looks at a tensor. A class says so by a static `keepsNothing` of its own, which subclasses do not inherit.
 */
const keepsNothing = (module: Module): boolean => Object.hasOwn(module.constructor, 'keepsNothing')

/**
 * Modules run one after another, each on what the one before returned. PyTorch's `nn.Sequential`; its members are named
 * by their positions.
 *
 * @example new nn.Sequential(new nn.Linear(784, 512), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(512, 10))
 */
export class Sequential extends Module implements Iterable<Module> {
  readonly #list: Module[] = []
  /** Of each member, whether it keeps nothing. */
  readonly #forgets: boolean[] = []

  constructor(...modules: readonly Module[]) {
    super()
    for (const module of modules) this.append(module)
  }

  /** The number of members. */
  get length(): number {
    return this.#list.length
  }

  /** The member at a position; negative ones count from the end. */
  at(index: number): Module {
    return memberAt('Sequential', this.#list, index)
  }

  /** Adds a module at the end; returns this one. */
  append(module: Module): this {
    if (!(module instanceof Module)) fail('TN_DTYPE', 'Sequential', `members must be modules, got ${typeof module}`)
    this.#list.push(module)
    this.#forgets.push(keepsNothing(module))
    return this
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.#list.values()
  }

  protected override *members(): Generator<readonly [string, unknown]> {
    yield* super.members()
    for (const [i, module] of this.#list.entries()) yield [String(i), module]
  }

  forward(x: Tensor): Tensor {
    let out = x
    let hidden = false // nobody but the next module will see `out`
    for (let i = 0; i < this.#list.length; i++) {
      const module = this.#list[i] as Module
      const forgets = this.#forgets[i] === true && !module.hasHooks
      const given = out
      given.passing = hidden && forgets
      out = module.call(given)
      if (out === given) given.passing = false
      hidden = forgets && out !== x
    }
    return out
  }
}

/** A module that a Sequential runs, and its name below the root. */
export interface Step {
  readonly name: string
  readonly module: Module
}

/**
 * What a Sequential runs, in order, with the Sequentials inside it unrolled.
 *
 * @param name The Sequential's own name; empty for the root.
 * @param entered Receives the Sequentials that were unrolled.
 */
export function* stepsOf(
  sequence: Sequential,
  name = '',
  entered: { add(sequence: Sequential): unknown } = new Set(),
): Generator<Step> {
  for (const [i, module] of [...sequence].entries()) {
    const memberName = name === '' ? String(i) : `${name}.${i}`
    if (module instanceof Sequential) {
      entered.add(module)
      yield* stepsOf(module, memberName, entered)
    } else yield { name: memberName, module }
  }
}
