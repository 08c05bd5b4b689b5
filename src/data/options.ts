import { fail } from '../backend/errors.ts'

/** Throws for an option of an unknown name: a misspelt one must not be ignored. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    fail('TN_RANGE', where, `expected an options object, { ${known.join(', ')} }, got ${options}`)
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown !== undefined) fail('TN_RANGE', where, `unknown option ${unknown}; known are ${known.join(', ')}`)
}
