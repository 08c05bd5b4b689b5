// Which learning rates a network bears, with dropout and without.
import { noGrad } from '../autograd/mode.ts'
import { fail } from '../backend/errors.ts'
import { type AnyModule, checkOptions, type Module } from '../module/index.ts'
import { crossEntropy } from '../ops/loss.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type IsDropout, isDropout } from './dropout.ts'
import { drawingFrom, withModes } from './modes.ts'

/** A mini-batch: examples, and their targets. */
type Batch = readonly [x: Tensor, y: Tensor]

/** What a range test needs of an optimizer; all of `optim` are so. */
export interface RangeOptimizer {
  readonly paramGroups: readonly { lr: number }[]
  zeroGrad(): void
  step(): unknown
}

/** Options of `lrRange`. */
export interface LrRangeOptions extends GeneratorOption {
  /** Makes the optimizer of a run; its learning rate is set before each step. */
  readonly optimizer: (parameters: Iterable<Tensor>) => RangeOptimizer
  /** Compares outputs and targets. Default: cross-entropy, of logits and classes. */
  readonly loss?: ((output: Tensor, target: Tensor) => Tensor) | undefined
  /** The rate of the first step, above 0. Default 1e-4. */
  readonly from?: number | undefined
  /** The rate of the last step, above `from`. Default 10. */
  readonly to?: number | undefined
  /** How many steps, at least 10. Default 100. */
  readonly steps?: number | undefined
  /** Which modules are dropout. Default: dropout layers. */
  readonly isDropout?: IsDropout | undefined
}

/** One step of a range test. */
export interface RangePoint {
  readonly lr: number
  /** The loss of the step's mini-batch, before the step. */
  readonly loss: number
  /** The mean of the losses up to here, older ones counting less. */
  readonly smoothed: number
}

/** What one run showed. */
export interface RangeRun {
  /** Every step until the loss grew beyond all bounds. */
  readonly points: readonly RangePoint[]
  /** The rate at which the smoothed loss fell fastest. */
  readonly steepest: number
  /** The rate at which the smoothed loss was lowest. */
  readonly lowest: number
  /** The rate at which the loss had become 4 times its lowest, or no number; undefined if it never did. */
  readonly diverged: number | undefined
  /** A rate to train with: a tenth of the lowest's, which leaves room for the noise of single mini-batches. */
  readonly suggestion: number
}

/** What a range test showed. */
export interface LrRange {
  /** The model as it is trained. */
  readonly withDropout: RangeRun
  /** The same with dropout off; undefined if the model has none. */
  readonly withoutDropout: RangeRun | undefined
}

/** A step of a range test while it goes on. */
export interface RangeStep extends RangePoint {
  readonly dropout: boolean
  /** How much of the whole test is done, from 0 to 1. */
  readonly done: number
}

/**
 * The learning-rate range test (Smith 2015, arXiv 1506.01186, section 3.3), with dropout and, from the same weights on
 * the same mini-batches, without: the rate grows by a constant factor from step to step, and the loss is watched.
 *
 * Afterwards weights, buffers, gradients and modes are what they were.
 *
 * @param batches Mini-batches of training examples; the first `steps` of them are kept in memory, and come again if
 * there are fewer.
 * @throws ThinnetError TN_RANGE for options out of range or no batch.
 * @example
 * const { withDropout } = lrRange(model, loader, {
 *   optimizer: (parameters) => new optim.SGD(parameters, { momentum: 0.95, maxNorm: 3 }),
 * })
 * withDropout.suggestion
 */
export function lrRange(model: Module, batches: Iterable<Batch>, options: LrRangeOptions): LrRange {
  const steps = lrRangeSteps(model, batches, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** `lrRange` step by step, to show its progress or to stop it: what it changed is put back then, too. */
export function* lrRangeSteps(
  model: Module,
  batches: Iterable<Batch>,
  options: LrRangeOptions,
): globalThis.Generator<RangeStep, LrRange, undefined> {
  const plan = checkedPlan(options)
  const kept = first(batches, plan.steps)
  const drops = [...model.modules()].some(plan.isDropout)
  const share = drops ? 0.5 : 1
  const withDropout = yield* run(model, kept, plan, true, (step) => step * share)
  const withoutDropout = drops ? yield* run(model, kept, plan, false, (step) => 0.5 + step * share) : undefined
  return { withDropout, withoutDropout }
}

/** The options, complete. */
interface Plan extends GeneratorOption {
  readonly optimizer: LrRangeOptions['optimizer']
  readonly loss: (output: Tensor, target: Tensor) => Tensor
  readonly from: number
  readonly to: number
  readonly steps: number
  readonly isDropout: IsDropout
}

function checkedPlan(options: LrRangeOptions): Plan {
  checkOptions('lrRange', options, ['optimizer', 'loss', 'from', 'to', 'steps', 'isDropout', 'generator'])
  const { optimizer, loss = crossEntropy, from = 1e-4, to = 10, steps = 100, isDropout: is = isDropout } = options
  if (typeof optimizer !== 'function') {
    const form = '{ optimizer: (parameters) => new optim.SGD(parameters, { momentum: 0.9 }) }'
    fail('TN_RANGE', 'lrRange', `optimizer must be a function that makes one, got ${typeof optimizer}; write ${form}`)
  }
  if (!(from > 0 && to > from && to < Number.POSITIVE_INFINITY)) {
    fail('TN_RANGE', 'lrRange', `rates must be 0 < from < to, got from ${String(from)}, to ${String(to)}`)
  }
  if (!Number.isInteger(steps) || steps < 10) {
    fail('TN_RANGE', 'lrRange', `steps must be a whole number of at least 10, got ${String(steps)}`)
  }
  return { optimizer, loss, from, to, steps, isDropout: is, generator: options.generator }
}

function first(batches: Iterable<Batch>, count: number): Batch[] {
  const kept: Batch[] = []
  for (const batch of batches) if (kept.push(batch) === count) break
  if (kept.length === 0) fail('TN_RANGE', 'lrRange', 'there is no batch to learn from')
  return kept
}

/** How much of the smoothed loss is its past. */
const memory = 0.9
/** A smoothed loss of so many times its lowest will not come back. */
const lost = 4
/** How far below the rate of the lowest loss to stay. */
const room = 10

function* run(
  model: Module,
  batches: readonly Batch[],
  plan: Plan,
  dropout: boolean,
  doneAt: (step: number) => number,
): globalThis.Generator<RangeStep, RangeRun, undefined> {
  const { from, to, steps } = plan
  const restore = remember(model)
  const points: RangePoint[] = []
  let average = 0
  let best = Number.POSITIVE_INFINITY
  let diverged: number | undefined
  try {
    const optimizer = plan.optimizer(model.parameters())
    for (let step = 0; step < steps && diverged === undefined; step++) {
      const lr = from * (to / from) ** (step / (steps - 1))
      const loss = learn(model, optimizer, lr, batches[step % batches.length] as Batch, plan, dropout)
      average = memory * average + (1 - memory) * loss
      const smoothed = average / (1 - memory ** (step + 1))
      if (!(smoothed <= lost * best)) diverged = lr
      if (!Number.isFinite(loss)) break
      best = Math.min(best, smoothed)
      const point = { lr, loss, smoothed }
      points.push(point)
      yield { ...point, dropout, done: doneAt((step + 1) / steps) }
    }
  } finally {
    restore()
  }
  const [{ lr: lowest = from } = {}] = points.toSorted((a, b) => a.smoothed - b.smoothed)
  return { points, steepest: steepestOf(points, lowest), lowest, diverged, suggestion: lowest / room }
}

/** One step of training; returns the loss before it. The modes are the model's own again when this returns. */
function learn(
  model: Module,
  optimizer: RangeOptimizer,
  lr: number,
  [x, y]: Batch,
  { loss, isDropout: is, generator }: Plan,
  dropout: boolean,
): number {
  return drawingFrom(generator, () =>
    withModes(
      model,
      (module) => dropout || !is(module),
      () => {
        for (const group of optimizer.paramGroups) group.lr = lr
        const value = loss(model.call(x), y)
        optimizer.zeroGrad()
        value.backward()
        optimizer.step()
        return value.item()
      },
    ),
  )
}

/** Keeps the numbers of a model; returns a function that puts them back. */
function remember(model: AnyModule): () => void {
  const tensors = [...model.parameters(), ...model.buffers()]
  const before = tensors.map((x) => ({ x, values: x.detach().clone(), grad: x.grad }))
  return () =>
    noGrad(() => {
      for (const { x, values, grad } of before) {
        x.copy_(values)
        x.grad = grad
      }
    })
}

/** How many steps a slope is measured over: single steps are noise. */
const stride = 5

/** The rate in the middle of the steps over which the smoothed loss fell most, before it was lowest. */
function steepestOf(points: readonly RangePoint[], lowest: number): number {
  let [steepest, fall] = [points[0]?.lr ?? lowest, 0]
  for (let i = stride; i < points.length; i++) {
    const [before, now] = [points[i - stride], points[i]] as [RangePoint, RangePoint]
    if (now.lr > lowest) break
    if (before.smoothed - now.smoothed <= fall) continue
    fall = before.smoothed - now.smoothed
    steepest = Math.sqrt(before.lr * now.lr)
  }
  return steepest
}
