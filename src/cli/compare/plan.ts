import { evaluate, trainEpoch } from '../../training/loop.ts'
import type { Batch } from '../../training/model.ts'
import { usualEpochs } from './command.ts'
import type { Arm } from './network.ts'

/** How much work an epoch of a network is. */
export interface Workload {
  /** Optimizer steps. */
  readonly steps: number
  /** Batches that are scored afterwards. */
  readonly scored: number
}

/** How long the pieces of an epoch of a network take, in seconds. */
export interface Pace {
  readonly step: number
  readonly score: number
}

export interface Plan {
  readonly epochs: number
  /** Seconds that all of it is expected to take. */
  readonly seconds: number
  /** Where fewer epochs were chosen than usual: the seconds that the usual number would have taken. */
  readonly usualSeconds?: number
}

const warmUpBatches = 2

/** Trains and scores for about a second to learn how fast this machine is with such a network. The arm's weights are spoilt by it. */
export async function measurePace(
  { model, optimizer }: Arm,
  batches: Iterable<Batch>,
  scored: Iterable<Batch>,
  signal: AbortSignal,
): Promise<Pace> {
  return {
    step: await secondsPerBatch(batches, 1, (some) => trainEpoch(model, optimizer, some, { signal })),
    score: await secondsPerBatch(scored, 0.2, (some) => evaluate(model, some, { signal })),
  }
}

async function secondsPerBatch(
  batches: Iterable<Batch>,
  seconds: number,
  work: (batches: Iterable<Batch>) => Promise<unknown>,
): Promise<number> {
  await work(take(batches, (count) => count <= warmUpBatches)) // the first ones allocate and compile
  const start = performance.now()
  let taken = 0
  await work(
    take(batches, (count) => {
      taken = count
      return performance.now() - start < 1000 * seconds
    }),
  )
  return (performance.now() - start) / 1000 / taken
}

/** The first batch and those after it for which `goOn` is true, asked with the number of the last one given. */
function* take(batches: Iterable<Batch>, goOn: (given: number) => boolean): Generator<Batch, void, undefined> {
  let given = 0
  for (const batch of batches) {
    yield batch
    given++
    if (!goOn(given)) return
  }
}

/**
 * How many epochs to train each network: what the user asks for; else the usual number, or as many as fit into `minutes` (at least one).
 */
export function planEpochs(
  networks: readonly Pace[],
  { steps, scored }: Workload,
  { epochs, minutes }: { readonly epochs?: number | undefined; readonly minutes: number },
): Plan {
  const epochSeconds = networks.reduce((sum, { step, score }) => sum + steps * step + scored * score, 0)
  if (epochs !== undefined) return { epochs, seconds: epochs * epochSeconds }
  const affordable = Math.max(1, Math.floor((60 * minutes) / epochSeconds))
  if (affordable >= usualEpochs) return { epochs: usualEpochs, seconds: usualEpochs * epochSeconds }
  return { epochs: affordable, seconds: affordable * epochSeconds, usualSeconds: usualEpochs * epochSeconds }
}
