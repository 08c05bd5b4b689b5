// Which neurons each group of examples keeps: the structure of thinned tensors.
import { backend } from '../backend/backend.ts'
import type { Storage } from '../backend/storage.ts'

/** Examples side by side in a panel; kernels/panel.inl.hpp has the layouts. */
export const panelLanes = 16

/** Boundaries of runs of examples: run i is `[bounds[i], bounds[i + 1])`. Begins with 0, ends with their number. */
export type Bounds = readonly number[]

/** The neurons that each group of examples keeps; the groups are runs of the examples. */
export class Selection {
  /** The kernels' form of it: counts, lists, bits and their running sums; see kernels/panel.inl.hpp. */
  readonly storage: Storage
  /** How many neurons each group keeps. */
  readonly counts: readonly number[]

  /**
   * @param mask Packed bits, `[groups, neurons]` in row-major order, 1 for a kept neuron. Read at once.
   * @param bounds Where each group begins and ends.
   */
  constructor(
    readonly neurons: number,
    readonly bounds: Bounds,
    mask: { readonly address: number },
  ) {
    const { kernels, memory } = backend()
    const blocks = Math.ceil(neurons / panelLanes)
    const countsLength = Math.ceil(this.groups / panelLanes) * panelLanes
    this.storage = memory.allocate((countsLength + this.groups * blocks * (panelLanes + 2)) * 4)
    const room: number[] = []
    for (let i = 0; i < this.groups; i++) room.push(0)
    const to = this.storage.address
    kernels.selectionFromMask(to, neurons, this.groups, mask.address, memory.describe(room))
    this.counts = memory.answer(this.groups)
  }

  get groups(): number {
    return this.bounds.length - 1
  }

  /** The kept neurons of a group, ascending. */
  kept(group: number): Int32Array {
    const blocks = Math.ceil(this.neurons / panelLanes)
    const countsLength = Math.ceil(this.groups / panelLanes) * panelLanes
    const bytes = this.storage.bytesView()
    const begin = bytes.byteOffset + 4 * (countsLength + group * blocks * panelLanes)
    return new Int32Array(bytes.buffer, begin, this.counts[group]).slice()
  }
}

/** Boundaries as `evenBounds` gave them lately: steps of a training ask for the same ones, and what is known of them stays. */
const knownBounds: { readonly bounds: Bounds; readonly groups: number; readonly positions: number }[] = []
const mostKnown = 16

/** The boundaries of `groups` runs of as equal length as possible, in examples; times `positions`, rows of an example. */
export function evenBounds(examples: number, groups: number, positions = 1): Bounds {
  for (let i = 0; i < knownBounds.length; i++) {
    const before = knownBounds[i] as (typeof knownBounds)[number]
    const same = before.groups === groups && before.positions === positions
    if (same && before.bounds[groups] === examples * positions) return before.bounds
  }
  const bounds = Array.from({ length: groups + 1 }, (_, i) => Math.floor((examples * i) / groups) * positions)
  knownBounds.push({ bounds, groups, positions })
  if (knownBounds.length > mostKnown) knownBounds.shift()
  return bounds
}

/** The boundaries of both: runs that lie within one run of each. */
export function refined(a: Bounds, b: Bounds): Bounds {
  if (a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]))) return a
  return [...new Set([...a, ...b])].sort((x, y) => x - y)
}

const within = new WeakMap<Bounds, WeakMap<Bounds, readonly number[]>>()

/** For each run of `fine` the run of `coarse` that it lies in; `fine` must refine `coarse`. Found once for each two. */
export function runsWithin(fine: Bounds, coarse: Bounds): readonly number[] {
  let ofFine = within.get(fine)
  if (!ofFine) {
    ofFine = new WeakMap()
    within.set(fine, ofFine)
  }
  let runs = ofFine.get(coarse)
  if (!runs) {
    runs = findRuns(fine, coarse)
    ofFine.set(coarse, runs)
  }
  return runs
}

function findRuns(fine: Bounds, coarse: Bounds): number[] {
  let run = 0
  return fine.slice(0, -1).map((begin) => {
    while ((coarse[run + 1] as number) <= begin) run++
    return run
  })
}
