// Gradients of a thinned layer's parameters, as factors: written out where somebody looks, used as they are by optimizers
// that can (`optim/sgd.ts`).
import type { Storage } from '../backend/storage.ts'
import type { Deferred } from '../tensor/deferred.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Factors, Panels } from './panels.ts'
import * as panels from './panels.ts'

/** Panels that two gradients are made of; they go back when neither is needed. */
export class SharedPanels {
  #users = 0

  constructor(readonly values: Panels) {}

  retain(): this {
    this.#users++
    return this
  }

  release(): void {
    if (--this.#users === 0) this.values.storage.release()
  }
}

/** The gradient of a thinned layer's parameter, and which of its elements some thinned network had. */
export abstract class ThinnedGradient implements Deferred {
  /** Other gradients that were added to this one; undefined among them: one that has every element. */
  readonly #others: (ThinnedGradient | undefined)[] = []

  abstract compute(): Storage
  /** Sets what this gradient alone touched. */
  protected abstract touch(touched: Tensor): void

  joined(other: Tensor): void {
    this.#others.push(other.deferred instanceof ThinnedGradient ? other.deferred : undefined)
  }

  /** Marks each element, in a uint8 tensor of the parameter's shape, that some thinned network had; false if all are. */
  markTouched(touched: Tensor): boolean {
    this.touch(touched)
    return this.#others.every((other) => other?.markTouched(touched) ?? false)
  }
}

/** `Σ over examples g[o] · x[i]` of a weight matrix, its factors: optimizers may use it without writing it out. */
export class WeightGradient extends ThinnedGradient {
  readonly #g: SharedPanels

  constructor(
    readonly factors: Factors,
    g: SharedPanels,
  ) {
    super()
    this.#g = g.retain()
  }

  compute(): Storage {
    return panels.gradientOf(this.factors)
  }

  release(): void {
    this.factors.x.release()
    this.#g.release()
  }

  protected touch(touched: Tensor): void {
    panels.touch(touched, this.factors)
  }
}

/** `Σ over examples g[o]` of a bias. */
export class BiasGradient extends ThinnedGradient {
  readonly #g: SharedPanels

  constructor(g: SharedPanels) {
    super()
    this.#g = g.retain()
  }

  compute(): Storage {
    return panels.sumOfExamples(this.#g.values).storage
  }

  release(): void {
    this.#g.release()
  }

  protected touch(touched: Tensor): void {
    const { selection } = this.#g.values
    const bytes = touched.hostView()
    if (!selection) bytes.fill(1)
    for (let group = 0; selection && group < selection.groups; group++) {
      for (const neuron of selection.kept(group)) bytes[neuron] = 1
    }
  }
}
