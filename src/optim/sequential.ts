import { fail } from '../backend/errors.ts'
import { LRScheduler, type Scheduled, type SchedulerState } from './lr-scheduler.ts'

/**
 * One schedule after another: the next takes over at each milestone, with a clock of its own, from the initial rate.
 *
 * @throws ThinnetError TN_RANGE unless there is one milestone less than schedules, in ascending order.
 * @example
 * new optim.SequentialLR(optimizer, [new optim.LinearLR(optimizer), new optim.CosineAnnealingLR(optimizer, 50)], [5])
 */
export class SequentialLR extends LRScheduler {
  constructor(
    optimizer: Scheduled,
    private readonly schedules: readonly LRScheduler[],
    private readonly milestones: readonly number[],
  ) {
    super(optimizer)
    if (schedules.length !== milestones.length + 1) {
      const counts = `got ${milestones.length} milestones and ${schedules.length} schedules`
      fail('TN_RANGE', 'SequentialLR', `expected one milestone less than schedules, ${counts}`)
    }
    if (milestones.some((milestone, i) => i > 0 && milestone <= (milestones[i - 1] as number))) {
      fail('TN_RANGE', 'SequentialLR', `milestones must ascend, got [${milestones.join(', ')}]`)
    }
    schedules[0]?.restart()
  }

  protected rate(_t: number, lr: number): number {
    return lr
  }

  override step(): void {
    this.time++
    const passed = this.milestones.filter((milestone) => milestone <= this.time).length
    const current = this.schedules[passed] as LRScheduler
    if (passed > 0 && this.milestones[passed - 1] === this.time) current.restart()
    else current.step()
  }

  override restart(): void {
    this.time = 0
    this.schedules[0]?.restart()
  }

  override stateDict(): SchedulerState {
    return { time: this.time, schedules: this.schedules.map((schedule) => schedule.stateDict()) }
  }

  override loadStateDict(state: SchedulerState): void {
    if (state.schedules?.length !== this.schedules.length) {
      const counts = `got ${state.schedules?.length ?? 0}, expected ${this.schedules.length}`
      fail('TN_STATE', 'loadStateDict', `the state is of another number of schedules, ${counts}`)
    }
    super.loadStateDict(state)
    for (const [i, inner] of state.schedules.entries()) this.schedules[i]?.loadStateDict(inner)
  }
}
