// Learning rates over time, by PyTorch's recursions (torch/optim/lr_scheduler.py), so that the last bits agree.
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

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
