// Running a model in other modes than its own, and leaving nothing behind.
import { noGrad } from '../autograd/mode.ts'
import { Dropout, type Subnets } from '../dropout/index.ts'
import { NoiseLayer } from '../dropout/layer.ts'
import type { AnyModule } from '../module/index.ts'
import { defaultGenerator, type Generator } from '../random/index.ts'

/**
 * Runs `body` with the training mode of each module as `mode` says; every module has its own back afterwards, also
 * after an error.
 */
export function withModes<T>(model: AnyModule, mode: (module: AnyModule) => boolean, body: () => T): T {
  const before = Array.from(model.modules(), (module) => [module, module.training] as const)
  try {
    for (const [module] of before) module.training = mode(module)
    return body()
  } finally {
    for (const [module, training] of before) module.training = training
  }
}

/**
 * Runs `body` with all of a model in evaluation and nothing recorded. Layers that `mcDropout` has set to draw in
 * evaluation do not: this is the whole network.
 */
export function inEvaluation<T>(model: AnyModule, body: () => T): T {
  const drawing = [...model.modules()].filter((module) => module instanceof NoiseLayer && module.mc) as NoiseLayer[]
  try {
    for (const layer of drawing) layer.mc = false
    return withModes(
      model,
      () => false,
      () => noGrad(body),
    )
  } finally {
    for (const layer of drawing) layer.mc = true
  }
}

/**
 * Lets random functions that are given no generator draw from `generator` while `body` runs, by lending its state to the
 * default one: what `manualSeed` set goes on afterwards as if nothing had been drawn.
 */
export function drawingFrom<T>(generator: Generator | undefined, body: () => T): T {
  if (!generator || generator === defaultGenerator) return body()
  const before = defaultGenerator.getState()
  defaultGenerator.setState(generator.getState())
  try {
    return body()
  } finally {
    generator.setState(defaultGenerator.getState())
    defaultGenerator.setState(before)
  }
}

/** Runs `body` with the masks of a model's `Dropout` layers shared as `subnets` says; afterwards as they were. */
export function withSubnets<T>(model: AnyModule, subnets: Subnets, body: () => T): T {
  const layers = [...model.modules()].filter((module) => module instanceof Dropout && !module.noiseShape) as Dropout[]
  const before = layers.map((layer) => ({ layer, subnets: layer.subnets, balance: layer.balance }))
  try {
    for (const layer of layers) Object.assign(layer, { subnets, balance: false })
    return body()
  } finally {
    for (const { layer, ...settings } of before) Object.assign(layer, settings)
  }
}
