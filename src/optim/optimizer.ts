import { noGrad } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { copyElements } from '../ops/layout.ts'
import { isFloating } from '../tensor/dtype.ts'
import { sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'

/** What every group of parameters has. */
export interface GroupOptions {
  /** The learning rate. A schedule changes it. */
  lr: number
  /** The rate before any schedule; set by the first one. */
  initialLr?: number
}

/** Parameters that share their options; both may be changed between steps. */
export type ParamGroup<Options extends GroupOptions> = Options & { readonly params: readonly Tensor[] }

/** Parameters, or groups of them with options of their own. */
export type Parameters<Options extends GroupOptions> =
  | Iterable<Tensor>
  | Iterable<Partial<Options> & { readonly params: Iterable<Tensor> }>

/** What an optimizer keeps for one parameter: tensors of its shape, and counts. */
export type ParameterState = Record<string, Tensor | number>

/** An optimizer's state, for saving: parameters are numbered in the order of the groups. */
export interface OptimizerState<Options extends GroupOptions> {
  readonly state: ReadonlyMap<number, Readonly<ParameterState>>
  readonly paramGroups: readonly (Options & { readonly params: readonly number[] })[]
}

/**
 * Changes parameters by their gradients. Subclasses write `update`, the rule for one parameter.
 *
 * @example
 * optimizer.zeroGrad()
 * F.crossEntropy(model.call(x), y).backward()
 * optimizer.step()
 */
export abstract class Optimizer<Options extends GroupOptions> {
  /** May be read and changed between steps. */
  readonly paramGroups: ParamGroup<Options>[] = []
  protected readonly state = new Map<Tensor, ParameterState>()
  readonly #defaults: Options
  /** Names of the options a group may have. */
  readonly #known: readonly string[]

  /**
   * @throws ThinnetError TN_RANGE if there is no parameter, if one appears twice or is not a leaf that requires a
   * gradient, or if an option is unknown.
   */
  constructor(parameters: Parameters<Options>, defaults: Options) {
    this.#defaults = defaults
    this.#known = [...Object.keys(defaults), 'params', 'initialLr']
    const list = [...(parameters as Iterable<unknown>)]
    if (list.length === 0) failAsPyTorch('TN_RANGE', this.name, 'optimizer got an empty parameter list')
    if (list[0] instanceof Tensor)
      this.addParamGroup({ params: list as Tensor[] } as Partial<Options> & { params: Tensor[] })
    else for (const group of list) this.addParamGroup(group as Partial<Options> & { params: Iterable<Tensor> })
  }

  get name(): string {
    return this.constructor.name
  }

  /** Checks the options of a group. @throws ThinnetError TN_RANGE with PyTorch's message. */
  protected abstract check(options: Options): void

  /** Changes one parameter by its gradient; both are contiguous. `state` is empty before the first step. */
  protected abstract update(parameter: Tensor, gradient: Tensor, state: ParameterState, options: Options): void

  /** Adds parameters with options of their own, such as a layer that is unfrozen later. */
  addParamGroup(group: Partial<Options> & { readonly params: Iterable<Tensor> }): void {
    checkOptions(this.name, group, this.#known)
    const params = [...group.params]
    const options = { ...this.#defaults, ...group, params } as unknown as ParamGroup<Options>
    this.check(options)
    const taken = new Set(this.paramGroups.flatMap((other) => other.params))
    for (const parameter of params) {
      if (!(parameter instanceof Tensor))
        fail('TN_DTYPE', this.name, `optimizer can only optimize Tensors, got ${typeof parameter}`)
      if (!parameter.isLeaf || !isFloating(parameter.dtype))
        fail('TN_GRAPH', this.name, "can't optimize a non-leaf Tensor")
      if (taken.has(parameter))
        failAsPyTorch('TN_RANGE', this.name, 'some parameters appear in more than one parameter group')
      taken.add(parameter)
    }
    this.paramGroups.push(options)
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const parameter of params) parameter.grad = undefined
  }

  /** Changes every parameter that has a gradient. */
  step(): void {
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const parameter of group.params) {
          if (parameter.grad) this.#updateOne(parameter, parameter.grad, group)
        }
      }
    })
  }

  #updateOne(parameter: Tensor, grad: Tensor, group: ParamGroup<Options>): void {
    const state = this.state.get(parameter) ?? {}
    this.state.set(parameter, state)
    const dense = parameter.contiguous()
    this.update(dense, grad.contiguous(), state, group)
    if (dense !== parameter) copyElements(parameter, dense)
    parameter.version.bump('step') // a graph that saved the old values must not be used any more
  }

  /** What it takes to go on later: each parameter's state, and the options. Tensors are shared, not copied. */
  stateDict(): OptimizerState<Options> {
    const numbers = new Map(this.paramGroups.flatMap(({ params }) => params).map((parameter, i) => [parameter, i]))
    const state = new Map<number, ParameterState>()
    for (const [parameter, own] of this.state) state.set(numbers.get(parameter) as number, { ...own })
    const paramGroups = this.paramGroups.map((group) => ({
      ...group,
      params: group.params.map((p) => numbers.get(p) as number),
    }))
    return { state, paramGroups: paramGroups as unknown as OptimizerState<Options>['paramGroups'] }
  }

  /**
   * Goes on from a saved state; its tensors are copied.
   *
   * @throws ThinnetError TN_STATE if groups or shapes do not fit this optimizer's parameters.
   */
  loadStateDict({ state, paramGroups }: OptimizerState<Options>): void {
    const sizes = (groups: readonly { readonly params: readonly unknown[] }[]) =>
      groups.map(({ params }) => params.length)
    if (sizes(paramGroups).join() !== sizes(this.paramGroups).join()) {
      fail(
        'TN_STATE',
        'loadStateDict',
        `groups must hold as many parameters as this optimizer's, got [${sizes(paramGroups)}] and [${sizes(this.paramGroups)}]`,
      )
    }
    const parameters = this.paramGroups.flatMap(({ params }) => params)
    const loaded = new Map<Tensor, ParameterState>()
    for (const [number, own] of state) {
      const parameter =
        parameters[number] ??
        fail('TN_STATE', 'loadStateDict', `there is no parameter ${number}; there are ${parameters.length}`)
      const copy: ParameterState = {}
      for (const [key, value] of Object.entries(own)) {
        if (value instanceof Tensor && !sameShape(value.shape, parameter.shape)) {
          fail(
            'TN_STATE',
            'loadStateDict',
            `${key} of parameter ${number} must have shape [${parameter.shape.join(', ')}], got [${value.shape.join(', ')}]`,
          )
        }
        copy[key] = value instanceof Tensor ? noGrad(() => value.to(parameter.dtype).clone()) : value
      }
      loaded.set(parameter, copy)
    }
    this.state.clear()
    for (const [parameter, own] of loaded) this.state.set(parameter, own)
    this.paramGroups.forEach((group, i) => {
      const { params: _, ...options } = paramGroups[i] as OptimizerState<Options>['paramGroups'][number]
      Object.assign(group, options)
    })
  }
}

/** Throws PyTorch's `Invalid ... : value` unless `valid`. */
export function checkValue(where: string, what: string, value: number, valid: boolean): void {
  if (!valid) failAsPyTorch('TN_RANGE', where, `Invalid ${what}: ${floatText(value)}`)
}
