import { fail } from '../backend/errors.ts'
import { checkOptions, Module, numberText } from '../module/index.ts'
import { expand, reshape } from '../ops/layout.ts'
import { crossEntropy } from '../ops/loss.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { dropout } from './bernoulli.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { checkProbability } from './probability.ts'

/** Options of `MultiSampleDropout`. */
export interface MultiSampleDropoutOptions extends NoiseLayerOptions {
  /** How many masks each example has. At least 1; default 8. */
  readonly samples?: number | undefined
  /** What is averaged over samples: a mean over the examples that it is given. Default `crossEntropy`. */
  readonly loss?: ((outputs: Tensor, target: Tensor) => Tensor) | undefined
}

const optionNames = ['samples', 'loss', ...noiseLayerOptionNames]

/**
 * The last layers of a model with their loss, which is averaged over several dropout masks of the same features:
 * `1/M Σₘ loss(head(x · keptₘ / (1 - p)), y)` (multi-sample dropout: Inoue 2019, arXiv 1905.09788). What computes the
 * features, usually most of the work, runs once, and learns as from M times the examples.
 *
 * All samples run as one batch of M N examples. In evaluation, and for p = 0, the loss of the head without dropout;
 * `predict` is that head's output.
 *
 * Shape: x `[N, ...]`, target `[N, ...]`; result that of the loss, `[]`. Draws two words an element of the M copies of
 * x, in row-major order; none in evaluation, for p = 0 or p = 1.
 *
 * @param head What turns features into outputs, example by example.
 * @param p Probability to drop a feature, in [0, 1]. Default 0.5.
 * @throws ThinnetError TN_RANGE if p or an option is out of range; TN_DTYPE if `head` is no module.
 * @example
 * const head = new nn.MultiSampleDropout(new nn.Linear(512, 10), 0.5, { samples: 8 })
 * const loss = head.call(body.call(x), y)
 * const logits = head.predict(body.call(x))
 */
export class MultiSampleDropout extends ProbabilityLayer<[x: Tensor, target: Tensor]> {
  readonly samples: number
  readonly #loss: (outputs: Tensor, target: Tensor) => Tensor

  constructor(
    readonly head: Module,
    p = 0.5,
    options: MultiSampleDropoutOptions = {},
  ) {
    const name = 'MultiSampleDropout'
    if (!(head instanceof Module)) fail('TN_DTYPE', name, `expected a module, got ${typeof head}`)
    checkOptions(name, options, optionNames, `new nn.${name}(head, ${numberText(p)}, { samples: 8 })`)
    super(p, options)
    const { samples = 8, loss = crossEntropy } = options
    if (!Number.isInteger(samples) || samples < 1) {
      fail('TN_RANGE', name, `samples must be a positive whole number, got ${String(samples)}`)
    }
    if (typeof loss !== 'function') fail('TN_DTYPE', name, `loss must be a function, got ${typeof loss}`)
    this.samples = samples
    this.#loss = loss
  }

  /** The head's output without dropout. */
  predict(x: Tensor): Tensor {
    return this.head.call(x)
  }

  forward(x: Tensor, target: Tensor): Tensor {
    const { head, p, samples, drops, generator } = this
    checkProbability('MultiSampleDropout', p)
    if (!drops || p === 0) return this.#loss(head.call(x), target)
    const dropped = dropout(copies(x, samples), p, { generator })
    return this.#loss(head.call(dropped), copies(target, samples))
  }

  protected override settings(): string[] {
    return [...super.settings(), `samples=${this.samples}`]
  }
}

/** The examples several times, one round after another: `[N, ...]` to `[M * N, ...]`. */
function copies(x: Tensor, count: number): Tensor {
  const [examples, ...rest] = x.shape as readonly [number, ...number[]]
  return reshape(expand(x, [count, ...x.shape]), [count * examples, ...rest])
}
