import {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
} from '../../../src/ops/activation.ts'
import { type AnySpec, dtypeRules } from '../../support/op-spec.ts'
import { erfReference, unary } from './unary.ts'

const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const elus = (x: number, alpha: number) => (x > 0 ? x : alpha * Math.expm1(x))
const tanhGelu = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const { floating, floatingOnly, numbers } = dtypeRules
const nonzero = { x: (r: { nonzero(shape: number[]): ReturnType<typeof relu> }, shape: number[]) => r.nonzero(shape) }

export const activationSpecs: readonly AnySpec[] = [
  unary('relu', {
    call: relu,
    f: (x) => Math.max(x, 0),
    dtypes: numbers,
    ...nonzero,
    records: ['relu', 'reluBackward'],
    inPlace: (x) => x.relu_(),
  }),
  unary('sigmoid', { call: sigmoid, f: logistic, dtypes: floating, records: ['sigmoid', 'sigmoidBackward'] }),
  unary('tanh', { call: tanh, f: Math.tanh, dtypes: floating, records: ['tanh', 'tanhBackward'] }),
  unary('gelu', { call: (x) => gelu(x), f: (x) => (x / 2) * (1 + erfReference(x / Math.SQRT2)), dtypes: floatingOnly }),
  unary('gelu, tanh', {
    call: (x) => gelu(x, { approximate: 'tanh' }),
    f: tanhGelu,
    dtypes: floatingOnly,
    records: ['geluTanh'],
  }),
  unary('silu', { call: silu, f: (x) => x * logistic(x), dtypes: floatingOnly }),
  unary('softplus', { call: softplus, f: (x) => Math.log1p(Math.exp(x)), dtypes: floatingOnly }),
  unary('leakyRelu', {
    call: (x) => leakyRelu(x, { negativeSlope: 0.2 }),
    f: (x) => (x > 0 ? x : 0.2 * x),
    dtypes: floatingOnly,
    ...nonzero,
  }),
  unary('elu', { call: (x) => elu(x, { alpha: 1.5 }), f: (x) => elus(x, 1.5), dtypes: floatingOnly, ...nonzero }),
  unary('selu', {
    call: selu,
    f: (x) => 1.0507009873554805 * elus(x, 1.6732632423543772),
    dtypes: floatingOnly,
    records: ['elu'],
    ...nonzero,
  }),
  unary('softsign', {
    call: softsign,
    f: (x) => x / (1 + Math.abs(x)),
    dtypes: floating,
    records: ['abs', 'div'],
    ...nonzero,
  }),
  unary('logSigmoid', {
    call: logSigmoid,
    f: (x) => -Math.log1p(Math.exp(-x)),
    dtypes: floating,
    records: ['log1p'],
    ...nonzero,
  }),
]
