// What callers from plain JavaScript get wrong where TypeScript would have told them: options, tensors, lists of tensors.
import { fail, show } from '../backend/errors.ts'
import { Tensor } from './tensor.ts'

/** The default of an options argument: nothing to check. */
export const noOptions: Readonly<Record<string, never>> = Object.freeze({})

/**
 * Throws unless `options` is an object with known keys only: a misspelt option must not be ignored, and a boolean where
 * options belong (PyTorch's `nn.Dropout(0.5, True)`) must not be taken for nothing.
 *
 * @param rightForm What a caller who passed something else may have meant, as code.
 */
export function checkOptions(where: string, options: object, known: readonly string[], rightForm?: string): void {
  if (options === noOptions) return
  if (!isPlain(options)) {
    const form = rightForm ?? `{ ${known.join(', ')} }`
    fail('TN_RANGE', where, `options go into one object, got ${show(options)}; write ${form}`)
  }
  for (const key in options) {
    if (!known.includes(key)) unknownOption(where, key, known)
  }
}

/** True for `{ … }`, of whatever realm; tensors, generators, arrays and the like are of a class. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function unknownOption(where: string, unknown: string, known: readonly string[]): never {
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
  const meant = known.find((name) => plain(name) === plain(unknown))
  const hint = meant ? `; did you mean ${meant}?` : ''
  return fail('TN_RANGE', where, `unknown option ${unknown}; known are ${known.join(', ')}${hint}`, { unknown, known })
}

/** Throws unless an option is `true` or `false`. */
export function checkBoolean(where: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') fail('TN_RANGE', where, `${name} must be true or false, got ${show(value)}`)
}

/** Throws unless `value` is a tensor. */
export function checkTensor(where: string, value: unknown): asserts value is Tensor {
  if (value instanceof Tensor) return
  const form = typeof value === 'number' || Array.isArray(value) ? `; write tensor(${show(value)})` : ''
  fail('TN_DTYPE', where, `expected a tensor, got ${show(value)}${form}`)
}

/** Throws unless `list` is an array of tensors, at least one. */
export function checkTensors(where: string, list: unknown): asserts list is readonly Tensor[] {
  if (!Array.isArray(list)) {
    fail('TN_DTYPE', where, `tensors go into one array, got ${show(list)}; write ${where}([a, b])`)
  }
  if (list.length === 0) fail('TN_SHAPE', where, 'expected a non-empty list of Tensors')
  for (const item of list) checkTensor(where, item)
}
