// Learning rates along a cosine (Loshchilov & Hutter 2016, arXiv 1608.03983).
import { failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

/** The option of `CosineAnnealingLR`. */
export interface CosineOptions {
  /** The smallest rate. Default 0. */
  readonly etaMin?: number | undefined
}

/** From `lr` to `etaMin` and back along a cosine, in `tMax` steps each way. */
export class CosineAnnealingLR extends LRScheduler {
  readonly #etaMin: number

  constructor(
    optimizer: Scheduled,
    private readonly tMax: number,
    options: CosineOptions = {},
  ) {
    super(optimizer)
    checkOptions('CosineAnnealingLR', options, ['etaMin'])
    this.#etaMin = options.etaMin ?? 0
    this.apply()
  }

  protected rate(t: number, lr: number, initial: number): number {
    if (t === 0) return lr
    const T = this.tMax
    const min = this.#etaMin
    // Where the recursion's divisor is 0, at the bottom of the cosine.
    if ((t - 1 - T) % (2 * T) === 0) return lr + ((initial - min) * (1 - Math.cos(Math.PI / T))) / 2
    return ((1 + Math.cos((Math.PI * t) / T)) / (1 + Math.cos((Math.PI * (t - 1)) / T))) * (lr - min) + min
  }
}

/** Options of `CosineAnnealingWarmRestarts`. */
export interface WarmRestartOptions extends CosineOptions {
  /** How much longer each cycle is than the one before: a whole number from 1. Default 1. */
  readonly tMult?: number | undefined
}

/**
 * From the initial rate down to `etaMin` along a cosine in `t0` steps; then again, each cycle `tMult` times as long.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #etaMin: number
  readonly #tMult: number

  constructor(
    optimizer: Scheduled,
    private readonly t0: number,
    options: WarmRestartOptions = {},
  ) {
    super(optimizer)
    checkOptions('CosineAnnealingWarmRestarts', options, ['etaMin', 'tMult'])
    this.#etaMin = options.etaMin ?? 0
    this.#tMult = options.tMult ?? 1
    if (!Number.isInteger(t0) || t0 < 1) {
      failAsPyTorch('TN_RANGE', 'CosineAnnealingWarmRestarts', `Expected positive integer T_0, but got ${t0}`)
    }
    if (!Number.isInteger(this.#tMult) || this.#tMult < 1) {
      failAsPyTorch('TN_RANGE', 'CosineAnnealingWarmRestarts', `Expected integer T_mult >= 1, but got ${this.#tMult}`)
    }
    this.apply()
  }

  protected rate(t: number, _lr: number, initial: number): number {
    let [inCycle, cycle] = [t, this.t0]
    while (inCycle >= cycle) {
      inCycle -= cycle
      cycle *= this.#tMult
    }
    return this.#etaMin + ((initial - this.#etaMin) * (1 + Math.cos((Math.PI * inCycle) / cycle))) / 2
  }
}
