import { fail } from '../backend/errors.ts'

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

/** What it takes to go on with a schedule; the rates themselves are in the optimizer's state. */
export interface SchedulerState {
  /** Steps taken. */
  readonly time: number
  /** The states of schedules inside this one. */
  readonly schedules?: readonly SchedulerState[] | undefined
}

/**
 * Changes the learning rate of every group at each `step()`, usually once an epoch or once a mini-batch. A subclass
 * says how in `rate`, by PyTorch's recursions, so that the last bits agree. Making one sets the rate of step 0.
 *
 * @example
 * const schedule = new optim.CosineAnnealingLR(optimizer, epochs)
 * for (let epoch = 0; epoch < epochs; epoch++, schedule.step()) await trainEpoch(model, optimizer, loader)
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

  /** Sets the rates of the step that `time` says. To be called at the end of a subclass's constructor. */
  protected apply(): void {
    for (const group of this.optimizer.paramGroups) {
      group.lr = this.rate(this.time, group.lr, group.initialLr ?? group.lr)
    }
  }

  /** Goes on by one step. */
  step(): void {
    this.time++
    this.apply()
  }

  /** @internal Back to step 0, from the initial rate. */
  restart(): void {
    this.time = 0
    for (const group of this.optimizer.paramGroups) group.lr = group.initialLr ?? group.lr
    this.apply()
  }

  /** The rates of all groups. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  /** What it takes to go on later, beside the optimizer's state. */
  stateDict(): SchedulerState {
    return { time: this.time }
  }

  /**
   * Goes on where `stateDict` was taken. The rates come with the optimizer's state.
   *
   * @throws ThinnetError TN_STATE if it is no state of a schedule.
   */
  loadStateDict(state: SchedulerState): void {
    this.time = savedTime(state)
  }
}

/** The steps that a state of a schedule tells of. */
export function savedTime(state: SchedulerState): number {
  const time: unknown = state?.time
  if (Number.isSafeInteger(time) && (time as number) >= 0) return time as number
  return fail(
    'TN_STATE',
    'loadStateDict',
    `a state of a schedule has the steps taken, time, got ${JSON.stringify(time)}`,
  )
}
