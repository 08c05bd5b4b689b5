// Each rule of the doctor: what makes it speak, and what keeps it quiet.
import { describe, expect, test } from 'vitest'
import { functional as F, Module, manualSeed, mcDropout, nn, optim, rand, randn, type Tensor } from '../../src/index.ts'
import { rules } from '../../src/inspect/doctor/doctor.ts'
import { type DoctorOptions, doctor, type HistoryEpoch, trainingFacts } from '../../src/inspect/index.ts'

interface Net {
  readonly input?: number
  readonly p?: number
  readonly last?: number
  readonly hidden?: number
}

/** 64-256-256-10 with p .2 / .5 / .5, unless told otherwise. */
const net = ({ input = 0.2, p = 0.5, last = 0.5, hidden = 256 }: Net = {}) =>
  new nn.Sequential(
    new nn.Dropout(input),
    new nn.Linear(64, 256),
    new nn.ReLU(),
    new nn.Dropout(p),
    new nn.Linear(256, hidden),
    new nn.ReLU(),
    new nn.Dropout(last),
    new nn.Linear(hidden, 10),
  )

const sgd = { optimizer: 'SGD', lr: 0.05, momentum: 0.95, maxNorm: 3, examples: 60_000 }

/** Epochs from figures by epoch. */
const epochs = (count: number, figures: Record<keyof HistoryEpoch | string, (t: number) => number>): HistoryEpoch[] =>
  Array.from({ length: count }, (_, t) =>
    Object.fromEntries(Object.entries(figures).map(([name, at]) => [name, at(t)])),
  )

/** Loss that falls and stays, as it should be. */
const healthy = epochs(20, {
  trainingLoss: (t) => 0.03 + 0.3 * 0.6 ** t,
  testLoss: (t) => 0.05 + 0.3 * 0.6 ** t,
  trainingError: () => 0.01,
  testError: () => 0.015,
})

class Functional extends Module {
  readonly hidden = new nn.Linear(6, 20)
  readonly head: Head
  constructor(careful: boolean) {
    super()
    this.head = new Head(careful)
  }
  forward(x: Tensor): Tensor {
    return this.head.call(this.hidden.call(x).relu())
  }
}

class Head extends Module {
  readonly out = new nn.Linear(20, 3)
  constructor(readonly careful: boolean) {
    super()
  }
  forward(x: Tensor): Tensor {
    return this.out.call(F.dropout(x, 0.5, this.careful ? { training: this.training } : {}))
  }
}

interface Case {
  readonly model: () => Module
  readonly options?: DoctorOptions
}

/** For each rule a model that makes it speak, and one, near to it, that does not. */
const cases: Readonly<Record<string, { readonly fires: readonly Case[]; readonly quiet: readonly Case[] }>> = {
  'keep-for-p': {
    fires: [
      { model: () => net({ p: 0.9 }) },
      { model: () => net({ input: 0.8 }) },
      { model: () => net({ last: 0.8 }) },
    ],
    quiet: [{ model: () => net({ p: 0.6 }) }],
  },
  'dropout-on-the-outputs': {
    fires: [
      {
        model: () => new nn.Sequential(new nn.Linear(9, 20), new nn.ReLU(), new nn.Linear(20, 10), new nn.Dropout(0.2)),
      },
    ],
    quiet: [
      {
        model: () => new nn.Sequential(new nn.Linear(9, 20), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(20, 10)),
      },
    ],
  },
  'functional-dropout-in-evaluation': {
    fires: [
      { model: () => new Functional(false), options: { example: rand([2, 6]) } },
      { model: () => new nn.Sequential(new nn.Linear(5, 20), new nn.ReLU(), new Head(false)) },
    ],
    quiet: [
      { model: () => new Functional(true), options: { example: rand([2, 6]) } },
      { model: () => new nn.Sequential(new nn.Linear(5, 20), new nn.ReLU(), new Head(true)) },
      { model: () => mcDropout(net()) },
    ],
  },
  'left-in-training-mode': {
    fires: [{ model: () => net(), options: { testing: true } }, { model: () => partlyInTraining() }],
    quiet: [{ model: () => net().eval(), options: { testing: true } }, { model: () => net() }],
  },
  'unusual-p': {
    fires: [
      { model: () => net({ input: 0.5 }) },
      { model: () => net({ p: 0.1 }) },
      { model: () => net({ p: 0.7 }) },
      { model: () => net({ last: 0.05 }) },
    ],
    quiet: [
      { model: () => net() },
      { model: () => net({ input: 0.1, p: 0.2, last: 0.2 }) },
      { model: () => net({ p: 0, input: 0 }) },
    ],
  },
  'high-p-at-the-output-layer': {
    fires: [{ model: () => net({ last: 0.7 }) }],
    quiet: [{ model: () => net({ last: 0.5 }) }, { model: () => net({ p: 0.7 }) }],
  },
  'dropout-before-batch-norm': {
    fires: [
      {
        model: () =>
          new nn.Sequential(new nn.Linear(9, 64), new nn.Dropout(0.5), new nn.BatchNorm1d(64), new nn.Linear(64, 10)),
      },
      {
        model: () =>
          new nn.Sequential(new nn.Dropout(0.2), new nn.Linear(9, 64), new nn.BatchNorm1d(64), new nn.Linear(64, 10)),
      },
    ],
    quiet: [
      {
        model: () =>
          new nn.Sequential(new nn.Linear(9, 64), new nn.BatchNorm1d(64), new nn.Dropout(0.5), new nn.Linear(64, 10)),
      },
    ],
  },
  'layer-too-small-for-its-p': {
    fires: [{ model: () => net({ hidden: 24 }) }],
    quiet: [{ model: () => net({ hidden: 64 }) }, { model: () => net({ hidden: 24, last: 0.2 }) }],
  },
  'momentum-not-raised': {
    fires: [
      { model: net, options: { training: { ...sgd, momentum: 0.5 } } },
      { model: net, options: { training: { lr: 1 } } },
    ],
    quiet: [
      { model: net, options: { training: { ...sgd, momentum: 0.9 } } },
      { model: net, options: { training: { ...sgd, momentum: 0.5, optimizer: 'Adam' } } },
      { model: () => net({ input: 0, p: 0, last: 0 }), options: { training: { ...sgd, momentum: 0.5 } } },
    ],
  },
  'learning-rate-not-raised': {
    fires: [{ model: net, options: { training: { ...sgd, lr: 0.01, momentum: 0.9 } } }],
    quiet: [
      { model: net, options: { training: sgd } },
      { model: net, options: { training: { optimizer: 'AdamW', lr: 0.001 } } },
    ],
  },
  'no-max-norm': {
    fires: [
      { model: net, options: { training: { ...sgd, lr: 0.1, maxNorm: undefined } } },
      { model: net, options: { training: { ...sgd, lr: 0.1, maxNorm: 0 } } },
    ],
    quiet: [
      { model: net, options: { training: { ...sgd, lr: 0.1 } } },
      { model: net, options: { training: { ...sgd, maxNorm: undefined } } },
    ],
  },
  'more-data-than-dropout-helps-with': {
    fires: [{ model: net, options: { training: { examples: 20_000_000 } } }],
    quiet: [
      { model: net, options: { training: sgd } },
      { model: () => net({ input: 0, p: 0, last: 0 }), options: { training: { examples: 20_000_000 } } },
    ],
  },
  overfitting: {
    fires: [
      // The test loss turns at its fifth epoch.
      { model: net, options: { history: epochs(20, { testLoss: (t) => 0.1 + 0.01 * (t - 4) ** 2 }) } },
      { model: net, options: { history: epochs(9, { trainingLoss: () => 0.001, testLoss: () => 0.1 }) } },
    ],
    quiet: [
      { model: net, options: { history: healthy } },
      { model: net, options: { history: epochs(20, { testLoss: (t) => 0.1 + 0.01 / (t + 1) }) } },
      { model: net, options: { history: epochs(4, { testLoss: (t) => 0.1 + t }) } },
    ],
  },
  underfitting: {
    fires: [
      {
        model: net,
        options: {
          history: epochs(20, {
            trainingLoss: (t) => 0.6 + 0.5 ** t,
            testLoss: (t) => 0.62 + 0.5 ** t,
            trainingError: () => 0.2,
          }),
        },
      },
    ],
    quiet: [
      { model: net, options: { history: healthy } },
      {
        // Nothing is left to fit.
        model: net,
        options: { history: epochs(20, { trainingLoss: () => 0.001, testLoss: () => 0.001, trainingError: () => 0 }) },
      },
    ],
  },
  'stopped-too-early': {
    fires: [{ model: net, options: { history: epochs(8, { testLoss: (t) => 1 / (t + 1) }) } }],
    quiet: [{ model: net, options: { history: healthy } }],
  },
}

function partlyInTraining(): Module {
  const model = net().eval()
  model.at(3).train()
  return model
}

const idsOf = ({ model, options }: Case): string[] => doctor(model(), options).map(({ id }) => id)

describe('each rule', () => {
  test('has its cases', () => {
    expect(Object.keys(cases).sort()).toEqual(rules.map(({ id }) => id).sort())
  })

  for (const [id, { fires, quiet }] of Object.entries(cases)) {
    test(`${id} fires`, () => {
      for (const one of fires) expect(idsOf(one)).toContain(id)
    })
    test(`${id} stays quiet`, () => {
      for (const one of quiet) expect(idsOf(one)).not.toContain(id)
    })
  }
})

test('the network of the main job, well trained, needs nothing', () => {
  expect(doctor(net(), { training: sgd, history: healthy })).toEqual([])
})

describe('advice', () => {
  test('names the layer and what to write, in English and Korean, with a source', () => {
    const [english] = doctor(net({ p: 0.9 }))
    expect(english).toEqual({
      id: 'keep-for-p',
      severity: 'mistake',
      advice: 'Check p of (3): Dropout(p=0.9, inplace=False): it drops 90 %. If 0.9 is to be kept, write 0.1.',
      reason:
        'Here, as in PyTorch and Keras, p is the probability to drop. In the papers, and in TensorFlow 1, it is that to keep.',
      source: 'Srivastava et al. 2014, JMLR 15:1929, section 4 (there p is the probability to retain)',
    })
    const [korean] = doctor(net({ p: 0.9 }), { language: 'ko' })
    expect(korean?.advice).toMatch(/Dropout\(p=0.9, inplace=False\) 층의 p를 확인하세요/)
    expect(korean?.source).toBe(english?.source)
  })

  test('exists in both languages for every finding', () => {
    for (const { fires } of Object.values(cases)) {
      for (const { model, options } of fires) {
        const [english, korean] = (['en', 'ko'] as const).map((language) => doctor(model(), { ...options, language }))
        expect(korean?.map(({ id }) => id)).toEqual(english?.map(({ id }) => id))
        for (const { advice, reason } of korean ?? []) {
          expect(advice).toMatch(/[가-힣]/)
          expect(reason).toMatch(/[가-힣]/)
          expect(advice + reason).not.toMatch(/undefined|NaN|\([이을은으]\)/)
        }
        for (const { advice, reason, source } of english ?? []) {
          expect(advice + reason).not.toMatch(/undefined|NaN|[가-힣]/)
          expect(source).toMatch(/\d{4}|PyTorch/)
        }
      }
    }
  })

  test('names the module whose functional dropout is on', () => {
    const [found] = doctor(new Functional(false), { example: randn([2, 6]) })
    expect(found?.advice).toContain('Pass the mode on in head:')
  })

  test('a p that looks like 1 - p is not also called unusual', () => {
    expect(idsOf({ model: () => net({ p: 0.9, last: 0.9 }) })).toEqual(['keep-for-p', 'keep-for-p'])
  })
})

test('an examination leaves everything as it was', () => {
  manualSeed(4)
  const model = mcDropout(net({ hidden: 32 }))
  const next = rand([3]).toArray()
  manualSeed(4)
  net({ hidden: 32 })
  doctor(model)
  expect(rand([3]).toArray()).toEqual(next)
  expect([...model.modules()].every(({ training }) => training)).toBe(true)
  expect(model.at(0)).toMatchObject({ mc: true })
  expect(model.hasHooks).toBe(false)
})

test('what an optimizer says of a training', () => {
  const model = net({ hidden: 32 })
  const [weights, biases] = [0, 1].map((which) =>
    [...model.parameters()].filter(({ ndim }) => (ndim === 2) === (which === 0)),
  )
  const optimizer = new optim.SGD(
    [
      { params: biases ?? [], lr: 0.5 },
      { params: weights ?? [], maxNorm: 3 },
    ],
    { lr: 0.1, momentum: 0.9 },
  )
  expect(trainingFacts(optimizer, { examples: 5 })).toEqual({
    optimizer: 'SGD',
    lr: 0.1,
    momentum: 0.9,
    maxNorm: 3,
    examples: 5,
  })
  expect(trainingFacts(new optim.AdamW(model.parameters())).optimizer).toBe('AdamW')
})

test('errors', () => {
  expect(() => doctor(net(), { language: 'de' as 'en' })).toThrow("language must be 'en' or 'ko', got de")
  expect(() => doctor(net(), { optimizer: 1 } as object)).toThrow('doctor: unknown option optimizer; known are history')
  expect(() => doctor(net(), { example: rand([2, 3]) })).toThrow('expected x [..., inFeatures]')
})
