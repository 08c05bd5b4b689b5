import type { TableSay } from '../../report/table-words.ts'
import type { TableEpoch } from '../../training/index.ts'
import type { Terminal } from '../terminal.ts'

/** Shows how the networks of a table come along: a line that moves in a terminal, a line for each network elsewhere. */
export class TableProgress {
  readonly #terminal: Terminal
  readonly #say: TableSay
  #begun = ''
  #last: { readonly p: number; readonly epoch: TableEpoch } | undefined
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(terminal: Terminal, say: TableSay) {
    this.#terminal = terminal
    this.#say = say
  }

  begin(p: number, number: number, of: number): void {
    this.#finishLine()
    this.#begun = this.#say('progress.begin', { p, number: number + 1, of })
  }

  epoch(p: number, epoch: TableEpoch): void {
    this.#last = { p, epoch }
    if (!this.#terminal.live || performance.now() - this.#drawnAt < 100) return
    this.#drawnAt = performance.now()
    const { loss, validationLoss, best } = epoch
    const values = {
      epoch: epoch.epoch,
      loss: loss.toFixed(4),
      validation: validationLoss.toFixed(4),
      best: best.toFixed(4),
    }
    const line = `${this.#begun}  ${this.#say('progress.epoch', values)}`
    this.#terminal.write(`\r\x1b[2K${line.slice(0, this.#terminal.columns - 1)}`)
  }

  end(): void {
    this.#finishLine()
  }

  #finishLine(): void {
    if (!this.#last) return
    const { p, epoch } = this.#last
    const line = this.#say('progress.end', { p, epochs: epoch.epoch, best: epoch.best.toFixed(4) })
    this.#terminal.print(this.#terminal.live ? `\r\x1b[2K${line}` : line)
    this.#last = undefined
  }
}
