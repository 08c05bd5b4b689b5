import type { TableSay } from '../../report/table-words.ts'
import type { TableEpoch } from '../../training/index.ts'
import { StatusLine } from '../status-line.ts'
import type { Terminal } from '../terminal.ts'

/** Shows how the networks of a table come along: a line that moves in a terminal, a line for each network elsewhere. */
export class TableProgress {
  readonly #line: StatusLine
  readonly #say: TableSay
  #begun = ''
  #last: { readonly p: number; readonly epoch: TableEpoch } | undefined

  constructor(terminal: Terminal, say: TableSay) {
    this.#line = new StatusLine(terminal)
    this.#say = say
  }

  begin(p: number, number: number, of: number): void {
    this.end()
    this.#begun = this.#say('progress.begin', { p, number: number + 1, of })
  }

  epoch(p: number, epoch: TableEpoch): void {
    this.#last = { p, epoch }
    const { loss, validationLoss, best } = epoch
    this.#line.update(() => {
      const numbers = { loss: loss.toFixed(4), validation: validationLoss.toFixed(4), best: best.toFixed(4) }
      return `${this.#begun}  ${this.#say('progress.epoch', { epoch: epoch.epoch, ...numbers })}`
    })
  }

  end(): void {
    if (!this.#last) return
    const { p, epoch } = this.#last
    this.#line.finish(this.#say('progress.end', { p, epochs: epoch.epoch, best: epoch.best.toFixed(4) }))
    this.#last = undefined
  }
}
