// The one place that every random number of a dropout method passes on its way to be used: a recorder may keep it, and
// a player put an earlier one in its place.
import { defineOp } from '../autograd/op.ts'
import { type AnyModule, runningModules } from '../module/index.ts'
import { binary } from '../ops/launch.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** One draw of noise, and how it looks in a record: a plain tensor, in the order of the input's dimensions. */
export interface NoiseDraw {
  /** The shape of the recorded tensor; it broadcasts to what the noise is applied to. */
  readonly shape: Shape
  /** Its type: `bool` (true is kept) for masks, else that of the noise. */
  readonly dtype: DType
  /** Takes the noise from a generator, in the form that is computed with. */
  draw(): Tensor
  /** The recorded form of a noise. Left out where both forms are the same. */
  show?(noise: Tensor): Tensor
  /** The inverse of `show`. */
  hide?(seen: Tensor): Tensor
}

/** What stands between a module's draws and their use. */
export interface NoiseTap {
  take(draw: NoiseDraw): Tensor
}

/** The taps of a module, the outermost first. Weak: a forgotten recorder goes with its model. */
const taps = new WeakMap<AnyModule, readonly NoiseTap[]>()
let tapped = 0

/** Puts a tap, given for each module, before those that are there; returns a function that takes it away. */
export function addTaps(byModule: ReadonlyMap<AnyModule, NoiseTap>): () => void {
  for (const [module, tap] of byModule) taps.set(module, [tap, ...(taps.get(module) ?? [])])
  tapped++
  let isThere = true
  return () => {
    if (!isThere) return
    isThere = false
    tapped--
    for (const [module, tap] of byModule) {
      const rest = (taps.get(module) ?? []).filter((other) => other !== tap)
      if (rest.length > 0) taps.set(module, rest)
      else taps.delete(module)
    }
  }
}

/** The taps of the innermost running module that has any. */
function currentTaps(): readonly NoiseTap[] {
  const modules = runningModules()
  for (let i = modules.length - 1; i >= 0; i--) {
    const found = taps.get(modules[i] as AnyModule)
    if (found) return found
  }
  return []
}

/** The noise of a draw: fresh, unless a player has another for the module that is running. */
export function takeNoise(draw: NoiseDraw): Tensor {
  if (tapped === 0) return draw.draw()
  return currentTaps().reduceRight<() => Tensor>(
    (inner, tap) => () => tap.take({ ...draw, draw: inner }),
    () => draw.draw(),
  )()
}

const noiseOp = defineOp({
  name: 'dropout',
  inputs: ['x', 'noise'],
  forward: ([x, noise]) => ({ out: binary('mul', x, noise), saved: { noise } }),
  gradients: {
    x: (gradient, { noise }): Tensor => noiseOp([gradient, noise], undefined),
    noise: 'not differentiable',
  },
})

/** `x · noise`, where the noise broadcasts to x. Saves the noise alone, so that x may be overwritten. */
export const applyNoise = (x: Tensor, noise: Tensor): Tensor => noiseOp([x, noise], undefined)
