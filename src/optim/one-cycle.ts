import { fail } from '../backend/errors.ts'
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

export interface OneCycleOptions {
  /** Steps of the whole cycle. */
  readonly totalSteps: number
  /** Share of the cycle in which the rate rises. Default 0.3. */
  readonly pctStart?: number
  /** How the rate moves between its ends. Default `cos`. */
  readonly annealStrategy?: 'cos' | 'linear'
  /** Moves momentum against the rate. Default true. */
  readonly cycleMomentum?: boolean
  /** Lower bound of momentum. Default 0.85. */
  readonly baseMomentum?: number
  /** Upper bound of momentum. Default 0.95. */
  readonly maxMomentum?: number
  /** The first rate is `maxLr / divFactor`. Default 25. */
  readonly divFactor?: number
  /** The last rate is the first one divided by this. Default 1e4. */
  readonly finalDivFactor?: number
  /** Falls back to the first rate before it falls to the last. Default false. */
  readonly threePhase?: boolean
}

/** Up to `maxLr` and down far below the start, with momentum the other way (Smith & Topin, arXiv 1708.07120). */
export class OneCycleLR extends LRScheduler {
  readonly #options: Required<OneCycleOptions>
  readonly #phases: readonly { end: number; from: 'first' | 'max' | 'last'; to: 'first' | 'max' | 'last' }[]

  constructor(
    optimizer: Scheduled,
    private readonly maxLr: number,
    options: OneCycleOptions,
  ) {
    super(optimizer)
    const defaults = { pctStart: 0.3, annealStrategy: 'cos' as const, cycleMomentum: true, baseMomentum: 0.85 }
    const more = { maxMomentum: 0.95, divFactor: 25, finalDivFactor: 1e4, threePhase: false }
    this.#options = { ...defaults, ...more, ...options }
    const { totalSteps: N, pctStart, threePhase } = this.#options
    this.#phases = threePhase
      ? [
          { end: pctStart * N - 1, from: 'first', to: 'max' },
          { end: 2 * pctStart * N - 2, from: 'max', to: 'first' },
          { end: N - 1, from: 'first', to: 'last' },
        ]
      : [
          { end: pctStart * N - 1, from: 'first', to: 'max' },
          { end: N - 1, from: 'max', to: 'last' },
        ]
    for (const group of optimizer.paramGroups) group.initialLr = maxLr / this.#options.divFactor
    this.apply()
  }

  override step(): void {
    const { totalSteps } = this.#options
    if (this.time + 1 >= totalSteps) {
      fail(
        'TN_RANGE',
        'OneCycleLR',
        `Tried to step ${this.time + 1} times. The specified number of total steps is ${totalSteps}`,
      )
    }
    super.step()
  }

  protected override apply(): void {
    super.apply()
    const { cycleMomentum, baseMomentum, maxMomentum } = this.#options
    if (!cycleMomentum) return
    const momentum = this.#between(this.time, { first: maxMomentum, max: baseMomentum, last: maxMomentum })
    for (const group of this.optimizer.paramGroups) {
      if (group.betas) group.betas = [momentum, group.betas[1]]
      else group.momentum = momentum
    }
  }

  protected override rate(t: number): number {
    const first = this.maxLr / this.#options.divFactor
    return this.#between(t, { first, max: this.maxLr, last: first / this.#options.finalDivFactor })
  }

  #between(t: number, ends: Record<'first' | 'max' | 'last', number>): number {
    let start = 0
    for (const [i, { end, from, to }] of this.#phases.entries()) {
      if (t <= end || i === this.#phases.length - 1) {
        const share = (t - start) / (end - start)
        const [a, b] = [ends[from], ends[to]]
        if (this.#options.annealStrategy === 'linear') return (b - a) * share + a
        return b + ((a - b) / 2) * (1 + Math.cos(Math.PI * share))
      }
      start = end
    }
    throw new Error('internal: a cycle without phases')
  }
}
