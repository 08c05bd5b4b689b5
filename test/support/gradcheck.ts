// Gradients against central differences, in double precision: of functions, and of their gradients.

import { enableGrad, noGrad } from '../../src/autograd/mode.ts'
import type { Node } from '../../src/autograd/node.ts'
import { add, mul } from '../../src/ops/arithmetic.ts'
import { zerosLike } from '../../src/ops/creation.ts'
import { grad } from '../../src/ops/gradients.ts'
import { sum } from '../../src/ops/reduce.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { expectClose, type Tolerance } from './compare.ts'
import { Grid } from './grid.ts'
import { Samples } from './samples.ts'

/** Some tensors, differentiable in all of them, to one. Must not remember earlier calls. */
export type Differentiable = (inputs: readonly Tensor[]) => Tensor

const defaultStep = 1e-5
const tolerance: Tolerance = { rtol: 1e-5, atol: 1e-6 }

/** New leaves with the values of `inputs`. */
const leaves = (inputs: readonly Tensor[]): Tensor[] =>
  inputs.map((input) => {
    const leaf = input.detach().clone()
    leaf.requiresGrad = true
    return leaf
  })

/** Fixed weights, with which a result of any shape becomes one number. */
const weightsLike = (x: Tensor, seed: number): Tensor => new Samples(seed).uniform(x.shape, 0.5, 1.5)

/** The slope of `f` in each element of `inputs[which]`, by central differences. */
function slopes(
  f: (inputs: readonly Tensor[]) => number,
  inputs: readonly Tensor[],
  which: number,
  step: number,
): Grid {
  const moved = inputs.map((input) => input.detach().clone())
  const target = moved[which] as Tensor
  const values = () => target.hostView()
  return new Grid(
    target.shape,
    Array.from({ length: target.numel }, (_, i) => {
      const before = values()[i] as number
      values()[i] = before + step
      const above = f(moved)
      values()[i] = before - step
      const below = f(moved)
      values()[i] = before
      return (above - below) / (2 * step)
    }),
  )
}

/** Throws unless the gradient of `f` in each input is its slope, and comes out the same twice. */
export function gradcheck(what: string, f: Differentiable, inputs: readonly Tensor[], step = defaultStep): void {
  const variables = leaves(inputs)
  const out = f(variables)
  const weights = weightsLike(out, 1)
  const gradients = () => grad(sum(mul(out, weights)), variables, { retainGraph: true })
  const [first, second] = [gradients(), gradients()]
  const scalar = (moved: readonly Tensor[]) => noGrad(() => sum(mul(f(moved), weights)).item())
  variables.forEach((variable, i) => {
    const actual = Grid.of(first[i] ?? zerosLike(variable))
    const note = `${what}, gradient of input ${i}`
    expectClose(note, actual, slopes(scalar, variables, i, step), tolerance)
    expectClose(`${note}, again`, Grid.of(second[i] ?? zerosLike(variable)), actual, { rtol: 0, atol: 0 })
  })
}

/** Throws unless the gradients of `f`, as functions of its inputs and of the incoming gradient, pass `gradcheck`. */
export function gradgradcheck(what: string, f: Differentiable, inputs: readonly Tensor[], step = defaultStep): void {
  const incoming = weightsLike(
    noGrad(() => f(inputs)),
    2,
  )
  const gradientsOfF: Differentiable = (all) => {
    const [gradient, ...operands] = all as readonly [Tensor, ...Tensor[]]
    // The outer check may evaluate without recording; the inner gradients need the graph all the same.
    const variables = operands.map((x) => (x.requiresGrad ? x : (leaves([x])[0] as Tensor)))
    const gradients = enableGrad(() => grad(f(variables), variables, { gradient, createGraph: true }))
    return gradients.reduce<Tensor>(
      (total, dx, i) => (dx ? add(total, sum(mul(dx, weightsLike(dx, 3 + i)))) : total),
      mul(sum(gradient), 0),
    )
  }
  gradcheck(`${what}, second derivative`, gradientsOfF, [incoming, ...inputs], step)
}

/** The names of the ops that computed a tensor, as far as they were recorded. */
export function recordedOps(x: Tensor): Set<string> {
  const seen = new Set<Node>()
  const open = x.node ? [x.node] : []
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    for (const input of node.inputs) if (input) open.push(input)
  }
  return new Set([...seen].map(({ name }) => name))
}
