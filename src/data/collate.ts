import { fail } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { stack } from '../ops/join.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { Collated } from './dataset.ts'

/**
 * Makes a batch of examples: whole numbers become an int32 tensor, other numbers float32, booleans bool, tensors are
 * stacked along a new first dimension; arrays and plain objects are collated entry by entry. Anything else is listed.
 *
 * @example collate([[x0, 3], [x1, 7]]) // [stack([x0, x1], 0), tensor([3, 7], { dtype: 'int32' })]
 */
export function collate<T>(examples: readonly T[]): Collated<T> {
  return collateValues(examples) as Collated<T>
}

function collateValues(examples: readonly unknown[]): unknown {
  const [first] = examples
  if (first instanceof Tensor)
    return stack(
      checked(examples, (x) => x instanceof Tensor, 'a tensor'),
      0,
    )
  if (typeof first === 'number') {
    const numbers = checked(examples, (x) => typeof x === 'number', 'a number')
    return tensor(numbers, { dtype: numbers.every(Number.isInteger) ? 'int32' : 'float32' })
  }
  if (typeof first === 'boolean') return tensor(checked(examples, (x) => typeof x === 'boolean', 'a boolean'))
  if (Array.isArray(first)) {
    const rows = checked(
      examples,
      (x): x is unknown[] => Array.isArray(x) && x.length === first.length,
      `an array of ${first.length}`,
    )
    return first.map((_, column) => collateValues(rows.map((row) => row[column])))
  }
  if (isPlainObject(first)) {
    const records = checked(examples, isPlainObject, 'an object')
    return Object.fromEntries(
      Object.keys(first).map((key) => [key, collateValues(records.map((record) => record[key]))]),
    )
  }
  return [...examples]
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** The examples of a batch, which must all be of the first one's kind. */
function checked<T>(examples: readonly unknown[], isOne: (value: unknown) => value is T, kind: string): readonly T[] {
  const odd = examples.findIndex((value) => !isOne(value))
  if (odd >= 0) fail('TN_DATA', 'collate', `the first example of the batch has ${kind} where example ${odd} has none`)
  return examples as readonly T[]
}
