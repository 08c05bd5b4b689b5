import { fail } from '../backend/errors.ts'
import type { AnyModule } from '../module/index.ts'
import { add } from '../ops/arithmetic.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** A layer that learns how much noise its weights bear, against a prior. */
export interface VariationalLayer extends AnyModule {
  /** The divergence from the prior, KL(q ‖ p), summed over the layer's weights or units; differentiable. Shape: `[]`. */
  kl(): Tensor
}

const isVariational = (module: AnyModule): module is VariationalLayer =>
  'kl' in module && typeof module.kl === 'function'

/**
 * The sum of `kl()` over all layers of a model that learn their noise (`VariationalDropout`, `VariationalWeightDropout`,
 * `SparseVariationalDropout`, `ConcreteDropout`), without which they would learn to draw none.
 *
 * What is minimised is the evidence lower bound, negated: the negative log likelihood of all N training examples plus
 * this. For a loss that is a mean over a mini-batch, divide by N.
 *
 * Shape: `[]`.
 *
 * @throws ThinnetError TN_STATE if no layer of the model has one.
 * @example
 * const loss = F.crossEntropy(model.call(x), y).add(klDivergence(model).div(60_000))
 */
export function klDivergence(model: AnyModule): Tensor {
  let total: Tensor | undefined
  for (const module of model.modules()) {
    if (isVariational(module)) total = total === undefined ? module.kl() : add(total, module.kl())
  }
  return total ?? fail('TN_STATE', 'klDivergence', 'no layer of the model learns how much noise it draws')
}
