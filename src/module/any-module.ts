import { fail, failAsPyTorch } from '../backend/errors.ts'
import { cast } from '../ops/cast.ts'
import { type DType, isFloating } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkNothingHidden } from './hidden.ts'
import { Buffer, Parameter } from './parameter.ts'
import { type LoadOptions, type LoadResult, loadInto, type StateDict, stateOf } from './state-dict.ts'
import type { DropFacts } from './summary/facts.ts'
import { snakeCase } from './text.ts'

/**
 * What every module is, whatever its `forward` takes and returns: a tree of named parameters, buffers and modules with
 * a training mode, a state dictionary and a printed form. Networks extend `Module`, which adds `forward`.
 */
export abstract class AnyModule {
  /** True while the module learns: `train()` and `eval()` set it, dropout and its like read it. */
  training = true

  /** The module's fields by PyTorch's names, in the order of their declaration. Containers list what they hold. */
  protected *members(): Iterable<readonly [name: string, value: unknown]> {
    for (const [field, value] of Object.entries(this)) {
      checkNothingHidden(this.constructor.name, field, value)
      yield [snakeCase(field), value]
    }
  }

  /** @internal The parameters and buffers of this module alone. */
  *ownTensors(): Generator<[name: string, x: Parameter | Buffer]> {
    for (const [name, value] of this.members()) if (value instanceof Parameter) yield [name, value]
    for (const [name, value] of this.members()) if (value instanceof Buffer) yield [name, value]
  }

  /** The modules in this module's fields, by name; one that is in two fields, once. */
  *namedChildren(): Generator<[name: string, child: AnyModule]> {
    const seen = new Set<unknown>()
    for (const [name, value] of this.members()) {
      if (!(value instanceof AnyModule) || seen.has(value)) continue
      seen.add(value)
      yield [name, value]
    }
  }

  /** The modules in this module's fields. */
  *children(): Generator<AnyModule> {
    for (const [, child] of this.namedChildren()) yield child
  }

  /** This module (its name is empty) and all below it, each before its children and once. */
  *namedModules(prefix = '', seen = new Set<AnyModule>()): Generator<[name: string, module: AnyModule]> {
    if (seen.has(this)) return
    seen.add(this)
    yield [prefix, this]
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(join(prefix, name), seen)
  }

  /** This module and all below it. */
  *modules(): Generator<AnyModule> {
    for (const [, module] of this.namedModules()) yield module
  }

  /** The parameters of this module and all below it, by name: `0.weight`. One that several modules share, once. */
  *namedParameters(): Generator<[name: string, parameter: Parameter]> {
    for (const [name, x] of this.#namedTensors()) if (x instanceof Parameter) yield [name, x]
  }

  /** The parameters of this module and all below it: what an optimizer takes. */
  *parameters(): Generator<Parameter> {
    for (const [, parameter] of this.namedParameters()) yield parameter
  }

  /** The buffers of this module and all below it, by name. */
  *namedBuffers(): Generator<[name: string, buffer: Buffer]> {
    for (const [name, x] of this.#namedTensors()) if (x instanceof Buffer) yield [name, x]
  }

  /** The buffers of this module and all below it. */
  *buffers(): Generator<Buffer> {
    for (const [, buffer] of this.namedBuffers()) yield buffer
  }

  *#namedTensors(): Generator<[name: string, x: Parameter | Buffer]> {
    const seen = new Set<Tensor>()
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, x] of module.ownTensors()) {
        if (seen.has(x)) continue
        seen.add(x)
        yield [join(prefix, name), x]
      }
    }
  }

  /**
   * Switches training mode on (or, with `false`, off) here and below; returns this module.
   *
   * @throws ThinnetError TN_RANGE if `mode` is not a boolean.
   */
  train(mode = true): this {
    if (typeof mode !== 'boolean') failAsPyTorch('TN_RANGE', 'train', 'training mode is expected to be boolean')
    this.training = mode
    for (const child of this.children()) child.train(mode)
    return this
  }

  /** Switches training mode off here and below: dropout lets everything pass. Returns this module. */
  eval(): this {
    return this.train(false)
  }

  /** @internal Evaluates and draws nothing, this module alone, until the function that it returns is called. */
  pause(): () => void {
    const { training } = this
    this.training = false
    return () => {
      this.training = training
    }
  }

  /** @internal What it drops of an input, for `summary`; undefined if it does not drop. */
  dropFacts(_x?: Tensor): DropFacts | undefined {
    return undefined
  }

  /** @internal The share of its calls of a child that run in training: below 1 where whole layers are dropped. */
  shareOfCalls(_child: AnyModule): number {
    return 1
  }

  /** Calls `fn` with each module below this one and, last, with this one; returns this module. */
  apply(fn: (module: AnyModule) => void): this {
    for (const child of this.children()) child.apply(fn)
    fn(this)
    return this
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.dropGrad()
  }

  /** Says for all parameters whether they are learnt; `false` freezes them. Returns this module. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad
    return this
  }

  /**
   * Converts the floating parameters and buffers; returns this module. They stay the same objects, so that an optimizer
   * that was made before goes on with them.
   *
   * @throws ThinnetError TN_DTYPE if the type is not float32 or float64.
   */
  to(dtype: DType): this {
    if (!isFloating(dtype))
      fail('TN_DTYPE', 'to', `a module can be converted to float32 and float64 only, got ${dtype}`)
    for (const [, x] of this.#namedTensors()) {
      if (!isFloating(x.dtype) || x.dtype === dtype) continue
      const { grad } = x
      x.moveTo(cast(x.detach(), dtype))
      x.grad = grad && cast(grad.detach(), dtype)
    }
    return this
  }

  /** Converts to float32. */
  float(): this {
    return this.to('float32')
  }

  /** Converts to float64. */
  double(): this {
    return this.to('float64')
  }

  /** All parameters and persistent buffers by name, PyTorch's `state_dict()`. The tensors share the module's memory. */
  stateDict(): StateDict {
    return stateOf(this)
  }

  /**
   * Copies the tensors of a state dictionary into the parameters and buffers of these names.
   *
   * @returns the names that were missing and those that nothing here has: both empty, unless `strict` is false.
   * @throws ThinnetError TN_STATE if names or shapes differ; nothing is copied then.
   */
  loadStateDict(state: StateDict | Readonly<Record<string, Tensor>>, options: LoadOptions = {}): LoadResult {
    return loadInto(this, state, options)
  }

  /** What stands between the parentheses when the module is printed, beside its children. */
  extraRepr(): string {
    return ''
  }

  /** The module with its children, as PyTorch prints it. */
  toString(): string {
    const extra = this.extraRepr()
    const children = this.childLines()
    if (children.length === 0) return `${this.constructor.name}(${extra})`
    const lines = [...(extra === '' ? [] : [extra]), ...children]
    return `${this.constructor.name}(\n${lines.map(indented).join('\n')}\n)`
  }

  /** The lines of `toString` that show the children. */
  protected childLines(): string[] {
    return Array.from(this.namedChildren(), ([name, child]) => `(${name}): ${child}`)
  }

  /** What Node's console prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

const indented = (text: string): string => text.replace(/^/gm, '  ')
