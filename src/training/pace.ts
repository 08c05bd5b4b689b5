/** When the event loop last had a turn, of which there is one in a process: short epochs of one loop after another share it. */
let lastTurn = Number.NEGATIVE_INFINITY

/**
 * Lets timers, signals and input be heard during work that is otherwise synchronous: after each piece of work, `rest()`
 * returns control to the event loop if no `rest()` did for `milliseconds`.
 */
export class Pace {
  constructor(
    /** How long work may go on without a rest. */
    readonly milliseconds = 50,
  ) {}

  /** Resolves at once, or after a turn of the event loop if one is due. */
  async rest(): Promise<void> {
    if (performance.now() - lastTurn < this.milliseconds) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    lastTurn = performance.now()
  }
}
