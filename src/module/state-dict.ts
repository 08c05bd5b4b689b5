import { withGradMode } from '../autograd/mode.ts'
import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../tensor/arguments.ts'
import { sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { AnyModule } from './any-module.ts'
import { Buffer } from './parameter.ts'
import { sizeText } from './text.ts'

/** Tensors by PyTorch's names (`0.weight`), in PyTorch's order. */
export type StateDict = ReadonlyMap<string, Tensor>

export interface LoadOptions {
  /** Missing and unexpected names are an error. Default true. */
  readonly strict?: boolean | undefined
}

export interface LoadResult {
  /** Names that the module has and the dictionary has not. */
  readonly missingKeys: readonly string[]
  /** Names that the dictionary has and the module has not. */
  readonly unexpectedKeys: readonly string[]
}

/** Each name in the state dictionary; a tensor that several modules share stands under each of its names. */
function* entriesOf(module: AnyModule, prefix = ''): Generator<[name: string, x: Tensor]> {
  for (const [name, x] of module.ownTensors()) {
    if (!(x instanceof Buffer) || x.persistent) yield [prefix + name, x]
  }
  for (const [name, child] of module.namedChildren()) yield* entriesOf(child, `${prefix}${name}.`)
}

/** @internal `Module.stateDict`. */
export function stateOf(module: AnyModule): StateDict {
  const state = new Map<string, Tensor>()
  for (const [name, x] of entriesOf(module)) {
    if (state.has(name)) fail('TN_STATE', 'stateDict', `two fields have the name ${name} in state dictionaries`)
    state.set(name, x.detach())
  }
  return state
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/** @internal `Module.loadStateDict`. */
export function loadInto(
  module: AnyModule,
  state: StateDict | Readonly<Record<string, Tensor>>,
  options: LoadOptions,
): LoadResult {
  checkOptions('loadStateDict', options, ['strict'], 'loadStateDict(state, { strict: false })')
  const { strict = true } = options
  const own = new Map(entriesOf(module))
  const given = state instanceof Map ? (state as StateDict) : new Map(Object.entries(state))
  const missingKeys = [...own.keys()].filter((name) => !given.has(name))
  const unexpectedKeys = [...given.keys()].filter((name) => !own.has(name))
  const problems: string[] = []
  if (strict && missingKeys.length > 0) problems.push(`Missing key(s) in state_dict: ${quoted(missingKeys)}. `)
  if (strict && unexpectedKeys.length > 0) problems.push(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}. `)
  for (const [name, x] of own) {
    const source: unknown = given.get(name)
    if (source === undefined) continue
    if (!(source instanceof Tensor)) problems.push(`expected a Tensor for "${name}", got ${typeof source}.`)
    else if (!sameShape(source.shape, x.shape)) {
      problems.push(
        `size mismatch for ${name}: copying a param with shape ${sizeText(source.shape)} from checkpoint, the shape in current model is ${sizeText(x.shape)}.`,
      )
    }
  }
  if (problems.length > 0) {
    const what = `Error(s) in loading state_dict for ${module.constructor.name}:`
    failAsPyTorch('TN_STATE', 'loadStateDict', [what, ...problems].join('\n\t'))
  }
  withGradMode(false, () => {
    for (const [name, x] of own) {
      const source = given.get(name)
      if (source) x.copy_(source)
    }
  })
  return { missingKeys, unexpectedKeys }
}
