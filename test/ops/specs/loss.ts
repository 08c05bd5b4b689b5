import * as losses from '../../../src/ops/loss.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { elementwise, Grid } from '../../support/grid.ts'
import { type AnySpec, dtypeRules, type ErrorCase, opSpec } from '../../support/op-spec.ts'
import { int32, type Samples } from '../../support/samples.ts'
import { logSoftmaxOf } from './softmax.ts'

type Options = losses.CrossEntropyOptions
type Reduction = losses.Reduction

const total = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0)

function reduced(items: Grid, reduction: Reduction = 'mean', divisor = items.data.length): Grid {
  if (reduction === 'none') return items
  return new Grid([], [total(items.data) / (reduction === 'sum' ? 1 : divisor)])
}

/** The position of an item's class `c`: classes are dimension 1, or 0 of one example. */
const classPosition = (item: readonly number[], c: number, rank: number) => item.toSpliced(rank === 1 ? 0 : 1, 0, c)

/** PyTorch's formulas for class targets, item by item. */
function fromClasses(logp: Grid, target: Grid, weight: Grid | undefined, options: Options): Grid {
  const { reduction, ignoreIndex = -100, labelSmoothing = 0 } = options
  const rank = logp.shape.length
  const classes = logp.shape[rank === 1 ? 0 : 1] as number
  const w = (c: number) => weight?.at([c]) ?? 1
  const counted = target.data.filter((t) => t !== ignoreIndex)
  const items = Grid.from(target.shape, (position) => {
    const t = target.at(position)
    if (t === ignoreIndex) return 0
    const at = (c: number) => logp.at(classPosition(position, c, rank))
    const evenly = Array.from({ length: classes }, (_, c) => -w(c) * at(c))
    return (1 - labelSmoothing) * -w(t) * at(t) + (labelSmoothing / classes) * total(evenly)
  })
  return reduced(items, reduction, total(counted.map(w)))
}

function fromProbabilities(logp: Grid, target: Grid, weight: Grid | undefined, options: Options): Grid {
  const { reduction, labelSmoothing = 0 } = options
  const rank = logp.shape.length
  const dim = rank === 1 ? 0 : 1
  const classes = logp.shape[dim] as number
  const items = Grid.from(logp.shape.toSpliced(dim, 1), (item) =>
    total(
      Array.from({ length: classes }, (_, c) => {
        const at = classPosition(item, c, rank)
        const q = (target.at(at) * (1 - labelSmoothing) + labelSmoothing / classes) * (weight?.at([c]) ?? 1)
        return -q * logp.at(at)
      }),
    ),
  )
  return reduced(items, reduction)
}

function logSoftmaxOver(x: Grid): Grid {
  const dim = x.shape.length === 1 ? 0 : 1
  return Grid.from(x.shape, (position) => {
    const row = Array.from({ length: x.shape[dim] as number }, (_, c) => x.at(position.with(dim, c)))
    return logSoftmaxOf(row)[position[dim] as number] as number
  })
}

interface Case {
  readonly note: string
  readonly input: number[]
  readonly target: Tensor
  readonly weighted?: boolean
  readonly options: Options
}

const classCases: readonly Case[] = [
  { note: 'mean', input: [4, 3], target: int32([0, 2, 1, 2]), options: {} },
  { note: 'sum', input: [4, 3], target: int32([0, 2, 1, 2]), options: { reduction: 'sum' } },
  { note: 'none', input: [4, 3], target: int32([0, 2, 1, 2]), options: { reduction: 'none' } },
  { note: 'some ignored', input: [4, 3], target: int32([0, -100, 1, -100]), options: {} },
  {
    note: 'a class ignored',
    input: [4, 3],
    target: int32([0, 2, 1, 2]),
    options: { ignoreIndex: 2, reduction: 'none' },
  },
  { note: 'weights', input: [4, 3], target: int32([0, 2, 1, 2]), weighted: true, options: {} },
  { note: 'weights, some ignored', input: [4, 3], target: int32([0, -100, 1, 2]), weighted: true, options: {} },
  { note: 'weights, sum', input: [2, 3], target: int32([2, 1]), weighted: true, options: { reduction: 'sum' } },
  { note: 'one example', input: [3], target: int32([1], []), options: {} },
  { note: 'positions', input: [2, 3, 4], target: int32([0, 1, 2, 0, 1, 1, -100, 2], [2, 4]), options: {} },
  {
    note: 'positions in a plane, none',
    input: [1, 3, 2, 2],
    target: int32([0, 1, 2, 0], [1, 2, 2]),
    options: { reduction: 'none' },
  },
  { note: 'many classes', input: [3, 40], target: int32([39, 0, 17]), options: {} },
]

const smoothCases: readonly Case[] = [
  { note: 'smoothed', input: [4, 3], target: int32([0, 2, 1, 2]), options: { labelSmoothing: 0.3 } },
  {
    note: 'smoothed, weights, some ignored',
    input: [4, 3],
    target: int32([0, 2, -100, 2]),
    weighted: true,
    options: { labelSmoothing: 0.1 },
  },
  {
    note: 'smoothed, positions, sum',
    input: [2, 3, 2],
    target: int32([0, 1, 2, 0], [2, 2]),
    options: { labelSmoothing: 0.2, reduction: 'sum' },
  },
]

const classErrors =
  (name: 'crossEntropy' | 'nllLoss') =>
  (r: Samples): ErrorCase[] => {
    const run =
      (target: Tensor, options: Options = {}) =>
      () =>
        losses[name](r.uniform([2, 3]), target, options)
    return [
      {
        note: 'a class too large',
        run: run(int32([0, 3])),
        code: 'TN_RANGE',
        message: /^Target 3 is out of bounds\.$/,
      },
      {
        note: 'a negative class',
        run: run(int32([-1, 0])),
        code: 'TN_RANGE',
        message: /^Target -1 is out of bounds\.$/,
      },
      {
        note: 'too many targets',
        run: run(int32([0, 1, 2])),
        code: 'TN_SHAPE',
        message: /expected target of shape \[2\], got \[3\]/,
      },
      {
        note: 'weights of another count',
        run: run(int32([0, 1]), { weight: r.uniform([2]) }),
        code: 'TN_SHAPE',
        message: /weight tensor should be defined either for all 3 classes or no classes, got \[2\]/,
      },
      {
        note: 'weights of another type',
        run: run(int32([0, 1]), { weight: int32([1, 1, 1]) }),
        code: 'TN_DTYPE',
        message: /expected weight of the input's type float64, got int32/,
      },
      {
        note: 'no such reduction',
        run: run(int32([0, 1]), { reduction: 'average' as Reduction }),
        code: 'TN_RANGE',
        message: /average is not a valid value for reduction/,
      },
      {
        note: 'bool target',
        run: run(r.bools([2])),
        code: 'TN_DTYPE',
        message: /expected target to hold classes as int32 or uint8, got bool/,
      },
      {
        note: '0-dim input',
        run: () => losses[name](r.uniform([]), int32([0], [])),
        code: 'TN_SHAPE',
        message: /expected input \[N, C\]/,
      },
    ]
  }

/** Weights are constants: they ride in `args`, since nothing flows to them. */
interface Args {
  readonly options: Options
  readonly weight: Tensor | undefined
}

function weightOf(r: Samples, weighted: boolean | undefined, classes: number): Tensor | undefined {
  return weighted ? r.positive([classes]) : undefined
}

const asGrid = (x: Tensor | undefined) => (x ? Grid.of(x) : undefined)
const optionsFor = (x: Tensor, { options, weight }: Args): Options =>
  weight ? { ...options, weight: weight.to(x.dtype) } : options

const classLoss = (
  name: 'crossEntropy' | 'nllLoss',
  cases: readonly Case[],
  records: readonly string[],
  note = '',
): AnySpec =>
  opSpec<Args>({
    op: `${name}${note}`,
    records,
    call: ([input, target], args) => losses[name](input as Tensor, target as Tensor, optionsFor(input as Tensor, args)),
    samples: (r) =>
      cases.map(({ note: about, input, target, weighted, options }) => ({
        note: about,
        inputs: [r.uniform(input), target],
        args: { options, weight: weightOf(r, weighted, (input.length === 1 ? input[0] : input[1]) as number) },
      })),
    reference: ([input, target], { options, weight }) => {
      const logp = name === 'crossEntropy' ? logSoftmaxOver(input as Grid) : (input as Grid)
      return fromClasses(logp, target as Grid, asGrid(weight), options)
    },
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: classErrors(name),
  })

const elementwiseLoss = (
  op: string,
  call: (x: Tensor, t: Tensor, options: losses.LossOptions) => Tensor,
  f: (x: number, t: number) => number,
  records: readonly string[],
  about: { probabilities?: boolean } = {},
): AnySpec =>
  opSpec<losses.LossOptions>({
    op,
    records,
    call: ([x, t], options) => call(x as Tensor, t as Tensor, options),
    samples: (r) => {
      const make = (shape: number[]) =>
        about.probabilities
          ? [r.uniform(shape, 0.05, 0.95), r.uniform(shape, 0.1, 0.9)]
          : [r.distinct(shape), r.uniform(shape, 0.1, 0.9)]
      return [
        { note: 'mean', inputs: make([4, 5]), args: {} },
        { note: 'sum', inputs: make([3, 4]), args: { reduction: 'sum' } },
        { note: 'none', inputs: make([3, 4]), args: { reduction: 'none' } },
        { note: '0-dim', inputs: make([]), args: {} },
      ]
    },
    reference: ([x, t], { reduction }) => reduced(elementwise(f)([x as Grid, t as Grid]), reduction),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    ...(about.probabilities ? { whole: [0, 2] as const } : {}),
    errors: (r) => [
      {
        note: 'shapes differ',
        run: () => call(r.uniform([3, 1], 0, 1), r.uniform([3], 0, 1), {}),
        code: 'TN_SHAPE',
        message: /target must have the size of input, got \[3\] and \[3, 1\]/,
      },
      {
        note: 'no such reduction',
        run: () => call(r.uniform([3], 0, 1), r.uniform([3], 0, 1), { reduction: 'all' as Reduction }),
        code: 'TN_RANGE',
        message: /all is not a valid value for reduction/,
      },
    ],
  })

const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const logAbove = (x: number) => Math.max(Math.log(x), -100)
const binary = (p: number, t: number) => -(t * logAbove(p) + (1 - t) * logAbove(1 - p))

export const lossSpecs: readonly AnySpec[] = [
  classLoss('crossEntropy', classCases, ['crossEntropy', 'crossEntropyBackward', 'softmax', 'logSoftmax', 'nllLoss']),
  classLoss('crossEntropy', smoothCases, ['logSoftmax', 'nllLoss', 'nllLossBackward'], ', smoothed'),
  classLoss('nllLoss', classCases, ['nllLoss', 'nllLossBackward']),
  opSpec<Args>({
    op: 'crossEntropy of probabilities',
    records: ['logSoftmax'],
    call: ([input, target], args) =>
      losses.crossEntropy(input as Tensor, target as Tensor, optionsFor(input as Tensor, args)),
    samples: (r) => {
      const pair = (shape: number[]) => [r.uniform(shape), r.positive(shape)]
      return [
        { note: 'mean', inputs: pair([4, 3]), args: { options: {}, weight: undefined } },
        {
          note: 'smoothed, weights',
          inputs: pair([4, 3]),
          args: { options: { labelSmoothing: 0.2 }, weight: r.positive([3]) },
        },
        { note: 'none', inputs: pair([4, 3]), args: { options: { reduction: 'none' }, weight: undefined } },
        { note: 'positions', inputs: pair([2, 3, 2]), args: { options: {}, weight: undefined } },
        { note: 'one example', inputs: pair([3]), args: { options: { reduction: 'sum' }, weight: undefined } },
      ]
    },
    reference: ([input, target], { options, weight }) =>
      fromProbabilities(logSoftmaxOver(input as Grid), target as Grid, asGrid(weight), options),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    errors: (r) => [
      {
        note: 'another shape',
        run: () => losses.crossEntropy(r.uniform([2, 3]), r.uniform([2])),
        code: 'TN_SHAPE',
        message: /target probabilities must have the shape of input, got \[2\] and \[2, 3\]/,
      },
      {
        note: 'too much smoothing',
        run: () => losses.crossEntropy(r.uniform([1, 3]), int32([0]), { labelSmoothing: 1.5 }),
        code: 'TN_RANGE',
        message: /label_smoothing must be between 0\.0 and 1\.0\. Got: 1\.5/,
      },
    ],
  }),
  elementwiseLoss('mseLoss', losses.mseLoss, (x, t) => (x - t) ** 2, ['square', 'sub']),
  elementwiseLoss('l1Loss', losses.l1Loss, (x, t) => Math.abs(x - t), ['abs']),
  elementwiseLoss(
    'smoothL1Loss',
    (x, t, options) => losses.smoothL1Loss(x, t, { ...options, beta: 0.4 }),
    (x, t) => (Math.abs(x - t) < 0.4 ? (x - t) ** 2 / 0.8 : Math.abs(x - t) - 0.2),
    ['where'],
  ),
  elementwiseLoss(
    'huberLoss',
    (x, t, options) => losses.huberLoss(x, t, { ...options, delta: 0.4 }),
    (x, t) => (Math.abs(x - t) <= 0.4 ? (x - t) ** 2 / 2 : 0.4 * (Math.abs(x - t) - 0.2)),
    ['where'],
  ),
  elementwiseLoss('bceWithLogits', losses.bceWithLogits, (x, t) => binary(logistic(x), t), ['bceWithLogits']),
  elementwiseLoss('binaryCrossEntropy', losses.binaryCrossEntropy, binary, ['binaryCrossEntropy'], {
    probabilities: true,
  }),
  opSpec<undefined>({
    op: 'bceWithLogits with weights',
    records: ['bceWithLogits'],
    call: ([x, t, weight, posWeight]) =>
      losses.bceWithLogits(x as Tensor, t as Tensor, { weight, posWeight, reduction: 'none' }),
    samples: (r) => [
      {
        note: 'matrix',
        inputs: [r.uniform([4, 3]), r.uniform([4, 3], 0, 1), r.positive([4, 1]), r.positive([3])],
        args: undefined,
      },
    ],
    reference: elementwise(
      (x, t, weight, posWeight) =>
        -weight * (posWeight * t * Math.log(logistic(x)) + (1 - t) * Math.log(1 - logistic(x))),
    ),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
  }),
  opSpec<undefined>({
    op: 'binaryCrossEntropy with weights',
    records: ['binaryCrossEntropy'],
    call: ([x, t, weight]) => losses.binaryCrossEntropy(x as Tensor, t as Tensor, { weight, reduction: 'sum' }),
    samples: (r) => [
      {
        note: 'matrix',
        inputs: [r.uniform([4, 3], 0.1, 0.9), r.uniform([4, 3], 0, 1), r.positive([3])],
        args: undefined,
      },
    ],
    reference: (inputs) => reduced(elementwise((x, t, weight) => weight * binary(x, t))(inputs), 'sum'),
    differentiable: true,
    dtypes: dtypeRules.floatingOnly,
    whole: [0, 2],
    errors: (r) => [
      {
        note: 'no probabilities',
        run: () => losses.binaryCrossEntropy(r.uniform([3], 1.1, 2), r.uniform([3])),
        code: 'TN_RANGE',
        message: /all elements of input should be between 0 and 1/,
      },
    ],
  }),
]
