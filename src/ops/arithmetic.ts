// Element-wise arithmetic over broadcast operands. A number stands for a tensor of one element.
import { defineOp } from '../autograd/op.ts'
import { fail } from '../backend/errors.ts'
import { type DType, isFloating } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { cast } from './cast.ts'
import { eq, gt, lt } from './compare.ts'
import { full } from './creation.ts'
import { binary, checkNotBool, promoted, refuseBool, type ScalarName, toFloating, unary, withScalar } from './launch.ts'
import { sumTo } from './reduce.ts'
import { log, sign } from './unary.ts'
import { where } from './where.ts'

/** An operand: a tensor, or a number for one element of the other operand's type. */
export type Operand = Tensor | number

/** An op of two broadcast tensors of one type; each formula gives the gradient at the broadcast shape. */
function broadcastOp(
  name: 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow' | 'remainder',
  needs: 'nothing' | 'operands' | 'operands and result',
  a: (gradient: Tensor, a: Tensor, b: Tensor, out: Tensor) => Tensor,
  b: (gradient: Tensor, a: Tensor, b: Tensor, out: Tensor) => Tensor,
) {
  interface Saved {
    readonly aShape: readonly number[]
    readonly bShape: readonly number[]
    readonly a: Tensor | undefined
    readonly b: Tensor | undefined
    readonly out: Tensor | undefined
  }
  return defineOp({
    name,
    inputs: ['a', 'b'],
    forward: ([a, b]) => {
      const out = binary(name, a, b)
      const operands = needs === 'nothing' ? { a: undefined, b: undefined } : { a, b }
      const result = needs === 'operands and result' ? out : undefined
      return { out, saved: { aShape: a.shape, bShape: b.shape, ...operands, out: result } as Saved }
    },
    gradients: {
      a: (gradient, saved) =>
        sumTo(a(gradient, saved.a as Tensor, saved.b as Tensor, saved.out as Tensor), saved.aShape),
      b: (gradient, saved) =>
        sumTo(b(gradient, saved.a as Tensor, saved.b as Tensor, saved.out as Tensor), saved.bShape),
    },
  })
}

const addOp = broadcastOp(
  'add',
  'nothing',
  (g) => g,
  (g) => g,
)
const subOp = broadcastOp(
  'sub',
  'nothing',
  (g) => g,
  (g) => neg(g),
)
const mulOp = broadcastOp(
  'mul',
  'operands',
  (g, _, b) => mul(g, b),
  (g, a) => mul(g, a),
)
const divOp = broadcastOp(
  'div',
  'operands',
  (g, _, b) => div(g, b),
  (g, a, b) => neg(div(mul(g, div(a, b)), b)),
)
const remainderOp = broadcastOp(
  'remainder',
  'operands',
  (g) => g,
  (g, a, b) => neg(mul(g, floorDivide(a, b))),
)
const powOp = broadcastOp(
  'pow',
  'operands and result',
  // d/da a^b = b·a^(b-1), and 0 where b is 0; d/db a^b = a^b·log a, and 0 where a is 0 and b is not negative.
  (g, a, b) => where(eq(b, 0), 0, mul(g, mul(b, pow(a, sub(b, 1))))),
  (g, a, b, out) => where(eq(a, 0), mul(g, mul(out, lt(b, 0))), mul(g, mul(out, log(a)))),
)
// Where both are equal, each gets half.
const halfAtTies = (g: Tensor, wins: Tensor, ties: Tensor) =>
  mul(g, add(cast(wins, g.dtype), mul(cast(ties, g.dtype), 0.5)))
const maximumOp = broadcastOp(
  'maximum',
  'operands',
  (g, a, b) => halfAtTies(g, gt(a, b), eq(a, b)),
  (g, a, b) => halfAtTies(g, lt(a, b), eq(a, b)),
)
const minimumOp = broadcastOp(
  'minimum',
  'operands',
  (g, a, b) => halfAtTies(g, lt(a, b), eq(a, b)),
  (g, a, b) => halfAtTies(g, gt(a, b), eq(a, b)),
)

/** An op of a tensor and a number. */
function scalarOp(
  name: ScalarName,
  gradient: (gradient: Tensor, x: Tensor, scalar: number, out: Tensor) => Tensor,
  saves: boolean,
) {
  return defineOp({
    name,
    inputs: ['x'],
    forward: ([x], scalar: number) => {
      const out = withScalar(name, x, scalar)
      return { out, saved: saves ? { x, out } : {} }
    },
    gradients: {
      x: (g, saved, scalar) => gradient(g, (saved as { x: Tensor }).x, scalar, (saved as { out: Tensor }).out),
    },
  })
}

const addScalarOp = scalarOp('addScalar', (g) => g, false)
const mulScalarOp = scalarOp('mulScalar', (g, _, s) => mul(g, s), false)
const divScalarOp = scalarOp('divScalar', (g, _, s) => div(g, s), false)
const rsubScalarOp = scalarOp('rsubScalar', (g) => neg(g), false)
const rdivScalarOp = scalarOp('rdivScalar', (g, x, _, out) => neg(div(mul(g, out), x)), true)
const powScalarOp = scalarOp('powScalar', (g, x, s) => (s === 0 ? mul(g, 0) : mul(g, mul(pow(x, s - 1), s))), true)
const rpowScalarOp = scalarOp('rpowScalar', (g, _, s, out) => mul(g, mul(out, Math.log(s))), true)
const remainderScalarOp = scalarOp('remainderScalar', (g) => g, false)
const maximumScalarOp = scalarOp('maximumScalar', (g, x, s) => halfAtTies(g, gt(x, s), eq(x, s)), true)
const minimumScalarOp = scalarOp('minimumScalar', (g, x, s) => halfAtTies(g, lt(x, s), eq(x, s)), true)

const negOp = defineOp({
  name: 'neg',
  inputs: ['x'],
  forward: ([x]) => ({ out: unary('neg', x), saved: {} }),
  gradients: { x: (gradient) => neg(gradient) },
})

type TensorForm = (inputs: readonly [Tensor, Tensor], attributes: undefined) => Tensor
type NumberForm = (inputs: readonly [Tensor], scalar: number) => Tensor

/** The forms of an op: for two tensors, for a tensor and a number on its right, for a number on its left. */
interface Forms {
  readonly name: string
  readonly tensors: TensorForm
  readonly right: NumberForm
  readonly left: NumberForm
  /** What becomes of the promoted type: 'floats' divides integers as float32, 'numbers' refuses booleans. */
  readonly types?: 'floats' | 'numbers'
}

/** Promotes both operands and calls the form for what they are. */
function dispatch(forms: Forms, a: Operand, b: Operand): Tensor {
  if (typeof b === 'number') {
    if (typeof a === 'number') return fail('TN_DTYPE', forms.name, 'one operand must be a tensor, got two numbers')
    return forms.right([cast(a, typeFor(forms, promoted(forms.name, a, b)))], b)
  }
  if (typeof a === 'number') return forms.left([cast(b, typeFor(forms, promoted(forms.name, b, a)))], a)
  const dtype = typeFor(forms, promoted(forms.name, a, b))
  return forms.tensors([cast(a, dtype), cast(b, dtype)], undefined)
}

function typeFor({ types, name }: Forms, dtype: DType): DType {
  if (types === 'numbers') refuseBool(name, dtype)
  return types === 'floats' && !isFloating(dtype) ? 'float32' : dtype
}

const addForms: Forms = { name: 'add', tensors: addOp, right: addScalarOp, left: addScalarOp }
const subForms: Forms = {
  name: 'sub',
  tensors: subOp,
  right: ([x], s) => addScalarOp([x], -s),
  left: rsubScalarOp,
  types: 'numbers',
}
const mulForms: Forms = { name: 'mul', tensors: mulOp, right: mulScalarOp, left: mulScalarOp }
const divForms: Forms = { name: 'div', tensors: divOp, right: divScalarOp, left: rdivScalarOp, types: 'floats' }
const powForms: Forms = { name: 'pow', tensors: powOp, right: powScalarOp, left: rpowScalarOp, types: 'numbers' }
const remainderForms: Forms = {
  name: 'remainder',
  tensors: remainderOp,
  right: remainderScalarOp,
  left: ([x], s) => remainderOp([full(x.shape, s, { dtype: x.dtype }), x], undefined),
  types: 'numbers',
}
const maximumForms: Forms = { name: 'maximum', tensors: maximumOp, right: maximumScalarOp, left: maximumScalarOp }
const minimumForms: Forms = { name: 'minimum', tensors: minimumOp, right: minimumScalarOp, left: minimumScalarOp }

/** `a + b`, broadcast; of booleans, whether one is true. @example add(x, 1) */
export const add = (a: Operand, b: Operand): Tensor => dispatch(addForms, a, b)
/** `a - b`, broadcast. */
export const sub = (a: Operand, b: Operand): Tensor => dispatch(subForms, a, b)
/** `a * b`, broadcast; of booleans, whether both are true. */
export const mul = (a: Operand, b: Operand): Tensor => dispatch(mulForms, a, b)
/** `a / b`, broadcast; integers divide to float32. */
export const div = (a: Operand, b: Operand): Tensor => dispatch(divForms, a, b)
/** `a ** b`, broadcast. */
export const pow = (a: Operand, b: Operand): Tensor => dispatch(powForms, a, b)
/** `a - b * floor(a / b)`: the remainder with the sign of the divisor, broadcast. */
export const remainder = (a: Operand, b: Operand): Tensor => dispatch(remainderForms, a, b)
/** The larger of both, broadcast; NaN wins; of equal ones each gets half the gradient. */
export const maximum = (a: Operand, b: Operand): Tensor => dispatch(maximumForms, a, b)
/** The smaller of both, broadcast; NaN wins; of equal ones each gets half the gradient. */
export const minimum = (a: Operand, b: Operand): Tensor => dispatch(minimumForms, a, b)
/** `-x`. @throws ThinnetError TN_DTYPE for booleans. */
export function neg(x: Tensor): Tensor {
  checkNotBool('neg', x)
  return negOp([x], undefined)
}
/** `floor(a / b)`, of the operands' type; no gradient. */
export const floorDivide = (a: Tensor, b: Operand): Tensor => {
  const dtype = promoted('floorDivide', a, b)
  refuseBool('floorDivide', dtype)
  return cast(unary('floor', toFloating('floorDivide', div(a, b))), dtype)
}

export { sign }
