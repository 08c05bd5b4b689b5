import type { Examples, LoadedTable, TableEncoder } from '../../data/index.ts'
import { manualSeed } from '../../random/index.ts'
import { type LearnOptions, learnTable, type TableEpoch } from './learn.ts'
import type { TableModel } from './model.ts'
import { tableNetwork } from './network.ts'
import { fitNoise } from './scores.ts'

/** The probabilities to drop that are tried. 0 is there to be compared with, and is not chosen. */
export const triedRates: readonly number[] = [0, 0.05, 0.1, 0.2, 0.3, 0.5]
/** Rates are compared on at most this many rows. */
const comparedOn = 20_000
/** And the noise is fitted to at most this many. */
const noiseFittedOn = 5_000

export interface FitTableOptions extends Omit<LearnOptions, 'task'> {
  readonly hidden: readonly number[]
  /** The probability to drop a hidden neuron. Default: the one of `triedRates` with the best validation loss. */
  readonly p?: number | undefined
  /** The probabilities to choose from, where `p` is not given. Default: `triedRates`. */
  readonly rates?: readonly number[] | undefined
  /** Told of every epoch of every network. */
  readonly onEpoch?: ((p: number, epoch: TableEpoch) => void) | undefined
  /** Told when a network begins, of so many. */
  readonly onBegin?: ((p: number, number: number, of: number) => void) | undefined
}

/** What a probability to drop led to. */
export interface TriedRate {
  readonly p: number
  readonly validationLoss: number
  readonly epochs: number
}

export interface FittedTable {
  readonly model: TableModel
  readonly tried: readonly TriedRate[]
}

/**
 * Trains a network on a table, and chooses by the validation rows how much to drop: a network for each of `triedRates`,
 * from the same start. Of a large table the rates are compared on some of its rows, and the best is then trained on all.
 */
export async function fitTable(
  { train, validation }: Pick<LoadedTable, 'train' | 'validation'>,
  encoder: TableEncoder,
  options: FitTableOptions,
): Promise<FittedTable> {
  const rates = options.p === undefined ? (options.rates ?? triedRates) : [options.p]
  const compared = rates.length > 1 ? some(train, comparedOn) : train
  const again = compared.length < train.length
  const of = rates.length + Number(again)
  const tried: (TriedRate & { network: ReturnType<typeof tableNetwork> })[] = []
  for (const p of rates) {
    options.onBegin?.(p, tried.length, of)
    tried.push(await learnWith(p, compared, validation, encoder, options))
  }
  const candidates = tried.filter(({ p }) => p > 0 || rates.length === 1)
  let best = candidates.reduce((best, next) => (next.validationLoss < best.validationLoss ? next : best))
  if (again) {
    options.onBegin?.(best.p, rates.length, of)
    best = await learnWith(best.p, train, validation, encoder, options)
  }
  const { network, p } = best
  const model = { network, encoder, hidden: options.hidden, p }
  const noise = encoder.task === 'regression' ? fitNoise(model, some(validation, noiseFittedOn)) : undefined
  return { model: { ...model, noise }, tried: tried.map(({ network: _, ...rest }) => rest) }
}

async function learnWith(
  p: number,
  train: Examples,
  validation: Examples,
  encoder: TableEncoder,
  options: FitTableOptions,
): Promise<TriedRate & { network: ReturnType<typeof tableNetwork> }> {
  manualSeed(options.seed)
  const { inputs, outputs, task } = encoder
  const network = tableNetwork({ inputs, outputs, hidden: options.hidden, p })
  let last: TableEpoch | undefined
  for await (const epoch of learnTable(network, train, validation, { ...options, task })) {
    last = epoch
    options.onEpoch?.(p, epoch)
  }
  return { p, network, validationLoss: last?.best ?? Number.NaN, epochs: last?.epoch ?? 0 }
}

/** A spread of at most `limit` rows: files are often sorted, so that the first ones would not do. */
function some({ x, y, length }: Examples, limit: number): Examples {
  const step = Math.ceil(length / limit)
  if (step === 1) return { x, y, length }
  const sparse = x.slice(0, 0, length, step).contiguous()
  return { x: sparse, y: y.slice(0, 0, length, step).contiguous(), length: sparse.shape[0] ?? 0 }
}
