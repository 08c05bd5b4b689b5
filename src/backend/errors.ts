/** What kind of mistake an error is about. */
export type ErrorCode =
  /** Shapes do not fit each other or the operation. */
  | 'TN_SHAPE'
  /** A data type that the operation does not take. */
  | 'TN_DTYPE'
  /** A number, index or option outside what is allowed. */
  | 'TN_RANGE'
  /** The autograd graph: backward through nothing, twice, or after an in-place change. */
  | 'TN_GRAPH'
  /** No backend, or it ran out of memory. */
  | 'TN_BACKEND'
  /** A file or data set that is missing, damaged or not what it should be. */
  | 'TN_DATA'
  /** A state dictionary that does not fit its module or optimizer. */
  | 'TN_STATE'

/**
 * The error that everything in thinnet throws for a mistake of its caller. Where PyTorch has a well-known message for the
 * same fact, `message` equals it and `where` is only a field; otherwise `message` starts with `where`.
 */
export class ThinnetError extends Error {
  override readonly name: string = 'ThinnetError'

  constructor(
    readonly code: ErrorCode,
    /** The function or class at fault, as its user calls it. */
    readonly where: string,
    message: string,
    /** What the message is made of, for programs. */
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** An error in the common form `where: what must hold, got what`. */
export function fail(code: ErrorCode, where: string, what: string, details?: Readonly<Record<string, unknown>>): never {
  throw new ThinnetError(code, where, `${where}: ${what}`, details)
}

/** An error whose whole message is PyTorch's. */
export function failAsPyTorch(code: ErrorCode, where: string, message: string): never {
  throw new ThinnetError(code, where, message)
}

/** A value as messages show what was given: short, and as the caller would write it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return `a function`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) {
    const text = `[${value.map(show).join(', ')}]`
    return text.length <= 40 ? text : `an array of ${value.length}`
  }
  const { shape } = value as { shape?: unknown }
  if (Array.isArray(shape)) return `a tensor of shape ${show(shape)}`
  const name = Object.getPrototypeOf(value)?.constructor?.name
  return name === undefined || name === 'Object' ? `{ ${Object.keys(value).join(', ')} }` : `a ${name}`
}
