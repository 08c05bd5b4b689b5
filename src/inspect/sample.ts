// Many outputs of one batch, each of another thinned network.
import { fail } from '../backend/errors.ts'
import { checkOptions, Module, Sequential, stepsOf } from '../module/index.ts'
import { cat } from '../ops/join.ts'
import { expand, narrow, reshape } from '../ops/layout.ts'
import type { GeneratorOption } from '../random/index.ts'
import { itemBytes } from '../tensor/dtype.ts'
import { formatShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type IsDropout, isDropout, withDropout } from './dropout.ts'
import { drawingFrom, inEvaluation, withSubnets } from './modes.ts'

/** Options of `sampleOutputs`. */
export interface SampleOptions extends GeneratorOption {
  /** How many thinned networks predict each example. At least 1; default 100. */
  readonly samples?: number | undefined
  /**
   * Which modules are switched on to draw. Default: dropout layers. For a module of your own that calls
   * `functional.dropout` in its `forward`: `(module) => module instanceof Mine`.
   */
  readonly isDropout?: IsDropout | undefined
  /**
   * Which examples share masks of `Dropout` layers. `perExample` (default): none; each example is predicted by networks
   * of its own. `perBatch`: all that go through a pass together, so that each sample is one thinned network (or a few, of
   * a batch larger than `memory` allows), whose dropped neurons are not computed: much faster for batches of 8 examples
   * on. Each example alone is sampled as before; what several examples say varies together. Other layers draw as ever.
   */
  readonly masks?: 'perExample' | 'perBatch' | undefined
  /** How many bytes the values inside the network may take in a pass, about. Default 16 MiB: larger passes are not faster. */
  readonly memory?: number | undefined
}

export const sampleOptionNames = [
  'samples',
  'isDropout',
  'masks',
  'memory',
  'generator',
] as const satisfies readonly (keyof SampleOptions)[]

const defaultMemory = 16 * 2 ** 20

/**
 * What `samples` thinned networks, drawn anew for each example, say of a batch (Gal & Ghahramani 2016, arXiv
 * 1506.02142: T stochastic passes). Dropout layers are in training mode meanwhile, all else in evaluation; nothing is
 * recorded, and every module has its own mode afterwards, also after an error.
 *
 * The batch is repeated, so that many samples are one pass: as many as `memory` allows. What comes before the first
 * dropout layer of a Sequential is the same for all samples, and is computed once.
 *
 * Shape: x `[N, ...]`; result `[samples, N, ...]`. Draws from each layer's own generator, or else from `generator`; the
 * draws depend on shapes and options alone.
 *
 * @throws ThinnetError TN_STATE if the model has no dropout layer; TN_RANGE for a number out of range; TN_SHAPE for a
 * tensor without examples' dimension.
 * @example sampleOutputs(model, x, { samples: 50 }).var(0) // how far thinned networks differ
 */
export function sampleOutputs(model: Module, x: Tensor, options: SampleOptions = {}): Tensor {
  checkOptions('sampleOutputs', options, sampleOptionNames, 'sampleOutputs(model, x, { samples: 100 })')
  return drawSamples('sampleOutputs', model, x, options)
}

/** `sampleOutputs` for others that check their own options. */
export function drawSamples(where: string, model: Module, x: Tensor, options: SampleOptions): Tensor {
  const {
    samples = 100,
    isDropout: isOn = isDropout,
    masks = 'perExample',
    memory = defaultMemory,
    generator,
  } = options
  if (!Number.isInteger(samples) || samples < 1) {
    fail('TN_RANGE', where, `samples must be a whole number of at least 1, got ${samples}`)
  }
  if (masks !== 'perExample' && masks !== 'perBatch') {
    fail('TN_RANGE', where, `masks must be 'perExample' or 'perBatch', got ${String(masks)}`)
  }
  if (!(memory > 0)) fail('TN_RANGE', where, `memory must be a number of bytes above 0, got ${memory}`)
  if (!(x instanceof Tensor) || x.ndim === 0) {
    fail('TN_SHAPE', where, `expected a batch of examples [N, ...], got ${x instanceof Tensor ? 'a scalar' : typeof x}`)
  }
  const { head, tail } = cutAtDropout(model, isOn)
  const pass = (rows: Tensor, networks: number) => {
    const out = withSubnets(model, masks === 'perBatch' ? networks : 'perExample', () => tail(rows))
    if (out.shape[0] === rows.shape[0]) return out
    const shapes = `got ${formatShape(out.shape)} for ${rows.shape[0]} examples`
    return fail('TN_SHAPE', where, `the model must return an output for each example, ${shapes}`)
  }
  return drawingFrom(generator, () =>
    withDropout(where, model, isOn, () => {
      const start = head(x)
      const rows = Math.max(1, Math.floor(memory / bytesPerExample(model, start, tail)))
      return repeated(start, samples, rows, pass)
    }),
  )
}

type Pass = (x: Tensor) => Tensor

/** A Sequential in two: what comes before its first dropout layer, and the rest. */
function cutAtDropout(model: Module, isOn: IsDropout): { readonly head: Pass; readonly tail: Pass } {
  const whole: Pass = (x) => model.call(x)
  const nothing: Pass = (x) => x
  if (!(model instanceof Sequential)) return { head: nothing, tail: whole }
  const entered = new Set([model])
  const steps = [...stepsOf(model, '', entered)]
  const first = steps.findIndex(({ module }) => [...module.modules()].some(isOn))
  // A hook on a Sequential must see it run as a whole.
  if (first <= 0 || [...entered].some(({ hasHooks }) => hasHooks)) return { head: nothing, tail: whole }
  const run = (part: typeof steps): Pass => {
    const sequence = new Sequential(...part.map(({ module }) => module))
    return (x) => sequence.call(x)
  }
  return { head: run(steps.slice(0, first)), tail: run(steps.slice(first)) }
}

/** The bytes of all outputs of all modules for one example. */
function bytesPerExample(model: Module, start: Tensor, tail: Pass): number {
  if (start.shape[0] === 0) return 1
  let elements = 0
  const count = (_module: unknown, _inputs: unknown, output: unknown): undefined => {
    if (output instanceof Tensor) elements += output.numel
  }
  const modules = [...model.modules()].filter((module) => module instanceof Module)
  const removers = modules.map((module) => module.registerForwardHook(count))
  try {
    inEvaluation(model, () => tail(narrow(start, 0, 0, 1)))
  } finally {
    for (const remove of removers) remove()
  }
  return Math.max(elements, 1) * itemBytes(start.dtype)
}

/**
 * `samples` passes over a batch, sample by sample, in pieces of about `rows` examples.
 *
 * @param pass Computes several samples, one after another, of a batch or a part of one.
 */
function repeated(start: Tensor, samples: number, rows: number, pass: (x: Tensor, samples: number) => Tensor): Tensor {
  const [batch = 0] = start.shape
  const outputs: Tensor[] = []
  if (batch > rows) {
    for (let sample = 0; sample < samples; sample++) {
      for (let first = 0; first < batch; first += rows) {
        outputs.push(pass(narrow(start, 0, first, Math.min(rows, batch - first)), 1))
      }
    }
  } else {
    const atOnce = Math.floor(rows / Math.max(batch, 1))
    for (let first = 0; first < samples; first += atOnce) {
      const count = Math.min(atOnce, samples - first)
      outputs.push(pass(repeatedRows(start, count), count))
    }
  }
  const all = outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs, 0)
  return reshape(all, [samples, batch, ...all.shape.slice(1)])
}

/** The batch several times over, one after another. */
function repeatedRows(x: Tensor, count: number): Tensor {
  if (count === 1) return x
  const [batch = 0, ...features] = x.shape
  return reshape(expand(x, [count, batch, ...features]), [count * batch, ...features])
}
