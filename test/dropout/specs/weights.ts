// Rows of the table: methods that draw weights, or learn how much to draw.
import { Generator, nn, ones } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, MethodSpec, Moments } from '../../support/method-spec.ts'
import type { ErrorCase } from '../../support/op-spec.ts'
import { limitsOfP } from './bernoulli.ts'

/** A linear layer of always the same weights, that leaves the default generator alone. */
export const fixedLinear = (inputs = 4, outputs = 3, seed = 1): nn.Linear =>
  new nn.Linear(inputs, outputs, { generator: new Generator().manualSeed(seed) })

/** `Σᵢ f(weight[o, i]) g(x[n, i]) + bias(o)` in double precision. */
export function product(
  { weight, bias }: nn.Linear,
  x: Grid,
  f: (w: number) => number = (w) => w,
  g: (x: number) => number = (value) => value,
  ofBias: (b: number) => number = (b) => b,
): Grid {
  const [weights, biases] = [Grid.of(weight), bias && Grid.of(bias)]
  const inputs = weights.shape[1] as number
  return Grid.from([x.shape[0] as number, weights.shape[0] as number], (position) => {
    const [n, o] = position as [number, number]
    let total = biases ? ofBias(biases.at([o])) : 0
    for (let i = 0; i < inputs; i++) total += f(weights.at([o, i])) * g(x.at([n, i]))
    return total
  })
}

const square = (x: number): number => x * x
const none = (): number => 0
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** The linear layer inside. */
const inner = (layer: Layer): nn.Linear => (layer as unknown as { layer: nn.Linear }).layer

const unknownOption = (name: string, make: (options: never) => unknown, known: string): ErrorCase => ({
  note: 'an unknown option',
  run: () => make({ inPlace: true } as never),
  code: 'TN_RANGE',
  message: new RegExp(`^${name}: unknown option inPlace; known are ${known}$`),
})

const noWeights = (
  name: 'DropConnect' | 'ConcreteDropout' | 'SparseVariationalDropout' | 'VariationalWeightDropout',
) => ({
  note: 'a layer without weights',
  run: () => new nn[name](new nn.ReLU() as never),
  code: 'TN_DTYPE' as const,
  message: new RegExp(`^${name}: expected a layer with weights, such as Linear or Conv2d, got ReLU$`),
})

const evaluatedLayer = (layer: Layer, x: Grid): Grid => product(inner(layer), x)

/** Wan et al. 2013, section 4, with inverted scaling: mean W x + b, variance p / (1 - p) (W² x² + b²). */
const dropConnectMoments =
  (p: number, dropsBias = true) =>
  (layer: Layer, x: Grid): Moments => ({
    mean: evaluatedLayer(layer, x),
    variance: product(inner(layer), x, square, square, dropsBias ? square : none).map((v) => (v * p) / (1 - p)),
  })

function dropConnectRow(options: nn.DropConnectOptions, settings: string, masks: MethodSpec['masks']): MethodSpec {
  const make = (p: number, more = {}) => new nn.DropConnect(fixedLinear(), p, { ...options, ...more })
  const bits = Object.values(masks).map((text) => (text.match(/\d+/g) as string[]).map(Number))
  return {
    layer: 'DropConnect',
    note: settings,
    make: (more) => make(0.3, more),
    input: (r) => r.nonzero([2, 4]),
    text: `DropConnect(\n  p=0.3, ${settings}\n  (layer): Linear(in_features=4, out_features=3, bias=True)\n)`,
    words: bits.reduce((total, shape) => total + 2 * shape.reduce((size, n) => size * n, 1), 0),
    masks,
    moments: dropConnectMoments(0.3, options.dropBias !== false),
    evaluated: evaluatedLayer,
    evaluatesToInput: false,
    limits: limitsOfP(make, {
      zero: (layer, x) => evaluatedLayer(layer, Grid.of(x)),
      one: (layer, x) => product(inner(layer), Grid.of(x), none, none, options.dropBias === false ? undefined : none),
    }),
    passesFactors: true,
    errors: () => [
      noWeights('DropConnect'),
      unknownOption(
        'DropConnect',
        (wrong) => new nn.DropConnect(fixedLinear(), 0.5, wrong),
        'masks, dropBias, activation, inference, samples, mc, generator',
      ),
      {
        note: 'other masks',
        run: () => make(0.5, { masks: 'perLayer' }),
        code: 'TN_RANGE',
        message: /^DropConnect: masks must be 'perExample' or 'perBatch', got perLayer$/,
      },
      {
        note: 'Gaussian inference of nothing',
        run: () => make(0.5, { inference: 'gaussian' }),
        code: 'TN_STATE',
        message: /^DropConnect: inference: 'gaussian' samples what an activation sees: give one, /,
      },
      {
        note: 'no samples',
        run: () => make(0.5, { samples: 0 }),
        code: 'TN_RANGE',
        message: /^DropConnect: samples must be a positive whole number, got 0$/,
      },
    ],
  }
}

/** y = N(θx, α) by unit: Kingma et al. 2015. */
const variational: MethodSpec = {
  layer: 'VariationalDropout',
  make: (options) => new nn.VariationalDropout(4, 0.2, { ...options, alpha: 'unit' }),
  input: (r) => r.nonzero([5, 4]),
  text: 'VariationalDropout(4, alpha=unit)',
  words: 36, // 20 numbers, and the last 16 again
  masks: { 'layer:0': 'float32 [5, 4]' },
  moments: (_, x) => ({ mean: x, variance: x.map((value) => 0.25 * value ** 2) }),
  evaluated: (_, x) => x,
  evaluatesToInput: true,
  passesFactors: true,
  errors: () => [
    ...[0, 0.6].map((p) => ({
      note: `p = ${p}`,
      run: () => new nn.VariationalDropout(4, p),
      code: 'TN_RANGE' as const,
      message: new RegExp(
        `^VariationalDropout: p, where α = p / \\(1 - p\\) starts, must be above 0 and at most 0.5, got ${p}$`,
      ),
    })),
    {
      note: 'p = NaN',
      run: () => new nn.VariationalDropout(4, Number.NaN),
      code: 'TN_RANGE',
      message: /^dropout probability has to be between 0 and 1, but got nan$/,
    },
    {
      note: 'no units',
      run: () => new nn.VariationalDropout(0),
      code: 'TN_RANGE',
      message: /^VariationalDropout: units must be a positive whole number, got 0$/,
    },
    {
      note: 'other features',
      run: () => new nn.VariationalDropout(4).call(ones([2, 3])),
      code: 'TN_SHAPE',
      message: /^VariationalDropout: expected x \[\.\.\., 4\], got \[2, 3\]$/,
    },
    {
      note: 'an unknown sharing',
      run: () => new nn.VariationalDropout(4, 0.5, { alpha: 'weight' as never }),
      code: 'TN_RANGE',
      message: /^VariationalDropout: alpha must be 'layer' or 'unit', got weight$/,
    },
    unknownOption(
      'VariationalDropout',
      (wrong) => new nn.VariationalDropout(4, 0.5, wrong),
      'alpha, dtype, mc, generator',
    ),
  ],
}

const variationalWeights: MethodSpec = {
  layer: 'VariationalWeightDropout',
  make: (options) => new nn.VariationalWeightDropout(fixedLinear(), 0.2, options),
  input: (r) => r.nonzero([6, 4]),
  text: 'VariationalWeightDropout(\n  alpha=layer\n  (layer): Linear(in_features=4, out_features=3, bias=True)\n)',
  words: 34, // 18 numbers, and the last 16 again
  masks: { 'layer:0': 'float32 [6, 3]' },
  moments: (layer, x) => ({
    mean: evaluatedLayer(layer, x),
    variance: product(inner(layer), x, square, square, none).map((v) => 0.25 * v),
  }),
  evaluated: evaluatedLayer,
  evaluatesToInput: false,
  passesFactors: true,
  errors: () => [noWeights('VariationalWeightDropout')],
}

/** ln σ² of weights that are noise by the row's threshold, and of others. */
const logSigma2 = -1.5

const sparse: MethodSpec = {
  layer: 'SparseVariationalDropout',
  make: (options) => new nn.SparseVariationalDropout(fixedLinear(), { ...options, logSigma2, threshold: 1 }),
  input: (r) => r.nonzero([6, 4]),
  text: 'SparseVariationalDropout(\n  threshold=1\n  (layer): Linear(in_features=4, out_features=3, bias=True)\n)',
  words: 34,
  masks: { 'layer:0': 'float32 [6, 3]' },
  // Molchanov et al. 2017, equation 17 with the additive parameterization: γ = θx + b, δ = σ²x².
  moments: (layer, x) => ({
    mean: evaluatedLayer(layer, x),
    variance: product(inner(layer), x, () => Math.exp(logSigma2), square, none),
  }),
  evaluated: (layer, x) => product(inner(layer), x, (w) => (logSigma2 - Math.log(w * w) < 1 ? w : 0)),
  evaluatesToInput: false,
  passesFactors: false,
  errors: () => [
    noWeights('SparseVariationalDropout'),
    unknownOption(
      'SparseVariationalDropout',
      (wrong) => new nn.SparseVariationalDropout(fixedLinear(), wrong),
      'threshold, logSigma2, mc, generator',
    ),
    {
      note: 'a threshold that is no number',
      run: () => new nn.SparseVariationalDropout(fixedLinear(), { threshold: Number.NaN }),
      code: 'TN_RANGE',
      message: /^SparseVariationalDropout: threshold must be a number, got NaN$/,
    },
  ],
}

/** Mean and variance of the relaxed noise (1 - z) / (1 - p), by the midpoint rule over u. */
function concreteNoise(p: number, temperature: number): { readonly mean: number; readonly variance: number } {
  const n = 200_000
  let [first, second] = [0, 0]
  for (let k = 0; k < n; k++) {
    const u = (k + 0.5) / n
    const noise = sigmoid(-(Math.log(p / (1 - p)) + Math.log(u / (1 - u))) / temperature) / (1 - p)
    first += noise / n
    second += noise ** 2 / n
  }
  return { mean: first, variance: second - first ** 2 }
}

const concrete: MethodSpec = {
  layer: 'ConcreteDropout',
  make: (options) => new nn.ConcreteDropout(fixedLinear(), 0.3, { ...options, temperature: 0.5 }),
  input: (r) => r.nonzero([5, 4]),
  text: 'ConcreteDropout(\n  temperature=0.5, lengthscale=0.01\n  (layer): Linear(in_features=4, out_features=3, bias=True)\n)',
  words: 20,
  masks: { 'layer:0': 'float32 [5, 4]' },
  moments: (layer, x) => {
    const noise = concreteNoise(0.3, 0.5)
    return {
      mean: product(inner(layer), x, undefined, (value) => value * noise.mean),
      variance: product(inner(layer), x, square, square, none).map((v) => v * noise.variance),
    }
  },
  evaluated: evaluatedLayer,
  evaluatesToInput: false,
  passesFactors: true,
  errors: () => [
    noWeights('ConcreteDropout'),
    ...[0, 1].map((p) => ({
      note: `p = ${p}`,
      run: () => new nn.ConcreteDropout(fixedLinear(), p),
      code: 'TN_RANGE' as const,
      message: new RegExp(`^ConcreteDropout: p, where learning starts, must be above 0 and below 1, got ${p}$`),
    })),
    ...[-0.5, 1.5].map((p) => ({
      note: `p = ${p}`,
      run: () => new nn.ConcreteDropout(fixedLinear(), p),
      code: 'TN_RANGE' as const,
      message: new RegExp(`^dropout probability has to be between 0 and 1, but got ${p}$`),
    })),
    {
      note: 'temperature 0',
      run: () => new nn.ConcreteDropout(fixedLinear(), 0.1, { temperature: 0 }),
      code: 'TN_RANGE',
      message: /^ConcreteDropout: temperature must be above 0, got 0$/,
    },
    {
      note: 'a negative length scale',
      run: () => new nn.ConcreteDropout(fixedLinear(), 0.1, { lengthscale: -1 }),
      code: 'TN_RANGE',
      message: /^ConcreteDropout: lengthscale must be at least 0, got -1$/,
    },
    unknownOption(
      'ConcreteDropout',
      (wrong) => new nn.ConcreteDropout(fixedLinear(), 0.1, wrong),
      'temperature, lengthscale, mc, generator',
    ),
  ],
}

const relu = (x: number): number => Math.max(x, 0)
/** Ba & Frey 2013: the probability to keep a unit whose input is h, with α = 1.5 and β = 0.5. */
const keepOf = (h: number): number => sigmoid(1.5 * h + 0.5)

const standout: MethodSpec = {
  layer: 'Standout',
  make: (options) => new nn.Standout(fixedLinear(), { ...options, alpha: 1.5, beta: 0.5, activation: new nn.ReLU() }),
  input: (r) => r.nonzero([5, 4]),
  text: 'Standout(\n  alpha=1.5, beta=0.5\n  (layer): Linear(in_features=4, out_features=3, bias=True)\n  (activation): ReLU()\n)',
  words: 15,
  masks: { 'layer:0': 'bool [5, 3]' },
  moments: (layer, x) => {
    const h = product(inner(layer), x)
    return {
      mean: h.map((value) => relu(value) * keepOf(value)),
      variance: h.map((value) => relu(value) ** 2 * keepOf(value) * (1 - keepOf(value))),
    }
  },
  evaluated: (layer, x) => product(inner(layer), x).map((value) => relu(value) * keepOf(value)),
  evaluatesToInput: false,
  passesFactors: true,
  errors: () => [
    {
      note: 'no layer',
      run: () => new nn.Standout(0.5 as never),
      code: 'TN_DTYPE',
      message: /^Standout: expected a module, got number$/,
    },
    {
      note: 'beta as a text',
      run: () => new nn.Standout(fixedLinear(), { beta: '1' as never }),
      code: 'TN_RANGE',
      message: /^Standout: beta must be a number, got 1$/,
    },
    unknownOption(
      'Standout',
      (wrong) => new nn.Standout(fixedLinear(), wrong),
      'alpha, beta, activation, mc, generator',
    ),
  ],
}

export const weightSpecs: readonly MethodSpec[] = [
  dropConnectRow({}, 'masks=perExample', { 'layer:0': 'bool [2, 3, 4]', 'layer:1': 'bool [2, 3]' }),
  dropConnectRow({ masks: 'perBatch' }, 'masks=perBatch', { 'layer:0': 'bool [3, 4]', 'layer:1': 'bool [3]' }),
  dropConnectRow({ dropBias: false }, 'masks=perExample, drop_bias=False', { 'layer:0': 'bool [2, 3, 4]' }),
  variational,
  variationalWeights,
  sparse,
  concrete,
  standout,
]
