// All that a training needs to go on as if it had not stopped, in one safetensors file.
import { crc32, namesIn, readChecked, writeAtomically } from '#files'
import { fail, ThinnetError } from '../backend/errors.ts'
import { joined } from '../data/bytes.ts'
import { bytesOf } from '../formats/numbers.ts'
import { decodeSafetensors, safetensorsParts } from '../formats/safetensors.ts'
import { headerLength } from '../formats/safetensors-header.ts'
import { isPlainObject, type SeparatedTree, separate, unite } from '../formats/state-tree.ts'
import { AnyModule, checkOptions } from '../module/index.ts'
import { defaultGenerator, Generator } from '../random/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** What can be saved and loaded: modules, optimizers, schedules, loaders, and what you write like them. */
export interface Stateful {
  /** All it needs to go on: numbers, strings, booleans, tensors, and arrays and plain objects of them. */
  stateDict(): unknown
  /** Goes on from what `stateDict` gave. Maps come back as objects. */
  loadStateDict(state: never): unknown
}

/**
 * The parts of a training by names of your choice: `Stateful`s, generators, and plain values (numbers, strings, tensors),
 * also in arrays and objects.
 */
export type CheckpointParts = Readonly<Record<string, unknown>>

/** What a checkpoint holds, by the names that it was saved with: states of parts, and plain values. */
export type Checkpoint = Readonly<Record<string, unknown>>

/** Options of `loadCheckpoint`. */
export interface LoadCheckpointOptions {
  /** Sets the generator that `manualSeed` seeds to where it was. Default true. */
  readonly defaultGenerator?: boolean | undefined
}

/** Where generators are kept that are no parts: the default one, and those in fields of modules. */
const randomState = 'randomState'
const formatVersion = '1'

/**
 * Saves parts of a training, the states of the default generator and of generators in the modules' fields with them. The
 * path has the old contents or the new ones, also when the process is killed or the machine stops meanwhile. Node only.
 *
 * The file is a safetensors file that any reader of these opens: the part `model` gives tensors named `model.0.weight`.
 *
 * @throws ThinnetError TN_STATE for what cannot be saved, TN_DATA if the file cannot be written.
 * @example
 * const run = { model, optimizer, schedule, loader }
 * saveCheckpoint('checkpoint.safetensors', { ...run, epoch: 3 })
 * const { epoch } = loadCheckpoint('checkpoint.safetensors', run)
 */
export function saveCheckpoint(path: string, parts: CheckpointParts): void {
  writeAtomically(path, 'saveCheckpoint', checkpointBytes('saveCheckpoint', parts))
}

/** The bytes of a checkpoint: what `saveCheckpoint` writes. */
export const encodeCheckpoint = (parts: CheckpointParts): Uint8Array =>
  joined([...checkpointBytes('encodeCheckpoint', parts)])

/**
 * Reads a checkpoint and puts its parts where they were. What is no `Stateful` or generator in `parts` is left alone; the
 * checkpoint may hold parts that `parts` does not name. Node only.
 *
 * @returns all that the checkpoint holds, plain values among it.
 * @throws ThinnetError TN_DATA if it cannot be read or is damaged, TN_STATE if a part is missing in it or is of something
 * else, such as another model. Nothing is changed then.
 */
export function loadCheckpoint(path: string, parts: CheckpointParts, options: LoadCheckpointOptions = {}): Checkpoint {
  return restore('loadCheckpoint', path, readCheckpoint(path), parts, options)
}

/** Reads a checkpoint and changes nothing. Node only. */
export function readCheckpoint(path: string): Checkpoint {
  const bytes = readChecked(path, 'readCheckpoint', 8, (head, length) => headerLength(head, length, path))
  return decodeCheckpoint(bytes, path)
}

/** Puts the parts of a checkpoint that was read where they were: see `loadCheckpoint`. */
export function restoreCheckpoint(
  checkpoint: Checkpoint,
  parts: CheckpointParts,
  options: LoadCheckpointOptions = {},
): void {
  restore('restoreCheckpoint', 'the checkpoint', checkpoint, parts, options)
}

/**
 * What the bytes of a checkpoint hold. Nothing in them is executed, and all sizes are checked before anything large is
 * allocated.
 *
 * @param file The file's name, for messages.
 * @throws ThinnetError TN_DATA if they are damaged or no checkpoint.
 */
export function decodeCheckpoint(bytes: Uint8Array, file = 'the checkpoint'): Checkpoint {
  const damaged = (what: string): never => {
    throw new ThinnetError('TN_DATA', 'decodeCheckpoint', `${file}: ${what}`, { file })
  }
  const { tensors, metadata } = decodeSafetensors(bytes, file)
  const { thinnet_checkpoint: version, state: json, crc32: written } = metadata
  if (version === undefined || json === undefined || written === undefined) {
    damaged('this is a safetensors file, but no checkpoint; loadSafetensors reads it')
  }
  if (version !== formatVersion) damaged(`the checkpoint is of version ${version}, known is ${formatVersion}`)
  const separated = { json: json as string, tensors: new Map(Object.entries(tensors)) }
  const computed = checksum(separated)
  if (computed !== written) damaged(`it is damaged: its checksum is ${written}, that of its contents ${computed}`)
  const checkpoint = unite(file, separated)
  return isPlainObject(checkpoint) ? checkpoint : damaged('its state must be an object')
}

/**
 * The path of the newest checkpoint in a folder: of `checkpoint-1.safetensors`, `checkpoint-20.safetensors` and so on, the
 * one of the largest number. Undefined if there is none. Node only.
 */
export function latestCheckpoint(folder: string, prefix = 'checkpoint-'): string | undefined {
  const numbered = namesIn(folder).flatMap((name) => {
    const digits = name.startsWith(prefix) ? /^(\d+)\.safetensors$/.exec(name.slice(prefix.length))?.[1] : undefined
    return digits === undefined ? [] : [{ name, number: Number(digits) }]
  })
  const [newest] = numbered.sort((a, b) => b.number - a.number)
  return newest && `${folder.replace(/\/$/, '')}/${newest.name}`
}

function checkpointBytes(where: string, parts: CheckpointParts): Iterable<Uint8Array> {
  const separated = separate(where, stateOf(withRandomness(where, parts)))
  return safetensorsParts(where, separated.tensors, {
    thinnet_checkpoint: formatVersion,
    crc32: checksum(separated),
    state: separated.json,
  })
}

/** The parts, and beside them the default generator and the generators in fields of modules. */
function withRandomness(where: string, parts: CheckpointParts, withDefault = true): CheckpointParts {
  if (!isPlainObject(parts)) fail('TN_STATE', where, 'parts must be an object: { model, optimizer }')
  if (Object.hasOwn(parts, randomState)) fail('TN_STATE', where, `no part can have the name ${randomState}`)
  const generators = [...(withDefault ? [['default', defaultGenerator] as const] : []), ...generatorsIn(parts, '')]
  return { ...parts, [randomState]: Object.fromEntries(generators) }
}

/** Of the state and of each tensor with its name, type and shape. */
function checksum({ json, tensors }: SeparatedTree): string {
  const text = new TextEncoder()
  let crc = crc32(text.encode(json))
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape } = tensors.get(name) as Tensor
    crc = crc32(text.encode(`${name} ${dtype} ${shape}`), crc)
    crc = crc32(bytesOf((tensors.get(name) as Tensor).toArray()), crc)
  }
  return crc.toString(16).padStart(8, '0')
}

function isStateful(part: unknown): part is Stateful {
  const { stateDict, loadStateDict } = (part ?? {}) as Partial<Stateful>
  return typeof stateDict === 'function' && typeof loadStateDict === 'function'
}

/** The state of a part, and of those in it. */
function stateOf(part: unknown): unknown {
  if (part instanceof Generator) return part.getState()
  if (isStateful(part)) return part.stateDict()
  if (Array.isArray(part)) return part.map(stateOf)
  if (!isPlainObject(part)) return part
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, stateOf(inner)]))
}

/** The generators in fields of modules, by the path to them. */
function* generatorsIn(part: unknown, path: string): Iterable<readonly [path: string, generator: Generator]> {
  if (part instanceof AnyModule) {
    for (const [name, module] of part.namedModules(path)) {
      for (const [field, value] of Object.entries(module)) {
        if (value instanceof Generator) yield [`${name}.${field}`, value]
      }
    }
  } else if (isRecord(part)) {
    for (const [name, inner] of Object.entries(part)) yield* generatorsIn(inner, joinPath(path, name))
  }
}

function restore(
  where: string,
  file: string,
  checkpoint: Checkpoint,
  parts: CheckpointParts,
  options: LoadCheckpointOptions,
): Checkpoint {
  checkOptions(where, options, ['defaultGenerator'])
  const refuse = (what: string, cause?: unknown): never => {
    throw new ThinnetError('TN_STATE', where, `${file}: ${what}`, { file }, { cause })
  }
  const whole = withRandomness(where, parts, options.defaultGenerator)
  const missing = (path: string) => refuse(`it has no state of ${path}; it holds ${Object.keys(checkpoint).join(', ')}`)
  const loads = [...loadsOf(whole, checkpoint, '', missing)]
  for (const name of namesOf(checkpoint[randomState])) {
    const isWanted = loads.some(({ path }) => name.startsWith(`${path}.`)) // of a part that is loaded
    if (isWanted && !namesOf(whole[randomState]).includes(name)) {
      refuse(`it has a state of the generator ${name}, and there is no such generator here`)
    }
  }
  const before = decodeCheckpoint(encodeCheckpoint(parts))
  for (const { path, load } of loads) {
    try {
      load()
    } catch (error) {
      for (const undo of loadsOf(whole, before, '', missing)) undo.load()
      refuse(`${path}: ${(error as Error).message}`, error)
    }
  }
  return checkpoint
}

const namesOf = (value: unknown): string[] => (isPlainObject(value) ? Object.keys(value) : [])

/** Something to be set to what was saved of it. */
interface Load {
  readonly path: string
  readonly load: () => unknown
}

/** What is to be loaded of a part and of those in it. `missing` is called where nothing was saved of one. */
function* loadsOf(part: unknown, saved: unknown, path: string, missing: (path: string) => never): Iterable<Load> {
  if (part instanceof Generator) {
    const state = (saved ?? missing(path)) as Tensor
    yield { path, load: () => part.setState(state) }
  } else if (isStateful(part)) {
    const state = (saved ?? missing(path)) as never
    yield { path, load: () => part.loadStateDict(state) }
  } else if (isRecord(part)) {
    for (const [name, inner] of Object.entries(part)) {
      const within = isRecord(saved) && Object.hasOwn(saved, name) ? saved[name] : undefined
      yield* loadsOf(inner, within, joinPath(path, name), missing)
    }
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isPlainObject(value) || Array.isArray(value)

const joinPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
