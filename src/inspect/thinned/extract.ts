// A thinned network as a smaller one: what was dropped leaves, and factors move into the weights beside it.
import { noGrad } from '../../autograd/mode.ts'
import { fail } from '../../backend/errors.ts'
import { rowNumbers } from '../../data/dataset.ts'
import { type Module, Sequential } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'
import { tensor } from '../../ops/creation.ts'
import { Generator } from '../../random/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { BatchNormPart, FeaturePart, LinearPart, MixingPart } from './parts.ts'
import { canLeaveOut, type Plan, type Segment, segmentsOf } from './segments.ts'
import { Select } from './select.ts'

/** A segment as the small network has it. */
interface Small {
  readonly modules: readonly Module[]
  /** What a Linear that makes the features multiplies them by. */
  readonly sourceFactor: number
  /** What a Linear that reads them multiplies them by. */
  readonly readerFactor: number
  /** The values that dropped features have where they are read, whatever the input. */
  readonly constants: readonly number[]
}

/** The small network of a plan. */
export function extract(plan: Plan): Sequential {
  return noGrad(() => {
    const model = new Sequential()
    let before: [Segment, Small] | undefined
    for (const segment of segmentsOf(plan)) {
      const small = shrink(segment, plan)
      const { source } = segment
      if (source?.kind === 'linear' && before) model.append(smallLinear(source, before, [segment, small]))
      if (source?.kind === 'mixing') model.append(copyOfMixing(source))
      for (const module of small.modules) model.append(module)
      before = [segment, small]
    }
    return model.eval()
  })
}

/** Walks a segment: copies what it computes, and finds where the factors of its dropout go. */
function shrink(segment: Segment, { layerOf }: Plan): Small {
  const { source, parts, reader, kept, dropped } = segment
  const leaves = canLeaveOut(segment)
  const modules: Module[] = []
  let constants = dropped.map(() => Number.NaN)
  let sourceFactor = 1
  let pending = 1
  /** True as long as a factor and a zero of the source come through unchanged. */
  let straight = source?.kind === 'linear'
  const stop = (why: string) => stopAt(segment, why)
  const toSource = () => {
    if (pending !== 1 && !straight) stop('its factor 1 / (1 - p) cannot move into the weights beside it')
    sourceFactor *= pending
    pending = 1
  }
  for (const part of parts) {
    if (part.kind === 'drop') {
      if (!leaves && !straight) stop('what it drops cannot be left out: no Linear reads it')
      const layer = layerOf(part)
      const isKept = new Set(layer.kept)
      constants = constants.map((value, i) => (isKept.has(dropped[i] as number) ? value * layer.scale : 0))
      pending *= layer.scale
    } else if (part.kind === 'batchNorm') {
      modules.push(smallBatchNorm(part, leaves ? kept : undefined, pending))
      constants = normalized(part, dropped, constants)
      pending = 1
      straight = false
    } else {
      if (part.module.scaleEquivariant !== true) {
        toSource()
        straight = false
      }
      modules.push(copyOfFeature(part))
      constants = valuesOf(part, constants)
    }
  }
  if (reader?.kind !== 'linear') toSource()
  if (leaves && kept && dropped.length > 0 && source?.kind !== 'linear') {
    // A flattening comes first, so that the features are one dimension.
    const flat = modules.filter((module) => module instanceof nn.Flatten)
    const rest = modules.filter((module) => !(module instanceof nn.Flatten))
    modules.splice(0, modules.length, ...flat, new Select(kept), ...rest)
  }
  return { modules, sourceFactor, readerFactor: pending, constants }
}

function stopAt({ parts }: Segment, why: string): never {
  const { name, module } = parts.findLast((part) => part.kind === 'drop') as { name: string; module: Module }
  return fail('TN_STATE', 'extract', `cannot make a smaller network without what ${name}, ${module}, drops: ${why}`, {
    name,
  })
}

/** Some elements of a vector, or rows of a matrix; all, if none are named. */
const pick = (x: Tensor, features: readonly number[] | undefined, dim = 0): Tensor =>
  features ? x.indexSelect(dim, rowNumbers(features)) : x

/** A Linear without the columns of features that were dropped before it, and the rows of those dropped behind it. */
function smallLinear(
  { module }: LinearPart,
  [columns, before]: readonly [Segment, Small],
  [rows, { sourceFactor }]: readonly [Segment, Small],
): nn.Linear {
  const { weight, bias } = module
  const { dtype } = weight
  const keptRows = canLeaveOut(rows) ? rows.kept : undefined
  // What can neither be left out nor be computed is 0.
  const factors = new Float64Array(module.outFeatures).fill(sourceFactor)
  if (!keptRows) for (const feature of rows.dropped) factors[feature] = 0
  const factor = pick(tensor(factors, { dtype }), keptRows)
  const small = pick(pick(weight, columns.kept, 1), keptRows)
    .mul(before.readerFactor)
    .mul(factor.unsqueeze(1))
  const [outFeatures = 0, inFeatures = 0] = small.shape
  const hasConstants = before.constants.some((value) => value !== 0)
  const made = new nn.Linear(inFeatures, outFeatures, { bias: bias !== undefined || hasConstants, dtype, ...unseen() })
  made.weight.copy_(small)
  if (!made.bias) return made
  const added = hasConstants
    ? pick(weight, columns.dropped, 1).matmul(tensor(before.constants as number[], { dtype }))
    : tensor(new Float64Array(module.outFeatures), { dtype })
  made.bias.copy_(pick(bias ? added.add(bias) : added, keptRows).mul(factor))
  return made
}

/** For initial values that are overwritten: they must not take numbers from a generator that somebody uses. */
const unseen = () => ({ generator: new Generator() })

const vector = (values: readonly number[], like: Tensor) => tensor(Float64Array.from(values), { dtype: like.dtype })

/** Batch normalisation of some features, each of which comes without a factor that it should have. */
function smallBatchNorm({ module }: BatchNormPart, kept: readonly number[] | undefined, factor: number) {
  const { eps, momentum, weight, bias, runningMean, runningVar, numBatchesTracked } = module
  const mean = pick(runningMean as Tensor, kept)
  const affine = weight !== undefined || factor !== 1
  const made = new nn.BatchNorm1d(mean.numel, { eps, momentum, affine, bias: bias !== undefined, dtype: mean.dtype })
  made.runningMean?.copy_(mean.div(factor))
  made.runningVar?.copy_(pick(runningVar as Tensor, kept))
  made.numBatchesTracked?.copy_(numBatchesTracked as Tensor)
  if (weight) made.weight?.copy_(pick(weight, kept))
  made.weight?.mul_(factor)
  if (bias) made.bias?.copy_(pick(bias, kept))
  return made
}

/** What batch normalisation makes of values of some features. */
function normalized({ module }: BatchNormPart, features: readonly number[], values: readonly number[]): number[] {
  if (features.length === 0) return []
  const { eps, weight, bias, runningMean, runningVar } = module
  const centered = vector(values, runningMean as Tensor).sub(pick(runningMean as Tensor, features))
  const scaled = centered.mul(
    pick(runningVar as Tensor, features)
      .add(eps)
      .rsqrt(),
  )
  const weighted = weight ? scaled.mul(pick(weight, features)) : scaled
  return Array.from((bias ? weighted.add(pick(bias, features)) : weighted).toArray())
}

/** What a layer that treats each feature by itself makes of values. */
function valuesOf({ module }: FeaturePart, values: readonly number[]): number[] {
  if (module instanceof nn.Flatten || values.length === 0) return [...values]
  return Array.from(module.forward(tensor(Float64Array.from(values))).toArray())
}

/** A layer of its own that computes the same: the modes of a small network are not the whole one's. */
function copyOfFeature({ module }: FeaturePart): Module {
  if (module instanceof nn.ReLU) return new nn.ReLU({ inplace: module.inplace })
  if (module instanceof nn.LeakyReLU) return new nn.LeakyReLU(module.negativeSlope)
  if (module instanceof nn.GELU) return new nn.GELU({ approximate: module.approximate })
  if (module instanceof nn.ELU) return new nn.ELU(module.alpha)
  return new (module.constructor as new () => Module)() // the others are made without arguments
}

function copyOfMixing({ module }: MixingPart): Module {
  if (!(module instanceof nn.LayerNorm)) {
    const { dim } = module as nn.Softmax | nn.LogSoftmax
    return new (module.constructor as new (dim: number) => Module)(dim)
  }
  const { normalizedShape, eps, weight, bias } = module
  const options = { eps, elementwiseAffine: weight !== undefined, bias: bias !== undefined, dtype: weight?.dtype }
  const made = new nn.LayerNorm(normalizedShape, options)
  made.loadStateDict(module.stateDict())
  return made
}
