import { fail } from '../backend/errors.ts'
import { AnyModule } from './any-module.ts'
import { Buffer, Parameter } from './parameter.ts'

/** The container to use instead of each kind of place that the walk does not look into. */
const places = [
  { is: Array.isArray, name: 'an array', instead: ['ModuleList', 'ParameterList'] },
  { is: (x: unknown) => x instanceof Set, name: 'a Set', instead: ['ModuleList', 'ParameterList'] },
  { is: (x: unknown) => x instanceof Map, name: 'a Map', instead: ['ModuleDict', 'ParameterDict'] },
  { is: isPlainObject, name: 'a plain object', instead: ['ModuleDict', 'ParameterDict'] },
] as const

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const placeOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? places.find(({ is }) => is(value)) : undefined

function contentsOf(place: unknown): Iterable<unknown> {
  if (place instanceof Map || place instanceof Set || Array.isArray(place)) return place.values()
  return Object.values(place as object)
}

/** What the walk over fields would have to find inside `value`, at any depth. */
function findMember(value: unknown, seen: Set<unknown>): AnyModule | Parameter | Buffer | undefined {
  if (value instanceof AnyModule || value instanceof Parameter || value instanceof Buffer) return value
  if (!placeOf(value) || seen.has(value)) return undefined
  seen.add(value)
  for (const item of contentsOf(value)) {
    const found = findMember(item, seen)
    if (found) return found
  }
  return undefined
}

/**
 * Throws if a field holds a parameter, buffer or module in a place that the walk does not look into, where it would be
 * neither learnt nor saved.
 */
export function checkNothingHidden(moduleName: string, field: string, value: unknown): void {
  const place = placeOf(value)
  if (!place) return
  const found = findMember(value, new Set())
  if (!found) return
  const [ofModules, ofParameters] = place.instead
  const instead = found instanceof Parameter ? ofParameters : found instanceof Buffer ? 'fields' : ofModules
  fail(
    'TN_STATE',
    moduleName,
    `field ${field} keeps a ${found.constructor.name} in ${place.name}, where it would be neither trained nor saved; use nn.${instead}`,
    { field },
  )
}
