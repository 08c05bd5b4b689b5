// Recurrent networks written down slowly, one number after another, for one sequence without a batch.
import type { nn } from '../../src/index.ts'
import { Grid } from './grid.ts'

type Vector = readonly number[]

/** What a step does with what: each may be left as it is. */
export interface SlowNoise {
  /** What the recurrent weights see of h. */
  seen?(h: Vector): Vector
  /** The recurrent weights, row by row. */
  weights?(rows: readonly Vector[]): readonly Vector[]
  /** The state after a step, of that before and that which the cell computes. */
  zoned?(before: Vector, next: Vector): Vector
}

export type SlowKind = 'rnn' | 'lstm' | 'gru'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const rowsOf = (x: Grid): Vector[] =>
  Array.from({ length: x.shape[0] as number }, (_, i) =>
    x.data.slice(i * (x.shape[1] as number), (i + 1) * (x.shape[1] as number)),
  )
const times = (rows: readonly Vector[], x: Vector, bias: Vector): number[] =>
  rows.map((row, i) => row.reduce((total, w, k) => total + w * (x[k] as number), bias[i] as number))

/** The next h and c of one step. */
function step(kind: SlowKind, fromX: Vector, fromH: Vector, h: Vector, c: Vector): { h: number[]; c: number[] } {
  const n = h.length
  const at = (gate: number, i: number) => (fromX[gate * n + i] as number) + (fromH[gate * n + i] as number)
  if (kind === 'rnn') return { h: h.map((_, i) => Math.tanh(at(0, i))), c: [] }
  if (kind === 'gru') {
    const next = h.map((before, i) => {
      const fresh = Math.tanh((fromX[2 * n + i] as number) + sigmoid(at(0, i)) * (fromH[2 * n + i] as number))
      return (before - fresh) * sigmoid(at(1, i)) + fresh
    })
    return { h: next, c: [] }
  }
  const cell = h.map((_, i) => sigmoid(at(1, i)) * (c[i] as number) + sigmoid(at(0, i)) * Math.tanh(at(2, i)))
  return { h: cell.map((value, i) => sigmoid(at(3, i)) * Math.tanh(value)), c: cell }
}

/**
 * All outputs h of one layer, from a state (0 if none is given), and the last c.
 *
 * @param xs An input for each time.
 */
export function slowLayer(
  kind: SlowKind,
  weights: Pick<nn.DirectionWeights, 'weightIh' | 'weightHh' | 'biasIh' | 'biasHh'>,
  xs: readonly Vector[],
  { seen = (h) => h, weights: drop = (rows) => rows, zoned = (_, next) => next }: SlowNoise = {},
  start?: { readonly h: Vector; readonly c: Vector },
): { readonly outputs: number[][]; readonly c: Vector } {
  const [ih, hh] = [rowsOf(Grid.of(weights.weightIh)), drop(rowsOf(Grid.of(weights.weightHh)))]
  const none = new Array<number>(ih.length).fill(0)
  const [biasIh, biasHh] = [weights.biasIh, weights.biasHh].map((bias) => (bias ? Grid.of(bias).data : none)) as [
    Vector,
    Vector,
  ]
  const size = (hh[0] as Vector).length
  let [h, c]: [Vector, Vector] = [start?.h ?? new Array(size).fill(0), start?.c ?? new Array(size).fill(0)]
  const outputs = xs.map((x) => {
    const next = step(kind, times(ih, x, biasIh), times(hh, seen(h), biasHh), h, c)
    h = zoned(h, next.h)
    c = kind === 'lstm' ? zoned(c, next.c) : c
    return [...h]
  })
  return { outputs, c }
}
