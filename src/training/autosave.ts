/** Options of `Autosave`. */
export interface AutosaveOptions {
  /** Within an epoch, saves this often, in seconds. Default 30. */
  readonly seconds?: number | undefined
  /** Saves only if it takes no more than this part of the time since the last time. Default 0.01. */
  readonly share?: number | undefined
}

/**
 * Saves now and then, so rarely that it costs next to nothing.
 *
 * @example
 * const autosave = new Autosave(() => saveCheckpoint(path, run))
 * for await (const metrics of fit(model, optimizer, { ...options, onStep: () => autosave.afterStep() })) autosave.afterEpoch()
 */
export class Autosave {
  readonly #save: () => void
  readonly #seconds: number
  readonly #share: number
  /** When it was saved last, or begun. */
  #last = performance.now()
  /** How long the last one took, in milliseconds. */
  #cost = 0

  constructor(save: () => void, { seconds = 30, share = 0.01 }: AutosaveOptions = {}) {
    this.#save = save
    this.#seconds = seconds
    this.#share = share
  }

  /** Saves if it is due. */
  afterStep(): void {
    if (performance.now() - this.#last >= 1000 * this.#seconds) this.afterEpoch()
  }

  /** Saves unless the last time was so short ago that it would cost too much. */
  afterEpoch(): void {
    if (this.#cost / (performance.now() - this.#last) <= this.#share) this.now()
  }

  /** Saves. */
  now(): void {
    const start = performance.now()
    this.#save()
    this.#last = performance.now()
    this.#cost = this.#last - start
  }
}
