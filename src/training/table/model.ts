import { fail } from '../../backend/errors.ts'
import { TableEncoder } from '../../data/index.ts'
import { loadSafetensors, saveSafetensors } from '../../formats/index.ts'
import type * as nn from '../../nn/index.ts'
import { tableNetwork } from './network.ts'

/** A network that was trained on a table, with all that it takes to ask it about new rows. */
export interface TableModel {
  readonly network: nn.Sequential
  readonly encoder: TableEncoder
  /** Neurons of the hidden layers. */
  readonly hidden: readonly number[]
  /** The probability to drop a hidden neuron. */
  readonly p: number
  /** For a number: the standard deviation of what cannot be predicted of it, in units of the scaled target. */
  readonly noise: number | undefined
}

/** The key of a safetensors file's metadata that says how to build the network and how to read rows. */
const metadataKey = 'thinnet.table'

/** Writes a model as one safetensors file: weights, and in the metadata the encoding and scaling of each column. */
export function saveTableModel(path: string, { network, encoder, hidden, p, noise }: TableModel): void {
  const description = { version: 1, hidden, p, noise, encoding: encoder.encoding }
  saveSafetensors(path, network.stateDict(), { [metadataKey]: JSON.stringify(description) })
}

/**
 * Reads a model that `saveTableModel` wrote.
 *
 * @throws ThinnetError TN_DATA if it cannot be read, is damaged, or is another kind of model.
 */
export function loadTableModel(path: string): TableModel {
  const { tensors, metadata } = loadSafetensors(path)
  const text = metadata[metadataKey]
  if (text === undefined) {
    fail('TN_DATA', 'loadTableModel', `${path} is not a model of a table: its metadata has no ${metadataKey}`, {
      file: path,
    })
  }
  const { hidden, p, noise, encoding } = checked(parseJson(text, path), path)
  const encoder = TableEncoder.parse(encoding, path)
  const network = tableNetwork({ inputs: encoder.inputs, outputs: encoder.outputs, hidden, p })
  network.loadStateDict(tensors)
  network.eval()
  return { network, encoder, hidden, p, noise }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return fail('TN_DATA', 'loadTableModel', `${path}: ${metadataKey} is not JSON: ${(error as Error).message}`)
  }
}

interface Description {
  readonly hidden: readonly number[]
  readonly p: number
  readonly noise: number | undefined
  readonly encoding: unknown
}

/** What a file says of its model, if it can be so; all but the encoding, which has a check of its own. */
function checked(value: unknown, path: string): Description {
  const { version, hidden, p, noise, encoding } = Object(value) as Record<string, unknown>
  const damaged = (what: string): never =>
    fail('TN_DATA', 'loadTableModel', `${path}: ${metadataKey} is damaged: ${what}`)
  if (version !== 1) damaged(`its version is ${JSON.stringify(version)}, known is 1`)
  const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) > 0
  if (!Array.isArray(hidden) || !hidden.every(isSize)) damaged(`hidden is ${JSON.stringify(hidden)}`)
  if (typeof p !== 'number' || !(p >= 0 && p <= 1)) damaged(`p is ${JSON.stringify(p)}`)
  if (noise !== undefined && !(Number.isFinite(noise) && (noise as number) >= 0))
    damaged(`noise is ${JSON.stringify(noise)}`)
  return { hidden, p, noise, encoding } as Description
}
