// How a network bears the loss of neurons in evaluation.
import { fail } from '../../backend/errors.ts'
import { checkOptions, type Module, Sequential, stepsOf } from '../../module/index.ts'
import { mul } from '../../ops/arithmetic.ts'
import { tensor } from '../../ops/creation.ts'
import { cat } from '../../ops/join.ts'
import { reshape } from '../../ops/layout.ts'
import { defaultGenerator, type GeneratorOption, randperm } from '../../random/index.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { inEvaluation } from '../modes.ts'
import { type Outputs, toProbabilities, usualOutputs } from '../probabilities.ts'
import { type ClassScore, classScore } from '../scores.ts'
import { activationsOf, chosenLayers, type LayersOption, unitShape } from './activations.ts'

/** A mini-batch: examples, and the class of each. */
type Batch = readonly [x: Tensor, y: Tensor]

/** Options that both ways to remove neurons have. */
interface RemovalOptions {
  /** Whether the model returns logits or probabilities. Default: logits, or probabilities if it ends with `Softmax`. */
  readonly outputs?: Outputs | undefined
}

/** Options of `removeEachNeuron`. */
export interface RemoveEachOptions extends RemovalOptions {
  /** Which neurons to remove, one after another. Default: every one of the layer. */
  readonly neurons?: readonly number[] | undefined
}

/** What is left of a classifier without one neuron. */
export interface WithoutNeuron extends ClassScore {
  readonly neuron: number
}

/** What each neuron of a layer is to a classifier. */
export interface EachNeuron {
  /** The score of the whole network. */
  readonly whole: ClassScore
  /** The score without each neuron. */
  readonly without: readonly WithoutNeuron[]
}

/**
 * Scores a classifier in evaluation without each single neuron of a layer (for convolutions: each channel): its output
 * is set to 0, nothing makes up for it. Networks trained with dropout depend on no single neuron much.
 *
 * What comes before the layer is computed once, where the model is a Sequential and the layer one of its steps.
 *
 * @param batches Examples with classes; iterated once.
 * @param layer The layer's name, as `namedModules` has it.
 * @throws ThinnetError TN_RANGE for a layer or neuron that is not there.
 * @example removeEachNeuron(model, test, '1').without.toSorted((a, b) => b.nll - a.nll)[0] // the most important one
 */
export function removeEachNeuron(
  model: Module,
  batches: Iterable<Batch>,
  layer: string,
  options: RemoveEachOptions = {},
): EachNeuron {
  checkOptions('removeEachNeuron', options, ['outputs', 'neurons'])
  const given = checkedBatches('removeEachNeuron', batches)
  const outputs = options.outputs ?? usualOutputs(model)
  const [module] = chosenLayers('removeEachNeuron', model, [layer]).values() as Iterable<Module> as [Module]
  return inEvaluation(model, () => {
    const parts = given.map(([x]) => cutAt(model, module, layer, x))
    const [first] = parts as [Cut]
    const units = first.output.shape[1] ?? 0
    const neurons = options.neurons ?? [...Array(units).keys()]
    const labels = cat(given.map(([, y]) => y))
    const scoreOf = (change: (output: Tensor) => Tensor) =>
      classScore(
        'removeEachNeuron',
        cat(parts.map(({ output, rest }) => toProbabilities(rest(change(output)), outputs))),
        labels,
      )
    return {
      whole: scoreOf((output) => output),
      without: neurons.map((neuron) => {
        if (!Number.isInteger(neuron) || neuron < 0 || neuron >= units) {
          fail('TN_RANGE', 'removeEachNeuron', `neurons of ${layer} are 0 to ${units - 1}, got ${neuron}`)
        }
        return { neuron, ...scoreOf((output) => withoutUnits(output, [neuron])) }
      }),
    }
  })
}

/** A pass that stands still behind a layer: what the layer returned, and what follows. */
interface Cut {
  readonly output: Tensor
  rest(output: Tensor): Tensor
}

function cutAt(model: Module, module: Module, name: string, x: Tensor): Cut {
  const steps = model instanceof Sequential ? [...stepsOf(model)] : []
  const at = steps.findIndex((step) => step.module === module)
  if (at >= 0) {
    const [before, behind] = [steps.slice(0, at + 1), steps.slice(at + 1)].map(
      (part) => new Sequential(...part.map((step) => step.module)),
    ) as [Sequential, Sequential]
    return { output: before.call(x), rest: (output) => behind.call(output) }
  }
  const output = activationsOf(model, x, { layers: [name] }).get(name)
  if (!output) fail('TN_STATE', 'removeEachNeuron', `layer ${name} did not run, or did not return a tensor`)
  return { output, rest: (changed) => withHooks([[module, () => changed]], () => model.call(x)) }
}

/** Options of `removeRandomNeurons`. */
export interface RemoveRandomOptions extends RemovalOptions, LayersOption, GeneratorOption {
  /** Shares of each layer's neurons to remove, in [0, 1]. Default 0, 0.1, ..., 0.9. */
  readonly fractions?: readonly number[] | undefined
  /** How many random sets of neurons to remove for each share. At least 1; default 5. */
  readonly repeats?: number | undefined
  /** Multiplies what is left by 1 / (1 - share), as inverted dropout does. Default false. */
  readonly rescale?: boolean | undefined
}

/** What is left of a classifier without a share of its neurons. */
export interface WithoutFraction {
  readonly fraction: number
  /** The score of each random set of removed neurons. */
  readonly scores: readonly ClassScore[]
  /** Their mean. */
  readonly error: number
  readonly nll: number
}

/**
 * Scores a classifier in evaluation without growing random shares of the neurons of its hidden layers: how gracefully
 * it fails. Draws one permutation of each layer's neurons for each repeat, so that a larger share removes what a
 * smaller one does and more.
 *
 * @throws ThinnetError TN_RANGE for shares outside [0, 1] or a layer that is not there.
 * @example for (const { fraction, error } of removeRandomNeurons(model, test)) console.log(fraction, error)
 */
export function removeRandomNeurons(
  model: Module,
  batches: Iterable<Batch>,
  options: RemoveRandomOptions = {},
): WithoutFraction[] {
  const where = 'removeRandomNeurons'
  checkOptions(where, options, ['outputs', 'layers', 'generator', 'fractions', 'repeats', 'rescale'])
  const { fractions = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], repeats = 5, rescale = false } = options
  const { outputs = usualOutputs(model), generator = defaultGenerator } = options
  if (!Number.isInteger(repeats) || repeats < 1) {
    fail('TN_RANGE', where, `repeats must be a whole number of at least 1, got ${String(repeats)}`)
  }
  const wrong = fractions.find((fraction) => !(fraction >= 0 && fraction <= 1))
  if (wrong !== undefined) fail('TN_RANGE', where, `fractions must be in [0, 1], got ${String(wrong)}`)
  const layers = [...chosenLayers(where, model, options.layers).values()]
  const given = checkedBatches(where, batches)
  const labels = cat(given.map(([, y]) => y))
  const orders = Array.from({ length: repeats }, () => new Map<Module, number[]>())
  const removal = (order: Map<Module, number[]>, layer: Module, fraction: number) => (output: Tensor) => {
    const units = output.shape[1] ?? 0
    const permutation = order.get(layer) ?? Array.from(randperm(units, { generator }).toArray())
    order.set(layer, permutation)
    const removed = permutation.slice(0, Math.round(fraction * units))
    const left = withoutUnits(output, removed)
    return rescale && removed.length < units ? mul(left, units / (units - removed.length)) : left
  }
  return fractions.map((fraction) => {
    const scores = orders.map((order) => {
      const hooks = layers.map((layer) => [layer, removal(order, layer, fraction)] as const)
      const all = inEvaluation(model, () =>
        withHooks(hooks, () => cat(given.map(([x]) => toProbabilities(model.call(x), outputs)))),
      )
      return classScore(where, all, labels)
    })
    const meanOf = (name: keyof ClassScore) => scores.reduce((sum, score) => sum + score[name], 0) / repeats
    return { fraction, scores, error: meanOf('error'), nll: meanOf('nll') }
  })
}

function checkedBatches(where: string, batches: Iterable<Batch>): Batch[] {
  const given = [...batches]
  if (given.length === 0) fail('TN_SHAPE', where, 'there is no batch to score')
  return given
}

/** A layer's output `[N, units, ...]` with some units 0. */
function withoutUnits(output: Tensor, removed: readonly number[]): Tensor {
  const mask = new Float64Array(output.shape[1] ?? 0).fill(1)
  for (const unit of removed) mask[unit] = 0
  return mul(output, reshape(tensor(mask, { dtype: output.dtype }), unitShape(output)))
}

/** Runs `body` while layers return what is made of their outputs. */
function withHooks<T>(
  changes: readonly (readonly [module: Module, change: (output: Tensor) => Tensor])[],
  body: () => T,
): T {
  const removers = changes.map(([module, change]) =>
    module.registerForwardHook((_module, _inputs, output) => (output instanceof Tensor ? change(output) : undefined)),
  )
  try {
    return body()
  } finally {
    for (const remove of removers) remove()
  }
}
