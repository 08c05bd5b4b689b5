import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fail } from '../../backend/errors.ts'

/** Text that goes to a file, which is there as a whole or not at all, or to standard output. */
export interface Output {
  /** Resolves when more may come. */
  write(text: string): Promise<void>
  /** All was written. */
  finish(): void
  /** Not all will be: leaves no file. */
  abandon(): void
}

/** @throws ThinnetError TN_DATA if the file cannot be written. */
export function openOutput(path: string | undefined): Output {
  return path === undefined ? standardOutput() : fileOutput(path)
}

function standardOutput(): Output {
  return {
    write: (text) =>
      new Promise((resolve) => {
        if (process.stdout.write(text)) resolve()
        else process.stdout.once('drain', resolve)
      }),
    finish: () => {},
    abandon: () => {},
  }
}

function fileOutput(path: string): Output {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  const attempt = <T>(body: () => T): T => {
    try {
      return body()
    } catch (error) {
      rmSync(temporary, { force: true })
      return fail('TN_DATA', 'predict', `cannot write ${path}: ${(error as Error).message}`, { file: path })
    }
  }
  const file = attempt(() => openSync(temporary, 'wx'))
  return {
    write: async (text) => {
      const bytes = Buffer.from(text)
      attempt(() => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
      })
    },
    finish: () =>
      attempt(() => {
        fsyncSync(file)
        closeSync(file)
        renameSync(temporary, path)
      }),
    abandon: () => {
      closeSync(file)
      rmSync(temporary, { force: true })
    },
  }
}
