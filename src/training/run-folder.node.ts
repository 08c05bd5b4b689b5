import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ThinnetError } from '../backend/errors.ts'
import { writeAtomically } from '../data/files.node.ts'

/** How far a run came; the `status` of its summary.json. */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed'

/**
 * The folder of one run. Whole files replace their older version in one step, so that none is ever half there;
 * `.jsonl` files grow by whole lines.
 */
export class RunFolder {
  /**
   * Makes the folder and those above it.
   *
   * @throws ThinnetError TN_DATA if it cannot be made, or holds a run already.
   */
  constructor(readonly path: string) {
    if (existsSync(join(path, 'config.json'))) fail('TN_DATA', 'RunFolder', `${path} already holds a run`, { path })
    attempt('create the folder', path, () => mkdirSync(path, { recursive: true }))
  }

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

  /** Appends one line of JSON. */
  appendLine(name: string, value: unknown): void {
    const path = this.file(name)
    attempt('write', path, () => appendFileSync(path, `${JSON.stringify(value)}\n`))
  }
}

function attempt(what: string, path: string, body: () => void): void {
  try {
    body()
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
