// Dropout with `subnets`: what is drawn, what is computed, and what it leaves alone.
import { describe, expect, test } from 'vitest'
import { countMultiplications } from '../../src/backend/arithmetic.ts'
import {
  allclose,
  functional as F,
  Generator,
  grad,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randint,
  randn,
  recordMasks,
  replayMasks,
  type Tensor,
  thin,
} from '../../src/index.ts'
import { errorOf } from '../support/op-spec.ts'

/** 784-H-H-10 in small, with the usual probabilities. */
function network(sizes: readonly [number, number, number, number], subnets: number | 'perExample' = 'perExample') {
  const [inputs, first, second, outputs] = sizes
  const model = new nn.Sequential(
    new nn.Dropout(0.2),
    new nn.Linear(inputs, first),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(first, second),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(second, outputs),
  )
  return thin(model, { subnets })
}

const linears = (model: nn.Sequential): nn.Linear[] => [...model].filter((layer) => layer instanceof nn.Linear)

describe('what is drawn', () => {
  test('each group of examples shares a mask, of the rate that p says', () => {
    manualSeed(1)
    const y = F.dropout(ones([60, 5000]), 0.3, { subnets: 4 })
    const rows = Array.from({ length: 60 }, (_, i) => y.select(0, i))
    for (let i = 0; i < 60; i++) {
      const sameGroup = i > 0 && i % 15 !== 0
      if (i > 0) expect((rows[i] as Tensor).equal(rows[i - 1] as Tensor)).toBe(sameGroup)
    }
    for (const group of [0, 15, 30, 45]) {
      const kept = (rows[group] as Tensor).gt(0).to('float32').sum().item()
      expect(Math.abs(kept - 3500)).toBeLessThan(5 * Math.sqrt(5000 * 0.3 * 0.7))
    }
    expect([...new Set(y.toArray())].sort()).toEqual([0, Math.fround(1 / Math.fround(0.7))])
  })

  test('masks are those of a tensor [groups, neurons] in PyTorch: G = N gives its masks for each example', () => {
    const x = randn([12, 33])
    const each = F.dropout(x, 0.4, { generator: new Generator().manualSeed(5) })
    const groups = F.dropout(x, 0.4, { subnets: 12, generator: new Generator().manualSeed(5) })
    expect(groups.equal(each)).toBe(true)
  })

  test('a batch that does not divide, a batch smaller than the number of groups, positions that share', () => {
    manualSeed(2)
    const groupsOf = (x: Tensor) =>
      new Set(Array.from({ length: x.shape[0] as number }, (_, i) => String(x.select(0, i))))
    expect(groupsOf(F.dropout(ones([50, 40]), 0.5, { subnets: 3 })).size).toBe(3)
    expect(groupsOf(F.dropout(ones([3, 40]), 0.5, { subnets: 8 })).size).toBe(3)
    const sequence = F.dropout(ones([20, 6, 40]), 0.5, { subnets: 2 })
    expect(groupsOf(sequence.reshape([120, 40])).size).toBe(2)
  })

  test('balanced groups keep each neuron as equally often as p allows, others do not', () => {
    manualSeed(3)
    const timesKept = (balance: boolean) => {
      const y = F.dropout(ones([32, 1000]), 0.5, { subnets: 4, balance })
      const starts = [0, 8, 16, 24].map((i) => y.select(0, i).gt(0).to('int32'))
      const counts = new Map<number, number>()
      for (let n = 0; n < 1000; n++) {
        const count = starts.reduce((sum, row) => sum + (row.toArray()[n] as number), 0)
        counts.set(count, (counts.get(count) ?? 0) + 1)
      }
      return counts
    }
    expect([...timesKept(true)]).toEqual([[2, 1000]])
    expect(timesKept(false).size).toBe(5)
  })

  test('masks are recorded by the group, and replayed', () => {
    manualSeed(4)
    const model = network([20, 30, 25, 4], 3)
    const x = randn([40, 20])
    const recording = recordMasks(model)
    const y = model.call(x).toArray()
    const masks = recording.stop()
    expect([...masks].map(([name, mask]) => [name, mask.dtype, mask.shape])).toEqual([
      ['0:0', 'bool', [3, 20]],
      ['3:0', 'bool', [3, 30]],
      ['6:0', 'bool', [3, 25]],
    ])
    const replay = replayMasks(model, masks)
    expect(model.call(x).toArray()).toEqual(y)
    replay.stop()
  })

  test('evaluation, p = 0 and p = 1 are as without subnets, and draw nothing', () => {
    const generator = new Generator().manualSeed(1)
    const before = generator.getState().toArray()
    const x = randn([32, 20])
    expect(F.dropout(x, 0.5, { subnets: 2, training: false, generator })).toBe(x)
    expect(F.dropout(x, 0, { subnets: 2, generator })).toBe(x)
    expect(F.dropout(x, 1, { subnets: 2, generator }).abs().sum().item()).toBe(0)
    expect(generator.getState().toArray()).toEqual(before)
  })
})

describe('the arithmetic', () => {
  /** Neurons that each group keeps, by layer, of a recorded forward. */
  function keptOf(model: nn.Sequential, forward: () => void): number[][] {
    const recording = recordMasks(model)
    forward()
    return Array.from(recording.stop().values(), (mask) => {
      const rows = mask.to('int32').sum(1).toArray()
      return Array.from(rows)
    })
  }

  test.each([1, 3, 4])('products skip what is dropped, forward and backward: %i groups', (groups) => {
    manualSeed(7)
    const sizes = [50, 70, 60, 10] as const
    const model = network(sizes, groups)
    const x = rand([96, sizes[0]])
    const y = randint(0, 10, [96])
    let loss = x
    const forward = countMultiplications(() => {
      loss = F.crossEntropy(model.call(x), y)
    })
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
    const backward = countMultiplications(() => {
      loss.backward()
      optimizer.step()
    })
    manualSeed(7)
    network(sizes, groups)
    rand([96, sizes[0]])
    randint(0, 10, [96])
    const kept = keptOf(model, () => model.call(x))
    const all = new Array(groups).fill(10)
    const products = [kept[0], kept[1], kept[2], all].map((layer) => layer as number[])
    const perLayer = [0, 1, 2].map((layer) => {
      let sum = 0
      for (let g = 0; g < groups; g++)
        sum += ((products[layer] as number[])[g] as number) * ((products[layer + 1] as number[])[g] as number)
      return (sum * 96) / groups
    })
    const [first, second, third] = perLayer as [number, number, number]
    expect(forward).toBe(first + second + third)
    // Every layer's weight gradient, and the input gradients of all but the first: x needs none.
    expect(backward).toBe(first + 2 * second + 2 * third)
    expect(forward).toBeLessThan(0.45 * 96 * (50 * 70 + 70 * 60 + 60 * 10))
  })

  test('groups of other layers refine each other, and still nothing is dense', () => {
    manualSeed(8)
    const model = network([40, 50, 60, 10], 2)
    const dropouts = [...model].filter((layer) => layer instanceof nn.Dropout)
    ;(dropouts[1] as nn.Dropout).subnets = 4
    const x = rand([128, 40])
    const done = countMultiplications(() => model.call(x).toArray())
    expect(done).toBeLessThan(0.5 * 128 * (40 * 50 + 50 * 60 + 60 * 10))
  })

  test.each([
    [1024, 'thinned'],
    [2100, 'dense'], // 256 groups of so many float32 take more than the 2 MiB that kernels have
  ])('256 groups of %i neurons: %s, the same gradient', (neurons, how) => {
    manualSeed(8)
    const linear = new nn.Linear(neurons, 4)
    const x = F.dropout(rand([2048, neurons]), 0.5, { subnets: 256 })
    const done = countMultiplications(() => linear.call(x).sum().backward())
    const dense = 2 * 2048 * neurons * 4 // forward, and the weight's gradient
    if (how === 'dense') expect(done).toBe(dense)
    else expect(done).toBeLessThan(0.52 * dense)
    const columns = x.sum(0).expand([4, neurons])
    expect(allclose(linear.weight.grad as Tensor, columns, { rtol: 1e-4 })).toBe(true)
  })

  test('a layer of the user, outside Sequential, is thinned just the same', () => {
    class Net extends nn.Module {
      readonly hidden = new nn.Linear(40, 200)
      readonly drop = new nn.Dropout(0.5, { subnets: 2 })
      readonly out = new nn.Linear(200, 10)
      forward(x: Tensor): Tensor {
        return this.out.call(this.drop.call(F.relu(this.hidden.call(x))))
      }
    }
    manualSeed(9)
    const done = countMultiplications(() => new Net().call(rand([64, 40])).toArray())
    expect(done).toBeLessThan(0.6 * 64 * (40 * 200 + 200 * 10))
  })

  test('groups that together cut the examples into more runs than a kernel takes are not refined, but right', () => {
    manualSeed(18)
    const [first, second] = [new nn.Linear(20, 30), new nn.Linear(30, 5)]
    const [outer, inner] = [new nn.Dropout(0.5, { subnets: 200 }), new nn.Dropout(0.5, { subnets: 250 })]
    const model = new nn.Sequential(outer, first, new nn.ReLU(), inner, second)
    const x = randn([2000, 20])
    const recording = recordMasks(model)
    const y = model.call(x)
    y.sum().backward()
    const got = [y, first.weight.grad as Tensor].map((value) => value.clone())
    const [kept, keptHidden] = Array.from(recording.stop().values(), (mask) => {
      const perGroup = 2000 / (mask.shape[0] as number)
      return mask.unsqueeze(1).expand([-1, perGroup, -1]).reshape([2000, -1]).to('float32').mul(2)
    }) as [Tensor, Tensor]
    model.zeroGrad()
    const wanted = second.call(F.relu(first.call(x.mul(kept))).mul(keptHidden))
    wanted.sum().backward()
    expect(allclose(got[0] as Tensor, wanted, { atol: 1e-5 })).toBe(true)
    expect(allclose(got[1] as Tensor, first.weight.grad as Tensor, { rtol: 1e-4, atol: 1e-3 })).toBe(true)
  })

  test('a few examples to a group are computed densely, with masks', () => {
    const model = network([40, 50, 60, 10], 16)
    const dense = 64 * (40 * 50 + 50 * 60 + 60 * 10)
    expect(countMultiplications(() => model.call(rand([64, 40])).toArray())).toBe(dense)
  })
})

describe('nothing is seen of what waits', () => {
  function setting() {
    manualSeed(11)
    const layer = new nn.Linear(30, 40)
    const x = randn([32, 30])
    const wanted = noGrad(() => F.relu(F.linear(x, layer.weight, layer.bias)).toArray())
    return { layer, x, wanted }
  }

  test('a value before dropout is what it was, also after the weights have changed', () => {
    const { layer, x, wanted } = setting()
    const h = F.relu(layer.call(x))
    const y = F.dropout(h, 0.5, { subnets: 2 })
    y.sum().backward()
    new optim.SGD(layer.parameters(), { lr: 1, momentum: 0.9 }).step()
    expect(h.toArray()).toEqual(wanted)
  })

  test('a layer that nobody has looked at is computed with the weights of its call', () => {
    const { layer, x, wanted } = setting()
    const h = F.relu(layer.call(x))
    noGrad(() => layer.weight.mul_(3))
    expect(h.toArray()).toEqual(wanted)
  })

  test('and with the input of its call', () => {
    const { layer, x, wanted } = setting()
    const h = F.relu(layer.call(x))
    x.zero_()
    expect(h.toArray()).toEqual(wanted)
  })

  test('a weight changed before backward is an error at the line that changed it', () => {
    const { layer, x } = setting()
    const y = F.dropout(F.relu(layer.call(x)), 0.5, { subnets: 2 }).sum()
    noGrad(() => layer.weight.add_(1))
    expect(errorOf(() => y.backward()).message).toMatch(
      /modified by an inplace operation: \[torch\.FloatTensor \[40, 30\]\] is at version 2; expected version 1 instead\. It was changed by add_ at .*subnets\.test\.ts/,
    )
  })

  test('a hook on a value before dropout gets its gradient', () => {
    const { layer, x } = setting()
    const h = layer.call(x)
    const seen: Tensor[] = []
    h.registerHook((gradient) => {
      seen.push(gradient.clone())
    })
    const y = F.dropout(F.relu(h), 0.5, { subnets: 2 })
    y.sum().backward()
    const [gradient] = seen as [Tensor]
    expect(gradient.gt(0).equal(y.gt(0))).toBe(true)
    expect(allclose(layer.bias?.grad as Tensor, gradient.sum(0))).toBe(true)
  })

  test('a gradient stays readable after the step that used it unwritten', () => {
    manualSeed(12)
    const model = network([30, 40, 50, 5], 2)
    const x = randn([64, 30])
    const y = randint(0, 5, [64])
    const masks = recordMasks(model)
    F.crossEntropy(model.call(x), y).backward()
    const record = masks.stop()
    new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }).step()
    const after = linears(model).map((layer) => layer.weight.grad?.toArray())
    expect(after.every((gradient) => gradient?.some((g) => g !== 0))).toBe(true)
    manualSeed(12)
    const again = network([30, 40, 50, 5], 2)
    const replay = replayMasks(again, record)
    F.crossEntropy(again.call(x), y).backward()
    replay.stop()
    expect(linears(again).map((layer) => layer.weight.grad?.toArray())).toEqual(after)
  })

  test('gradients of several backwards add up, and clipping bounds them', () => {
    manualSeed(13)
    const model = network([30, 40, 50, 5], 2)
    const x = randn([64, 30])
    const y = randint(0, 5, [64])
    const recording = recordMasks(model)
    F.crossEntropy(model.call(x), y).backward()
    const record = recording.stop()
    const weight = (linears(model)[1] as nn.Linear).weight
    const once = weight.grad?.clone() as Tensor
    const replay = replayMasks(model, record)
    F.crossEntropy(model.call(x), y).backward()
    replay.stop()
    expect((weight.grad as Tensor).sub(once.mul(2)).abs().sum().item()).toBeLessThan(1e-6)
    optim.clipGradNorm_(model.parameters(), 1e-3)
    expect((weight.grad as Tensor).norm().item()).toBeLessThanOrEqual(1e-3 * (1 + 1e-5))
  })
})

describe('selections stay as long as a gradient needs them', () => {
  const shared = () => {
    const layer = new nn.Linear(32, 32)
    return [
      new nn.LayerNorm(32),
      new nn.Dropout(0.5, { subnets: 2 }),
      layer,
      new nn.Dropout(0.5, { subnets: 2 }),
      layer,
    ]
  }
  const frozen = (...layers: nn.Module[]) => {
    for (const parameter of (layers.at(-1) as nn.Module).parameters()) parameter.requiresGrad = false
    return layers
  }
  const builders = {
    'behind data': () => [new nn.ReLU(), new nn.Dropout(0.5, { subnets: 2 }), new nn.Linear(32, 16)],
    'before a frozen layer': () =>
      frozen(new nn.Linear(32, 32), new nn.LayerNorm(32), new nn.Dropout(0.5, { subnets: 2 }), new nn.Linear(32, 9)),
    'around a layer that is used twice': shared,
  }

  test.each(Object.entries(builders))('%s', (_, layers) => {
    const gradientOfInput = (way: (y: Tensor, x: Tensor) => Tensor | undefined) => {
      manualSeed(41)
      const model = new nn.Sequential(...layers())
      const x = randn([64, 32]).requiresGrad_()
      const gradient = way(model.call(x).square().sum(), x)
      model
        .call(randn([64, 32]))
        .sum()
        .backward() // what would take memory that is free
      model.zeroGrad()
      return gradient?.toArray()
    }
    const nodeByNode = gradientOfInput((y, x) => grad(y, [x], { createGraph: true })[0])
    expect(nodeByNode?.some((value) => value !== 0)).toBe(true)
    const close = (values: ReturnType<typeof gradientOfInput>) =>
      expect(values?.every((value, i) => Math.abs(value - Number(nodeByNode?.[i])) < 1e-4)).toBe(true)
    close(gradientOfInput((y, x) => grad(y, [x])[0]))
    close(
      gradientOfInput((y, x) => {
        y.backward()
        return x.grad
      }),
    )
  })

  test('also where weights rest that no group of several backwards touched', () => {
    manualSeed(42)
    const layer = new nn.Linear(32, 32)
    const model = new nn.Sequential(layer, new nn.ReLU(), new nn.Dropout(0.5, { subnets: 2 }), new nn.Linear(32, 4))
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, weightDecay: 0.1, droppedWeights: 'rest' })
    const before = layer.weight.clone()
    const masks = [0, 1].map(() => {
      const recording = recordMasks(model)
      model
        .call(randn([64, 32]))
        .sum()
        .backward()
      return [...recording.stop().values()][0] as Tensor
    })
    optimizer.step()
    const touched = masks.map((mask) => mask.to('int32').sum(0)).reduce((sum, mask) => sum.add(mask))
    const moved = layer.weight.sub(before).abs().sum(1)
    expect(moved.gt(0).equal(touched.gt(0))).toBe(true)
    expect(touched.eq(0).sum().item()).toBeGreaterThan(0)
  })
})

describe('steps', () => {
  /** Two models alike, trained for three steps with the same masks, the second with dense products and the same masks. */
  function trained(options: ConstructorParameters<typeof optim.SGD>[1]) {
    const results = [true, false].map((fused) => {
      manualSeed(14)
      const model = network([30, 40, 50, 5], 2)
      const optimizer = new optim.SGD(model.parameters(), options)
      for (let step = 0; step < 3; step++) {
        const x = randn([64, 30])
        const y = randint(0, 5, [64])
        optimizer.zeroGrad()
        F.crossEntropy(model.call(x), y).backward()
        if (!fused) for (const parameter of model.parameters()) parameter.grad?.toArray() // written out
        optimizer.step()
      }
      return Array.from(model.parameters(), (parameter) => Array.from(parameter.toArray()))
    })
    return results as [number[][], number[][]]
  }

  test.each([
    { lr: 0.1 },
    { lr: 0.1, momentum: 0.9 },
    { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
    { lr: 0.1, momentum: 0.9, dampening: 0.5, maximize: true },
    { lr: 0.1, momentum: 0.9, maxNorm: 0.5 },
    { lr: 0.1, momentum: 0.9, weightDecay: 0.01, droppedWeights: 'rest' as const },
  ])('a step that does not write the gradient out is the step that does, to the bit: %o', (options) => {
    const [fused, written] = trained(options)
    expect(fused).toEqual(written)
  })

  test('with droppedWeights: rest, weights of neurons that every group dropped stay, momentum and all', () => {
    manualSeed(15)
    const model = network([30, 40, 50, 5], 1)
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, droppedWeights: 'rest' })
    const move = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
    const step = (by: optim.SGD) => {
      const x = randn([64, 30])
      const recording = recordMasks(model)
      by.zeroGrad()
      F.crossEntropy(model.call(x), randint(0, 5, [64])).backward()
      by.step()
      return recording.stop()
    }
    step(optimizer)
    step(move)
    const [hidden] = linears(model) as [nn.Linear]
    for (const [by, stays] of [
      [optimizer, true],
      [move, false],
    ] as const) {
      const before = [hidden.weight.clone(), (hidden.bias as Tensor).clone()]
      const masks = step(by)
      const kept = Array.from((masks.get('3:0') as Tensor).select(0, 0).toArray())
      const stayed = kept.filter((keeps, neuron) => {
        if (keeps) return false
        const sameWeights = hidden.weight.select(0, neuron).equal((before[0] as Tensor).select(0, neuron))
        return sameWeights && (hidden.bias as Tensor).select(0, neuron).equal((before[1] as Tensor).select(0, neuron))
      }).length
      const dropped = kept.filter((keeps) => !keeps).length
      if (stays) expect(stayed).toBe(dropped)
      else expect(stayed).toBeLessThan(dropped) // momentum moves those that were kept before
    }
  })

  test.each([1, 3])(
    'a dropped neuron takes no part: its weights in and out stay to the bit, %i networks',
    (subnets) => {
      manualSeed(19)
      const [input, output] = [new nn.Linear(6, 60), new nn.Linear(60, 4)]
      const model = new nn.Sequential(input, new nn.Tanh(), new nn.Dropout(0.5, { subnets }), output)
      const read = () => [input.weight, input.bias as Tensor, output.weight.transpose(0, 1)].map((x) => x.clone())
      const before = read()
      const recording = recordMasks(model)
      F.mseLoss(model.call(randn([48, 6])), ones([48, 4])).backward()
      new optim.SGD(model.parameters(), { lr: 0.5 }).step()
      const [mask] = [...recording.stop().values()] as [Tensor]
      const kept = Array.from(mask.to('int32').sum(0).toArray())
      const after = read()
      kept.forEach((times, neuron) => {
        const stayed = before.map((x, i) =>
          x
            .select(0, neuron)
            .eq((after[i] as Tensor).select(0, neuron))
            .toArray(),
        )
        expect(new Set(stayed.flatMap((elements) => [...elements]))).toEqual(new Set([Number(times === 0)]))
      })
      expect(kept.filter((times) => times === 0).length).toBeGreaterThan(2)
      expect(kept.filter((times) => times > 0).length).toBeGreaterThan(20)
    },
  )

  test('a group with nothing kept is legal, and trains nothing but the last bias', () => {
    manualSeed(16)
    const model = network([30, 40, 50, 5], 2)
    for (const layer of model) if (layer instanceof nn.Dropout) layer.p = 0.9999
    const before = linears(model).map((layer) => layer.weight.toArray())
    F.crossEntropy(model.call(randn([64, 30])), randint(0, 5, [64])).backward()
    new optim.SGD(model.parameters(), { lr: 1 }).step()
    expect(linears(model).map((layer) => layer.weight.toArray())).toEqual(before)
    expect(linears(model)[2]?.bias?.grad?.abs().sum().item()).toBeGreaterThan(0)
  })
})

describe('thin, and what it refuses', () => {
  test('sets every Dropout, and undoes it', () => {
    const model = network([4, 5, 6, 2])
    expect(String(thin(model, { subnets: 4, balance: true }).at(0))).toBe(
      'Dropout(p=0.2, inplace=False, subnets=4, balance=True)',
    )
    expect(String(thin(model, { subnets: 'perExample' }).at(0))).toBe('Dropout(p=0.2, inplace=False)')
  })

  test.each([
    [
      () => new nn.Dropout(0.5, { subnets: 0 }),
      "Dropout: subnets must be a whole number from 1 on or 'perExample', got 0",
    ],
    [
      () => F.dropout(ones([4, 4]), 0.5, { subnets: 1.5 }),
      "dropout: subnets must be a whole number from 1 on or 'perExample', got 1.5",
    ],
    [
      () => F.dropout(ones([4]), 0.5, { subnets: 2 }),
      'dropout: subnets share masks among examples: expected [N, F] or [N, L, F], got [4]',
    ],
    [
      () => new nn.Dropout(0.5, { balance: true }),
      'Dropout: balance shares out neurons among groups: give subnets, a number, too',
    ],
    [
      () => new nn.Dropout(0.5, { subnets: 2, noiseShape: [1, null] }),
      'Dropout: noiseShape and subnets both share masks: give one of them',
    ],
    [() => thin(new nn.Linear(2, 2), { subnets: 2 }), 'thin: the model has no Dropout layer that could be thinned'],
    [
      () => new optim.SGD(new nn.Linear(2, 2).parameters(), { droppedWeights: 'stay' as 'rest' }),
      "SGD: droppedWeights must be 'move' or 'rest', got stay",
    ],
  ])('%s', (body, message) => {
    expect(errorOf(body).message).toBe(message)
  })
})
