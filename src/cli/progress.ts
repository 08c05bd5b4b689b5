import stringWidth from 'string-width'
import { count, percent } from '../report/numbers.ts'
import type { EpochMetrics, Score } from '../training/metrics.ts'
import { type Colors, padding, type Terminal } from './terminal.ts'
import type { CliSay } from './words.ts'

/** Told of what a training of several networks, one after another, is doing. */
export interface Progress {
  /** A network begins, or is gone on with. */
  begin(index: number, at?: Beginning): void
  /** A network was trained to its end before. */
  skip(index: number, epochs: readonly EpochMetrics[]): void
  /** A mini-batch was learnt from; `done` of the network's whole training lies behind, from 0 to 1. */
  step(epoch: number, score: Score, done: number): void
  /** An epoch ended, evaluations included. */
  epoch(metrics: EpochMetrics): void
  /** No more will come. */
  end(): void
}

/** Where a network is gone on with. */
export interface Beginning {
  /** How much of its whole training lies behind, from 0 to 1. */
  readonly done: number
  /** Examples of the epoch that were learnt from. */
  readonly examples: number
}

const atTheStart: Beginning = { done: 0, examples: 0 }

export interface ProgressOptions {
  readonly names: readonly string[]
  readonly epochs: number
  readonly say: CliSay
}

/** Bars that move where the terminal can redraw lines; one line an epoch where it cannot. */
export function createProgress(terminal: Terminal, options: ProgressOptions): Progress {
  return terminal.live ? new LiveProgress(terminal, options) : new PlainProgress(terminal, options)
}

/** For a file or a build server's log. */
class PlainProgress implements Progress {
  readonly #terminal: Terminal
  readonly #options: ProgressOptions
  #name = ''

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  begin(index: number): void {
    this.#name = this.#options.names[index] ?? ''
  }

  skip(): void {}

  step(): void {}

  epoch(metrics: EpochMetrics): void {
    const { epochs, say } = this.#options
    this.#terminal.print(
      say('progress.epochLine', {
        arm: this.#name,
        epoch: metrics.epoch,
        epochs,
        loss: metrics.loss.toFixed(4),
        trainingError: percent(metrics.trainingError),
        testError: percent(metrics.testError),
        speed: count(metrics.examplesPerSecond),
        seconds: metrics.seconds.toFixed(1),
      }),
    )
  }

  end(): void {}
}

/** What the bar of one network shows. */
export interface Row {
  readonly name: string
  /** From 0 to 1; undefined before it begins. */
  readonly done: number | undefined
  /** Most important first: what does not fit is left out from the end. */
  readonly facts: readonly string[]
}

const redrawMilliseconds = 100
const narrowestBar = 8
const widestBar = 30

/** A block of lines that is drawn over itself, one for each network. */
class LiveProgress implements Progress {
  readonly #terminal: Terminal
  readonly #options: ProgressOptions
  readonly #rows: Row[]
  #current = 0
  #beginning = atTheStart
  #startedAt = 0
  #epochStartedAt = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #drawnLines = 0

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal
    this.#options = options
    this.#rows = options.names.map((name) => ({ name, done: undefined, facts: [options.say('progress.waiting')] }))
  }

  begin(index: number, at = atTheStart): void {
    this.#current = index
    this.#beginning = at
    this.#startedAt = performance.now()
    this.#epochStartedAt = this.#startedAt
    this.#set(at.done, [this.#options.say('progress.starting')])
    this.#draw()
  }

  skip(index: number, epochs: readonly EpochMetrics[]): void {
    const [last] = epochs.slice(-1)
    this.#current = index
    if (last) this.#set(1, this.#scores(last))
  }

  step(epoch: number, score: Score, done: number): void {
    if (performance.now() - this.#drawnAt < redrawMilliseconds) return
    const { say, epochs } = this.#options
    const now = performance.now()
    const left = ((now - this.#startedAt) * (1 - done)) / (done - this.#beginning.done)
    const speed = (score.examples - this.#beginning.examples) / (now - this.#epochStartedAt)
    this.#set(done, [
      `${epoch}/${epochs}`,
      say('progress.left', { time: clock(left / 1000) }),
      say('progress.loss', { loss: score.loss.toFixed(4) }),
      say('progress.error', { error: percent(score.error) }),
      say('progress.speed', { speed: count(1000 * speed) }),
    ])
    this.#draw()
  }

  epoch(metrics: EpochMetrics): void {
    const now = performance.now()
    this.#epochStartedAt = now
    this.#beginning = { ...this.#beginning, examples: 0 }
    const time = clock((now - this.#startedAt) / 1000)
    this.#set(metrics.epoch / this.#options.epochs, [...this.#scores(metrics), time])
    this.#draw()
  }

  end(): void {
    this.#draw()
  }

  #scores({ epoch, testError, trainingError }: EpochMetrics): string[] {
    const { say, epochs } = this.#options
    return [
      `${epoch}/${epochs}`,
      say('progress.test', { error: percent(testError) }),
      say('progress.training', { error: percent(trainingError) }),
    ]
  }

  #set(done: number, facts: readonly string[]): void {
    this.#rows[this.#current] = { name: this.#options.names[this.#current] ?? '', done, facts }
  }

  #draw(): void {
    this.#drawnAt = performance.now()
    const lines = progressLines(this.#rows, this.#terminal.columns, this.#terminal.colors)
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}F` : '' // to the start of the first line, wherever an echoed ^C left us
    this.#terminal.write(up + lines.map((line) => `\x1b[2K${line}\n`).join(''))
    this.#drawnLines = lines.length
  }
}

/**
 * The bars as lines that are narrower than `columns`, so that none wraps. The bars are of ASCII characters: the width of
 * others depends on the terminal's language.
 */
export function progressLines(rows: readonly Row[], columns: number, colors: Colors): string[] {
  const nameWidth = Math.max(...rows.map(({ name }) => stringWidth(name)))
  const room = columns - 1 - nameWidth - '  []  '.length
  const texts = rows.map(({ facts }) => fitting(facts, room - narrowestBar))
  const barWidth = Math.max(0, Math.min(widestBar, room - Math.max(...texts.map((text) => stringWidth(text)))))
  return rows.map(({ name, done }, i) => {
    const filled = Math.round((done ?? 0) * barWidth)
    const bar = colors.cyan('#'.repeat(filled)) + colors.dim('-'.repeat(barWidth - filled))
    const text = texts[i] ?? ''
    return `${name}${padding(name, nameWidth)}  [${bar}]  ${done === undefined ? colors.dim(text) : text}`
  })
}

/** As many of the facts as fit. */
function fitting(facts: readonly string[], columns: number): string {
  let text = ''
  for (const fact of facts) {
    const longer = text === '' ? fact : `${text}  ${fact}`
    if (text !== '' && stringWidth(longer) > columns) return text
    text = longer
  }
  return text
}

/** Seconds as `m:ss` or `h:mm:ss`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const pad = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`
}
