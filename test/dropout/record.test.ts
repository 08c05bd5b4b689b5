// Masks kept, seen and played again. Each layer's own: methods.test.ts.
import { describe, expect, test } from 'vitest'
import {
  functional as F,
  grad,
  manualSeed,
  mcDropout,
  nn,
  ones,
  optim,
  randn,
  recordMasks,
  replayMasks,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts'
import { defaultGenerator } from '../../src/random/index.ts'
import { errorOf } from '../support/op-spec.ts'

const network = () => {
  manualSeed(0)
  return new nn.Sequential(
    new nn.Dropout(0.2),
    new nn.Linear(6, 8),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(8, 3),
  )
}

/** Records one call. */
function recorded(model: nn.Module, x: Tensor) {
  const recording = recordMasks(model)
  const y = model.call(x)
  return { y, masks: recording.stop() }
}

test('a mask is true where an element was kept, and has the name of its layer', () => {
  const x = ones([4, 6])
  const model = network()
  let hidden: Tensor | undefined
  model.at(0).registerForwardHook((_, __, y) => {
    hidden = y
    return undefined
  })
  const { masks } = recorded(model, x)
  expect(Array.from(masks, ([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ['0:0', 'bool', [4, 6]],
    ['3:0', 'bool', [4, 8]],
  ])
  expect(masks.get('0:0')?.equal((hidden as Tensor).gt(0))).toBe(true)
})

test('a step replayed: loss and gradients to the bit, and then the generator goes on where it was', () => {
  const model = network()
  const x = randn([4, 6])
  const parameters = [...model.parameters()]
  const step = () => {
    const loss = model.call(x).square().mean()
    return [loss, ...grad(loss, parameters)].map((value) => [...(value as Tensor).toArray()])
  }
  const recording = recordMasks(model)
  const first = step()
  const masks = recording.stop()
  const before = defaultGenerator.getState()
  expect(step()).not.toEqual(first)
  defaultGenerator.setState(before)
  const replay = replayMasks(model, masks)
  expect(step()).toEqual(first)
  replay.stop()
  expect(defaultGenerator.getState().equal(before)).toBe(true)
})

test('calls are counted, layers that run twice too', () => {
  const layer = new nn.Dropout(0.5)
  const model = new nn.Sequential(layer, new nn.ReLU(), layer)
  const recording = recordMasks(model)
  model.call(ones([2]))
  expect([...recording.masks.keys()]).toEqual(['0:0', '0:1'])
  model.call(ones([2]))
  expect([...recording.stop().keys()]).toEqual(['0:0', '0:1', '0:2', '0:3'])
  model.call(ones([2]))
  expect(recording.masks.size).toBe(4)
})

test('functional forms count for the innermost module that runs them', () => {
  class Block extends nn.Module {
    readonly linear = new nn.Linear(3, 3)
    forward(x: Tensor): Tensor {
      return F.dropout(this.linear.call(F.gaussianDropout(x)))
    }
  }
  class Net extends nn.Module {
    readonly block = new Block()
    forward(x: Tensor): Tensor {
      return F.dropout(this.block.call(x), 0.1)
    }
  }
  const model = new Net()
  const { y, masks } = recorded(model, ones([2, 3]))
  expect([...masks.keys()]).toEqual(['block:0', 'block:1', ':0'])
  const replay = replayMasks(model, masks)
  expect(model.call(ones([2, 3])).equal(y)).toBe(true)
  replay.stop()
})

test('masks of an input in another order of memory have the order of its dimensions', () => {
  const layer = new nn.Dropout(0.5)
  const turned = ones([5, 3]).transpose(0, 1)
  const { y, masks } = recorded(layer, turned)
  expect(masks.get(':0')?.equal(y.gt(0))).toBe(true)
  for (const x of [turned, turned.contiguous()]) {
    const replay = replayMasks(layer, masks)
    expect(layer.call(x).equal(y)).toBe(true)
    replay.stop()
  }
})

test('masks written by hand', () => {
  const layer = new nn.Dropout(0.5)
  const replay = replayMasks(layer, { ':0': tensor([1, 0, 1], { dtype: 'bool' }) })
  expect([...layer.call(ones([3])).toArray()]).toEqual([2, 0, 2])
  replay.stop()
})

test('several recorders, and a recorder of a replay', () => {
  const model = new nn.Sequential(new nn.Dropout(0.5))
  const x = ones([20])
  const [outer, inner] = [recordMasks(model), recordMasks(model.at(0))]
  const y = model.call(x)
  const masks = outer.stop()
  expect(
    inner
      .stop()
      .get(':0')
      ?.equal(masks.get('0:0') as Tensor),
  ).toBe(true)
  const replay = replayMasks(model, masks)
  const again = recordMasks(model)
  expect(model.call(x).equal(y)).toBe(true)
  replay.stop()
  expect(
    again
      .stop()
      .get('0:0')
      ?.equal(masks.get('0:0') as Tensor),
  ).toBe(true)
})

test('a record does not change with what is written into it, nor with training', () => {
  const model = network()
  const recording = recordMasks(model)
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
  model
    .call(ones([2, 6]))
    .sum()
    .backward()
  optimizer.step()
  const masks = recording.stop()
  const copy = masks.get('0:0')?.clone() as Tensor
  const replay = replayMasks(model, masks)
  model.call(zeros([2, 6]))
  replay.stop()
  expect(masks.get('0:0')?.equal(copy)).toBe(true)
})

test('an error in a layer leaves nothing behind: the next draw counts for the right module', () => {
  class Fragile extends nn.Module {
    forward(x: Tensor): Tensor {
      if (x.numel === 1) throw new Error('broken')
      return F.dropout(x)
    }
  }
  const model = new nn.Sequential(new Fragile(), new nn.Dropout(0.5))
  const recording = recordMasks(model)
  expect(() => model.call(ones([1]))).toThrow('broken')
  F.dropout(ones([4]))
  expect(recording.masks.size).toBe(0)
  model.call(ones([4]))
  expect([...recording.stop().keys()]).toEqual(['0:0', '1:0'])
})

test('what is drawn outside the model is not recorded', () => {
  const recording = recordMasks(network())
  new nn.Dropout(0.5).call(ones([3]))
  expect(recording.stop().size).toBe(0)
})

describe('refuses', () => {
  const layer = () => new nn.Sequential(new nn.Dropout(0.5))
  const mask = ones([3], { dtype: 'bool' })

  test.each<[string, (model: nn.Module) => unknown, string, string]>([
    [
      'a draw that has no mask',
      (model) => {
        replayMasks(model, {})
        model.call(ones([3]))
      },
      'TN_STATE',
      'replayMasks: a layer asks for 0:0, but all masks are used up',
    ],
    [
      'names of another model',
      (model) => {
        replayMasks(model, { '1:0': mask })
        model.call(ones([3]))
      },
      'TN_STATE',
      'replayMasks: a layer asks for 0:0, but the record has none: was it made with this model, in this mode?',
    ],
    [
      'another shape',
      (model) => {
        replayMasks(model, { '0:0': mask })
        model.call(ones([4]))
      },
      'TN_SHAPE',
      'replayMasks: the layer draws noise of shape [4], but 0:0 is [3]',
    ],
    [
      'another type',
      (model) => {
        replayMasks(model, { '0:0': ones([3]) })
        model.call(ones([3]))
      },
      'TN_DTYPE',
      'replayMasks: the layer draws bool noise, but 0:0 is float32',
    ],
    [
      'what is no tensor',
      (model) => {
        replayMasks(model, { '0:0': [1, 0, 1] as never })
        model.call(ones([3]))
      },
      'TN_DTYPE',
      'replayMasks: expected 0:0 to be a Tensor, got object',
    ],
    [
      'masks that are left over',
      (model) => {
        const replay = replayMasks(model, { '0:0': mask, '0:1': mask })
        model.call(ones([3]))
        expect(replay.remaining).toEqual(['0:1'])
        replay.stop()
      },
      'TN_STATE',
      'replayMasks: 1 of the masks were not asked for, the first is 0:1',
    ],
    ['what is no model', () => recordMasks({} as never), 'TN_DTYPE', 'recordMasks: expected a module, got object'],
  ])('%s', (_, run, code, message) => {
    const error = errorOf(() => run(layer()))
    expect(error.message).toBe(message)
    expect(error.code).toBe(code)
  })
})

describe('mcDropout', () => {
  test('evaluated, dropout draws and batch normalisation does not learn', () => {
    const model = mcDropout(new nn.Sequential(new nn.Linear(4, 6), new nn.BatchNorm1d(6), new nn.Dropout(0.5)))
    model.eval()
    const before = [...model.stateDict().values()].map((value) => [...value.toArray()])
    const x = randn([5, 4])
    expect(model.call(x).equal(model.call(x))).toBe(false)
    expect([...model.stateDict().values()].map((value) => [...value.toArray()])).toEqual(before)
    mcDropout(model, false)
    expect(model.call(x).equal(model.call(x))).toBe(true)
  })

  test('refuses a model that draws nothing, and another mode than a boolean', () => {
    expect(errorOf(() => mcDropout(new nn.Linear(2, 2))).message).toBe(
      'mcDropout: no layer of the model draws noise, so that all samples are one',
    )
    expect(() => mcDropout(new nn.Dropout(), 1 as never)).toThrow('mcDropout: on must be true or false, got 1')
  })
})
