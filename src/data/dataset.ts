import { fail } from '../backend/errors.ts'
import { tensor } from '../ops/creation.ts'
import { indexSelect } from '../ops/indexing.ts'
import { select } from '../ops/layout.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Examples by number, 0 to `length - 1`. */
export interface Dataset<T> {
  readonly length: number
  get(index: number): T
  /**
   * A batch made at once, for datasets that can do better than `get` for each example: a `DataLoader` without a `collate`
   * of its own uses it. It must return what collating the single examples would.
   */
  getBatch?(indices: readonly number[]): Collated<T>
}

/**
 * What collating examples of type T gives: numbers and booleans become a tensor, tensors gain a first dimension, and tuples
 * and objects keep their structure.
 */
export type Collated<T> = T extends Tensor | number | boolean
  ? Tensor
  : T extends readonly unknown[] | Readonly<Record<string, unknown>>
    ? { -readonly [K in keyof T]: Collated<T[K]> }
    : T[]

/** Throws unless `index` is a whole number from 0 to `length - 1`. */
export function checkIndex(where: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    fail('TN_RANGE', where, `index must be a whole number from 0 to ${length - 1}, got ${index}`)
  }
}

/**
 * Examples that are rows of tensors: example `i` is `[tensors[0][i], tensors[1][i], ...]`. A batch is one `indexSelect` for
 * each tensor.
 *
 * @example
 * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 32, shuffle: true })
 * for (const [xBatch, yBatch] of loader) ...
 */
export class TensorDataset<T extends readonly Tensor[]> implements Dataset<T> {
  readonly tensors: T
  readonly length: number

  /** @param tensors Tensors whose first dimensions are equal: the number of examples. */
  constructor(...tensors: T) {
    const sizes = tensors.map((tensor) => tensor.shape[0])
    const [length] = sizes
    if (length === undefined || sizes.some((size) => size !== length)) {
      const got = sizes.map((size) => size ?? 'none').join(', ')
      fail(
        'TN_SHAPE',
        'TensorDataset',
        `Size mismatch between tensors: first dimensions must be equal, got ${got || 'no tensors'}`,
      )
    }
    this.tensors = tensors
    this.length = length
  }

  get(index: number): T {
    checkIndex('TensorDataset', index, this.length)
    return this.tensors.map((tensor) => select(tensor, 0, index)) as unknown as T
  }

  getBatch(indices: readonly number[]): Collated<T> {
    const rows = rowNumbers(indices)
    return this.tensors.map((tensor) => indexSelect(tensor, 0, rows)) as unknown as Collated<T>
  }
}

/** Indices as `indexSelect` takes them. */
export const rowNumbers = (indices: readonly number[]): Tensor => tensor(Int32Array.from(indices))

/** The examples of a dataset at given indices, in that order. */
export class Subset<T> implements Dataset<T> {
  readonly getBatch?: (indices: readonly number[]) => Collated<T>

  constructor(
    readonly dataset: Dataset<T>,
    readonly indices: readonly number[],
  ) {
    for (const index of indices) checkIndex('Subset', index, dataset.length)
    if (dataset.getBatch) this.getBatch = (batch) => dataset.getBatch?.(batch.map((i) => this.#inner(i))) as Collated<T>
  }

  get length(): number {
    return this.indices.length
  }

  get(index: number): T {
    return this.dataset.get(this.#inner(index))
  }

  #inner(index: number): number {
    checkIndex('Subset', index, this.length)
    return this.indices[index] as number
  }
}
