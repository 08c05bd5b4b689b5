// Learning rates over time, by PyTorch's recursions (torch/optim/lr_scheduler.py), so that the last bits agree.

/** A group of parameters as a schedule sees it. */
export interface ScheduledGroup {
  lr: number
  initialLr?: number | undefined
  momentum?: number
  betas?: readonly [number, number]
}

/** An optimizer as a schedule sees it. */
export interface Scheduled {
  readonly paramGroups: readonly ScheduledGroup[]
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
