import picocolors from 'picocolors'
import stringWidth from 'string-width'

export type Colors = ReturnType<typeof picocolors.createColors>

/** What is written to: a standard stream, or a stand-in for tests. */
export interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A stream that swallows what is written: for `--quiet`. */
export const nowhere: OutputStream = { write: () => true }

type Environment = Readonly<Record<string, string | undefined>>

/** A stream as a place for people to read: how wide it is, whether it shows colours, whether lines can be drawn anew. */
export class Terminal {
  readonly colors: Colors
  /** Whether lines that were printed can be replaced: a terminal, and not a build server's log. */
  readonly live: boolean
  readonly #stream: OutputStream
  readonly #environment: Environment

  constructor(stream: OutputStream, environment: Environment = process.env) {
    const isTerminal = stream.isTTY === true && environment.TERM !== 'dumb'
    this.live = isTerminal && !environment.CI
    this.colors = picocolors.createColors(wantsColor(isTerminal, environment))
    this.#stream = stream
    this.#environment = environment
  }

  /** The width in columns; `COLUMNS` overrides what the terminal says. */
  get columns(): number {
    const given = Number(this.#environment.COLUMNS)
    return given > 0 ? Math.floor(given) : this.#stream.columns || 80
  }

  write(text: string): void {
    this.#stream.write(text)
  }

  print(line = ''): void {
    this.write(`${line}\n`)
  }

  /** Prints a paragraph, broken between words at the terminal's width (at most 100, which reads better). */
  paragraph(text: string): void {
    this.print(wrap(text, Math.min(this.columns, 100)))
  }
}

/** NO_COLOR and FORCE_COLOR (https://no-color.org, https://force-color.org) before what the terminal can do. */
function wantsColor(isTerminal: boolean, { NO_COLOR, FORCE_COLOR }: Environment): boolean {
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTerminal
}

/** A text with line breaks between words, so that no line is wider than `columns` unless one word is. */
export function wrap(text: string, columns: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && stringWidth(longer) > columns) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line].join('\n')
}

/** Spaces that fill `text` up to `columns`; a Korean character takes two. */
export const padding = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - stringWidth(text)))
