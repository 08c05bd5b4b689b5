// Tensors that exist in panels: what dropout has thinned, and gradients on their way between thinned layers.
import { withGradMode } from '../autograd/mode.ts'
import type { Flow } from '../autograd/node.ts'
import { backend } from '../backend/backend.ts'
import type { Storage } from '../backend/storage.ts'
import { type Deferred, deferredTensor, Operand } from '../tensor/deferred.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import type { Bounds, Selection } from '../tensor/selection.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { contiguous } from './layout.ts'
import type { Kept, Panels } from './panels.ts'
import * as panels from './panels.ts'

/** A tensor of which only what a selection keeps is computed; the other elements are 0. */
export interface Compact {
  readonly selection: Selection
  /** The kept values in these runs, which refine the selection's. */
  panelsIn(bounds: Bounds): Panels
}

/** What dropout does at the end of a chain. */
export interface Drop {
  readonly selection: Selection
  readonly scale: number
}

/** `x * scale`, not recorded. */
export function scaled(x: Tensor, scale: number): Tensor {
  const out = allocate(x.shape, x.dtype)
  const [to, from] = [out.address, x.address]
  backend().kernels.mulScalar(dtypeCode(x.dtype), to, from, x.numel, scale)
  return out
}

/** The values in other runs, which refine those they are in: as they are where no panel is cut, else packed anew. */
export function inRuns(values: Panels, bounds: Bounds, kept: Kept): Panels {
  if (panels.readableIn(bounds, values.bounds)) return values
  return panels.pack(asRows(values), kept, bounds, 1)
}

/** The values as a computed tensor `[examples, neurons]`. */
function asRows(values: Panels): Tensor {
  const shape = [values.bounds.at(-1) as number, values.neurons]
  return deferredTensor(shape, values.dtype, new PanelsValue(values)).settle()
}

/** A gradient in the panels of the values that it is of; its memory may be written to. */
export function gradientPanels({ gradient, own }: Flow, like: Panels): Panels {
  const { deferred } = gradient
  if (own && deferred instanceof PanelsValue && gradient.version.count === 0 && deferred.fits(like)) {
    return { ...deferred.values, bounds: like.bounds }
  }
  const packed = panels.pack(contiguous(gradient).settle(), like, like.bounds, 1)
  if (own) gradient.release()
  return packed
}

/** A tensor that exists in panels: a gradient on its way from one thinned layer to another. */
export class PanelsValue implements Deferred {
  constructor(readonly values: Panels) {}

  fits({ bounds, selection, neurons }: Panels): boolean {
    const { values } = this
    return values.selection === selection && values.neurons === neurons && panels.readableIn(bounds, values.bounds)
  }

  compute(): Storage {
    return panels.unpack(this.values)
  }

  release(): void {
    this.values.storage.release()
  }
}

/** Data that dropout has thinned: packed for whatever layer is next. */
export class PackedValue implements Deferred, Compact {
  #x: Operand | undefined
  readonly #drop: Drop
  #packed: Panels | undefined

  constructor(x: Tensor, drop: Drop) {
    this.#x = new Operand(x)
    this.#drop = drop
  }

  get selection(): Selection {
    return this.#drop.selection
  }

  panelsIn(bounds: Bounds): Panels {
    const { selection, scale } = this.#drop
    const kept: Kept = { neurons: selection.neurons, selection }
    if (this.#packed) return inRuns(this.#packed, bounds, kept)
    if (!this.#x) throw new Error('internal: the operand of a thinned tensor is gone')
    this.#packed = panels.pack(contiguous(this.#x.tensor).settle(), kept, bounds, scale)
    this.#x.release()
    this.#x = undefined
    return this.#packed
  }

  compute(): Storage {
    return withGradMode(false, () => panels.unpack(this.panelsIn(this.#packed?.bounds ?? this.selection.bounds)))
  }

  release(): void {
    this.#packed?.storage.release()
  }
}
