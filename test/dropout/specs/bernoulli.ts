// Rows of the table: PyTorch's family, and its Gaussian counterpart.
import { nn, ones, type Tensor } from '../../../src/index.ts'
import { Grid } from '../../support/grid.ts'
import type { Layer, Limits, MethodSpec, Moments } from '../../support/method-spec.ts'
import type { Samples } from '../../support/samples.ts'

type Family = typeof nn.Dropout1d

/** Sets and gives p as the layers do that have it. */
export const limitsOfP = (make: Limits['make'], { zero, one }: Pick<Limits, 'zero' | 'one'>): Limits => ({
  set(layer, p) {
    ;(layer as Layer & { p: number }).p = p
  },
  make,
  zero,
  one,
})

export const unchanged = (_: Layer, x: Tensor): Grid => Grid.of(x)
export const times0 = (_: Layer, x: Tensor): Grid => Grid.of(x).map((value) => value * 0)

/** Inverted dropout, y = x m / (1 - p) with m of Bernoulli(1 - p): E[y] = x, Var[y] = x² p / (1 - p). */
export const invertedMoments =
  (p: number) =>
  (_: Layer, x: Grid): Moments => ({ mean: x, variance: x.map((value) => (value ** 2 * p) / (1 - p)) })

/** What the layers that extend DropLayer refuse. */
export const optionErrors = (name: string, known: string): ReturnType<MethodSpec['errors']> => {
  const Class = nn[name as 'Dropout1d'] as Family
  return [
    {
      note: 'a boolean',
      run: () => new Class(0.5, true as never),
      code: 'TN_RANGE',
      message: new RegExp(`^${name}: options go into one object, got true; write new nn.${name}\\(0.5, `),
    },
    {
      note: 'an unknown option',
      run: () => new Class(0.5, { inPlace: true } as never),
      code: 'TN_RANGE',
      message: new RegExp(`^${name}: unknown option inPlace; known are ${known}; did you mean inplace\\?$`),
    },
    {
      note: 'mc as a number',
      run: () => new Class(0.5, { mc: 1 as never }),
      code: 'TN_RANGE',
      message: new RegExp(`^${name}: mc must be true or false, got 1$`),
    },
  ]
}

function familyRow(
  name: 'Dropout' | 'Dropout1d' | 'Dropout2d' | 'Dropout3d',
  shape: readonly number[],
  maskShape: readonly number[],
  known = 'inplace, mc, generator',
): MethodSpec {
  const Class = nn[name] as Family
  return {
    layer: name,
    make: (options) => new Class(0.3, options),
    input: (r: Samples) => r.nonzero(shape),
    text: `${name}(p=0.3, inplace=False)`,
    words: 2 * maskShape.reduce((product, size) => product * size, 1),
    masks: { 'layer:0': `bool [${maskShape.join(', ')}]` },
    moments: invertedMoments(0.3),
    evaluated: (_, x) => x,
    evaluatesToInput: true,
    limits: limitsOfP((p) => new Class(p), { zero: unchanged, one: times0 }),
    passesFactors: true,
    errors: () => optionErrors(name, known),
  }
}

/** SELU's limit for small inputs, -scale·alpha of Klambauer et al. 2017. */
const saturation = -1.7580993408473766

/**
 * y = a (m x + (1 - m) α') + b, α' the saturation, with a and b such that mean 0 and variance 1 stay (Klambauer et al.
 * 2017): a = ((1-p)(1 + p α'²))^-½, b = -a p α'.
 */
const alphaMoments =
  (p: number) =>
  (_: Layer, x: Grid): Moments => {
    const a = ((1 - p) * (1 + p * saturation ** 2)) ** -0.5
    const b = -a * p * saturation
    return {
      mean: x.map((value) => a * ((1 - p) * value + p * saturation) + b),
      variance: x.map((value) => a ** 2 * p * (1 - p) * (value - saturation) ** 2),
    }
  }

function alphaRow(name: 'AlphaDropout' | 'FeatureAlphaDropout', maskShape: readonly number[]): MethodSpec {
  return {
    ...familyRow('Dropout', [3, 4, 2], maskShape),
    layer: name,
    make: (options) => new nn[name](0.3, options),
    text: `${name}(p=0.3, inplace=False)`,
    moments: alphaMoments(0.3),
    limits: limitsOfP((p) => new nn[name](p), { zero: unchanged, one: times0 }),
    passesFactors: false,
    errors: () => optionErrors(name, 'inplace, mc, generator'),
  }
}

const allOptions = 'inplace, mc, generator, scaling, noiseShape, subnets, balance'

export const bernoulliSpecs: readonly MethodSpec[] = [
  familyRow('Dropout', [3, 4, 2], [3, 4, 2], allOptions),
  {
    ...familyRow('Dropout', [3, 4, 2], [3, 4, 2], allOptions),
    note: 'standard scaling',
    make: (options) => new nn.Dropout(0.3, { ...options, scaling: 'standard' }),
    text: 'Dropout(p=0.3, inplace=False, scaling=standard)',
    // Srivastava et al. 2014, section 4: y = x m in training, E[y] = (1 - p) x, which evaluation computes.
    moments: (_, x) => ({
      mean: x.map((value) => 0.7 * value),
      variance: x.map((value) => 0.3 * 0.7 * value ** 2),
    }),
    evaluated: (_, x) => x.map((value) => 0.7 * value),
    evaluatesToInput: false,
  },
  {
    ...familyRow('Dropout', [3, 4, 2], [3, 1, 2], allOptions),
    note: 'noiseShape',
    make: (options) => new nn.Dropout(0.3, { ...options, noiseShape: [null, 1, null] }),
    text: 'Dropout(p=0.3, inplace=False, noise_shape=(None, 1, None))',
  },
  familyRow('Dropout1d', [3, 4, 2], [3, 4, 1]),
  familyRow('Dropout2d', [3, 4, 2, 2], [3, 4, 1, 1]),
  familyRow('Dropout3d', [2, 3, 2, 1, 2], [2, 3, 1, 1, 1]),
  alphaRow('AlphaDropout', [3, 4, 2]),
  alphaRow('FeatureAlphaDropout', [3, 4, 1]),
  {
    ...familyRow('Dropout', [3, 4, 2], [3, 4, 2]),
    layer: 'GaussianDropout',
    make: (options) => new nn.GaussianDropout(0.3, options),
    text: 'GaussianDropout(p=0.3, inplace=False)',
    // 24 numbers of one word each, and the last 16 again.
    words: 40,
    masks: { 'layer:0': 'float32 [3, 4, 2]' },
    // Srivastava et al. 2014, section 10: noise of N(1, p / (1 - p)).
    moments: invertedMoments(0.3),
    limits: limitsOfP((p) => new nn.GaussianDropout(p), {
      zero: unchanged,
      one: /p must be below 1, where the noise's variance p \/ \(1 - p\) has no bound, got 1$/,
    }),
    errors: () => [
      ...optionErrors('GaussianDropout', 'inplace, mc, generator'),
      {
        note: 'integers',
        run: () => new nn.GaussianDropout().call(ones([2], { dtype: 'int32' })),
        code: 'TN_DTYPE',
        message: /^gaussianDropout: expected a floating tensor \(float32 or float64\), got int32$/,
      },
    ],
  },
]
