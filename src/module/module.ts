import { failAsPyTorch } from '../backend/errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { AnyModule } from './any-module.ts'
import { type ModelSummary, type SummaryOptions, summarize } from './summary/summary.ts'

const running: AnyModule[] = []

/** The modules whose `forward` is running, outermost first: so that what is drawn can be put to a layer's name. */
export const runningModules = (): readonly AnyModule[] => running

/** Called before `forward`. What it returns, if anything, takes the place of the list of inputs. */
export type ForwardPreHook<In extends readonly unknown[] = readonly [x: Tensor]> = (
  module: AnyModule,
  inputs: In,
) => In | undefined

/** Called after `forward`. What it returns, if anything, takes the output's place. */
export type ForwardHook<In extends readonly unknown[] = readonly [x: Tensor], Out = Tensor> = (
  module: AnyModule,
  inputs: In,
  output: Out,
) => Out | undefined

/**
 * A part of a network: parameters, buffers and other modules in its fields, and `forward`, which computes. PyTorch's
 * `nn.Module`.
 *
 * Fields are found by walking them in the order of their declaration; nothing is registered. A `#private` field is not
 * seen by the walk (use TypeScript's `private`), and parameters inside a Map, an array or a plain object are an error
 * that names the container to use. Names are PyTorch's: field `selfAttn` is `self_attn` in state dictionaries.
 *
 * @typeParam In What `forward` takes: one tensor unless said otherwise.
 * @typeParam Out What it returns.
 * @example
 * class Net extends nn.Module {
 *   readonly hidden = new nn.Linear(784, 512)
 *   readonly dropout = new nn.Dropout(0.5)
 *   readonly out = new nn.Linear(512, 10)
 *   forward(x: Tensor): Tensor {
 *     return this.out.call(this.dropout.call(this.hidden.call(x).relu()))
 *   }
 * }
 */
export abstract class Module<In extends readonly unknown[] = readonly [x: Tensor], Out = Tensor> extends AnyModule {
  readonly #preHooks = new Set<ForwardPreHook<In>>()
  readonly #hooks = new Set<ForwardHook<In, Out>>()

  /** @internal True if hooks see what goes in and comes out. */
  get hasHooks(): boolean {
    return this.#preHooks.size > 0 || this.#hooks.size > 0
  }

  /** What the module computes. Written by the subclass; called through `call`, which runs hooks too. */
  abstract forward(...inputs: In): Out

  /** Runs `forward`, with the hooks before and after it. */
  call(...inputs: In): Out {
    if (typeof this.forward !== 'function') {
      const name = this.constructor.name
      failAsPyTorch('TN_STATE', 'call', `Module [${name}] is missing the required "forward" function`)
    }
    running.push(this)
    try {
      if (!this.hasHooks) return this.forward(...inputs)
      let given = inputs
      for (const hook of this.#preHooks) given = hook(this, given) ?? given
      let output = this.forward(...given)
      for (const hook of this.#hooks) output = hook(this, given, output) ?? output
      return output
    } finally {
      running.pop()
    }
  }

  /**
   * What each layer computes and keeps: output shape, parameters, multiply-adds; of layers that drop p, the neurons kept
   * in the mean, the memory of masks; and what is left of the arithmetic where what is dropped is not computed (see
   * `thin`). Printed, it is a table.
   *
   * The model is run on zeros, in evaluation; modes and generators are as before afterwards. Without `inputShape` and
   * `inputs` a mini-batch is tried that fits the first layer with `inFeatures`; if the model does not take it, what
   * depends on shapes is undefined.
   *
   * @throws ThinnetError TN_RANGE if an option is out of range; whatever `forward` throws on the given input.
   * @example
   * console.log(String(thin(model, { subnets: 4 }).summary({ inputShape: [128, 784] })))
   */
  summary(options: SummaryOptions<In> = {}): ModelSummary {
    return summarize(this, options)
  }

  /** Calls `hook` before each `forward`. Returns a function that takes the hook away. */
  registerForwardPreHook(hook: ForwardPreHook<In>): () => void {
    this.#preHooks.add(hook)
    return () => this.#preHooks.delete(hook)
  }

  /** Calls `hook` after each `forward`. Returns a function that takes the hook away. */
  registerForwardHook(hook: ForwardHook<In, Out>): () => void {
    this.#hooks.add(hook)
    return () => this.#hooks.delete(hook)
  }
}
