// Thinned execution computes what the dense network computes under the same masks: over random networks.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cat,
  functional as F,
  manualSeed,
  nn,
  Parameter,
  randn,
  recordMasks,
  type Tensor,
  tensor,
} from '../../src/index.ts'

/** One step of a network, on a value `[..., features]`. */
type Step =
  | { readonly kind: 'linear'; readonly outputs: number; readonly bias: boolean }
  | { readonly kind: 'activation'; readonly name: 'relu' | 'gelu' | 'tanh' | 'sigmoid' | 'silu' }
  | { readonly kind: 'drop'; readonly p: number; readonly subnets: number; readonly balance: boolean }
  | { readonly kind: 'dropEach'; readonly p: number }
  /** Adds the value before the last linear step, where shapes allow. */
  | { readonly kind: 'residual' }
  /** The value beside its ReLU. */
  | { readonly kind: 'cat' }
  /** Adds half of the value, through which no gradient flows. */
  | { readonly kind: 'detach' }
  /** Two linear layers on one value, added. */
  | { readonly kind: 'twice'; readonly outputs: number }
  /** Somebody looks at the value. */
  | { readonly kind: 'look' }
  /** A hook doubles its gradient. */
  | { readonly kind: 'hook' }

interface Network {
  readonly seed: number
  readonly examples: number
  readonly length: number
  readonly inputs: number
  readonly inputGradient: boolean
  readonly backwards: number
  readonly steps: readonly Step[]
}

const probability = fc.constantFrom(0.2, 0.5, 0.8, 0.97, 0, 1)
const features = fc.integer({ min: 1, max: 40 })
const drop = fc.record({
  kind: fc.constant('drop' as const),
  p: probability,
  subnets: fc.integer({ min: 1, max: 9 }),
  balance: fc.boolean(),
})
const linear = fc.record({ kind: fc.constant('linear' as const), outputs: features, bias: fc.boolean() })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: linear },
  { weight: 6, arbitrary: drop },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('activation' as const),
      name: fc.constantFrom('relu', 'relu', 'relu', 'gelu', 'tanh', 'sigmoid', 'silu'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropEach' as const), p: probability }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('twice' as const), outputs: features }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('residual', 'cat', 'detach', 'look', 'hook') }) },
)
const network: fc.Arbitrary<Network> = fc.record({
  seed: fc.nat(1e6),
  examples: fc.integer({ min: 1, max: 70 }),
  length: fc.constantFrom(1, 1, 1, 3),
  inputs: features,
  inputGradient: fc.boolean(),
  backwards: fc.constantFrom(1, 1, 2),
  steps: fc.array(step, { minLength: 1, maxLength: 9 }),
})

/** How a dropout step is done. */
type Dropping = (x: Tensor, p: number, options: { subnets?: number; balance?: boolean }) => Tensor

class Net extends nn.Module {
  readonly weights = new nn.ParameterList()
  readonly #network: Network
  #dropping: Dropping

  constructor(network: Network) {
    super()
    this.#network = network
    this.#dropping = F.dropout
    let size = network.inputs
    const add = (outputs: number) => {
      this.weights.append(new Parameter(randn([outputs, size], { dtype: 'float64' }).mul(0.4)))
      this.weights.append(new Parameter(randn([outputs], { dtype: 'float64' })))
    }
    for (const step of network.steps) {
      if (step.kind === 'linear' || step.kind === 'twice') add(step.outputs)
      if (step.kind === 'twice') add(step.outputs)
      if (step.kind === 'linear' || step.kind === 'twice') size = step.outputs
      if (step.kind === 'cat') size *= 2
    }
  }

  with(dropping: Dropping): this {
    this.#dropping = dropping
    return this
  }

  forward(x: Tensor): Tensor {
    let h = x
    let before = x
    let next = 0
    const layer = (bias: boolean) => {
      const [weight, offset] = [this.weights.at(next++), this.weights.at(next++)]
      return F.linear(h, weight, bias ? offset : undefined)
    }
    for (const step of this.#network.steps) {
      const last = h
      if (step.kind === 'linear') h = layer(step.bias)
      else if (step.kind === 'twice') h = layer(true).add(layer(false))
      else if (step.kind === 'activation') h = F[step.name](h)
      else if (step.kind === 'drop') h = this.#dropping(h, step.p, { subnets: step.subnets, balance: step.balance })
      else if (step.kind === 'dropEach') h = this.#dropping(h, step.p, {})
      else if (step.kind === 'residual') h = before.shape.at(-1) === h.shape.at(-1) ? h.add(before) : h
      else if (step.kind === 'cat') h = cat([h, F.relu(h)], -1)
      else if (step.kind === 'detach') h = h.add(h.detach().mul(0.5))
      else if (step.kind === 'look') h.toArray()
      else if (h.requiresGrad) h.registerHook((gradient) => gradient.mul(2))
      if (step.kind === 'linear' || step.kind === 'twice') before = last
    }
    return h
  }
}

/** Dropout by the masks of a record, multiplied out. */
function masked(masks: readonly Tensor[]): Dropping {
  let next = 0
  return (x, p) => {
    if (p === 0) return x
    if (p === 1) return x.mul(0)
    const mask = (masks[next++] as Tensor).to(x.dtype)
    const [examples, groups] = [x.shape[0] as number, mask.shape[0] as number]
    if (mask.shape.length === x.ndim && groups === examples && mask.numel === x.numel) return x.mul(mask).div(1 - p)
    const group = Array.from({ length: examples }, (_, i) => {
      let g = 0
      while (Math.floor((examples * (g + 1)) / groups) <= i) g++
      return g
    })
    const each = mask.indexSelect(0, tensor(group, { dtype: 'int32' }))
    return x.mul(x.ndim === 3 ? each.unsqueeze(1) : each).div(1 - p)
  }
}

interface Outcome {
  readonly output: Tensor
  readonly gradients: readonly (Tensor | undefined)[]
}

function run(net: Net, data: Tensor, weights: Tensor, { inputGradient, backwards }: Network): Outcome {
  const x = data.clone().requiresGrad_(inputGradient) // with no hooks of an earlier run
  net.zeroGrad()
  const output = net.call(x)
  const loss = output.mul(weights).sum()
  for (let i = 0; loss.requiresGrad && i < backwards; i++) loss.backward({ retainGraph: i + 1 < backwards })
  return { output, gradients: [x.grad, ...Array.from(net.parameters(), (parameter) => parameter.grad)] }
}

function expectClose(got: Tensor | undefined, wanted: Tensor | undefined, what: string): void {
  if (!got || !wanted) {
    expect(got === undefined, what).toBe(wanted === undefined)
    return
  }
  expect(got.shape, what).toEqual(wanted.shape)
  const [a, b] = [Array.from(got.toArray()), Array.from(wanted.toArray())]
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  a.forEach((value, i) => {
    if (!(Math.abs(value - (b[i] as number)) <= 1e-11 * largest)) {
      expect.fail(`${what}[${i}]: ${value} instead of ${b[i]}`)
    }
  })
}

describe('thinned networks equal dense ones under the same masks', () => {
  test('outputs and gradients of random networks', () => {
    fc.assert(
      fc.property(network, (given) => {
        manualSeed(given.seed)
        const net = new Net(given)
        const shape = given.length === 1 ? [given.examples, given.inputs] : [given.examples, given.length, given.inputs]
        const x = randn(shape, { dtype: 'float64' })
        const recording = recordMasks(net)
        const outputs = net.call(x).shape
        recording.stop()
        const weights = randn(outputs, { dtype: 'float64' })
        const second = recordMasks(net)
        const thinned = run(net.with(F.dropout), x, weights, given)
        const masks = [...second.stop().values()]
        const dense = run(net.with(masked(masks)), x, weights, given)
        expectClose(thinned.output, dense.output, 'output')
        thinned.gradients.forEach((gradient, i) => {
          expectClose(gradient, dense.gradients[i], i === 0 ? 'x.grad' : `parameter ${i - 1}`)
        })
      }),
      { numRuns: 2000 },
    )
  })
})
