/** What a layer that drops says of one call to `summary`. */
export interface DropFacts {
  /** Probability to drop. */
  readonly p: number
  /** How many thinned networks a mini-batch trains, where that can be chosen. */
  readonly subnets?: number | 'perExample' | undefined
  /** Of each example, how many neurons (elements, channels) are kept or dropped, each by a draw of its own. */
  readonly units?: number | undefined
  /** Bytes that are kept for backward of what was drawn. */
  readonly maskBytes?: number | undefined
  /** True if what is dropped is left out of the products beside the layer. */
  readonly thins?: boolean | undefined
}
