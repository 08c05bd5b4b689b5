// What the doctor knows of a model, its training and its history.

import { Dropout } from '../../dropout/index.ts'
import { DropLayer, NoiseLayer } from '../../dropout/layer.ts'
import { type AnyModule, type Module, Parameter } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** How a model is trained, as far as it is known. */
export interface TrainingFacts {
  /** The optimizer: `SGD`, `Adam`, `AdamW`. */
  readonly optimizer?: string | undefined
  readonly lr?: number | undefined
  readonly momentum?: number | undefined
  /** The bound on the norm of each neuron's incoming weights; `undefined` or 0: none. */
  readonly maxNorm?: number | undefined
  /** The number of training examples. */
  readonly examples?: number | undefined
}

/** What an epoch brought, as far as it is known; `EpochMetrics` of `thinnet/training` is one. Errors are from 0 to 1. */
export interface HistoryEpoch {
  /** The loss while training, dropout on. */
  readonly loss?: number | undefined
  /** Loss and error on training examples, dropout off. */
  readonly trainingLoss?: number | undefined
  readonly trainingError?: number | undefined
  /** Loss and error on examples that are not learnt from. */
  readonly testLoss?: number | undefined
  readonly testError?: number | undefined
}

/** Where a dropout layer stands. */
export type Place =
  /** Before the first layer with weights: it drops inputs. */
  | 'input'
  /** Between layers with weights. */
  | 'hidden'
  /** Before the last layer with weights. */
  | 'last'
  /** Behind the last layer with weights: it drops outputs. */
  | 'output'

/** A layer that drops elements or channels of its input, and its surroundings. */
export interface DropPlace {
  readonly name: string
  /** As it prints. */
  readonly text: string
  readonly p: number
  /** True for plain dropout of single elements, the kind that has usual values of p. */
  readonly plain: boolean
  readonly place: Place
  /** How many neurons it drops of, if it stands beside a Linear. */
  readonly size: number | undefined
  /** The name of the first batch normalisation behind it, if there is one. */
  readonly normBehind: string | undefined
}

/** What the rules look at. */
export interface Patient {
  readonly drops: readonly DropPlace[]
  /** True if all weights are matrices of Linear layers: what the papers' usual values are about. */
  readonly fullyConnected: boolean
  readonly parameters: number
  /** How many values the last layer returns, if it is a Linear. */
  readonly outputs: number | undefined
  readonly training: TrainingFacts
  readonly history: readonly HistoryEpoch[]
  /** The module that draws in evaluation, if a probe found one. */
  readonly drawsInEvaluation: string | undefined
  /** Layers that would draw if the model were tested now. */
  readonly leftInTraining: readonly string[]
}

/** A module that holds no others. */
interface Leaf {
  readonly name: string
  readonly module: AnyModule
}

/** The weights of a layer: a matrix, or more dimensions. */
function weightOf(module: AnyModule): Parameter | undefined {
  const { weight } = module as { readonly weight?: unknown }
  return weight instanceof Parameter && weight.ndim >= 2 ? weight : undefined
}

const isNorm = (module: AnyModule): boolean =>
  module instanceof nn.BatchNorm1d || module instanceof nn.BatchNorm2d || module instanceof nn.BatchNorm3d

/**
 * The modules of a model that hold no others, in the order of their declaration: in a Sequential that of execution, in
 * other models nearly always.
 */
export function leavesOf(model: AnyModule): Leaf[] {
  return [...model.namedModules()].flatMap(([name, module]) =>
    [...module.children()].length === 0 ? { name, module } : [],
  )
}

/** Where each layer stands that drops what it is given. Layers that are off (p = 0) are left out. */
export function placesOf(leaves: readonly Leaf[]): DropPlace[] {
  return leaves.flatMap(({ name, module }, i) => {
    if (!(module instanceof DropLayer) || module.p === 0) return []
    const before = leaves.slice(0, i).flatMap((leaf) => weightOf(leaf.module) ?? [])
    const behind = leaves.slice(i + 1).flatMap((leaf) => weightOf(leaf.module) ?? [])
    return {
      name,
      text: name === '' ? String(module) : `(${name}): ${module}`,
      p: module.p,
      plain: module instanceof Dropout,
      place: placeOf(before.length, behind.length),
      size: sizeBetween(before.at(-1), behind[0]),
      normBehind: leaves.slice(i + 1).find((leaf) => isNorm(leaf.module))?.name,
    }
  })
}

function placeOf(before: number, behind: number): Place {
  if (behind === 0) return 'output'
  if (before === 0) return 'input'
  return behind === 1 ? 'last' : 'hidden'
}

function sizeBetween(before: Tensor | undefined, behind: Tensor | undefined): number | undefined {
  const read = behind?.ndim === 2 ? behind.shape[1] : undefined
  const made = before?.ndim === 2 ? before.shape[0] : undefined
  return read ?? made
}

/** What can be told from the model alone. */
export function anatomyOf(model: Module): Pick<Patient, 'drops' | 'fullyConnected' | 'parameters' | 'outputs'> {
  const leaves = leavesOf(model)
  const weighted = leaves.filter(({ module }) => weightOf(module))
  const last = weighted.at(-1)?.module
  return {
    drops: placesOf(leaves),
    fullyConnected: weighted.length > 0 && weighted.every(({ module }) => module instanceof nn.Linear),
    parameters: [...model.parameters()].reduce((sum, { numel }) => sum + numel, 0),
    outputs: last instanceof nn.Linear ? last.outFeatures : undefined,
  }
}

/** Names of layers that draw noise although the model, or its user, says that it is being tested. */
export function leftInTrainingOf(model: AnyModule, testing: boolean): string[] {
  if (!testing && model.training) return []
  return [...model.namedModules()].flatMap(([name, module]) =>
    (module instanceof NoiseLayer || isNorm(module)) && module.training ? [name === '' ? String(module) : name] : [],
  )
}
