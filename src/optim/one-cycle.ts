import { fail, failAsPyTorch } from '../backend/errors.ts'
import { checkOptions } from '../module/index.ts'
import { LRScheduler, type Scheduled } from './lr-scheduler.ts'

/** Options of `OneCycleLR`. */
export interface OneCycleOptions {
  /** Steps of the whole cycle: this, or `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number | undefined
  readonly epochs?: number | undefined
  readonly stepsPerEpoch?: number | undefined
  /** Share of the cycle in which the rate rises, from 0 to 1. Default 0.3. */
  readonly pctStart?: number | undefined
  /** How the rate moves between its ends. Default `cos`. */
  readonly annealStrategy?: 'cos' | 'linear' | undefined
  /** Moves momentum (or the first beta) against the rate. Default true. */
  readonly cycleMomentum?: boolean | undefined
  /** Lower bound of momentum. Default 0.85. */
  readonly baseMomentum?: number | undefined
  /** Upper bound of momentum. Default 0.95. */
  readonly maxMomentum?: number | undefined
  /** The first rate is `maxLr / divFactor`. Default 25. */
  readonly divFactor?: number | undefined
  /** The last rate is the first one divided by this. Default 1e4. */
  readonly finalDivFactor?: number | undefined
  /** Falls back to the first rate before it falls to the last. Default false. */
  readonly threePhase?: boolean | undefined
}

type End = 'first' | 'max' | 'last'

/** A stretch of the cycle, between two of its ends. */
interface Phase {
  /** The step it ends at; it begins where the one before ends. */
  readonly end: number
  readonly from: End
  readonly to: End
}

/** The options with their defaults. */
function complete({
  pctStart = 0.3,
  annealStrategy = 'cos',
  cycleMomentum = true,
  baseMomentum = 0.85,
  maxMomentum = 0.95,
  divFactor = 25,
  finalDivFactor = 1e4,
  threePhase = false,
}: OneCycleOptions) {
  return { pctStart, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, threePhase }
}

/**
 * Up to `maxLr` and down far below the start, with momentum the other way (Smith & Topin 2017, arXiv 1708.07120). One
 * step for each mini-batch.
 *
 * @throws ThinnetError TN_RANGE without a number of steps, and for a step beyond it.
 */
export class OneCycleLR extends LRScheduler {
  readonly #options: ReturnType<typeof complete>
  readonly #totalSteps: number
  readonly #phases: readonly Phase[]

  constructor(
    optimizer: Scheduled,
    private readonly maxLr: number,
    options: OneCycleOptions,
  ) {
    super(optimizer)
    this.#options = complete(options)
    checkOptions('OneCycleLR', options, ['totalSteps', 'epochs', 'stepsPerEpoch', ...Object.keys(this.#options)])
    const { pctStart, threePhase, divFactor, cycleMomentum } = this.#options
    if (!(pctStart >= 0 && pctStart <= 1)) {
      failAsPyTorch('TN_RANGE', 'OneCycleLR', `Expected float between 0 and 1 pct_start, but got ${pctStart}`)
    }
    if (cycleMomentum && optimizer.paramGroups.some(({ momentum, betas }) => momentum === undefined && !betas)) {
      fail('TN_RANGE', 'OneCycleLR', 'optimizer must support momentum or beta1 with cycleMomentum enabled')
    }
    const total = totalSteps(options)
    this.#totalSteps = total
    const last = { end: total - 1, to: 'last' } as const
    const up = { end: pctStart * total - 1, from: 'first', to: 'max' } as const
    const back = { end: 2 * pctStart * total - 2, from: 'max', to: 'first' } as const
    this.#phases = threePhase ? [up, back, { ...last, from: 'first' }] : [up, { ...last, from: 'max' }]
    for (const group of optimizer.paramGroups) group.initialLr = maxLr / divFactor
    this.apply()
  }

  override step(): void {
    if (this.time + 1 > this.#totalSteps) {
      const what = `Tried to step ${this.time + 1} times. The specified number of total steps is ${this.#totalSteps}`
      failAsPyTorch('TN_RANGE', 'OneCycleLR', what)
    }
    super.step()
  }

  protected override apply(): void {
    super.apply()
    const { cycleMomentum, baseMomentum, maxMomentum } = this.#options
    if (!cycleMomentum) return
    const momentum = this.#between({ first: maxMomentum, max: baseMomentum, last: maxMomentum })
    for (const group of this.optimizer.paramGroups) {
      if (group.betas) group.betas = [momentum, group.betas[1]]
      else group.momentum = momentum
    }
  }

  protected rate(): number {
    const first = this.maxLr / this.#options.divFactor
    return this.#between({ first, max: this.maxLr, last: first / this.#options.finalDivFactor })
  }

  /** The value at the present step of what has these values at the ends. */
  #between(ends: Readonly<Record<End, number>>): number {
    const at = this.#phases.findIndex(({ end }) => this.time <= end)
    const phase = this.#phases.at(at) as Phase // the last one beyond the end
    const start = at === 0 ? 0 : (this.#phases.at(at - 1) as Phase).end
    const share = (this.time - start) / (phase.end - start)
    const [a, b] = [ends[phase.from], ends[phase.to]]
    return this.#options.annealStrategy === 'linear'
      ? (b - a) * share + a
      : b + ((a - b) / 2) * (1 + Math.cos(Math.PI * share))
  }
}

function totalSteps({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps === undefined && (epochs === undefined || stepsPerEpoch === undefined)) {
    fail('TN_RANGE', 'OneCycleLR', 'You must define either totalSteps OR (epochs AND stepsPerEpoch)')
  }
  const total = totalSteps ?? (epochs as number) * (stepsPerEpoch as number)
  if (!Number.isInteger(total) || total < 1) {
    fail('TN_RANGE', 'OneCycleLR', `the number of steps must be a whole number above 0, got ${total}`)
  }
  return total
}
