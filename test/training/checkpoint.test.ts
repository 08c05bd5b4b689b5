import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultGenerator, Generator, Module, manualSeed, nn, optim, rand, randn, type Tensor, tensor } from 'thinnet'
import { DataLoader, TensorDataset } from 'thinnet/data'
import { decodeSafetensors, encodeSafetensors, loadSafetensors } from 'thinnet/formats'
import {
  decodeCheckpoint,
  type EpochMetrics,
  encodeCheckpoint,
  fit,
  latestCheckpoint,
  loadCheckpoint,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
  TrainingProgress,
} from 'thinnet/training'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../support/op-spec.ts'

const temporary = () => mkdtempSync(join(tmpdir(), 'thinnet-checkpoint-'))
const values = (x: Tensor) => Array.from(x.toArray())
const weightsOf = (model: nn.Sequential) => Array.from(model.stateDict(), ([name, x]) => [name, values(x)])

const optimizers = {
  SGD: (model: nn.Sequential) => new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, maxNorm: 3 }),
  AdamW: (model: nn.Sequential) => new optim.AdamW(model.parameters(), { lr: 0.01, amsgrad: true }),
}

/** Everything that has a state: buffers, dropout from the default and from a generator of its own, two schedules. */
function training(kind: keyof typeof optimizers, { shuffleBy }: { readonly shuffleBy?: Generator | undefined } = {}) {
  manualSeed(3)
  const x = randn([50, 3])
  const y = x.select(1, 0).gt(x.select(1, 1)).to('int32')
  const data = new TensorDataset<[Tensor, Tensor]>(x, y)
  const model = new nn.Sequential(
    new nn.Linear(3, 8),
    new nn.BatchNorm1d(8),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Dropout(0.5, { generator: new Generator().manualSeed(11) }),
    new nn.Linear(8, 2),
  )
  const optimizer = optimizers[kind](model)
  const schedules = [
    new optim.SequentialLR(
      optimizer,
      [new optim.LinearLR(optimizer, { totalIters: 3 }), new optim.CosineAnnealingLR(optimizer, 20)],
      [4],
    ),
  ]
  const batches = new DataLoader(data, { batchSize: 8, shuffle: true, generator: shuffleBy })
  const progress = new TrainingProgress()
  const parts = { model, optimizer, schedules, batches, progress }
  const scored = new DataLoader(data, { batchSize: 25, generator: new Generator() })
  /** Trains on; throws after so many steps of this call. */
  const go = async (stopAfter = Number.POSITIVE_INFINITY): Promise<EpochMetrics[]> => {
    const metrics: EpochMetrics[] = []
    let steps = 0
    // biome-ignore lint/suspicious/noFocusedTests: it fits a model
    const epochs = fit(model, optimizer, {
      epochs: 2,
      batches,
      progress,
      trainingSample: scored,
      test: scored,
      learningRate: () => schedules[0]?.getLastLr()[0] ?? 0,
      afterStep: () => schedules[0]?.step(),
      onStep: () => {
        if (++steps === stopAfter) throw new Error('killed')
      },
    })
    try {
      for await (const epoch of epochs) metrics.push(epoch)
    } catch (error) {
      if (steps !== stopAfter) throw error
    }
    return metrics
  }
  return { parts, model, go }
}

const learned = (metrics: readonly EpochMetrics[]) =>
  metrics.map(({ seconds: _, examplesPerSecond: __, ...rest }) => rest)

describe.each(['SGD', 'AdamW'] as const)('a training with %s', (kind) => {
  test.each<[string, () => Generator | undefined]>([
    ['the default generator', () => undefined],
    ['a generator of its own', () => new Generator().manualSeed(5)],
  ])('stopped after any step, its order from %s, goes on to the same bits', async (_, order) => {
    const unbroken = training(kind, { shuffleBy: order() })
    const metrics = await unbroken.go()
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2])
    for (let stop = 1; stop < 14; stop += kind === 'SGD' ? 1 : 3) {
      const first = training(kind, { shuffleBy: order() })
      const before = await first.go(stop)
      const bytes = encodeCheckpoint(first.parts)
      const second = training(kind, { shuffleBy: order() })
      rand([stop]) // the default generator is somewhere else
      restoreCheckpoint(decodeCheckpoint(bytes), second.parts)
      expect(encodeCheckpoint(second.parts)).toEqual(bytes)
      const after = await second.go()
      expect(learned([...before, ...after])).toEqual(learned(metrics))
      expect(weightsOf(second.model)).toEqual(weightsOf(unbroken.model))
    }
  })
})

test('saved while the test examples are scored, it does not learn the epoch again', async () => {
  const unbroken = training('SGD')
  const metrics = await unbroken.go()
  const first = training('SGD')
  let bytes: Uint8Array | undefined
  const { model } = first
  model.registerForwardPreHook(() => {
    if (!model.training && first.parts.progress.epoch === 1) bytes ??= encodeCheckpoint(first.parts)
    return undefined
  })
  await first.go()
  const second = training('SGD')
  restoreCheckpoint(decodeCheckpoint(bytes as Uint8Array), second.parts)
  expect(second.parts.progress).toMatchObject({ epoch: 1, steps: 7, trained: true })
  expect(learned(await second.go())).toEqual(learned(metrics))
  expect(weightsOf(second.model)).toEqual(weightsOf(unbroken.model))
})

test('a signal stops it where the loader stands as the optimizer does', async () => {
  const controller = new AbortController()
  const { parts, model } = training('SGD')
  const options = { epochs: 2, batches: parts.batches, progress: parts.progress, learningRate: () => 0 }
  // biome-ignore lint/suspicious/noFocusedTests: it fits a model
  const epochs = fit(model, parts.optimizer, {
    ...options,
    trainingSample: [],
    test: [],
    signal: controller.signal,
    onStep: (_, steps) => {
      if (steps === 3) controller.abort(new Error('enough'))
    },
  })
  await expect(epochs.next()).rejects.toThrow('enough')
  expect(parts.progress.steps).toBe(3)
  expect(parts.batches.stateDict().batches).toBe(3)
})

describe('a checkpoint file', () => {
  const small = (seed = 0) => {
    manualSeed(seed)
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Dropout(0.5), new nn.Linear(3, 1))
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
    model
      .call(rand([4, 2]))
      .sum()
      .backward()
    optimizer.step()
    return { model, optimizer }
  }

  test('is a safetensors file, with the names of the model behind that of its part', () => {
    const path = join(temporary(), 'checkpoint.safetensors')
    const { model, optimizer } = small()
    saveCheckpoint(path, { model, optimizer })
    const { tensors } = loadSafetensors(path)
    expect(Object.keys(tensors).sort()).toEqual([
      'model.0.bias',
      'model.0.weight',
      'model.2.bias',
      'model.2.weight',
      'optimizer.state.0.momentumBuffer',
      'optimizer.state.1.momentumBuffer',
      'optimizer.state.2.momentumBuffer',
      'optimizer.state.3.momentumBuffer',
      'randomState.default',
    ])
    expect(tensors['model.2.weight']?.equal((model.at(2) as nn.Linear).weight)).toBe(true)
    expect(readdirSync(join(path, '..'))).toEqual(['checkpoint.safetensors'])
  })

  test('gives plain values back as they were', () => {
    const parts = {
      epoch: 3,
      best: { error: 0.1 + 0.2, at: [1, 2, { deep: null }], name: 'näher "quoted"\n', done: false },
      odd: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, 2 ** 53],
      noise: tensor([1.5, -2]),
      table: new Map([['a.b', tensor([true, false])]]),
      $key: { $tensor: 'no tensor', $$: 1 },
      nothing: undefined,
    }
    const saved = decodeCheckpoint(encodeCheckpoint(parts))
    expect(Object.keys(saved)).toEqual(['epoch', 'best', 'odd', 'noise', 'table', '$key', 'randomState'])
    for (const name of ['epoch', 'best', 'odd', '$key'] as const) expect(saved[name]).toEqual(parts[name])
    expect(Object.is((saved.odd as number[])[3], -0)).toBe(true)
    expect(values(saved.noise as Tensor)).toEqual([1.5, -2])
    expect((saved.table as Record<string, Tensor>)['a.b']?.dtype).toBe('bool')
  })

  test('refuses what cannot be saved, and writes nothing', () => {
    const folder = temporary()
    class Odd {}
    const loop: unknown[] = []
    loop.push(loop)
    const cases: readonly (readonly [unknown, string])[] = [
      [() => 1, 'run.part is a function, which cannot be saved'],
      [1n, 'run.part is a bigint'],
      [new Odd(), 'run.part is a Odd'],
      [new Float32Array(2), 'run.part is a Float32Array'],
      [new Map([[1, 2]]), 'run.part is a Map whose keys are not all strings'],
      [[undefined], 'run.part.0 is undefined'],
      [{ stateDict: () => loop, loadStateDict() {} }, 'nested more than 64 levels deep'],
      [{ 'a.b': tensor(1), a: { b: tensor(2) } }, 'two tensors have the name run.part.a.b'],
    ]
    for (const [part, message] of cases) {
      const error = errorOf(() => saveCheckpoint(join(folder, 'x.safetensors'), { run: { part } }))
      expect(error.code).toBe('TN_STATE')
      expect(error.message).toContain(message)
    }
    expect(() => encodeCheckpoint({ randomState: 1 })).toThrow('no part can have the name randomState')
    expect(readdirSync(folder)).toEqual([])
    expect(errorOf(() => saveCheckpoint(join(folder, 'no/such/x.safetensors'), {})).message).toMatch(/cannot write/)
  })

  test('loads what is asked for, returns the rest, and sets the default generator', () => {
    const path = join(temporary(), 'checkpoint.safetensors')
    const { model, optimizer } = small()
    const generator = new Generator().manualSeed(4)
    saveCheckpoint(path, { model, optimizer, others: { generator, list: [generator] }, epoch: 7 })
    const next = [rand([1]), rand([1], { generator })].map(values)
    const other = small(1)
    const ours = new Generator()
    const saved = loadCheckpoint(path, { model: other.model, others: { list: [ours] }, epoch: 0 })
    expect(saved.epoch).toBe(7)
    expect(weightsOf(other.model)).toEqual(weightsOf(model))
    expect([rand([1]), rand([1], { generator: ours })].map(values)).toEqual(next)
    manualSeed(9)
    const random = values(defaultGenerator.getState())
    loadCheckpoint(path, { model: other.model }, { defaultGenerator: false })
    readCheckpoint(path)
    expect(values(defaultGenerator.getState())).toEqual(random)
    expect(() => loadCheckpoint(path, {}, { generator: false } as object)).toThrow('unknown option generator')
  })

  test('of another model, optimizer, schedule or loader is refused in words, and nothing is changed', () => {
    const { model, optimizer } = small()
    const schedule = new optim.StepLR(optimizer, 3)
    const own = new Generator().manualSeed(1)
    const drops = new nn.Sequential(new nn.Dropout(0.5, { generator: own }))
    const saved = decodeCheckpoint(encodeCheckpoint({ model, optimizer, schedule, drops, list: [1] }))
    const wide = new nn.Sequential(new nn.Linear(2, 4), new nn.Dropout(0.5), new nn.Linear(4, 1))
    const cases: readonly (readonly [Record<string, unknown>, string])[] = [
      [
        { model: wide },
        'the checkpoint: model: Error(s) in loading state_dict for Sequential:\n\tsize mismatch for 0.weight',
      ],
      [
        { optimizer: new optim.Adam(wide.parameters()) },
        'optimizer: loadStateDict: the state is of another optimizer: Adam has no setting momentum',
      ],
      [{ optimizer: new optim.SGD([tensor([1])]) }, "doesn't match the size of optimizer's group"],
      [{ schedule: new Generator() }, 'schedule: RNG state must be a torch.ByteTensor'],
      [{ model: new optim.StepLR(optimizer, 3) }, 'model: loadStateDict: a state of a schedule has the steps taken'],
      [{ model: new TrainingProgress() }, 'model: loadStateDict: this is no state of a TrainingProgress'],
      [{ ema: wide }, 'it has no state of ema; it holds model, optimizer, schedule, drops, list, randomState'],
      [{ list: [1, wide] }, 'it has no state of list.1'],
      [{ drops: new nn.Sequential(new nn.Dropout(0.5)) }, 'it has a state of the generator drops.0.generator'],
      [
        { model: new nn.Sequential(new nn.Linear(2, 3), new nn.Dropout(0.5, { generator: own }), new nn.Linear(3, 1)) },
        'it has no state of randomState.model.1.generator',
      ],
    ]
    for (const [parts, message] of cases) {
      const fresh = small(2)
      const whole = { first: { fresh }, ...parts }
      const before = encodeCheckpoint(whole)
      const error = errorOf(() => restoreCheckpoint({ ...saved, first: { fresh: saved } }, whole))
      expect(error.message).toContain(message)
      expect(error.code).toBe('TN_STATE')
      expect(encodeCheckpoint(whole)).toEqual(before)
    }
  })

  test('keeps what your own classes save, and tells what they throw', () => {
    class Best {
      error = 1
      stateDict() {
        return { error: this.error }
      }
      loadStateDict({ error }: { error: number }) {
        if (error > 1) throw new RangeError('more than all')
        this.error = error
      }
    }
    const [one, two] = [new Best(), new Best()]
    one.error = 0.25
    restoreCheckpoint(decodeCheckpoint(encodeCheckpoint({ best: one })), { best: two })
    expect(two.error).toBe(0.25)
    one.error = 2
    const error = errorOf(() => restoreCheckpoint(decodeCheckpoint(encodeCheckpoint({ best: one })), { best: two }))
    expect(error).toMatchObject({ code: 'TN_STATE', message: 'the checkpoint: best: more than all' })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(two.error).toBe(0.25)
  })

  test('finds generators in the fields of modules, also of your own', () => {
    class Noisy extends Module {
      readonly source = new Generator()
      forward(x: Tensor): Tensor {
        return x.add(rand(x.shape, { generator: this.source }))
      }
    }
    const [one, two] = [new nn.Sequential(new Noisy()), new nn.Sequential(new Noisy())]
    one.call(tensor([1]))
    restoreCheckpoint(decodeCheckpoint(encodeCheckpoint({ one })), { one: two })
    expect(values(two.call(tensor([1])))).toEqual(values(one.call(tensor([1]))))
  })
})

describe('damage', () => {
  const model = () => new nn.Sequential(new nn.Linear(2, 1))
  const parts = { model: model(), epoch: 1 }
  const bytes = encodeCheckpoint(parts)

  test('a file cut anywhere is refused', () => {
    const path = join(temporary(), 'cut.safetensors')
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => decodeCheckpoint(bytes.subarray(0, length))).code).toBe('TN_DATA')
    }
    writeFileSync(path, bytes)
    for (const length of [bytes.length - 1, 5000, 300, 8, 7, 0]) {
      truncateSync(path, length)
      const error = errorOf(() => loadCheckpoint(path, { model: model() }))
      expect(error.code).toBe('TN_DATA')
      expect(error.message).toContain(path)
    }
  })

  test('a changed bit anywhere is noticed', () => {
    for (let at = 0; at < bytes.length; at += at < 1200 ? 1 : 41) {
      const changed = bytes.slice()
      changed[at] = (changed[at] as number) ^ (1 << (at % 8))
      const error = errorOf(() => decodeCheckpoint(changed, 'the file'))
      expect(error.code, `byte ${at}`).toBe('TN_DATA')
      expect(error.message).toMatch(/^the file: /)
    }
  })

  test('what is no checkpoint, or of a later version, is said to be so', () => {
    const folder = temporary()
    const path = join(folder, 'x.safetensors')
    expect(errorOf(() => loadCheckpoint(path, {})).message).toMatch(/cannot open .*x\.safetensors/)
    expect(errorOf(() => decodeCheckpoint(encodeSafetensors({ a: tensor([1]) }))).message).toBe(
      'the checkpoint: this is a safetensors file, but no checkpoint; loadSafetensors reads it',
    )
    const { tensors, metadata } = decodeSafetensors(bytes)
    const later = encodeSafetensors(tensors, { ...metadata, thinnet_checkpoint: '2' })
    expect(errorOf(() => decodeCheckpoint(later)).message).toContain('the checkpoint is of version 2, known is 1')
    const other = encodeSafetensors({ ...tensors, 'model.0.bias': tensor([7]) }, metadata)
    expect(errorOf(() => decodeCheckpoint(other)).message).toMatch(
      /it is damaged: its checksum is [0-9a-f]{8}, that of/,
    )
  })

  /** A file with a right checksum, whatever its state says. */
  function forged(state: string): Uint8Array {
    const { crc32 } = process.getBuiltinModule('node:zlib')
    const sum = crc32(state).toString(16).padStart(8, '0')
    return encodeSafetensors({}, { thinnet_checkpoint: '1', state, crc32: sum })
  }

  test('a forged state is refused, or harmless', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['[1]', 'its state must be an object'],
      ['{"a":', 'its state is not JSON'],
      ['{"a":{"$tensor":"b"}}', 'it lacks the tensor "b"'],
      ['{"a":{"$tensor":{}}}', 'it lacks the tensor {}'],
      ['{"a":{"$number":"1"}}', 'its state has the number "1"'],
      ['{"a":{"$number":"constructor"}}', 'its state has the number "constructor"'],
      [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'its state is nested more than 64 levels deep'],
    ]
    for (const [state, message] of cases) {
      const error = errorOf(() => decodeCheckpoint(forged(state)))
      expect(error.code).toBe('TN_DATA')
      expect(error.message).toContain(message)
    }
    const polluting = decodeCheckpoint(forged('{"__proto__":{"polluted":true},"model":{}}'))
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((polluting as { polluted?: boolean }).polluted).toBeUndefined()
    expect(errorOf(() => restoreCheckpoint(polluting, { toString: model() })).message).toContain('no state of toString')
    expect(errorOf(() => restoreCheckpoint(polluting, { model: model() })).code).toBe('TN_STATE')
  })

  test('a size that no file has is refused before it is allocated', () => {
    const path = join(temporary(), 'hostile.safetensors')
    const hostile = bytes.slice(0, 64)
    new DataView(hostile.buffer).setBigUint64(0, 90_000_000n, true)
    writeFileSync(path, hostile)
    expect(errorOf(() => readCheckpoint(path)).message).toMatch(/a header of 90000000 bytes, but 56 follow/)
  })
})

test('the newest of numbered checkpoints is that of the largest number', () => {
  const folder = temporary()
  expect(latestCheckpoint(folder)).toBeUndefined()
  expect(latestCheckpoint(join(folder, 'none'))).toBeUndefined()
  for (const name of ['checkpoint-9', 'checkpoint-10', 'checkpoint-2', 'best-30', 'checkpoint-', 'checkpoint-11x']) {
    saveCheckpoint(join(folder, `${name}.safetensors`), {})
  }
  writeFileSync(join(folder, '.checkpoint-99.safetensors.1-ab.tmp'), 'half')
  expect(latestCheckpoint(folder)).toBe(join(folder, 'checkpoint-10.safetensors'))
  expect(latestCheckpoint(folder, 'best-')).toBe(join(folder, 'best-30.safetensors'))
  expect(existsSync(latestCheckpoint(folder) ?? '')).toBe(true)
  expect(readFileSync(latestCheckpoint(folder) ?? '').length).toBeGreaterThan(5056)
})
