import { fail } from '../backend/errors.ts'

/**
 * Throws unless `options` is an object with known keys only: a misspelt option must not be ignored, and a boolean where
 * options belong (PyTorch's `nn.Dropout(0.5, True)`) must not be taken for nothing.
 *
 * @param rightForm What a caller who passed something else may have meant, as code.
 */
export function checkOptions(where: string, options: object, known: readonly string[], rightForm?: string): void {
  if (typeof options !== 'object' || options === null) {
    const form = rightForm ?? `{ ${known.join(', ')} }`
    fail('TN_RANGE', where, `options go into one object, got ${String(options)}; write ${form}`)
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    fail('TN_RANGE', where, `unknown option ${unknown}; known are ${known.join(', ')}`, { unknown, known })
  }
}

/** Throws unless an option is `true` or `false`. */
export function checkBoolean(where: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') fail('TN_RANGE', where, `${name} must be true or false, got ${String(value)}`)
}
