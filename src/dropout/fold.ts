import { withGradMode } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { type AnyModule, type Module, type Parameter, Sequential, type Step, stepsOf } from '../module/index.ts'
import { Dropout } from './bernoulli.ts'
import type { ScaleAware, Scaling } from './scaling.ts'

/** A factor that moves into weights. */
interface Move {
  readonly weight: Parameter
  readonly factor: number
}

/**
 * Converts each `Dropout` layer of a model to inverted or standard scaling, weights included; returns the model, which
 * is changed in place.
 *
 * With `keep = 1 - p`, standard scaling computes `W (m x)` in training and `W (keep x)` in evaluation; inverted scaling
 * computes `V (m x / keep)` and `V x`. With `V = keep W` both are the same function, in training (from the same masks)
 * and in evaluation, up to rounding. So the next layer's weights are multiplied by keep on the way to inverted scaling,
 * and divided by it on the way to standard scaling. Between a dropout and that layer may stand layers that a factor
 * passes through (ReLU, Flatten, other dropouts); biases read no dropped values and stay.
 *
 * Gradients scale the other way (`dL/dV = dL/dW / keep`), so for further training to take the same steps a learning
 * rate would change by keep², and the momentum that an optimizer has gathered fits the old weights: make a new
 * optimizer.
 *
 * @throws ThinnetError TN_STATE, and changes nothing, where a factor has no place to go: the dropout is not in a
 * Sequential, the Sequential ends, a layer between does not let factors pass (Sigmoid, LayerNorm), the weights are used
 * in two places, or p = 1 leaves nothing.
 */
export function convertScaling<M extends AnyModule>(model: M, to: Scaling): M {
  const moves = planMoves(model, to)
  withGradMode(false, () => {
    for (const { weight, factor } of moves) weight.mul_(factor)
  })
  for (const module of model.modules()) if (module instanceof Dropout) module.scaling = to
  return model
}

/**
 * Makes standard-scaling dropout cost nothing in evaluation: folds `1 - p` into the weights behind each `Dropout`
 * layer, which becomes an inverted one. `convertScaling(model, 'inverted')`: what the model computes, in training and
 * in evaluation, stays the same.
 *
 * @example
 * const model = new nn.Sequential(new nn.Dropout(0.5, { scaling: 'standard' }), new nn.Linear(784, 10))
 * foldScaling(model) // Dropout(p=0.5), and the Linear's weights halved
 */
export const foldScaling = <M extends AnyModule>(model: M): M => convertScaling(model, 'inverted')

function planMoves(model: AnyModule, to: Scaling): Move[] {
  const chains = chainsOf(model)
  const waiting = new Set<Dropout>()
  for (const module of model.modules()) if (module instanceof Dropout && needsMove(module, to)) waiting.add(module)
  const moves: Move[] = []
  for (const chain of chains) {
    for (const [i, { name, module }] of chain.entries()) {
      if (!(module instanceof Dropout) || !needsMove(module, to)) continue
      waiting.delete(module)
      const keep = 1 - module.p
      if (keep === 0) stop(name, module, 'with p = 1 nothing is left to scale')
      const weight = nextWeight(chain, i)
      checkUsedOnce(model, name, module, weight, chains)
      moves.push({ weight, factor: to === 'inverted' ? keep : 1 / keep })
    }
  }
  for (const module of waiting)
    stop(nameOf(model, module), module, 'it is not in a Sequential, so that nothing says which layer reads its output')
  return moves
}

const needsMove = (dropout: Dropout, to: Scaling): boolean => dropout.scaling !== to && dropout.p !== 0

/** What each outermost Sequential runs, in order, with those inside it unrolled. */
function chainsOf(model: AnyModule): Step[][] {
  const inner = new Set<AnyModule>()
  const chains: Step[][] = []
  for (const [name, module] of model.namedModules()) {
    if (module instanceof Sequential && !inner.has(module)) chains.push([...stepsOf(module, name, inner)])
  }
  return chains
}

/** The weights that read what the dropout at a position of a chain lets through. */
function nextWeight(chain: readonly Step[], at: number): Parameter {
  const { name, module } = chain[at] as Step
  for (const next of chain.slice(at + 1)) {
    const { inputWeight, scaleEquivariant } = next.module as Module & ScaleAware
    if (inputWeight) return inputWeight
    if (scaleEquivariant !== true) {
      stop(
        name,
        module,
        `a factor does not pass through ${next.module.constructor.name} (${next.name}) to the weights behind it`,
      )
    }
  }
  return stop(name, module, 'no layer with weights reads its output')
}

/** Throws if scaling a weight would change what is computed elsewhere. */
function checkUsedOnce(
  model: AnyModule,
  name: string,
  dropout: AnyModule,
  weight: Parameter,
  chains: readonly Step[][],
): void {
  const owns = (module: AnyModule) => [...module.ownTensors()].some(([, x]) => x === weight)
  // A Sequential may run a layer twice, which its steps show and its children do not.
  const others = [...model.modules()].filter((module) => !(module instanceof Sequential))
  const users = [
    model,
    ...others.flatMap((module) => [...module.children()]),
    ...chains.flat().map(({ module }) => module),
  ]
  if (users.filter(owns).length > 1) stop(name, dropout, 'the weights behind it are used in more than one place')
}

const nameOf = (model: AnyModule, wanted: AnyModule): string =>
  [...model.namedModules()].find(([, module]) => module === wanted)?.[0] ?? ''

function stop(name: string, module: AnyModule, why: string): never {
  const what = name === '' ? String(module) : `${name}, ${module}`
  return fail('TN_STATE', 'convertScaling', `cannot move the factor of ${what}: ${why}`, { name })
}
