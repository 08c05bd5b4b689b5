// Probabilities that change over training.
import { fail } from '../backend/errors.ts'
import { AnyModule, checkOptions } from '../module/index.ts'
import { NoiseLayer } from './layer.ts'
import { checkProbability } from './probability.ts'

/**
 * The probability to drop at a step, counted from 0.
 *
 * @param p The probability that the layer was made with.
 */
export type DropoutRule = (step: number, p: number) => number

function checkSteps(where: string, name: string, steps: number, least: number): void {
  if (Number.isFinite(steps) && steps >= least) return
  fail('TN_RANGE', where, `${name} must be ${least > 0 ? 'above 0' : 'at least 0'}, got ${String(steps)}`)
}

/** Options of `earlyDropout`. */
export interface EarlyDropoutOptions {
  /** `linear` (the default): p falls from its value to 0, `p (1 - t / steps)`. `constant`: p until then. */
  readonly shape?: 'linear' | 'constant' | undefined
}

/**
 * Early dropout: dropout only in the first steps, where the gradients of different mini-batches disagree and dropout
 * brings them together; afterwards none. It helps models that underfit (Liu et al. 2023, arXiv 2303.01500).
 *
 * @param steps How many steps have dropout; in the paper 50 of 300 epochs.
 * @example new nn.DropoutScheduler(model, nn.earlyDropout(50))
 */
export function earlyDropout(steps: number, options: EarlyDropoutOptions = {}): DropoutRule {
  checkSteps('earlyDropout', 'steps', steps, 1)
  checkOptions('earlyDropout', options, ['shape'], "earlyDropout(steps, { shape: 'constant' })")
  const { shape = 'linear' } = options
  if (shape !== 'linear' && shape !== 'constant') {
    fail('TN_RANGE', 'earlyDropout', `shape must be 'linear' or 'constant', got ${String(shape)}`)
  }
  return (t, p) => (t >= steps ? 0 : shape === 'constant' ? p : p * (1 - t / steps))
}

/**
 * Late dropout: none in the first steps, then p, for models that overfit (Liu et al. 2023, arXiv 2303.01500).
 *
 * @param start The first step with dropout.
 */
export function lateDropout(start: number): DropoutRule {
  checkSteps('lateDropout', 'start', start, 0)
  return (t, p) => (t < start ? 0 : p)
}

/** Options of `curriculumDropout`. */
export interface CurriculumDropoutOptions {
  /** How fast p rises, for each step. Default 10 / T, the paper's: at the end p is reached up to 0.005 %. */
  readonly gamma?: number | undefined
}

/**
 * Curriculum dropout: from no dropout up to p, fast at first: `1 - keep(t)` with
 * `keep(t) = (1 - keep) exp(-γ t) + keep`, that is `p (1 - exp(-γ t))` (Morerio et al. 2017, arXiv 1703.06229).
 *
 * @param steps The length of the training, T.
 */
export function curriculumDropout(steps: number, options: CurriculumDropoutOptions = {}): DropoutRule {
  checkSteps('curriculumDropout', 'steps', steps, 1)
  checkOptions('curriculumDropout', options, ['gamma'], 'curriculumDropout(steps, { gamma: 0.01 })')
  const { gamma = 10 / steps } = options
  if (!(gamma > 0)) fail('TN_RANGE', 'curriculumDropout', `gamma must be above 0, got ${String(gamma)}`)
  return (t, p) => p * (1 - Math.exp(-gamma * t))
}

/**
 * Annealed dropout: from p to none at all, `p max(0, 1 - t / steps)`: from many weak networks to one strong one (Rennie,
 * Goel & Thomas 2014, "Annealed dropout training of deep networks").
 *
 * @param steps When dropout ends, N.
 */
export function annealedDropout(steps: number): DropoutRule {
  checkSteps('annealedDropout', 'steps', steps, 1)
  return (t, p) => p * Math.max(0, 1 - t / steps)
}

/**
 * From no dropout up to p in equal steps, `p min(1, t / steps)`: DropBlock's schedule (Ghiasi et al. 2018, arXiv
 * 1810.12890).
 *
 * @param steps When p is reached.
 */
export function rampDropout(steps: number): DropoutRule {
  checkSteps('rampDropout', 'steps', steps, 1)
  return (t, p) => p * Math.min(1, t / steps)
}

/** What it takes to go on with a schedule: the steps taken, and the probabilities that layers were made with. */
export interface DropoutSchedulerState {
  readonly time: number
  readonly initial: readonly number[]
}

/** A probability of a layer. */
interface Slot {
  readonly layer: NoiseLayer
  readonly name: string
  readonly initial: number
}

const read = ({ layer, name }: Pick<Slot, 'layer' | 'name'>): number =>
  (layer as unknown as Readonly<Record<string, number>>)[name] as number

/**
 * Sets the probabilities of all dropout layers of a model at each `step()`, once an epoch or once a mini-batch, as
 * learning rate schedules do: `rule(t, p)` with the p that each layer had when the scheduler was made. Making it sets
 * those of step 0.
 *
 * Layers that learn their noise have no p to set, and functional forms are not reached.
 *
 * @throws ThinnetError TN_STATE if no layer of the model has a probability; TN_RANGE if the rule gives one outside [0, 1].
 * @example
 * const schedule = new nn.DropoutScheduler(model, nn.curriculumDropout(epochs))
 * for (let epoch = 0; epoch < epochs; epoch++, schedule.step()) await trainEpoch(model, optimizer, loader)
 */
export class DropoutScheduler {
  /** Steps taken. */
  #time = 0
  #slots: readonly Slot[]
  readonly #rule: DropoutRule

  constructor(model: AnyModule, rule: DropoutRule) {
    const where = 'DropoutScheduler'
    if (!(model instanceof AnyModule)) fail('TN_DTYPE', where, `expected a module, got ${typeof model}`)
    if (typeof rule !== 'function') fail('TN_DTYPE', where, `rule must be a function of step and p, got ${typeof rule}`)
    this.#slots = [...model.modules()]
      .filter((module) => module instanceof NoiseLayer)
      .flatMap((layer) => layer.probabilityNames.map((name) => ({ layer, name, initial: read({ layer, name }) })))
    if (this.#slots.length === 0) fail('TN_STATE', where, 'no layer of the model has a probability to set')
    this.#rule = rule
    this.#apply()
  }

  /** Goes on by one step. */
  step(): void {
    this.#time++
    this.#apply()
  }

  /** The probabilities of all layers, in the order of the model. */
  get probabilities(): number[] {
    return this.#slots.map(read)
  }

  #apply(): void {
    for (const { layer, name, initial } of this.#slots) {
      const p = this.#rule(this.#time, initial)
      checkProbability('DropoutScheduler', p)
      Object.assign(layer, { [name]: p })
    }
  }

  /** What it takes to go on later. */
  stateDict(): DropoutSchedulerState {
    return { time: this.#time, initial: this.#slots.map(({ initial }) => initial) }
  }

  /**
   * Goes on where `stateDict` was taken, and sets the probabilities of that step.
   *
   * @throws ThinnetError TN_STATE if it is no state of a schedule for this model.
   */
  loadStateDict(state: DropoutSchedulerState): void {
    const { time, initial } = state
    const fits =
      Number.isSafeInteger(time) && time >= 0 && Array.isArray(initial) && initial.length === this.#slots.length
    if (!fits) {
      const expected = `the steps taken, time, and ${this.#slots.length} initial probabilities`
      fail('TN_STATE', 'loadStateDict', `a state of this schedule has ${expected}, got ${JSON.stringify(state)}`)
    }
    for (const p of initial) checkProbability('loadStateDict', p)
    this.#time = time
    this.#slots = this.#slots.map((slot, i) => ({ ...slot, initial: initial[i] as number }))
    this.#apply()
  }
}
