import { fail } from '../backend/errors.ts'
import { AnyModule } from '../module/index.ts'
import { clone, detach } from '../ops/layout.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { addTaps, type NoiseDraw, type NoiseTap } from './noise.ts'

/**
 * What the layers of a model drew, by name: `1:0` is the first draw of the layer `1`, `1:1` its second. A mask is a bool
 * tensor, true where kept, of the input's shape or one that broadcasts to it; other noise is a tensor of numbers.
 */
export type Masks = ReadonlyMap<string, Tensor>

/** What `recordMasks` returns. */
export interface MaskRecording {
  /** What was drawn so far, in order. */
  readonly masks: Masks
  /** Ends the recording; returns the masks. */
  stop(): Masks
}

/** What `replayMasks` returns. */
export interface MaskReplay {
  /** The names of the masks that no layer has asked for yet. */
  readonly remaining: readonly string[]
  /**
   * Ends the replay.
   *
   * @throws ThinnetError TN_STATE if masks are left over: the model ran less often than when they were recorded.
   */
  stop(): void
}

/** A tap for each module of a model: `take` gets the module's name for its next draw, `1:0`, and then `1:1`. */
function tapsOf(where: string, model: AnyModule, take: (name: string, draw: NoiseDraw) => Tensor): () => void {
  if (!(model instanceof AnyModule)) fail('TN_DTYPE', where, `expected a module, got ${typeof model}`)
  const byModule = new Map<AnyModule, NoiseTap>()
  for (const [name, module] of model.namedModules()) {
    let draws = 0
    byModule.set(module, { take: (draw) => take(`${name}:${draws++}`, draw) })
  }
  return addTaps(byModule)
}

/**
 * Keeps all that the dropout of a model draws from now on, until `stop()`: to look at it, to save it
 * (`saveSafetensors('masks.safetensors', masks)`), and to replay it.
 *
 * Recorded is every draw inside a `call` of the model or of a module in it, also of functional forms, which count for
 * the innermost module around them.
 *
 * @example
 * const recording = recordMasks(model)
 * const y = model.call(x)
 * const masks = recording.stop() // Map { '1:0' => bool [128, 1024] }
 */
export function recordMasks(model: AnyModule): MaskRecording {
  const masks = new Map<string, Tensor>()
  const end = tapsOf('recordMasks', model, (name, { draw, show = (noise) => noise }) => {
    const noise = draw()
    masks.set(name, clone(detach(show(noise))))
    return noise
  })
  const stop = () => {
    end()
    return masks
  }
  return { masks, stop }
}

/**
 * Gives the layers of a model recorded masks instead of new ones, in the order of the record, until `stop()`: so that
 * the same thinned network runs again, for gradient checkpointing, for debugging, for checks of gradients. Nothing is
 * drawn from a generator.
 *
 * The model must do what it did, with inputs of the same shapes, in the same mode and with layers of the same names.
 * Layouts in memory and data types may differ (masks are bits; noise of numbers needs its type).
 *
 * @throws ThinnetError at the draw that has no mask (TN_STATE), or one of another shape (TN_SHAPE) or type (TN_DTYPE).
 * @example
 * const replay = replayMasks(model, masks)
 * model.call(x).equal(y) // true
 * replay.stop()
 */
export function replayMasks(model: AnyModule, masks: Masks | Readonly<Record<string, Tensor>>): MaskReplay {
  const waiting = new Map(masks instanceof Map ? (masks as Masks) : Object.entries(masks))
  const end = tapsOf('replayMasks', model, (name, { shape, dtype, hide = (seen) => seen }) => {
    const mask = waiting.get(name) ?? noMask(name, waiting.size)
    if (!(mask instanceof Tensor))
      fail('TN_DTYPE', 'replayMasks', `expected ${name} to be a Tensor, got ${typeof mask}`)
    if (mask.dtype !== dtype) {
      fail('TN_DTYPE', 'replayMasks', `the layer draws ${dtype} noise, but ${name} is ${mask.dtype}`, { name })
    }
    if (!sameShape(mask.shape, shape)) {
      const shapes = `${formatShape(shape)}, but ${name} is ${formatShape(mask.shape)}`
      fail('TN_SHAPE', 'replayMasks', `the layer draws noise of shape ${shapes}`, { name })
    }
    waiting.delete(name)
    return hide(detach(mask))
  })
  return {
    get remaining() {
      return [...waiting.keys()]
    },
    stop() {
      end()
      const [first] = waiting.keys()
      if (first !== undefined) {
        fail('TN_STATE', 'replayMasks', `${waiting.size} of the masks were not asked for, the first is ${first}`, {
          first,
        })
      }
    },
  }
}

function noMask(name: string, left: number): never {
  const why = left === 0 ? 'all masks are used up' : 'the record has none: was it made with this model, in this mode?'
  return fail('TN_STATE', 'replayMasks', `a layer asks for ${name}, but ${why}`, { name })
}
