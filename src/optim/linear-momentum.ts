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
