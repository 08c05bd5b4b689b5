import { fail } from '../backend/errors.ts'
import { booleanText, checkBoolean, checkOptions, floatText, Module, numberText, Parameter } from '../module/index.ts'
import { empty } from '../ops/creation.ts'
import { type EmbeddingFunctionOptions, embedding, paddingRow } from '../ops/embedding.ts'
import { narrow } from '../ops/layout.ts'
import type { GeneratorOption } from '../random/index.ts'
import type { DType } from '../tensor/dtype.ts'
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { normal_, zeros_ } from './init.ts'

/** Options of the layer `Embedding`. */
export interface EmbeddingOptions extends EmbeddingFunctionOptions, GeneratorOption {
  /** The type of the table: float32 (the default) or float64. */
  readonly dtype?: DType | undefined
}

const lookupNames = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq'] as const
const optionNames = [...lookupNames, 'dtype', 'generator'] as const satisfies readonly (keyof EmbeddingOptions)[]

/**
 * A table of vectors, one for each word: `y[...] = weight[indices[...]]`. PyTorch's `nn.Embedding`.
 *
 * Shape: indices int32 `[...]` to `[..., embeddingDim]`. Initial values: normal of mean 0 and deviation 1; the padding
 * row 0.
 *
 * @throws ThinnetError TN_RANGE if a size is not a whole number, `paddingIdx` no row, or an option unknown.
 * @example new nn.Embedding(10_000, 300, { paddingIdx: 0 })
 */
export class Embedding extends Module {
  /** Shape: `[numEmbeddings, embeddingDim]`. */
  readonly weight: Parameter
  readonly paddingIdx: number | undefined
  readonly maxNorm: number | undefined
  readonly normType: number
  readonly scaleGradByFreq: boolean

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingOptions = {},
  ) {
    super()
    for (const [name, size] of Object.entries({ numEmbeddings, embeddingDim })) {
      if (!Number.isInteger(size) || size < 0) {
        fail('TN_RANGE', 'Embedding', `${name} must be a whole number, got ${String(size)}`)
      }
    }
    const form = `new nn.Embedding(${numEmbeddings}, ${embeddingDim}, { paddingIdx: ${String(options)} })`
    checkOptions('Embedding', options, optionNames, form)
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false, dtype } = options
    checkBoolean('Embedding', 'scaleGradByFreq', scaleGradByFreq)
    this.paddingIdx = paddingRow('Embedding', paddingIdx, numEmbeddings)
    this.maxNorm = maxNorm
    this.normType = normType
    this.scaleGradByFreq = scaleGradByFreq
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim], { dtype }))
    this.resetParameters({ generator: options.generator })
  }

  /**
   * A layer with a table that is there already; frozen unless told otherwise.
   *
   * @param table Shape: `[numEmbeddings, embeddingDim]`; the layer shares its memory.
   */
  static fromPretrained(
    table: Tensor,
    { freeze = true, ...options }: Omit<EmbeddingOptions, 'dtype' | 'generator'> & { readonly freeze?: boolean } = {},
  ): Embedding {
    if (table.ndim !== 2) {
      const rule = 'Embeddings parameter is expected to be 2-dimensional'
      fail('TN_SHAPE', 'Embedding.fromPretrained', `${rule}, got ${formatShape(table.shape)}`)
    }
    checkOptions('Embedding.fromPretrained', options, lookupNames)
    const [rows, dim] = table.shape as readonly [number, number]
    const layer = new Embedding(0, dim, { dtype: table.dtype })
    const { maxNorm, normType = 2, scaleGradByFreq = false } = options
    const paddingIdx = paddingRow('Embedding.fromPretrained', options.paddingIdx, rows)
    const weight = new Parameter(table.detach(), { requiresGrad: !freeze })
    return Object.assign(layer, { numEmbeddings: rows, paddingIdx, maxNorm, normType, scaleGradByFreq, weight })
  }

  /** Draws new initial values. */
  resetParameters(options: GeneratorOption = {}): void {
    const { weight, paddingIdx } = this
    normal_(weight, 0, 1, options)
    if (paddingIdx !== undefined) zeros_(narrow(weight.detach(), 0, paddingIdx, 1))
  }

  forward(indices: Tensor): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this
    return embedding(indices, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq })
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx, maxNorm, normType, scaleGradByFreq } = this
    const parts = [String(numEmbeddings), String(embeddingDim)]
    if (paddingIdx !== undefined) parts.push(`padding_idx=${paddingIdx}`)
    if (maxNorm !== undefined) parts.push(`max_norm=${numberText(maxNorm)}`)
    if (normType !== 2) parts.push(`norm_type=${floatText(normType)}`)
    if (scaleGradByFreq) parts.push(`scale_grad_by_freq=${booleanText(scaleGradByFreq)}`)
    return parts.join(', ')
  }
}
