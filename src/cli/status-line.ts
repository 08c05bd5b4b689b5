import stringWidth from 'string-width'
import type { Terminal } from './terminal.ts'

const redrawMilliseconds = 100

/** One line that says what is going on, and is drawn over where the terminal can; elsewhere only its last word stays. */
export class StatusLine {
  readonly #terminal: Terminal
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** What is going on now; only made where it is shown. */
  update(text: () => string): void {
    if (!this.#terminal.live || performance.now() - this.#drawnAt < redrawMilliseconds) return
    this.#drawnAt = performance.now()
    this.#terminal.write(`\r\x1b[2K${fitting(text(), this.#terminal.columns - 1)}`)
  }

  /** What it came to: a line that stays. */
  finish(text: string): void {
    this.clear()
    this.#terminal.print(text)
  }

  /** Leaves nothing. */
  clear(): void {
    if (this.#terminal.live) this.#terminal.write('\r\x1b[2K')
  }
}

/** As much of a text as fits; a Korean character takes two columns. */
function fitting(text: string, columns: number): string {
  let fits = text
  while (stringWidth(fits) > columns) fits = fits.slice(0, -1)
  return fits
}
