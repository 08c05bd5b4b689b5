import { checkOptions } from '../module/index.ts'
import { type SchedulerState, savedTime } from './lr-scheduler.ts'

/** Options of `LinearMomentum`. */
export interface LinearMomentumOptions {
  /** The momentum at first. */
  readonly start: number
  /** The momentum from step `totalIters` on. */
  readonly end: number
  /** Steps from `start` to `end`. */
  readonly totalIters: number
}

/**
 * Momentum from `start` to `end` in a line over `totalIters` steps, as dropout's first networks were trained: 0.5 to
 * 0.99 (Hinton et al. 2012, arXiv 1207.0580, appendix A.1). For optimizers with a `momentum`.
 *
 * @example new optim.LinearMomentum(optimizer, { start: 0.5, end: 0.95, totalIters: 20 })
 */
export class LinearMomentum {
  readonly #groups: readonly { momentum: number }[]
  readonly #options: LinearMomentumOptions
  #time = 0

  constructor(optimizer: { readonly paramGroups: readonly { momentum: number }[] }, options: LinearMomentumOptions) {
    checkOptions('LinearMomentum', options, ['start', 'end', 'totalIters'])
    this.#groups = optimizer.paramGroups
    this.#options = options
    this.#apply()
  }

  #apply(): void {
    const { start, end, totalIters } = this.#options
    const momentum = this.#time < totalIters ? start + (end - start) * (this.#time / totalIters) : end
    for (const group of this.#groups) group.momentum = momentum
  }

  /** Goes on by one step. */
  step(): void {
    this.#time++
    this.#apply()
  }

  /** What it takes to go on later. */
  stateDict(): SchedulerState {
    return { time: this.#time }
  }

  /** Goes on where `stateDict` was taken. */
  loadStateDict(state: SchedulerState): void {
    this.#time = savedTime(state)
    this.#apply()
  }
}
