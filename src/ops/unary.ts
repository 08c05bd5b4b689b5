// Element-wise functions of one operand. Integers are taken as float32 where the result is not whole.
import { defineOp } from '../autograd/op.ts'
import { backend } from '../backend/backend.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { dtypeCode } from '../tensor/dtype.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'
import { div, mul, neg } from './arithmetic.ts'
import { cast } from './cast.ts'
import { ge, le, logicalAnd } from './compare.ts'
import { checkNotBool, toFloating, type UnaryName, unary } from './launch.ts'
import { contiguous } from './layout.ts'

/** A function whose derivative is a formula of its operand (`x`) and result (`y`), whichever is cheaper. */
function functionOp(
  name: UnaryName,
  derivative: { x: (g: Tensor, x: Tensor) => Tensor } | { y: (g: Tensor, y: Tensor) => Tensor } | 'zero',
) {
  const savedOf = (x: Tensor, out: Tensor): { operand?: Tensor; result?: Tensor } =>
    derivative === 'zero' ? {} : 'x' in derivative ? { operand: x } : { result: out }
  const op = defineOp({
    name,
    inputs: ['x'],
    forward: ([x]) => {
      const out = unary(name, x)
      return { out, saved: savedOf(x, out) }
    },
    pointwise: savedOf,
    gradients: {
      x: (g, { operand, result }) => {
        if (derivative === 'zero') return mul(g, 0)
        return 'x' in derivative ? derivative.x(g, operand as Tensor) : derivative.y(g, result as Tensor)
      },
    },
  })
  return (x: Tensor): Tensor => {
    checkTensor(name, x)
    return op([x], undefined)
  }
}

/** Integers are whole as they are. */
const numbers =
  (name: string, f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor => {
    checkNotBool(name, x)
    return f(x)
  }

const floating =
  (name: string, f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    f(toFloating(name, x))

/** `|x|`; the gradient at 0 is 0. */
export const abs = functionOp('abs', { x: (g, x) => mul(g, sign(x)) })
/** -1, 0 or 1; its gradient is 0. */
export const sign = functionOp('sign', 'zero')
/** `x * x`. */
export const square = functionOp('square', { x: (g, x) => mul(g, mul(x, 2)) })
/** The largest whole number not above `x`; its gradient is 0. */
export const floor = numbers('floor', functionOp('floor', 'zero'))
/** The smallest whole number not below `x`; its gradient is 0. */
export const ceil = numbers('ceil', functionOp('ceil', 'zero'))
/** The nearest whole number, halves to even; its gradient is 0. */
export const round = numbers('round', functionOp('round', 'zero'))
/** `x` without its fraction; its gradient is 0. */
export const trunc = numbers('trunc', functionOp('trunc', 'zero'))
/** `e^x`. */
export const exp = floating('exp', functionOp('exp', { y: (g, y) => mul(g, y) }))
/** `e^x - 1`, accurate near 0. */
export const expm1 = floating('expm1', functionOp('expm1', { y: (g, y) => mul(g, y.add(1)) }))
/** The natural logarithm. */
export const log = floating('log', functionOp('log', { x: (g, x) => div(g, x) }))
/** `log(1 + x)`, accurate near 0. */
export const log1p = floating('log1p', functionOp('log1p', { x: (g, x) => div(g, x.add(1)) }))
/** The logarithm to base 2. */
export const log2 = floating('log2', functionOp('log2', { x: (g, x) => div(g, mul(x, Math.LN2)) }))
/** The square root. */
export const sqrt = floating('sqrt', functionOp('sqrt', { y: (g, y) => div(g, mul(y, 2)) }))
/** `1 / sqrt(x)`. */
export const rsqrt = floating('rsqrt', functionOp('rsqrt', { y: (g, y) => mul(mul(g, -0.5), mul(y, mul(y, y))) }))
/** `1 / x`. */
export const reciprocal = floating('reciprocal', functionOp('reciprocal', { y: (g, y) => neg(mul(g, mul(y, y))) }))
/** The sine, in radians. */
export const sin = floating('sin', functionOp('sin', { x: (g, x) => mul(g, cos(x)) }))
/** The cosine, in radians. */
export const cos = floating('cos', functionOp('cos', { x: (g, x) => neg(mul(g, sin(x))) }))
/** The error function `2/sqrt(π) ∫_0^x e^(-t²) dt`. */
export const erf = floating(
  'erf',
  functionOp('erf', { x: (g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))) }),
)

const clampOp = defineOp({
  name: 'clamp',
  inputs: ['x'],
  forward: ([x], { min, max }: { readonly min: number; readonly max: number }) => {
    const source = contiguous(x)
    const out = allocate(x.shape, x.dtype)
    backend().kernels.clamp(dtypeCode(x.dtype), out.address, source.address, out.numel, min, max)
    return { out, saved: { x } }
  },
  gradients: { x: (g, { x }, { min, max }) => mul(g, cast(logicalAnd(ge(x, min), le(x, max)), g.dtype)) },
})

/** Options of `clamp`. */
export interface ClampOptions {
  /** The lower bound. Default: none. */
  readonly min?: number | undefined
  /** The upper bound. Default: none. */
  readonly max?: number | undefined
}

/**
 * `x` held within `[min, max]`; NaN stays NaN; the gradient is 0 outside the bounds. Integers become float32 if a bound has
 * a fraction.
 */
export function clamp(x: Tensor, options: ClampOptions = noOptions): Tensor {
  checkNotBool('clamp', x)
  checkOptions('clamp', options, ['min', 'max'], 'clamp({ min: 0, max: 1 })')
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = options
  const isWhole = [min, max].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound))
  return clampOp([isWhole ? x : toFloating('clamp', x)], { min, max })
}
