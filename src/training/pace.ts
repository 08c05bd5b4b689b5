/**
 * Lets timers, signals and input be heard during work that is otherwise synchronous: after each piece of work, `rest()`
 * returns control to the event loop if it had none for `milliseconds`.
 */
export class Pace {
  #last = performance.now()

  constructor(
    /** How long work may go on without a rest. */
    readonly milliseconds = 50,
  ) {}

  /** Resolves at once, or after a turn of the event loop if one is due. */
  async rest(): Promise<void> {
    if (performance.now() - this.#last < this.milliseconds) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    this.#last = performance.now()
  }
}
