import { fail } from '../backend/errors.ts'
import { checkOptions, Module, numberText, Parameter } from '../module/index.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { cast } from '../ops/cast.ts'
import { arange } from '../ops/creation.ts'
import { checkedRows, type EmbeddingFunctionOptions, embedding } from '../ops/embedding.ts'
import { indexSelect } from '../ops/indexing.ts'
import { expand, reshape } from '../ops/layout.ts'
import type { GeneratorOption } from '../random/index.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCall } from './decide.ts'
import { type NoiseLayerOptions, noiseLayerOptionNames, ProbabilityLayer } from './layer.ts'
import { drawMask, expandMask } from './mask.ts'
import { applyNoise } from './noise.ts'
import { keptScale } from './scaling.ts'

/** What shares the set of dropped words: the mini-batch, or each example for itself. */
export type WordMasks = 'perBatch' | 'perExample'

/** Options of `embeddingDropout`. */
export interface EmbeddingDropoutFunctionOptions extends EmbeddingFunctionOptions, GeneratorOption {
  /** Drops if true; if false looks up. Default true. */
  readonly training?: boolean | undefined
  /** `perBatch` (the default): a word is dropped in all examples or in none. `perExample`: drawn for each example. */
  readonly masks?: WordMasks | undefined
}

const functionOptionNames = [
  'paddingIdx',
  'maxNorm',
  'normType',
  'scaleGradByFreq',
  'training',
  'masks',
  'generator',
] as const satisfies readonly (keyof EmbeddingDropoutFunctionOptions)[]

function checkMasks(where: string, masks: WordMasks): void {
  if (masks === 'perBatch' || masks === 'perExample') return
  fail('TN_RANGE', where, `masks must be 'perBatch' or 'perExample', got ${String(masks)}`)
}

/** Multiplies the vectors that were looked up by 0 or 1 / (1 - p), the same for the same word. */
function dropWords(
  where: string,
  looked: Tensor,
  indices: Tensor,
  words: number,
  p: number,
  masks: WordMasks,
  options: GeneratorOption,
): Tensor {
  if (p === 0 || looked.numel === 0) return looked
  if (p === 1) return mul(looked, 0)
  if (masks === 'perExample' && indices.ndim === 0) {
    fail('TN_SHAPE', where, `masks: 'perExample' needs indices [N, ...], got ${formatShape(indices.shape)}`)
  }
  const examples = masks === 'perExample' ? (indices.shape[0] as number) : 1
  const count = examples * words
  const bits = drawMask({ shape: masks === 'perExample' ? [examples, words] : [words] }, 1 - p, options)
  const noise = mul(cast(expandMask(bits, count), looked.dtype), keptScale(p, 'inverted', looked.dtype))
  const list = checkedRows(where, indices, words)
  const places = masks === 'perBatch' ? list : add(list, firstWords(examples, list.numel / examples, words))
  return applyNoise(looked, reshape(indexSelect(noise, 0, places), [...indices.shape, 1]))
}

/** Where each example's words begin among those of all, once for each of its look-ups. */
const firstWords = (examples: number, lookups: number, words: number): Tensor =>
  reshape(expand(reshape(mul(arange(examples), words), [examples, 1]), [examples, lookups]), [-1])

/**
 * Drops words, all occurrences of one together: `y[...] = weight[w] * kept[w] / (1 - p)`, `w = indices[...]`. A
 * sentence that loses a word must not have it two places further on (Gal & Ghahramani 2016, arXiv 1512.05287, section
 * 4.2; as in AWD-LSTM, Merity et al. 2018, arXiv 1708.02182, section 4.3).
 *
 * Keeps the expectation: E[y] = weight[w], which evaluation computes. Only rows that are looked up are computed.
 *
 * Shape: indices int32 `[...]`, weight `[words, dim]`; result `[..., dim]`. Draws two words for each row of the table,
 * and with `perExample` for each example; none in evaluation, for p = 0 or p = 1. Gradient: the mask and factor, added
 * up in the rows.
 *
 * @param p Probability to drop a word, in [0, 1].
 * @throws ThinnetError TN_RANGE if p is not in [0, 1], an index is no row or an option unknown; TN_DTYPE if indices are
 * not int32.
 * @example embeddingDropout(tokens, table, 0.1) // [N, T] to [N, T, dim]
 */
export function embeddingDropout(
  indices: Tensor,
  weight: Tensor,
  p = 0.1,
  options: EmbeddingDropoutFunctionOptions = {},
): Tensor {
  const name = 'embeddingDropout'
  checkOptions(name, options, functionOptionNames, `${name}(indices, weight, p, { training: false })`)
  const { training = true, masks = 'perBatch', ...lookup } = options
  checkCall(name, indices, p, { training })
  checkMasks(name, masks)
  const looked = embedding(indices, weight, lookup)
  return training ? dropWords(name, looked, indices, weight.shape[0] as number, p, masks, options) : looked
}

/** A table of vectors by word, such as `Embedding`. */
export interface EmbeddingLayer extends Module {
  /** Shape: `[words, dim]`. */
  readonly weight: Parameter
}

/** Options of `EmbeddingDropout`. */
export interface EmbeddingDropoutOptions extends NoiseLayerOptions {
  /** What shares the set of dropped words. Default `perBatch`; see `embeddingDropout`. */
  readonly masks?: WordMasks | undefined
}

/**
 * A table of vectors by word that drops words in training; see `embeddingDropout`.
 *
 * Shape: indices int32 `[...]` to `[..., dim]`.
 *
 * @param embedding The table.
 * @param p Probability to drop a word, in [0, 1]. Default 0.1, AWD-LSTM's.
 * @throws ThinnetError TN_RANGE if p is not in [0, 1] or an option is unknown; TN_DTYPE if `embedding` is no table.
 * @example new nn.EmbeddingDropout(new nn.Embedding(10_000, 300), 0.1)
 */
export class EmbeddingDropout extends ProbabilityLayer {
  readonly masks: WordMasks

  constructor(
    readonly embedding: EmbeddingLayer,
    p = 0.1,
    options: EmbeddingDropoutOptions = {},
  ) {
    const name = 'EmbeddingDropout'
    if (!(embedding instanceof Module) || !(embedding.weight instanceof Parameter)) {
      fail('TN_DTYPE', name, `expected a layer with a table, such as Embedding, got ${typeof embedding}`)
    }
    const form = `new nn.${name}(embedding, ${numberText(p)}, { masks: 'perExample' })`
    checkOptions(name, options, ['masks', ...noiseLayerOptionNames], form)
    super(p, options)
    const { masks = 'perBatch' } = options
    checkMasks(name, masks)
    this.masks = masks
  }

  forward(indices: Tensor): Tensor {
    const { embedding, p, masks } = this
    checkCall('EmbeddingDropout', indices, p, {})
    const looked = embedding.call(indices)
    return this.drops
      ? dropWords('EmbeddingDropout', looked, indices, embedding.weight.shape[0] as number, p, masks, this)
      : looked
  }

  protected override settings(): string[] {
    return [...super.settings(), ...(this.masks === 'perBatch' ? [] : [`masks=${this.masks}`])]
  }
}
