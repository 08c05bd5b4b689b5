import { fail } from '../backend/errors.ts'
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

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
