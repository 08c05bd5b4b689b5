import { fail } from '../backend/errors.ts'
import { checkSubnets, Dropout, type SubnetOptions, type Subnets } from '../dropout/index.ts'
import { AnyModule, checkBoolean, checkOptions } from '../module/index.ts'

/** Options of `thin`. */
export interface ThinOptions extends SubnetOptions {
  /** How many thinned networks a mini-batch trains. */
  readonly subnets: Subnets
}

/**
 * Makes every `Dropout` layer of a model share its masks among groups of examples, so that a mini-batch trains `subnets`
 * thinned networks and what is dropped need not be computed. Returns the model. `'perExample'` undoes it.
 *
 * Other layers that drop keep their masks for each example. Between 2 and 8 groups learn about as well per epoch as
 * masks for each example, in a fraction of the time; one group learns worse. See docs/thinned-training.md.
 *
 * @throws ThinnetError TN_RANGE if `subnets` is out of range, or if there is no such layer in the model.
 * @example thin(model, { subnets: 4 })
 */
export function thin<M extends AnyModule>(model: M, options: ThinOptions): M {
  if (!(model instanceof AnyModule)) fail('TN_DTYPE', 'thin', `expected a module, got ${typeof model}`)
  checkOptions('thin', options, ['subnets', 'balance'], 'thin(model, { subnets: 4 })')
  const subnets = checkSubnets('thin', options.subnets)
  const { balance = false } = options
  checkBoolean('thin', 'balance', balance)
  const layers = [...model.modules()].filter((module) => module instanceof Dropout)
  if (layers.length === 0) fail('TN_RANGE', 'thin', 'the model has no Dropout layer that could be thinned')
  for (const layer of layers) {
    if (subnets !== 'perExample' && layer.noiseShape) {
      fail('TN_RANGE', 'thin', 'noiseShape and subnets both share masks: a layer of the model has a noiseShape')
    }
    layer.subnets = subnets
    layer.balance = subnets !== 'perExample' && balance
  }
  return model
}
