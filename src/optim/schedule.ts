// Learning rates over time, by PyTorch's recursions (torch/optim/lr_scheduler.py), so that the last bits agree.
import { fail } from '../backend/errors.ts'
import type { GroupOptions, Optimizer } from './optimizer.ts'

type Group = GroupOptions & { momentum?: number; betas?: readonly [number, number] }

/** An optimizer as a schedule sees it. */
export interface Scheduled {
  readonly paramGroups: Optimizer<GroupOptions>['paramGroups']
}

/**
 * Changes the learning rate of every group at each `step()`, usually once an epoch or once a mini-batch. A subclass says
 * how in `rate`. Making one sets the rate of step 0.
 */
export abstract class LRScheduler {
  /** Steps taken. */
  protected time = 0

  constructor(protected readonly optimizer: Scheduled) {
    for (const group of optimizer.paramGroups) group.initialLr ??= group.lr
  }

  /**
   * The rate of step `t`.
   *
   * @param lr The rate now.
   * @param initial The rate before any schedule.
   */
  protected abstract rate(t: number, lr: number, initial: number): number

  protected apply(): void {
    for (const group of this.optimizer.paramGroups) group.lr = this.rate(this.time, group.lr, group.initialLr as number)
  }

  /** Goes on by one step. */
  step(): void {
    this.time++
    this.apply()
  }

  /** @internal Back to step 0, from the initial rate. */
  restart(): void {
    this.time = 0
    for (const group of this.optimizer.paramGroups) group.lr = group.initialLr as number
    this.apply()
  }

  /** The rates of all groups. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  /** What it takes to go on later; the rates themselves are in the optimizer's state. */
  stateDict(): { readonly time: number } {
    return { time: this.time }
  }

  loadStateDict({ time }: { readonly time: number }): void {
    this.time = time
  }
}

/** `lr · gamma` every `stepSize` steps. `gamma` is 0.1 by default. */
export class StepLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly stepSize: number,
    private readonly options: { readonly gamma?: number } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number): number {
    return t === 0 || t % this.stepSize !== 0 ? lr : lr * (this.options.gamma ?? 0.1)
  }
}

/** `lr · gamma` at each milestone; one that is listed twice counts twice. `gamma` is 0.1 by default. */
export class MultiStepLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly milestones: readonly number[],
    private readonly options: { readonly gamma?: number } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number): number {
    const count = this.milestones.filter((milestone) => milestone === t).length
    return count === 0 ? lr : lr * (this.options.gamma ?? 0.1) ** count
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

  protected override rate(t: number, lr: number): number {
    return t === 0 ? lr : lr * this.gamma
  }
}

/** `lr · factor` for `totalIters` steps, then `lr`. By default a third, for 5 steps. */
export class ConstantLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly options: { readonly factor?: number; readonly totalIters?: number } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number): number {
    const { factor = 1 / 3, totalIters = 5 } = this.options
    if (t === 0) return lr * factor
    return t === totalIters ? lr * (1 / factor) : lr
  }
}

/** From `lr · startFactor` to `lr · endFactor` in a line over `totalIters` steps. By default a third to 1, in 5 steps. */
export class LinearLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly options: {
      readonly startFactor?: number
      readonly endFactor?: number
      readonly totalIters?: number
    } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number): number {
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = this.options
    if (t === 0) return lr * startFactor
    if (t > totalIters) return lr
    return lr * (1 + (endFactor - startFactor) / (totalIters * startFactor + (t - 1) * (endFactor - startFactor)))
  }
}

/** `lr · (1 - t / totalIters)^power`, then 0. By default in a line, over 5 steps. */
export class PolynomialLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly options: { readonly totalIters?: number; readonly power?: number } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number): number {
    const { totalIters = 5, power = 1 } = this.options
    if (t === 0 || t > totalIters) return lr
    return lr * ((1 - t / totalIters) / (1 - (t - 1) / totalIters)) ** power
  }
}

/** From `lr` to `etaMin` and back along a cosine, in `tMax` steps each way (arXiv 1608.03983). */
export class CosineAnnealingLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly tMax: number,
    private readonly options: { readonly etaMin?: number } = {},
  ) {
    super(optimizer)
    this.apply()
  }

  protected override rate(t: number, lr: number, initial: number): number {
    const { etaMin = 0 } = this.options
    const T = this.tMax
    if (t === 0) return lr
    if ((t - 1 - T) % (2 * T) === 0) return lr + ((initial - etaMin) * (1 - Math.cos(Math.PI / T))) / 2
    return ((1 + Math.cos((Math.PI * t) / T)) / (1 + Math.cos((Math.PI * (t - 1)) / T))) * (lr - etaMin) + etaMin
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

  protected override rate(t: number, _lr: number, initial: number): number {
    return initial * this.factor(t)
  }
}

/** One schedule after another: the next takes over at each milestone, with a clock of its own, from the initial rate. */
export class SequentialLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly schedules: readonly LRScheduler[],
    private readonly milestones: readonly number[],
  ) {
    super(optimizer)
    if (schedules.length !== milestones.length + 1) {
      fail(
        'TN_RANGE',
        'SequentialLR',
        `expected one milestone less than schedules, got ${milestones.length} and ${schedules.length}`,
      )
    }
    schedules[0]?.restart()
  }

  protected override rate(_t: number, lr: number): number {
    return lr
  }

  override step(): void {
    this.time++
    const passed = this.milestones.filter((milestone) => milestone <= this.time).length
    const current = this.schedules[passed] as LRScheduler
    if (passed > 0 && this.milestones[passed - 1] === this.time) current.restart()
    else current.step()
  }
}

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
    for (const group of this.optimizer.paramGroups as Group[]) {
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

/**
 * Momentum from `start` to `end` in a line over `totalIters` steps, as the paper raises it with dropout (Srivastava et
 * al. 2014, appendix A.2: 0.5 to 0.99). For optimizers with a `momentum`.
 */
export class LinearMomentum {
  #time = 0

  constructor(
    private readonly optimizer: { readonly paramGroups: readonly { momentum: number }[] },
    private readonly options: { readonly start: number; readonly end: number; readonly totalIters: number },
  ) {
    this.#apply()
  }

  #apply(): void {
    const { start, end, totalIters } = this.options
    const momentum = start + (end - start) * Math.min(this.#time / totalIters, 1)
    for (const group of this.optimizer.paramGroups) group.momentum = momentum
  }

  /** Goes on by one step. */
  step(): void {
    this.#time++
    this.#apply()
  }
}
