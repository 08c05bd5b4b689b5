import type { Module } from '../../module/index.ts'
import * as nn from '../../nn/index.ts'

/** The shape of a network for tables. */
export interface TableNetworkOptions {
  readonly inputs: number
  readonly outputs: number
  /** Neurons of the hidden layers. */
  readonly hidden: readonly number[]
  /** The probability to drop a hidden neuron. */
  readonly p: number
}

/** `Linear, ReLU, Dropout` for each hidden layer, and a `Linear` on top; with p = 0 without the `Dropout`s. */
export function tableNetwork({ inputs, outputs, hidden, p }: TableNetworkOptions): nn.Sequential {
  const layers: Module[] = []
  let width = inputs
  for (const size of hidden) {
    layers.push(new nn.Linear(width, size), new nn.ReLU())
    if (p > 0) layers.push(new nn.Dropout(p))
    width = size
  }
  return new nn.Sequential(...layers, new nn.Linear(width, outputs))
}

/** Hidden layers for a number of training rows: more rows can feed more neurons. */
export function usualHidden(rows: number): number[] {
  const size = rows < 1000 ? 64 : rows < 10_000 ? 128 : 256
  return [size, size]
}
