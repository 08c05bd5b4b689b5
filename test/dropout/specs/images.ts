// Rows of the table: blocks of images, and methods that draw the weights of convolutions.
import { Generator, nn, ones, type Tensor } from '../../../src/index.ts'
import { Grid, positionsOf } from '../../support/grid.ts'
import type { Layer, MethodSpec, Moments } from '../../support/method-spec.ts'
import { limitsOfP, optionErrors, times0, unchanged } from './bernoulli.ts'
import { overOutcomes } from './outcomes.ts'

const p = 0.3

/**
 * Ghiasi et al. 2018, algorithm 1, for one channel of one image: over every way that seeds can fall, blocks from each
 * seed on, and what is kept scaled by its share.
 */
function blockMoments(block: readonly [number, number]) {
  return (_: Layer, x: Grid): Moments => {
    const [height, width] = [x.shape.length === 4 ? (x.shape[2] as number) : 1, x.shape.at(-1) as number]
    const places = [height - block[0] + 1, width - block[1] + 1] as const
    const gamma = (p * height * width) / (block[0] * block[1] * places[0] * places[1])
    const numel = height * width
    return overOutcomes(places[0] * places[1], gamma, x.shape, (quiet) => {
      const dropped = new Array<boolean>(numel).fill(false)
      for (const [k, isQuiet] of quiet.entries()) {
        if (isQuiet) continue
        const [row, column] = [Math.floor(k / places[1]), k % places[1]]
        for (const [i, j] of positionsOf(block) as [number, number][]) dropped[(row + i) * width + column + j] = true
      }
      const scale = numel / (1e-6 + dropped.filter((is) => !is).length)
      return x.data.map((value, i) => (dropped[i] ? 0 : value * scale))
    })
  }
}

function blockRow(name: 'DropBlock1d' | 'DropBlock2d', shape: readonly number[], words: number): MethodSpec {
  const make = (probability: number, options = {}) => new nn[name](probability, 2, options)
  const refused = optionErrors(name, 'inplace, mc, generator, eps')
  return {
    layer: name,
    make: (options) => make(p, options),
    input: (r) => r.nonzero(shape),
    text: `${name}(p=0.3, block_size=2, inplace=False)`,
    words,
    masks: { 'layer:0': `bool [${shape.join(', ')}]` },
    moments: blockMoments(name === 'DropBlock2d' ? [2, 2] : [1, 2]),
    evaluated: (_, x) => x,
    evaluatesToInput: true,
    limits: limitsOfP(make, { zero: unchanged, one: times0 }),
    passesFactors: true,
    errors: () => [
      // A boolean or options in the place of the block's size are refused as that.
      ...refused.map((error) => ({ ...error, run: () => wrongly(name, error.note), message: error.message })),
      {
        note: 'half a block',
        run: () => new nn[name](0.1, 2.5),
        code: 'TN_RANGE',
        message: new RegExp(`^${name}: blockSize must be a whole number above 0, got 2.5$`),
      },
      {
        note: 'a negative eps',
        run: () => new nn[name](0.1, 2, { eps: -1 }),
        code: 'TN_RANGE',
        message: new RegExp(`^${name}: eps must be at least 0, got -1$`),
      },
      {
        note: 'another rank',
        run: () => make(0.1).call(ones([2, 2]) as Tensor),
        code: 'TN_SHAPE',
        message: new RegExp(`^input should be ${shape.length} dimensional. Got 2 dimensions.$`),
      },
    ],
  }
}

/** The constructor with its options where they belong. */
function wrongly(name: 'DropBlock1d' | 'DropBlock2d', note: string): unknown {
  const options: Record<string, unknown> = {
    'a boolean': true,
    'an unknown option': { inPlace: true },
    'mc as a number': { mc: 1 },
  }
  return new nn[name](0.5, 7, options[note] as never)
}

const fixedConv = () => new nn.Conv2d(2, 2, 2, { padding: 1, generator: new Generator().manualSeed(2) })
const innerConv = (layer: Layer): nn.Conv2d => (layer as unknown as { layer: nn.Conv2d }).layer

/** `Σ f(weight) g(x) + h(bias)` over windows of 2 x 2 with padding 1, zeros beyond the edges. */
function convolved(
  { weight, bias }: nn.Conv2d,
  x: Grid,
  f: (w: number) => number = (w) => w,
  g: (x: number) => number = (value) => value,
  h: (b: number) => number = (b) => b,
): Grid {
  const [weights, biases] = [Grid.of(weight), Grid.of(bias as Tensor)]
  const [n, c, height, width] = x.shape as readonly [number, number, number, number]
  return Grid.from([n, 2, height + 1, width + 1], ([image, o, row, column]) => {
    let total = h(biases.at([o as number]))
    for (const [channel, i, j] of positionsOf([c, 2, 2]) as [number, number, number][]) {
      const at = [image as number, channel, (row as number) + i - 1, (column as number) + j - 1]
      const inside =
        (at[2] as number) >= 0 && (at[2] as number) < height && (at[3] as number) >= 0 && (at[3] as number) < width
      if (inside) total += f(weights.at([o as number, channel, i, j])) * g(x.at(at))
    }
    return total
  })
}

const square = (x: number): number => x * x
const none = (): number => 0
const printed = 'Conv2d(2, 2, kernel_size=(2, 2), stride=(1, 1), padding=(1, 1))'

const ofConvolution = {
  note: 'a convolution',
  input: (r) => r.nonzero([2, 2, 2, 2]),
  evaluated: (layer, x) => convolved(innerConv(layer), x),
  evaluatesToInput: false,
} as const satisfies Partial<MethodSpec>

const convSpecs: readonly MethodSpec[] = [
  {
    ...ofConvolution,
    layer: 'DropConnect',
    make: (options) => new nn.DropConnect(fixedConv(), p, { ...options, masks: 'perBatch' }),
    text: `DropConnect(\n  p=0.3, masks=perBatch\n  (layer): ${printed}\n)`,
    words: 36,
    masks: { 'layer:0': 'bool [2, 2, 2, 2]', 'layer:1': 'bool [2]' },
    moments: (layer, x) => ({
      mean: convolved(innerConv(layer), x),
      variance: convolved(innerConv(layer), x, square, square, square).map((v) => (v * p) / (1 - p)),
    }),
    passesFactors: true,
    errors: () => [
      {
        note: 'masks for each example',
        run: () => new nn.DropConnect(fixedConv(), p),
        code: 'TN_STATE',
        message: /^DropConnect: Conv2d can have a mask for each mini-batch only: write { masks: 'perBatch' }$/,
      },
    ],
  },
  {
    ...ofConvolution,
    layer: 'VariationalWeightDropout',
    make: (options) => new nn.VariationalWeightDropout(fixedConv(), 0.2, { ...options, alpha: 'unit' }),
    text: `VariationalWeightDropout(\n  alpha=unit\n  (layer): ${printed}\n)`,
    words: 52, // 36 numbers, and the last 16 again
    masks: { 'layer:0': 'float32 [2, 2, 3, 3]' },
    moments: (layer, x) => ({
      mean: convolved(innerConv(layer), x),
      variance: convolved(innerConv(layer), x, square, square, none).map((v) => 0.25 * v),
    }),
    passesFactors: true,
    errors: () => [],
  },
  {
    ...ofConvolution,
    layer: 'SparseVariationalDropout',
    make: (options) => new nn.SparseVariationalDropout(fixedConv(), { ...options, logSigma2: -2 }),
    text: `SparseVariationalDropout(\n  threshold=3\n  (layer): ${printed}\n)`,
    words: 52,
    masks: { 'layer:0': 'float32 [2, 2, 3, 3]' },
    moments: (layer, x) => ({
      mean: convolved(innerConv(layer), x),
      variance: convolved(innerConv(layer), x, () => Math.exp(-2), square, none),
    }),
    evaluated: (layer, x) => convolved(innerConv(layer), x, (w) => (-2 - Math.log(w * w) < 3 ? w : 0)),
    passesFactors: false,
    errors: () => [],
  },
  {
    ...ofConvolution,
    layer: 'ConcreteDropout',
    // At so low a temperature the mask is of zeros and ones, but for one draw in some hundred.
    make: (options) => new nn.ConcreteDropout(fixedConv(), 0.5, { ...options, temperature: 0.001 }),
    text: `ConcreteDropout(\n  temperature=0.001, lengthscale=0.01\n  (layer): ${printed}\n)`,
    words: 4,
    masks: { 'layer:0': 'float32 [2, 2, 1, 1]' },
    moments: (layer, x) => {
      const y = convolved(innerConv(layer), x)
      // One mask a channel: the variance is that of the channels' shares.
      const shares = [0, 1].map((channel) => {
        const alone = new Grid(
          x.shape,
          x.data.map((value, i) => (Math.floor(i / 4) % 2 === channel ? value : 0)),
        )
        return convolved(innerConv(layer), alone, undefined, undefined, none)
      })
      const variance = y.data.map((_, i) => shares.reduce((total, { data }) => total + (data[i] as number) ** 2, 0))
      return { mean: y, variance: new Grid(y.shape, variance) }
    },
    passesFactors: true,
    errors: () => [],
  },
]

export const imageSpecs: readonly MethodSpec[] = [
  blockRow('DropBlock1d', [1, 1, 5], 8),
  blockRow('DropBlock2d', [1, 1, 3, 4], 12),
  ...convSpecs,
]
