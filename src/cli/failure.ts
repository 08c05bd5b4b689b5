import { CommanderError } from '@commander-js/extra-typings'
import { ThinnetError } from '../backend/errors.ts'

/** What the process ends with. */
export const exitCode = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const

/** Thrown where the user stopped the command; what had to be kept is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * Tells the user what went wrong in one line, and returns the code to exit with. Only an error that nobody foresaw, or
 * `THINNET_DEBUG=1`, shows where in the code it happened.
 */
export function reportFailure(error: unknown, print: (line: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage // commander has printed it
  if (error instanceof Interrupted) return exitCode.interrupted
  if (process.env.THINNET_DEBUG === '1' && error instanceof Error) print(error.stack ?? error.message)
  else print(`thinnet: ${describe(error)}`)
  if (!(error instanceof ThinnetError) && process.env.THINNET_DEBUG !== '1') print('THINNET_DEBUG=1 shows where.')
  return exitCode.failure
}

/** The first line of an error's message, without the name of the function at fault: that is for programmers. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [line = ''] = error.message.split('\n')
  const prefix = error instanceof ThinnetError ? `${error.where}: ` : ''
  return line.startsWith(prefix) ? line.slice(prefix.length) : line
}
