// Rows of the table: methods that drop branches and layers.
import { nn, ones } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, MethodSpec, Moments } from '../../support/method-spec.ts'
import type { ErrorCase } from '../../support/op-spec.ts'
import { invertedMoments, limitsOfP, times0, unchanged } from './bernoulli.ts'
import { fixedLinear, product } from './weights.ts'

const modeErrors = (name: string, make: (options: never) => unknown, known: string): ErrorCase[] => [
  {
    note: 'an unknown mode',
    run: () => make({ mode: 'column' } as never),
    code: 'TN_RANGE',
    message: new RegExp(`^${name}: mode has to be either 'batch' or 'row', but got column$`),
  },
  {
    note: 'an unknown option',
    run: () => make({ inplace: true } as never),
    code: 'TN_RANGE',
    message: new RegExp(`^${name}: unknown option inplace; known are ${known}$`),
  },
]

function pathRow(mode: nn.DropPathMode, words: number, mask: string): MethodSpec {
  return {
    layer: 'DropPath',
    note: mode,
    make: (options) => new nn.DropPath(0.3, { ...options, mode }),
    input: (r) => r.nonzero([3, 4, 2]),
    text: `DropPath(p=0.3, mode=${mode})`,
    words,
    masks: { 'layer:0': mask },
    moments: invertedMoments(0.3),
    evaluated: (_, x) => x,
    evaluatesToInput: true,
    limits: limitsOfP((p) => new nn.DropPath(p, { mode }), { zero: unchanged, one: times0 }),
    passesFactors: true,
    errors: () => [
      ...modeErrors('DropPath', (options) => new nn.DropPath(0.5, options), 'mode, mc, generator'),
      {
        note: 'a number for an input',
        run: () => new nn.DropPath(0.5).call(ones([])),
        code: 'TN_SHAPE',
        message: /^dropPath: expected x \[N, \.\.\.\], whose first dimension are examples, got \[\]$/,
      },
    ],
  }
}

const branchOf = (layer: Layer): nn.Linear => (layer as unknown as { branch: nn.Linear }).branch
const plus = (a: Grid, b: Grid): Grid =>
  new Grid(
    a.shape,
    a.data.map((value, i) => value + (b.data[i] as number)),
  )

/** y = x + f(x) m / (1 - p): E[y] = x + f(x), Var[y] = f(x)² p / (1 - p). */
function residualMoments(layer: Layer, x: Grid): Moments {
  const share = product(branchOf(layer), x)
  return { mean: plus(x, share), variance: share.map((value) => (value ** 2 * 0.3) / 0.7) }
}

function residualRow(
  note: string,
  options: nn.ResidualOptions,
  settings: string,
  words: number,
  mask: string,
): MethodSpec {
  const make = (p: number, more = {}) => new nn.Residual(fixedLinear(4, 4), p, { ...options, ...more })
  const whole = (layer: Layer, x: Grid) => plus(x, product(branchOf(layer), x))
  return {
    layer: 'Residual',
    note,
    make: (more) => make(0.3, more),
    input: (r) => r.nonzero([3, 4]),
    text: `Residual(\n  p=0.3, ${settings}\n  (branch): Linear(in_features=4, out_features=4, bias=True)\n)`,
    words,
    masks: { 'layer:0': mask },
    moments: residualMoments,
    evaluated: whole,
    evaluatesToInput: false,
    limits: limitsOfP(make, { zero: (layer, x) => whole(layer, Grid.of(x)), one: unchanged }),
    passesFactors: false,
    errors: () => [
      ...modeErrors('Residual', (more) => make(0.5, more), 'mode, shortcut, skip, mc, generator'),
      {
        note: 'a branch of another shape',
        run: () => new nn.Residual(new nn.Linear(4, 3)).call(ones([2, 4])),
        code: 'TN_SHAPE',
        message: /^Residual: branch and shortcut must return one shape, got \[2, 3\] and \[2, 4\]$/,
      },
      {
        note: 'no branch',
        run: () => new nn.Residual(0.5 as never),
        code: 'TN_DTYPE',
        message: /^Residual: expected a module, got number$/,
      },
    ],
  }
}

/** Every way to keep and to drop the layers, with its probability: the moments are sums over them. */
function stackMoments(p: number) {
  return (layer: Layer, x: Grid): Moments => {
    const layers = [...(layer as unknown as nn.LayerDrop)] as nn.Linear[]
    const outcomes = Array.from({ length: 2 ** layers.length }, (_, code) => {
      const kept = layers.filter((_, i) => code & (1 << i))
      const probability = (1 - p) ** kept.length * p ** (layers.length - kept.length)
      return { probability, y: kept.reduce((h, linear) => product(linear, h), x) }
    })
    const mean = x
      .map(() => 0)
      .data.map((_, i) => {
        return outcomes.reduce((total, { probability, y }) => total + probability * (y.data[i] as number), 0)
      })
    const variance = mean.map((center, i) => {
      return outcomes.reduce(
        (total, { probability, y }) => total + probability * ((y.data[i] as number) - center) ** 2,
        0,
      )
    })
    return { mean: new Grid(x.shape, mean), variance: new Grid(x.shape, variance) }
  }
}

const makeStack = (p: number, options = {}) =>
  new nn.LayerDrop(
    [1, 2, 3].map((seed) => fixedLinear(4, 4, seed)),
    p,
    options,
  )
const allLayers = (layer: Layer, x: Grid): Grid =>
  [...(layer as unknown as nn.LayerDrop)].reduce((h, linear) => product(linear as nn.Linear, h), x)

const layerDrop: MethodSpec = {
  layer: 'LayerDrop',
  make: (options) => makeStack(0.3, options),
  input: (r) => r.nonzero([2, 4]),
  text: `LayerDrop(\n  p=0.3\n${[0, 1, 2].map((i) => `  (${i}): Linear(in_features=4, out_features=4, bias=True)\n`).join('')})`,
  words: 6,
  masks: { 'layer:0': 'bool [3]' },
  moments: stackMoments(0.3),
  evaluated: allLayers,
  evaluatesToInput: false,
  limits: limitsOfP(makeStack, { zero: (layer, x) => allLayers(layer, Grid.of(x)), one: unchanged }),
  passesFactors: false,
  errors: () => [
    {
      note: 'what is no layer',
      run: () => new nn.LayerDrop([new nn.ReLU(), 0.5 as never]),
      code: 'TN_DTYPE',
      message: /^LayerDrop: layers must be modules, got number$/,
    },
    {
      note: 'a position that is not there',
      run: () => makeStack(0.5).subset([0, 3]),
      code: 'TN_RANGE',
      message: /^LayerDrop: there is no layer 3, of 3$/,
    },
    {
      note: 'an unknown option',
      run: () => makeStack(0.5, { mode: 'row' }),
      code: 'TN_RANGE',
      message: /^LayerDrop: unknown option mode; known are mc, generator$/,
    },
  ],
}

export const pathSpecs: readonly MethodSpec[] = [
  pathRow('row', 6, 'bool [3, 1, 1]'),
  pathRow('batch', 2, 'bool [1, 1, 1]'),
  residualRow('row', {}, 'mode=row', 6, 'bool [3, 1]'),
  residualRow('row, skipping', { skip: true }, 'mode=row, skip=True', 6, 'bool [3, 1]'),
  residualRow('batch', { mode: 'batch' }, 'mode=batch', 2, 'bool [1, 1]'),
  residualRow('batch, all computed', { mode: 'batch', skip: false }, 'mode=batch, skip=False', 2, 'bool [1, 1]'),
  layerDrop,
]
