// Each method of a tensor is the function of its name: called with the same operands, both give the same.
import { describe, expect, test } from 'vitest'
import * as activation from '../../src/ops/activation.ts'
import * as arithmetic from '../../src/ops/arithmetic.ts'
import * as compare from '../../src/ops/compare.ts'
import * as indexing from '../../src/ops/indexing.ts'
import * as join from '../../src/ops/join.ts'
import * as layout from '../../src/ops/layout.ts'
import { matmul } from '../../src/ops/matmul.ts'
import * as reduce from '../../src/ops/reduce.ts'
import * as softmax from '../../src/ops/softmax.ts'
import * as functions from '../../src/ops/unary.ts'
import { maskedFill, where } from '../../src/ops/where.ts'
import { Tensor } from '../../src/tensor/tensor.ts'
import { Grid } from '../support/grid.ts'
import { bool, int32, Samples } from '../support/samples.ts'

const all: Record<string, unknown> = {
  ...{ ...activation, ...arithmetic, ...compare, ...indexing, ...join, ...layout, ...reduce, ...softmax, ...functions },
  ...{ matmul, maskedFill, where, var: reduce.variance },
}

const r = new Samples(1)
const x = r.positive([3, 3])
const y = r.positive([3, 3])
const mask = bool([1, 0, 1, 0, 1, 0, 1, 1, 0], [3, 3])
const picks = int32([2, 0, 1, 1, 1, 0], [3, 2])
const list = int32([2, 0])

/** What each method is called with. */
const calls: Record<string, readonly unknown[]> = {
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'pow', 'remainder', 'maximum', 'minimum'].map((name) => [name, [y]]),
  ),
  ...Object.fromEntries(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'matmul', 'equal'].map((name) => [name, [y]])),
  ...Object.fromEntries(
    [
      ...['neg', 'abs', 'sign', 'square', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'log', 'sin', 'cos', 'floor', 'ceil'],
      ...['round', 'relu', 'sigmoid', 'tanh', 'contiguous', 'clone', 'detach', 'nonzero'],
    ].map((name) => [name, []]),
  ),
  ...Object.fromEntries(
    [
      'sum',
      'prod',
      'mean',
      'var',
      'std',
      'max',
      'min',
      'amax',
      'amin',
      'argmax',
      'argmin',
      'any',
      'all',
      'logsumexp',
    ].map((name) => [name, [1, { keepdim: true }]]),
  ),
  clamp: [{ min: 0.5, max: 1 }],
  softmax: [0],
  logSoftmax: [0],
  norm: [3, 1, { keepdim: true }],
  cumsum: [0],
  reshape: [[9]],
  view: [[9]],
  flatten: [0, 1],
  permute: [[1, 0]],
  transpose: [0, 1],
  expand: [[2, 3, 3]],
  unsqueeze: [1],
  squeeze: [0],
  slice: [1, 0, 3, 2],
  narrow: [1, 1, 2],
  select: [1, 2],
  index: [0, [1, 3]],
  indexSelect: [1, list],
  gather: [1, picks],
  scatter: [1, picks, y],
  scatterAdd: [1, picks, y],
  indexAdd: [0, list, r.uniform([2, 3])],
  take: [list],
  maskedSelect: [mask],
  split: [2, 1],
  chunk: [2, 1],
  unbind: [1],
  flip: [[0, 1]],
  repeat: [[2, 1]],
  tile: [[2]],
  repeatInterleave: [2, 1],
  maskedFill: [mask, 7],
}

const plain = (value: unknown): unknown => {
  if (value instanceof Tensor) return [value.dtype, Grid.of(value)]
  if (Array.isArray(value)) return value.map(plain)
  return value !== null && typeof value === 'object'
    ? Object.entries(value).map(([key, own]) => [key, plain(own)])
    : value
}

type Callable = (...operands: readonly unknown[]) => unknown
const method = (on: Tensor, name: string) => (on as unknown as Record<string, Callable>)[name] as Callable

test.each(Object.keys(calls))('%s', (name) => {
  const operands = calls[name] as readonly unknown[]
  expect(plain(method(x, name).call(x, ...operands))).toEqual(plain((all[name] as Callable)(x, ...operands)))
})

test('where takes the condition as its first operand, the tensor being the first choice', () => {
  expect(plain(x.where(mask, 3))).toEqual(plain(where(mask, x, 3)))
})

test('T swaps the last two dimensions', () => {
  const batch = r.uniform([2, 3, 4])
  expect(plain(batch.T)).toEqual(plain(layout.transpose(batch, 1, 2)))
})

describe('in place, each method writes what its namesake returns', () => {
  const inPlace = ['add', 'sub', 'mul', 'div', 'pow', 'neg', 'exp', 'clamp', 'relu', 'maskedFill']
  test.each(inPlace)('%s_', (name) => {
    const operands = calls[name] as readonly unknown[]
    const target = x.clone()
    expect(method(target, `${name}_`).call(target, ...operands)).toBe(target)
    expect(plain(target)).toEqual(plain((all[name] as Callable)(x, ...operands)))
  })

  test('copy_, fill_ and zero_', () => {
    const target = x.clone()
    expect(plain(target.copy_(y))).toEqual(plain(y))
    expect(plain(target.fill_(2))).toEqual(plain(y.mul(0).add(2)))
    expect(plain(target.zero_())).toEqual(plain(y.mul(0)))
  })

  test('indexPut_', () => {
    expect(plain(x.clone().indexPut_([0], 5))).toEqual(plain(indexing.indexPut_(x.clone(), [0], 5)))
  })
})
