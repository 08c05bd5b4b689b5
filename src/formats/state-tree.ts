// Trees of plain values with tensors in them, as JSON beside named tensors.
import { fail, ThinnetError } from '../backend/errors.ts'
import { Tensor } from '../tensor/tensor.ts'

/** A tree whose tensors stand apart. */
export interface SeparatedTree {
  readonly json: string
  readonly tensors: ReadonlyMap<string, Tensor>
}

/** What is nested deeper is no state, but a mistake or an attack. */
const mostLevels = 64

/** In JSON, objects of this one key stand for what it lacks; a user's keys that begin with `$` get another one. */
const tensorKey = '$tensor'
const numberKey = '$number'
/** The numbers that JSON lacks. */
const oddNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

/**
 * Takes a tree of numbers, strings, booleans, null, tensors, arrays, plain objects and maps from strings apart. A tensor's
 * name is the path to it, `optimizer.state.0.expAvg`. What is `undefined` in an object is left out.
 *
 * @throws ThinnetError TN_STATE for anything else.
 */
export function separate(where: string, tree: unknown): SeparatedTree {
  const tensors = new Map<string, Tensor>()
  const refuse = (path: readonly string[], what: string): never =>
    fail('TN_STATE', where, `${path.join('.')} is ${what}, which cannot be saved`)
  const plain = (value: unknown, path: readonly string[]): unknown => {
    if (path.length > mostLevels) refuse(path.slice(0, 4), `nested more than ${mostLevels} levels deep`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return plainNumber(value)
    if (value instanceof Tensor) {
      const name = path.join('.')
      if (tensors.has(name)) fail('TN_STATE', where, `two tensors have the name ${name}`)
      tensors.set(name, value)
      return { [tensorKey]: name }
    }
    if (Array.isArray(value)) return value.map((item, i) => plain(item, [...path, String(i)]))
    const entries = entriesOf(value) ?? refuse(path, kindOf(value))
    return Object.fromEntries(
      entries
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key.startsWith('$') ? `$${key}` : key, plain(item, [...path, key])]),
    )
  }
  return { json: JSON.stringify(plain(tree, [])), tensors }
}

function plainNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value
  return { [numberKey]: Object.is(value, -0) ? '-0' : String(value) }
}

/** The entries of a map from strings or a plain object; undefined of anything else. */
function entriesOf(value: unknown): (readonly [string, unknown])[] | undefined {
  if (value instanceof Map) return [...value].every(([key]) => typeof key === 'string') ? [...value] : undefined
  return isPlainObject(value) ? Object.entries(value) : undefined
}

/** True of what `{}` makes, and of no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : `a ${typeof value}`
  if (value instanceof Map) return 'a Map whose keys are not all strings'
  return `a ${value.constructor.name}`
}

/**
 * Puts a tree together again. Maps come back as objects.
 *
 * @param file The file's name, for messages.
 * @throws ThinnetError TN_DATA if the JSON is damaged, or names a tensor that is not there.
 */
export function unite(file: string, { json, tensors }: SeparatedTree): unknown {
  const damaged = (what: string): never => {
    throw new ThinnetError('TN_DATA', 'decodeCheckpoint', `${file}: ${what}`, { file })
  }
  const whole = (value: unknown, level: number): unknown => {
    if (level > mostLevels) damaged(`its state is nested more than ${mostLevels} levels deep`)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item) => whole(item, level + 1))
    const entries = Object.entries(value)
    const [[key, name] = []] = entries
    if (key === tensorKey) return tensors.get(String(name)) ?? damaged(`it lacks the tensor ${JSON.stringify(name)}`)
    if (key === numberKey) {
      const odd = Object.hasOwn(oddNumbers, String(name)) ? oddNumbers[String(name)] : undefined
      return odd ?? damaged(`its state has the number ${JSON.stringify(name)}`)
    }
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(entries.map(([key, item]) => [key.replace(/^\$\$/, '$'), whole(item, level + 1)]))
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    damaged(`its state is not JSON: ${(error as Error).message}`)
  }
  return whole(parsed, 0)
}
