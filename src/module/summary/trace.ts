// Runs a model to find out what each of its layers computes, and what of it dropout will leave out.
import { withGradMode } from '../../autograd/mode.ts'
import type { Node } from '../../autograd/node.ts'
import { takeMultiplications } from '../../backend/arithmetic.ts'
import { view } from '../../ops/layout.ts'
import { defaultGenerator } from '../../random/index.ts'
import { isFloating } from '../../tensor/dtype.ts'
import type { Shape } from '../../tensor/shape.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { AnyModule } from '../any-module.ts'
import { Module } from '../module.ts'
import type { DropFacts } from './facts.ts'

/** One call of a layer. */
export interface Call {
  readonly module: AnyModule
  /** The first tensor that it got. */
  readonly input: Tensor | undefined
  /** Of the first tensor that it returned. */
  readonly outputShape: Shape | undefined
  /** What it drops of the first tensor that it got; undefined if it does not drop. */
  readonly drop: DropFacts | undefined
  /** What its matrix products multiply, nothing dropped. */
  readonly multiplyAdds: number
  /** The share of such calls that run in training: below 1 where whole layers are dropped. */
  readonly share: number
  /** The share of the multiplications that is left in training, in the mean. */
  readonly left: number
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Runs a model in evaluation, with nothing drawn; leaves modes and generators as they were. */
export function trace<In extends readonly unknown[], Out>(model: Module<In, Out>, inputs: In): readonly Call[] {
  const before = defaultGenerator.getState()
  const resume = Array.from(model.modules(), (module) => module.pause())
  try {
    const calls = linkCalls(model, inputs)
    defaultGenerator.setState(before) // a forward that draws branches the same way again
    countArithmetic(model, inputs, calls)
    return calls
  } finally {
    for (const each of resume) each()
    defaultGenerator.setState(before)
  }
}

/** Is told of each call of a layer. */
interface Watcher {
  enter(module: AnyModule, inputs: readonly unknown[]): void
  /** What it returns, if anything, takes the output's place. */
  leave(inputs: readonly unknown[], output: unknown): Tensor | undefined
}

function watch<In extends readonly unknown[], Out>(model: Module<In, Out>, inputs: In, watcher: Watcher): void {
  const undo: (() => void)[] = []
  try {
    for (const module of model.modules()) {
      if (!(module instanceof Module)) continue
      undo.push(
        module.registerForwardPreHook((_, given) => {
          watcher.enter(module, given)
          return undefined
        }),
        module.registerForwardHook((_, given, output) => watcher.leave(given, output)),
      )
    }
    model.call(...inputs)
  } finally {
    for (const each of undo) each()
  }
}

/** A product, and a dropout layer that drops what it writes or what it reads. */
interface Link {
  readonly product: Writable<Call>
  readonly dropout: Writable<Call>
}

/**
 * Finds which products dropout thins. The engine's own graph tells which layer's output, still to be computed, a dropout
 * layer gets, and which layer's product reads what that returns.
 */
function linkCalls<In extends readonly unknown[], Out>(model: Module<In, Out>, inputs: In): Writable<Call>[] {
  const calls: Writable<Call>[] = []
  const links: Link[] = []
  /** The calls that are running. */
  const running: Writable<Call>[] = []
  const products = new Map<Node, Writable<Call>>()
  /** What dropout layers returned. */
  const dropped = new Map<Tensor, Writable<Call>>()

  function enter(module: AnyModule, given: readonly unknown[]): void {
    const above = running.at(-1)
    const share = above ? above.share * above.module.shareOfCalls(module) : 1
    const input = firstTensor(given)
    const call = {
      module,
      input,
      outputShape: undefined,
      drop: module.dropFacts(),
      multiplyAdds: 0,
      share,
      left: share,
    }
    calls.push(call)
    running.push(call)
    const product = input && !input.isSettled ? productOf(input) : undefined
    const producer = product && products.get(product)
    if (producer && call.drop) links.push({ product: producer, dropout: call })
  }

  function leave(given: readonly unknown[], output: unknown): Tensor | undefined {
    const call = running.pop() as Writable<Call>
    const out = firstTensor([output])
    call.outputShape = out?.shape
    const product = out && productOf(out)
    if (product && !products.has(product)) {
      products.set(product, call)
      for (const [x, dropout] of dropped)
        if (given.includes(x) && product.saves(x)) links.push({ product: call, dropout })
    }
    if (!call.drop || !(output instanceof Tensor)) return undefined
    // In evaluation it is the input, which others may read undropped.
    const own = given.includes(output) ? view(output, output.shape) : output
    dropped.set(own, call)
    return own
  }

  withGradMode(true, () => watch(model, inputs.map(recorded) as unknown as In, { enter, leave }))
  // Not before: what a layer draws while it runs, a recorder of masks would take for the model's.
  for (const call of calls) call.drop = call.module.dropFacts(call.input)
  for (const { product, dropout } of links) if (dropout.drop?.thins) product.left *= 1 - dropout.drop.p
  return calls
}

/** A tensor of the same values whose uses are recorded. */
function recorded(x: unknown): unknown {
  if (!(x instanceof Tensor) || !isFloating(x.dtype)) return x
  const leaf = x.detach()
  leaf.requiresGrad = true
  return leaf
}

/** The linear product at the start of the chain of ops that a tensor comes from, if that is how it is computed. */
const productOf = (x: Tensor): Node | undefined => x.node?.fusion?.nodes.at(-1)

/** Counts what kernels multiply between the beginnings and ends of the calls. */
function countArithmetic<In extends readonly unknown[], Out>(
  model: Module<In, Out>,
  inputs: In,
  calls: readonly Writable<Call>[],
): void {
  const running: Writable<Call>[] = []
  let next = 0
  function count(computed: readonly unknown[]): void {
    for (const x of tensorsIn(computed)) x.settle()
    const multiplyAdds = takeMultiplications()
    const call = running.at(-1)
    if (call) call.multiplyAdds += multiplyAdds
  }
  const watcher: Watcher = {
    enter(_, given) {
      count(given)
      running.push(calls[next++] as Writable<Call>)
    },
    leave(_, output) {
      count([output])
      running.pop()
      return undefined
    },
  }
  withGradMode(false, () => watch(model, inputs, watcher))
}

/** The tensors in a list, and in lists in it. */
function* tensorsIn(values: readonly unknown[]): Generator<Tensor> {
  for (const value of values) {
    if (value instanceof Tensor) yield value
    else if (Array.isArray(value)) yield* tensorsIn(value)
  }
}

/** The first tensor in a list, and in lists in it. */
export function firstTensor(values: readonly unknown[]): Tensor | undefined {
  for (const x of tensorsIn(values)) return x
  return undefined
}
