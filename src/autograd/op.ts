import { type Deferred, deferredTensor, type Pointwise } from '../tensor/deferred.ts'
import { isFloating } from '../tensor/dtype.ts'
import { Tensor } from '../tensor/tensor.ts'
import { isGradEnabled, setGradMode } from './mode.ts'
import { gradientNode, Node, SavedTensor } from './node.ts'

/** What `forward` returns: the result, and by name what the gradients need (as little as possible). */
export interface Computed<Saved> {
  readonly out: Tensor
  readonly saved: Saved
}

type Operand<Name extends string> = Name extends `${string}?` ? Tensor | undefined : Tensor
/** An operand's name without its question mark. */
type Bare<Name> = Name extends `${infer Own}?` ? Own : Name
type Operands<Names extends readonly string[]> = { readonly [I in keyof Names]: Operand<Names[I]> }
type Gradient<Saved, Attributes> = (gradient: Tensor, saved: Saved, attributes: Attributes) => Tensor

/**
 * An op as one record. `inputs` names its operands (`bias?` may be absent), `forward` checks shapes and computes without
 * recording, and `gradients` has an entry for each operand: a formula in terms of other ops, so that it can be
 * differentiated again, or the words that there is none.
 */
export interface OpRecord<Names extends readonly string[], Attributes, Saved> {
  readonly name: string
  readonly inputs: Names
  forward(inputs: Operands<Names>, attributes: Attributes): Computed<Saved>
  readonly gradients: { readonly [Name in Bare<Names[number]>]: Gradient<Saved, Attributes> | 'not differentiable' }
  /**
   * For an op on one tensor, element by element, with a result of the same type: what its gradient needs, given operand
   * and result. Such an op need not be computed at once behind a deferred layer.
   */
  readonly pointwise?: (x: Tensor, out: Tensor) => Saved
  /** True if `forward` knows what to do with operands that have not been computed yet. */
  readonly takesDeferred?: boolean
}

/** An op with any number of operands of one role, such as `cat`. */
export interface ListOpRecord<Attributes, Saved> {
  readonly name: string
  forward(inputs: readonly Tensor[], attributes: Attributes): Computed<Saved>
  /** The gradient of operand `index`. */
  gradient(gradient: Tensor, saved: Saved, attributes: Attributes, index: number): Tensor
}

/** A record as the engine sees it: the gradient of operand `index`, or undefined where there is none. */
export interface AnyOp {
  readonly name: string
  differentiable(index: number): boolean
  gradient(gradient: Tensor, saved: unknown, attributes: unknown, index: number): Tensor
}

/**
 * Makes an op callable: it computes and, if an operand requires a gradient, records itself.
 *
 * @example
 * const square = defineOp({
 *   name: 'square',
 *   inputs: ['x'],
 *   forward: ([x]) => ({ out: computeSquare(x), saved: { x } }),
 *   gradients: { x: (gradient, { x }) => mul(gradient, mul(x, 2)) },
 * })
 * square([x], undefined)
 */
export function defineOp<const Names extends readonly string[], Attributes, Saved>(
  record: OpRecord<Names, Attributes, Saved>,
): (inputs: Operands<Names>, attributes: Attributes) => Tensor {
  const formulas = record.inputs.map((name) => record.gradients[name.replace('?', '') as keyof typeof record.gradients])
  const op: AnyOp = {
    name: record.name,
    differentiable: (index) => formulas[index] !== 'not differentiable',
    gradient: (gradient, saved, attributes, index) =>
      (formulas[index] as Gradient<Saved, Attributes>)(gradient, saved as Saved, attributes as Attributes),
  }
  return (inputs, attributes) => {
    const operands = inputs as readonly (Tensor | undefined)[]
    const [first] = operands
    if (record.pointwise && first?.deferred) {
      const deferred = extension(record as unknown as PointwiseRecord, first, attributes)
      if (deferred) {
        const out = deferredTensor(first.shape, first.dtype, deferred)
        if (!isGradEnabled() || !first.requiresGrad) return out
        return recordNode(op, operands, attributes, { out, saved: record.pointwise(first, out) })
      }
    }
    if (!record.takesDeferred) settleAll(operands)
    if (!isGradEnabled() || !needsGradient(op, operands)) return record.forward(inputs, attributes).out
    return recordNode(op, operands, attributes, computeUnrecorded(record, inputs, attributes))
  }
}

/** `defineOp` for ops over a list of operands. */
export function defineListOp<Attributes, Saved>(
  record: ListOpRecord<Attributes, Saved>,
): (inputs: readonly Tensor[], attributes: Attributes) => Tensor {
  const op: AnyOp = {
    name: record.name,
    differentiable: () => true,
    gradient: (gradient, saved, attributes, index) =>
      record.gradient(gradient, saved as Saved, attributes as Attributes, index),
  }
  return (inputs, attributes) => {
    settleAll(inputs)
    if (!isGradEnabled() || !needsGradient(op, inputs)) return record.forward(inputs, attributes).out
    return recordNode(op, inputs, attributes, computeUnrecorded(record, inputs, attributes))
  }
}

type PointwiseRecord = OpRecord<readonly ['x'], unknown, unknown>

/** What a pointwise op makes of a tensor that has not been computed, if that can wait. */
function extension(record: PointwiseRecord, x: Tensor, attributes: unknown): Deferred | undefined {
  if (x.isSettled || !x.deferred?.extended) return undefined
  const op: Pointwise = {
    name: record.name,
    forward: (operand) => computeUnrecorded(record, [operand], attributes),
    gradient: (gradient, saved) => {
      const formula = record.gradients.x
      if (formula === 'not differentiable') throw new Error(`internal: ${record.name} has no gradient`)
      return formula(gradient, saved, attributes)
    },
  }
  return x.deferred.extended(op, x)
}

/** Before a kernel's results are allocated and addresses are taken, its operands must be there. */
function settleAll(operands: readonly (Tensor | undefined)[]): void {
  for (let i = 0; i < operands.length; i++) operands[i]?.settle()
}

function needsGradient(op: AnyOp, inputs: readonly (Tensor | undefined)[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i]?.requiresGrad && op.differentiable(i)) return true
  }
  return false
}

/** What `forward` computes with, the ops it calls included, is no part of the graph: the record's gradients are. */
function computeUnrecorded<Inputs, Attributes, Saved>(
  record: { forward(inputs: Inputs, attributes: Attributes): Computed<Saved> },
  inputs: Inputs,
  attributes: Attributes,
): Computed<Saved> {
  const before = isGradEnabled()
  setGradMode(false)
  try {
    return record.forward(inputs, attributes)
  } finally {
    setGradMode(before)
  }
}

function recordNode(
  op: AnyOp,
  inputs: readonly (Tensor | undefined)[],
  attributes: unknown,
  { out, saved }: Computed<unknown>,
): Tensor {
  if (!isFloating(out.dtype)) return out
  const edges = new Array<Node | undefined>(inputs.length)
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]
    edges[i] = input && op.differentiable(i) ? gradientNode(input) : undefined
  }
  const node = new Node(op, edges, saved, nothing, attributes)
  out.setHistory(node)
  node.savedTensors = savedTensorsOf(saved)
  node.fusion = out.deferred?.recorded?.(node, out)
  return out
}

function savedTensorsOf(saved: unknown): readonly SavedTensor[] {
  let list: SavedTensor[] | undefined
  for (const key in saved as Record<string, unknown>) {
    const value = (saved as Record<string, unknown>)[key]
    if (!(value instanceof Tensor)) continue
    list ??= []
    list.push(new SavedTensor(value, value.isLeaf ? undefined : value.node))
  }
  return list ?? nothing
}

const nothing: readonly SavedTensor[] = []
