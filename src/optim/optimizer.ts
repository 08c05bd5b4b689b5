import { enableGrad, withGradMode } from '../autograd/mode.ts'
import { backend } from '../backend/backend.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions, floatText } from '../module/index.ts'
import { cast } from '../ops/cast.ts'
import { clone, contiguous, copyElements } from '../ops/layout.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { limitRows } from './max-norm.ts'

/** What every optimizer can be told, for all parameters or for a group of them. */
export interface Settings {
  /** The learning rate: how far a step goes. */
  lr: number
  /**
   * The largest norm of a row of a weight matrix, that is of the incoming weights of a neuron; longer rows are scaled
   * down to it after each step (Srivastava et al. 2014, section 5.1). Biases are left alone. Usual values: 3 to 4.
   * Default: none.
   */
  maxNorm?: number | undefined
}

/** Parameters that share settings. Settings may be changed between steps, which is what schedules do. */
export type ParamGroup<S extends Settings = Settings> = S & {
  readonly params: Tensor[]
  /** The learning rate that schedules start from; set by the first schedule. */
  initialLr?: number | undefined
}

/** What an optimizer is made of: parameters, or groups of parameters with settings of their own. */
export type Params<S extends Settings> = Iterable<Tensor> | Iterable<GroupOptions<S>>

/** A group as it is given: parameters, and the settings in which they differ from the optimizer's. */
export type GroupOptions<S extends Settings> = { readonly params: Iterable<Tensor> | Tensor } & Partial<S>

/** What an optimizer remembers of a parameter. */
export type ParameterState = Record<string, Tensor | number | undefined>

/** All that an optimizer needs to go on as if it had not stopped. Parameters are numbered through the groups. */
export interface OptimizerState<S extends Settings = Settings> {
  readonly state: Readonly<Record<number, ParameterState>>
  readonly paramGroups: readonly (S & { readonly params: readonly number[] })[]
}

/**
 * Changes parameters by their gradients. PyTorch's `optim.Optimizer`: subclasses say how one parameter is changed.
 *
 * A parameter without a gradient is left alone. Each step counts as an in-place change: a graph that was recorded
 * before it can no longer be walked back through the changed weights.
 */
export abstract class Optimizer<S extends Settings, State extends ParameterState = ParameterState> {
  readonly paramGroups: ParamGroup<S>[] = []
  /** What is remembered of each parameter that has been changed. */
  readonly state = new Map<Tensor, State>()
  readonly #name: string

  /**
   * @param defaults The settings of groups that have none of their own; complete.
   * @throws ThinnetError TN_RANGE for settings out of range, no parameters, or a parameter given twice; TN_GRAPH for a
   * parameter that was computed.
   */
  constructor(
    params: Params<S>,
    readonly defaults: S,
  ) {
    this.#name = new.target.name
    if (typeof params !== 'object' || params === null || params instanceof Tensor) {
      const given = params instanceof Tensor ? 'a Tensor' : String(params)
      fail(
        'TN_RANGE',
        this.#name,
        `params must be an iterable of Tensors or of groups, got ${given}; write model.parameters()`,
      )
    }
    const list = [...params]
    if (list.length === 0) failAsPyTorch('TN_RANGE', this.#name, 'optimizer got an empty parameter list')
    if (list[0] instanceof Tensor) this.addParamGroup({ params: list } as unknown as GroupOptions<S>)
    else for (const group of list) this.addParamGroup(group as GroupOptions<S>)
  }

  /** Throws for settings out of range. Called while the constructor runs. */
  protected abstract checkSettings(settings: S): void

  /** A new state for a parameter. */
  protected abstract newState(param: Tensor): State

  /**
   * Changes `param` in place by its gradient; all tensors are contiguous and of one type.
   *
   * @param state What is remembered of the parameter; may be changed.
   */
  protected abstract update(param: Tensor, grad: Tensor, state: State, settings: S): void

  /** Adds parameters with settings of their own, as for a layer that is unfrozen while training goes on. */
  addParamGroup(group: GroupOptions<S>): void {
    if (typeof group !== 'object' || group?.params === undefined) {
      fail('TN_RANGE', this.#name, `a group must be an object with params, or a Tensor, got ${String(group)}`)
    }
    const { params, ...settings } = group
    checkOptions(this.#name, settings, Object.keys(this.defaults))
    const list = params instanceof Tensor ? [params] : [...params]
    const known = new Set(this.paramGroups.flatMap((other) => other.params))
    for (const param of list) {
      if (!(param instanceof Tensor))
        fail('TN_DTYPE', this.#name, `optimizer can only optimize Tensors, but one of the params is ${typeof param}`)
      if (!param.isLeaf) failAsPyTorch('TN_GRAPH', this.#name, "can't optimize a non-leaf Tensor")
      if (known.has(param))
        failAsPyTorch('TN_RANGE', this.#name, 'some parameters appear in more than one parameter group')
      known.add(param)
    }
    const complete = { ...this.defaults, ...settings }
    checkCommonSettings(this.#name, complete)
    this.checkSettings(complete)
    this.paramGroups.push({ ...complete, params: list })
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const param of params) param.dropGrad()
  }

  /**
   * Changes each parameter that has a gradient. When it returns, all kernels that were called have run.
   *
   * @param closure Computes the loss and its gradients anew; called first, and its loss is returned.
   */
  step(): undefined
  step(closure: () => Tensor): Tensor
  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure && enableGrad(closure)
    withGradMode(false, () => {
      for (const group of this.paramGroups) {
        for (const param of group.params)
          if (param.ownGrad && param.numel > 0) this.#change(param, param.ownGrad, group)
      }
    })
    backend().finish()
    return loss
  }

  #change(param: Tensor, grad: Tensor, group: ParamGroup<S>): void {
    if (!sameShape(grad.shape, param.shape)) {
      const shapes = `got ${formatShape(grad.shape)} and ${formatShape(param.shape)}`
      fail('TN_SHAPE', this.#name, `a gradient must have the shape of its parameter, ${shapes}`)
    }
    param.version.bump('step')
    const values = contiguous(param).settle()
    const state = this.#stateOf(param)
    if (!this.updateThinned(values, grad, state, group)) {
      this.update(values, contiguous(cast(grad, param.dtype)).settle(), state, group)
      if (group.maxNorm !== undefined) limitRows(values, group.maxNorm)
    }
    if (values !== param) copyElements(param, values)
  }

  /**
   * Changes `param` by the gradient of a thinned layer that has not been written out, `maxNorm` included, if the optimizer
   * can; else returns false, and `update` gets the gradient as a matrix.
   */
  protected updateThinned(_param: Tensor, _grad: Tensor, _state: State, _settings: S): boolean {
    return false
  }

  /** The state of a parameter, in its type even if the model was converted after the last step. */
  #stateOf(param: Tensor): State {
    const state = this.state.get(param) ?? this.newState(param)
    this.state.set(param, state)
    const entries: ParameterState = state
    for (const name in entries) {
      const value = entries[name]
      if (value instanceof Tensor && value.dtype !== param.dtype) entries[name] = cast(value, param.dtype)
    }
    return state
  }

  /** All that is needed to go on as if training had not stopped. Its tensors are the optimizer's own. */
  stateDict(): OptimizerState<S> {
    const numbers = new Map<Tensor, number>()
    const paramGroups = this.paramGroups.map(({ params, ...settings }) => {
      for (const param of params) numbers.set(param, numbers.size)
      return { ...(settings as unknown as S), params: params.map((param) => numbers.get(param) as number) }
    })
    const state: Record<number, ParameterState> = {}
    for (const [param, own] of this.state) state[numbers.get(param) as number] = { ...own }
    return { state, paramGroups }
  }

  /**
   * Goes on from a state that `stateDict` gave: settings and copies of the tensors.
   *
   * @throws ThinnetError TN_STATE if it is of other groups, settings or shapes, TN_RANGE if a setting is out of range;
   * nothing is changed then.
   */
  loadStateDict(saved: OptimizerState<S>): void {
    const fails = (message: string) => failAsPyTorch('TN_STATE', 'loadStateDict', message)
    if (typeof saved?.state !== 'object' || saved.state === null || !Array.isArray(saved.paramGroups)) {
      fail('TN_STATE', 'loadStateDict', 'a state of an optimizer has state and paramGroups')
    }
    if (saved.paramGroups.length !== this.paramGroups.length) {
      fails('loaded state dict has a different number of parameter groups')
    }
    const byNumber = new Map<number, Tensor>()
    const settings = saved.paramGroups.map(({ params, ...settings }, i) => {
      const own = (this.paramGroups[i] as ParamGroup<S>).params
      if (!Array.isArray(params) || params.length !== own.length) {
        fails("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
      }
      params.forEach((number: number, j: number) => {
        byNumber.set(number, own[j] as Tensor)
      })
      return this.#checkedSettings(settings)
    })
    const states = Object.entries(saved.state).map(([number, state]) => {
      const param =
        byNumber.get(Number(number)) ??
        fails(`loaded state dict has a state for parameter ${number}, which is in no group`)
      return [param, copyState(param, state)] as const
    })
    this.state.clear()
    for (const [param, state] of states) this.state.set(param, state as State)
    for (const [i, group] of this.paramGroups.entries()) Object.assign(group, settings[i])
  }

  /** Settings that are this optimizer's, in range. */
  #checkedSettings(saved: Omit<OptimizerState<S>['paramGroups'][number], 'params'>): object {
    const known = Object.keys({ ...this.defaults, initialLr: undefined })
    const unknown = Object.keys(saved).find((name) => !known.includes(name))
    if (unknown !== undefined) {
      fail('TN_STATE', 'loadStateDict', `the state is of another optimizer: ${this.#name} has no setting ${unknown}`)
    }
    for (const [name, value] of Object.entries(this.defaults)) {
      const given: unknown = saved[name as keyof typeof saved]
      if (value === undefined || typeof given === typeof value) continue
      fail('TN_STATE', 'loadStateDict', `${name} must be a ${typeof value}, got ${JSON.stringify(given)}`)
    }
    const complete = { ...this.defaults, ...saved }
    checkCommonSettings(this.#name, complete)
    this.checkSettings(complete)
    return { initialLr: undefined, ...complete }
  }
}

function copyState(param: Tensor, state: ParameterState): ParameterState {
  const copy: ParameterState = {}
  for (const [name, value] of Object.entries(state)) {
    if (value instanceof Tensor && !sameShape(value.shape, param.shape)) {
      const shapes = `got ${formatShape(value.shape)} and ${formatShape(param.shape)}`
      fail('TN_STATE', 'loadStateDict', `${name} must have the shape of its parameter, ${shapes}`)
    }
    copy[name] = value instanceof Tensor ? clone(cast(value.detach(), param.dtype)) : value
  }
  return copy
}

function checkCommonSettings(where: string, { lr, maxNorm }: Settings): void {
  if (!(lr >= 0)) failAsPyTorch('TN_RANGE', where, `Invalid learning rate: ${floatText(lr)}`)
  if (maxNorm !== undefined && !(maxNorm > 0)) fail('TN_RANGE', where, `maxNorm must be above 0, got ${maxNorm}`)
}

/** Throws PyTorch's message unless a weight decay is in range. */
export function checkWeightDecay(where: string, weightDecay: number): void {
  if (!(weightDecay >= 0)) failAsPyTorch('TN_RANGE', where, `Invalid weight_decay value: ${floatText(weightDecay)}`)
}
