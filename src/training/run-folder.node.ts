import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ThinnetError } from '../backend/errors.ts'
import { isTemporary, writeAtomically } from '../data/io.node.ts'

/** How far a run came; the `status` of its summary.json. */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed'

/**
 * The folder of one run. Whole files replace their older version in one step, so that none is ever half there;
 * `.jsonl` files grow by whole lines, of which a killed process may leave the last one half.
 */
export class RunFolder {
  /**
   * Makes the folder and those above it.
   *
   * @throws ThinnetError TN_DATA if it cannot be made, or holds a run already.
   */
  static create(path: string): RunFolder {
    if (existsSync(join(path, 'config.json'))) fail('TN_DATA', 'RunFolder', `${path} already holds a run`, { path })
    attempt('create the folder', path, () => mkdirSync(path, { recursive: true }))
    return new RunFolder(path)
  }

  /**
   * Opens the folder of a run, to go on with it; clears away what a killed process was writing.
   *
   * @throws ThinnetError TN_DATA if it holds no run.
   */
  static open(path: string): RunFolder {
    if (!existsSync(join(path, 'config.json'))) {
      fail('TN_DATA', 'RunFolder', `${path} holds no run: it has no config.json`, { path })
    }
    for (const name of readdirSync(path)) if (isTemporary(name)) rmSync(join(path, name), { force: true })
    return new RunFolder(path)
  }

  private constructor(readonly path: string) {}

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name)
  }

  writeText(name: string, text: string): void {
    writeAtomically(this.file(name), 'RunFolder', [new TextEncoder().encode(text)])
  }

  writeJson(name: string, value: unknown): void {
    this.writeText(name, `${JSON.stringify(value, undefined, 2)}\n`)
  }

  /** What a JSON file holds. */
  readJson(name: string): unknown {
    const path = this.file(name)
    return attempt('read', path, () => JSON.parse(readFileSync(path, 'utf8')))
  }

  /** Deletes a file, if it is there. */
  remove(name: string): void {
    const path = this.file(name)
    attempt('delete', path, () => rmSync(path, { force: true }))
  }

  /** Appends one line of JSON. */
  appendLine(name: string, value: unknown): void {
    const path = this.file(name)
    attempt('write', path, () => appendFileSync(path, lineOf(value)))
  }

  /** Replaces a file by lines of JSON; without any, there is none. */
  writeLines(name: string, values: readonly unknown[]): void {
    if (values.length === 0) this.remove(name)
    else this.writeText(name, values.map(lineOf).join(''))
  }
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`

function attempt<T>(what: string, path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ThinnetError(
      'TN_DATA',
      'RunFolder',
      `RunFolder: cannot ${what} ${path}: ${reason}`,
      { path },
      { cause: error },
    )
  }
}
