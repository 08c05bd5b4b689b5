// Activations: element-wise functions between layers.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { fail, show } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { add, div, minimum, mul, neg, sub } from './arithmetic.ts'
import { gt } from './compare.ts'
import { checkFloating, checkNotBool, toFloating, unary } from './launch.ts'
import { contiguous } from './layout.ts'
import { abs, erf, exp, log1p } from './unary.ts'
import { where } from './where.ts'

/**
 * An activation whose gradient is one kernel of the incoming gradient and the result.
 *
 * @param curve The gradient's own derivative with respect to the result, for second derivatives; undefined where it is 0.
 */
function hotActivation(name: 'relu' | 'sigmoid' | 'tanh', curve: ((g: Tensor, y: Tensor) => Tensor) | undefined) {
  const backwardOp = defineOp({
    name: `${name}Backward`,
    inputs: ['gradient', 'y'],
    forward: ([gradient, y]) => {
      const [g, result] = [contiguous(gradient), contiguous(y)]
      const out = allocate(y.shape, y.dtype)
      const kernel = backend().kernels[`${name}Backward`]
      kernel(dtypeCode(y.dtype), out.address, g.address, result.address, out.numel)
      return { out, saved: { gradient, y } }
    },
    gradients: {
      gradient: (g, { y }): Tensor => backwardOp([g, y], undefined),
      y: curve ? (g, saved) => mul(mul(g, saved.gradient), curve(saved.gradient, saved.y)) : 'not differentiable',
    },
  })
  return defineOp({
    name,
    inputs: ['x'],
    forward: ([x]) => {
      const y = unary(name, x)
      return { out: y, saved: { y } }
    },
    gradients: { x: (gradient, { y }) => backwardOp([gradient, y], undefined) },
    pointwise: (_, y) => ({ y }),
  })
}

const reluOp = hotActivation('relu', undefined)
const sigmoidOp = hotActivation('sigmoid', (_, y) => add(mul(y, -2), 1)) // (y(1-y))' = 1-2y
const tanhOp = hotActivation('tanh', (_, y) => mul(y, -2)) // (1-y²)' = -2y

/** `max(x, 0)`; NaN stays NaN; the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  checkNotBool('relu', x)
  return reluOp([x], undefined)
}
/** `1 / (1 + e^-x)`. */
export const sigmoid = (x: Tensor): Tensor => sigmoidOp([toFloating('sigmoid', x)], undefined)
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => tanhOp([toFloating('tanh', x)], undefined)

const geluOp = defineOp({
  name: 'gelu',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x]) => ({ out: unary('gelu', x), saved: { x } }),
  gradients: {
    // Φ(x) + x·φ(x)
    x: (gradient, { x }) => {
      const cumulative = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
      const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
      return mul(gradient, add(cumulative, mul(x, density)))
    },
  },
})

const geluTanhOp = defineOp({
  name: 'geluTanh',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x]) => ({ out: unary('geluTanh', x), saved: { x } }),
  gradients: {
    x: (gradient, { x }) => {
      const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715]
      const t = tanh(mul(add(x, mul(mul(x, mul(x, x)), cubic)), scale))
      const inner = mul(add(mul(mul(x, x), 3 * cubic), 1), scale)
      return mul(gradient, mul(add(add(t, 1), mul(mul(x, sub(1, mul(t, t))), inner)), 0.5))
    },
  },
})

/** Options of `gelu`. */
export interface GeluOptions {
  /** The formula: the error function (default), or a hyperbolic tangent close to it. */
  readonly approximate?: 'none' | 'tanh' | undefined
}

/** `x·Φ(x)` with the normal distribution's Φ, or its tanh approximation (Hendrycks & Gimpel, arXiv 1606.08415). */
export function gelu(x: Tensor, options: GeluOptions = noOptions): Tensor {
  checkFloating('gelu', x)
  checkOptions('gelu', options, ['approximate'], "gelu(x, { approximate: 'tanh' })")
  const { approximate = 'none' } = options
  if (approximate !== 'none' && approximate !== 'tanh') {
    fail('TN_RANGE', 'gelu', `approximate must be 'none' or 'tanh', got ${show(approximate)}`)
  }
  return approximate === 'tanh' ? geluTanhOp([x], undefined) : geluOp([x], undefined)
}

const siluOp = defineOp({
  name: 'silu',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x]) => ({ out: unary('silu', x), saved: { x } }),
  gradients: {
    x: (gradient, { x }) => {
      const s = sigmoid(x)
      return mul(gradient, mul(s, add(mul(x, sub(1, s)), 1)))
    },
  },
})

/** `x·sigmoid(x)`. */
export function silu(x: Tensor): Tensor {
  checkFloating('silu', x)
  return siluOp([x], undefined)
}

const softplusOp = defineOp({
  name: 'softplus',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x]) => ({ out: unary('softplus', x), saved: { x } }),
  gradients: { x: (gradient, { x }) => where(gt(x, 20), gradient, mul(gradient, sigmoid(x))) },
})

/** `log(1 + e^x)`; `x` itself above 20. */
export function softplus(x: Tensor): Tensor {
  checkFloating('softplus', x)
  return softplusOp([x], undefined)
}

const leakyReluOp = defineOp({
  name: 'leakyRelu',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x], slope: number) => {
    const source = contiguous(x)
    const out = allocate(x.shape, x.dtype)
    backend().kernels.leakyRelu(dtypeCode(x.dtype), out.address, source.address, out.numel, slope)
    return { out, saved: { x } }
  },
  gradients: { x: (gradient, { x }, slope) => where(gt(x, 0), gradient, mul(gradient, slope)) },
})

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope where `x` is negative. Default 0.01. */
  readonly negativeSlope?: number | undefined
}

/** `x` where positive, else `negativeSlope · x`. */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = noOptions): Tensor {
  checkFloating('leakyRelu', x)
  checkOptions('leakyRelu', options, ['negativeSlope'], 'leakyRelu(x, { negativeSlope: 0.01 })')
  return leakyReluOp([x], options.negativeSlope ?? 0.01)
}

const eluOp = defineOp({
  name: 'elu',
  inputs: ['x'],
  pointwise: (x) => ({ x }),
  forward: ([x], alpha: number) => {
    const source = contiguous(x)
    const out = allocate(x.shape, x.dtype)
    backend().kernels.elu(dtypeCode(x.dtype), out.address, source.address, out.numel, alpha)
    return { out, saved: { x } }
  },
  gradients: { x: (gradient, { x }, alpha) => where(gt(x, 0), gradient, mul(gradient, mul(exp(x), alpha))) },
})

/** Options of `elu`. */
export interface EluOptions {
  /** What `elu` falls to, negated. Default 1. */
  readonly alpha?: number | undefined
}

/** `x` where positive, else `alpha · (e^x - 1)`. */
export function elu(x: Tensor, options: EluOptions = noOptions): Tensor {
  checkFloating('elu', x)
  checkOptions('elu', options, ['alpha'], 'elu(x, { alpha: 1 })')
  return eluOp([x], options.alpha ?? 1)
}

const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** `scale · elu(x, alpha)` with the constants that keep mean 0 and variance 1 (arXiv 1706.02515). */
export const selu = (x: Tensor): Tensor => mul(elu(x, { alpha: seluAlpha }), seluScale)

/** `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  checkTensor('softsign', x)
  return div(x, add(abs(x), 1))
}

/** `min(x, 0) - log(1 + e^-|x|)`: the logarithm of the sigmoid. */
export function logSigmoid(x: Tensor): Tensor {
  const values = toFloating('logSigmoid', x)
  return sub(minimum(values, 0), log1p(exp(neg(abs(values)))))
}
