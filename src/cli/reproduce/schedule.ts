import type * as optim from '../../optim/index.ts'
import type { Recipe } from './experiment.ts'

/**
 * Learning rate and momentum by step, as dropout's first networks were trained (Hinton et al. 2012, arXiv 1207.0580,
 * appendix A.1): momentum m rises in a line from 0.5 over some epochs, and steps are taken with `(1 - m) · rate`, so that
 * more momentum does not mean longer steps. The rate falls to 0 in a line.
 */
export class Schedule {
  readonly #optimizer: optim.SGD
  readonly #recipe: Recipe
  readonly #stepsOfEpoch: number
  #time = 0

  constructor(optimizer: optim.SGD, recipe: Recipe, stepsOfEpoch: number) {
    this.#optimizer = optimizer
    this.#recipe = recipe
    this.#stepsOfEpoch = stepsOfEpoch
    this.#apply()
  }

  step(): void {
    this.#time++
    this.#apply()
  }

  #apply(): void {
    const { lr, momentum, momentumEpochs, epochs } = this.#recipe
    const epoch = this.#time / this.#stepsOfEpoch
    const risen = Math.min(1, momentumEpochs > 0 ? epoch / momentumEpochs : 1)
    const now = Math.min(momentum, 0.5) + (momentum - Math.min(momentum, 0.5)) * risen
    for (const group of this.#optimizer.paramGroups) {
      group.momentum = now
      group.lr = lr * (1 - now) * Math.max(0, 1 - epoch / epochs)
    }
  }

  stateDict(): { readonly time: number } {
    return { time: this.#time }
  }

  loadStateDict({ time }: { readonly time: number }): void {
    this.#time = time
    this.#apply()
  }
}
