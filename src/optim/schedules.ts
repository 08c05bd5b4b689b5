// Learning rates over time: PyTorch's recursions (torch/optim/lr_scheduler.py).
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

/** The option of `StepLR` and `MultiStepLR`. */
export interface GammaOption {
  /** The factor of each step down. Default 0.1. */
  readonly gamma?: number | undefined
}

function checkCount(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    fail('TN_RANGE', where, `${name} must be a whole number above 0, got ${value}`)
}

/** `lr · gamma` every `stepSize` steps. */
export class StepLR extends LRScheduler {
  readonly #gamma: number

  constructor(
    optimizer: Scheduled,
    private readonly stepSize: number,
    options: GammaOption = {},
  ) {
    super(optimizer)
    checkCount('StepLR', 'stepSize', stepSize)
    checkOptions('StepLR', options, ['gamma'])
    this.#gamma = options.gamma ?? 0.1
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    return t === 0 || t % this.stepSize !== 0 ? lr : lr * this.#gamma
  }
}

/** `lr · gamma` at each milestone; one that is listed twice counts twice. */
export class MultiStepLR extends LRScheduler {
  readonly #gamma: number

  constructor(
    optimizer: Scheduled,
    private readonly milestones: readonly number[],
    options: GammaOption = {},
  ) {
    super(optimizer)
    checkOptions('MultiStepLR', options, ['gamma'])
    this.#gamma = options.gamma ?? 0.1
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    const count = this.milestones.filter((milestone) => milestone === t).length
    return count === 0 ? lr : lr * this.#gamma ** count
  }
}

/** `lr · gamma` at every step. */
export class ExponentialLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly gamma: number,
  ) {
    super(optimizer)
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    return t === 0 ? lr : lr * this.gamma
  }
}

/** Options of `ConstantLR`. */
export interface ConstantOptions {
  /** From 0 to 1. Default 1/3. */
  readonly factor?: number | undefined
  /** Default 5. */
  readonly totalIters?: number | undefined
}

/** `lr · factor` for `totalIters` steps, then `lr`. */
export class ConstantLR extends LRScheduler {
  readonly #factor: number
  readonly #totalIters: number

  constructor(optimizer: Scheduled, options: ConstantOptions = {}) {
    super(optimizer)
    checkOptions('ConstantLR', options, ['factor', 'totalIters'])
    this.#factor = options.factor ?? 1 / 3
    this.#totalIters = options.totalIters ?? 5
    if (!(this.#factor >= 0 && this.#factor <= 1)) {
      failAsPyTorch('TN_RANGE', 'ConstantLR', 'Constant multiplicative factor expected to be between 0 and 1.')
    }
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    if (t === 0) return lr * this.#factor
    return t === this.#totalIters ? lr * (1 / this.#factor) : lr
  }
}

/** Options of `LinearLR`. */
export interface LinearOptions {
  /** Above 0, to 1. Default 1/3. */
  readonly startFactor?: number | undefined
  /** From 0 to 1. Default 1. */
  readonly endFactor?: number | undefined
  /** Default 5. */
  readonly totalIters?: number | undefined
}

/** From `lr · startFactor` to `lr · endFactor` in a line over `totalIters` steps. */
export class LinearLR extends LRScheduler {
  readonly #start: number
  readonly #end: number
  readonly #totalIters: number

  constructor(optimizer: Scheduled, options: LinearOptions = {}) {
    super(optimizer)
    checkOptions('LinearLR', options, ['startFactor', 'endFactor', 'totalIters'])
    this.#start = options.startFactor ?? 1 / 3
    this.#end = options.endFactor ?? 1
    this.#totalIters = options.totalIters ?? 5
    if (!(this.#start > 0 && this.#start <= 1)) {
      const rule = 'Starting multiplicative factor expected to be greater than 0 and less or equal to 1.'
      failAsPyTorch('TN_RANGE', 'LinearLR', rule)
    }
    if (!(this.#end >= 0 && this.#end <= 1)) {
      failAsPyTorch('TN_RANGE', 'LinearLR', 'Ending multiplicative factor expected to be between 0 and 1.')
    }
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    if (t === 0) return lr * this.#start
    if (t > this.#totalIters) return lr
    const rise = this.#end - this.#start
    return lr * (1 + rise / (this.#totalIters * this.#start + (t - 1) * rise))
  }
}

/** Options of `PolynomialLR`. */
export interface PolynomialOptions {
  /** Default 5. */
  readonly totalIters?: number | undefined
  /** Default 1: a line. */
  readonly power?: number | undefined
}

/** `lr · (1 - t / totalIters)^power`, then 0. */
export class PolynomialLR extends LRScheduler {
  readonly #totalIters: number
  readonly #power: number

  constructor(optimizer: Scheduled, options: PolynomialOptions = {}) {
    super(optimizer)
    checkOptions('PolynomialLR', options, ['totalIters', 'power'])
    this.#totalIters = options.totalIters ?? 5
    this.#power = options.power ?? 1
    this.apply()
  }

  protected rate(t: number, lr: number): number {
    if (t === 0 || t > this.#totalIters) return lr
    return lr * ((1 - t / this.#totalIters) / (1 - (t - 1) / this.#totalIters)) ** this.#power
  }
}

/** `initial · factor(t)` for any function of the step. */
export class LambdaLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly factor: (t: number) => number,
  ) {
    super(optimizer)
    this.apply()
  }

  protected rate(t: number, _lr: number, initial: number): number {
    return initial * this.factor(t)
  }
}
