// Which modules are dropout, and a model with those alone in training mode.
import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { NoiseLayer } from '../dropout/layer.ts'
import type { AnyModule } from '../module/index.ts'
import { withModes } from './modes.ts'

/** Says of each module whether it is switched on to draw a thinned network. */
export type IsDropout = (module: AnyModule) => boolean

/** True for layers of every way to drop. */
export const isDropout: IsDropout = (module) => module instanceof NoiseLayer

/**
 * Runs `body` without recording, dropout in training mode and all else in evaluation: batch normalisation goes on with
 * its running statistics, and does not move them.
 *
 * @throws ThinnetError TN_STATE if the model has nothing to switch on.
 */
export function withDropout<T>(where: string, model: AnyModule, isOn: IsDropout, body: () => T): T {
  const on = new Set([...model.modules()].filter(isOn))
  if (on.size === 0) {
    const custom = 'a module of your own that calls functional.dropout is named with { isDropout: (module) => ... }'
    fail('TN_STATE', where, `the model has no dropout layer, so that all samples would be the same; ${custom}`)
  }
  return withModes(
    model,
    (module) => on.has(module),
    () => noGrad(body),
  )
}
