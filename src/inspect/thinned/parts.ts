// A Sequential as parts: what computes with which features, and where some can be left out.
import { fail } from '../../backend/errors.ts'
import { Dropout, type ScaleAware } from '../../dropout/index.ts'
import { type AnyModule, type Module, Sequential, type Step, stepsOf } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'

/** A layer of neurons: reads all features, makes new ones. */
export interface LinearPart {
  readonly kind: 'linear'
  readonly name: string
  readonly module: nn.Linear
}

/** Drops features. */
export interface DropPart {
  readonly kind: 'drop'
  readonly name: string
  readonly module: Dropout
  /** How many features it draws for. */
  readonly size: number
}

/** Treats each feature by itself, whatever the others are. */
export interface FeaturePart {
  readonly kind: 'feature'
  readonly name: string
  readonly module: Module & ScaleAware
}

/** Treats each feature by itself, with numbers for each. */
export interface BatchNormPart {
  readonly kind: 'batchNorm'
  readonly name: string
  readonly module: nn.BatchNorm1d
}

/** Mixes features: needs them all. */
export interface MixingPart {
  readonly kind: 'mixing'
  readonly name: string
  readonly module: Module
}

export type Part = LinearPart | DropPart | FeaturePart | BatchNormPart | MixingPart

type Kind = 'feature' | 'batchNorm' | 'mixing'

/** The layers that are known, beside `Linear` and `Dropout`. A subclass may compute anything, and is not known. */
const kinds = new Map<unknown, Kind>([
  [nn.ReLU, 'feature'],
  [nn.LeakyReLU, 'feature'],
  [nn.Sigmoid, 'feature'],
  [nn.Tanh, 'feature'],
  [nn.GELU, 'feature'],
  [nn.SiLU, 'feature'],
  [nn.Softplus, 'feature'],
  [nn.ELU, 'feature'],
  [nn.SELU, 'feature'],
  [nn.Identity, 'feature'],
  [nn.Flatten, 'feature'],
  [nn.BatchNorm1d, 'batchNorm'],
  [nn.LayerNorm, 'mixing'],
  [nn.Softmax, 'mixing'],
  [nn.LogSoftmax, 'mixing'],
])

/** What an error tells a user who has another network. */
const known = 'only a Sequential of Linear, Dropout, activations, BatchNorm1d, LayerNorm, Softmax and Flatten can be'

/**
 * The parts of a model, in the order of execution.
 *
 * @throws ThinnetError TN_STATE for a model that is not a Sequential of known layers, or whose dropout does not say how
 * many features it has.
 */
export function takeApart(where: string, model: AnyModule): Part[] {
  if (!(model instanceof Sequential)) {
    fail('TN_STATE', where, `cannot take a ${model.constructor.name} apart: ${known}`)
  }
  const steps = [...stepsOf(model)]
  const parts = steps.map((step, i) => partOf(where, step, () => sizeAt(where, steps, i)))
  if (!parts.some(({ kind }) => kind === 'linear')) fail('TN_STATE', where, `the model has no Linear layer; ${known}`)
  return parts
}

function partOf(where: string, { name, module }: Step, size: () => number): Part {
  const is = (layer: unknown) => module.constructor === layer
  if (is(nn.Linear)) return { kind: 'linear', name, module: module as nn.Linear }
  if (is(Dropout)) {
    checkEachFeature(where, name, module as Dropout)
    return { kind: 'drop', name, module: module as Dropout, size: size() }
  }
  const kind = kinds.get(module.constructor)
  if (kind && treatsFeatures(module)) return { kind, name, module } as Part
  return fail('TN_STATE', where, `cannot take ${name}, ${module}, apart: ${known}`, { name })
}

/** True unless the layer is set up in a way that is about other things than the features of one example. */
function treatsFeatures(module: Module): boolean {
  if (module instanceof nn.Flatten) return module.startDim === 1 && module.endDim === -1
  return !(module instanceof nn.BatchNorm1d) || module.runningMean !== undefined
}

/** Features that share a draw are not neurons that can be left out one by one; examples may share it. */
function checkEachFeature(where: string, name: string, dropout: Dropout): void {
  const shared = dropout.noiseShape?.slice(1).some((size) => size !== null && size !== -1)
  if (shared) fail('TN_STATE', where, `${name}, ${dropout}, drops features together, not neuron by neuron`, { name })
}

/** How many features there are at a step: as many as the next Linear reads, or else as the last one makes. */
function sizeAt(where: string, steps: readonly Step[], at: number): number {
  const isLinear = ({ module }: Step) => module instanceof nn.Linear
  const made = (steps.slice(0, at).findLast(isLinear)?.module as nn.Linear | undefined)?.outFeatures
  const read = (steps.slice(at).find(isLinear)?.module as nn.Linear | undefined)?.inFeatures
  if (made !== undefined && read !== undefined && made !== read) {
    const { name, module } = steps[at] as Step
    const sizes = `between a Linear that makes ${made} features and one that reads ${read}`
    fail('TN_STATE', where, `${name}, ${module}, stands ${sizes}: what it drops is not neurons`, { name })
  }
  return read ?? made ?? fail('TN_STATE', where, `the model has no Linear layer; ${known}`)
}
