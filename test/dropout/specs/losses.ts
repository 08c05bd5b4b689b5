// Row of the table: a loss over several masks.
import { nn } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, MethodSpec } from '../../support/method-spec.ts'
import { int32 } from '../../support/samples.ts'
import { limitsOfP } from './bernoulli.ts'
import { overOutcomes } from './outcomes.ts'
import { fixedLinear, product } from './weights.ts'

const p = 0.3
const classes = [2, 0]
const make = (probability: number, options = {}) =>
  new nn.MultiSampleDropout(fixedLinear(2, 3), probability, { samples: 2, ...options })
const headOf = (layer: Layer): nn.Linear => (layer as unknown as { head: nn.Linear }).head

/** The mean cross entropy of features `[N, 2]`. */
function lossOf(layer: Layer, features: Grid): number {
  const logits = product(headOf(layer), features)
  const rows = Array.from({ length: logits.shape[0] as number }, (_, n) => logits.data.slice(3 * n, 3 * n + 3))
  return rows.reduce((total, row, n) => {
    const all = row.reduce((sum, x) => sum + Math.exp(x), 0)
    return total - ((row[classes[n % 2] as number] as number) - Math.log(all)) / rows.length
  }, 0)
}

const alone = (layer: Layer, x: Grid): Grid => new Grid([], [lossOf(layer, x)])

export const lossSpecs: readonly MethodSpec[] = [
  {
    layer: 'MultiSampleDropout',
    make: (options) => make(p, options),
    input: (r) => r.nonzero([2, 2]),
    run: (layer, x) => (layer as unknown as nn.MultiSampleDropout).call(x, int32(classes)),
    text: 'MultiSampleDropout(\n  p=0.3, samples=2\n  (head): Linear(in_features=2, out_features=3, bias=True)\n)',
    words: 16,
    masks: { 'layer:0': 'bool [4, 2]' },
    // Inoue 2019: the mean of the losses of two samples, over all that 8 features can do.
    moments: (layer, x) =>
      overOutcomes(8, p, [], (kept) => {
        const copies = [...x.data, ...x.data].map((value, i) => (kept[i] ? value / (1 - p) : 0))
        return [lossOf(layer, new Grid([4, 2], copies))]
      }),
    evaluated: alone,
    evaluatesToInput: false,
    limits: limitsOfP(make, {
      zero: (layer, x) => alone(layer, Grid.of(x)),
      one: (layer, x) =>
        alone(
          layer,
          Grid.of(x).map((value) => value * 0),
        ),
    }),
    passesFactors: 'is no layer of a Sequential',
    errors: () => [
      {
        note: 'no samples',
        run: () => make(0.5, { samples: 0 }),
        code: 'TN_RANGE',
        message: /^MultiSampleDropout: samples must be a positive whole number, got 0$/,
      },
      {
        note: 'no head',
        run: () => new nn.MultiSampleDropout(0.5 as never),
        code: 'TN_DTYPE',
        message: /^MultiSampleDropout: expected a module, got number$/,
      },
      {
        note: 'a loss that is none',
        run: () => make(0.5, { loss: new nn.CrossEntropyLoss() }),
        code: 'TN_DTYPE',
        message: /^MultiSampleDropout: loss must be a function, got object$/,
      },
      {
        note: 'an unknown option',
        run: () => make(0.5, { inplace: true }),
        code: 'TN_RANGE',
        message: /^MultiSampleDropout: unknown option inplace; known are samples, loss, mc, generator$/,
      },
    ],
  },
]
