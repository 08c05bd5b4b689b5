import { describe, expect, test } from 'vitest'
import { manualSeed, nn, ones, rand, type Tensor, tensor, zeros } from '../../src/index.ts'
import { expectSameNumbers } from '../support/goldens.ts'

class Block extends nn.Module {
  readonly runningMean = new nn.Buffer(zeros([2]))
  readonly linearOne = new nn.Linear(2, 2, { bias: false })
  readonly scale = new nn.Parameter(ones([2]))
  readonly scratch = new nn.Buffer(zeros([1]), { persistent: false })
  readonly plain = ones([3])
  readonly settings = { deep: [1, { a: 2 }] }

  forward(x: Tensor): Tensor {
    return this.linearOne.call(x).mul(this.scale)
  }
}

class Net extends nn.Module {
  readonly first = new Block()
  readonly list = new nn.ModuleList([new nn.Linear(2, 1), new nn.ReLU()])
  readonly named = new nn.ModuleDict({ Out: new nn.Linear(1, 1) })
  readonly tied = this.first

  forward(x: Tensor): Tensor {
    return this.first.call(x)
  }
}

describe('the walk over fields', () => {
  test("names are PyTorch's, parameters before buffers before children", () => {
    expect([...new Block().stateDict().keys()]).toEqual(['scale', 'running_mean', 'linear_one.weight'])
    expect([...new Net().namedParameters()].map(([name]) => name)).toEqual([
      'first.scale',
      'first.linear_one.weight',
      'list.0.weight',
      'list.0.bias',
      'named.Out.weight',
      'named.Out.bias',
    ])
    expect([...new Net().namedBuffers()].map(([name]) => name)).toEqual(['first.running_mean', 'first.scratch'])
  })

  test('a module in two fields is walked once, but stands under both names in the state dictionary', () => {
    const net = new Net()
    expect([...net.namedChildren()].map(([name]) => name)).toEqual(['first', 'list', 'named'])
    expect([...net.namedModules()].map(([name]) => name)).toEqual([
      '',
      'first',
      'first.linear_one',
      'list',
      'list.0',
      'list.1',
      'named',
      'named.Out',
    ])
    expect(new Set(net.parameters()).size).toBe([...net.parameters()].length)
  })

  const hidden: [string, () => nn.Module, string][] = [
    [
      'an array',
      () => holding([new nn.Linear(1, 1)]),
      'Holder: field held keeps a Linear in an array, where it would be neither trained nor saved; use nn.ModuleList',
    ],
    [
      'an array in an object',
      () => holding({ a: [[new nn.Parameter(ones([1]))]] }),
      'keeps a Parameter in a plain object, where it would be neither trained nor saved; use nn.ParameterDict',
    ],
    [
      'a Map',
      () => holding(new Map([['a', new nn.ReLU()]])),
      'keeps a ReLU in a Map, where it would be neither trained nor saved; use nn.ModuleDict',
    ],
    [
      'a Set',
      () => holding(new Set([new nn.Parameter(ones([1]))])),
      'keeps a Parameter in a Set, where it would be neither trained nor saved; use nn.ParameterList',
    ],
  ]
  test.each(hidden)('refuses %s of modules or parameters', (_, make, message) => {
    const module = make()
    expect(() => [...module.parameters()]).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), code: 'TN_STATE' }),
    )
    expect(() => module.train()).toThrow(message)
    expect(() => module.stateDict()).toThrow(message)
  })

  test('an array that contains itself is no trouble', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect([...holding(loop).parameters()]).toEqual([])
  })
})

class Holder extends nn.Module {
  held: unknown
  forward(x: Tensor): Tensor {
    return x
  }
}

function holding(value: unknown): Holder {
  const holder = new Holder()
  holder.held = value
  return holder
}

describe('training mode', () => {
  test('train and eval reach every module, and return this one', () => {
    const net = new Net()
    const modes = () => [...net.modules()].map(({ training }) => training)
    expect(modes()).toEqual(new Array(8).fill(true))
    expect(net.eval()).toBe(net)
    expect(modes()).toEqual(new Array(8).fill(false))
    expect(net.train()).toBe(net)
    expect(modes()).toEqual(new Array(8).fill(true))
  })
})

describe('state dictionaries', () => {
  test('a loaded module computes the same, and shares no memory with the dictionary', () => {
    manualSeed(1)
    const [a, b] = [new Net(), new Net()]
    const x = rand([3, 2])
    expect(b.call(x).equal(a.call(x))).toBe(false)
    expect(b.loadStateDict(a.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] })
    expect(b.call(x).equal(a.call(x))).toBe(true)
    a.first.scale.detach().fill_(7)
    expect(b.first.scale.toArray()).not.toEqual(a.first.scale.toArray())
  })

  test('a record of tensors, of another floating type, does too', () => {
    const linear = new nn.Linear(1, 1)
    linear.loadStateDict({ weight: tensor([[0.5]], { dtype: 'float64' }), bias: tensor([0.25]) })
    expect([linear.weight.item(), linear.bias?.item(), linear.weight.dtype]).toEqual([0.5, 0.25, 'float32'])
    expect(linear.weight.requiresGrad).toBe(true)
  })

  test('what does not fit is listed, and nothing is changed', () => {
    const linear = new nn.Linear(3, 2)
    const before = linear.weight.toArray()
    const state = { weight: ones([2, 3]), bias: ones([3]), other: ones([1]), more: ones([1]) }
    expect(() => linear.loadStateDict(state)).toThrow(
      expect.objectContaining({
        code: 'TN_STATE',
        message:
          'Error(s) in loading state_dict for Linear:\n\tUnexpected key(s) in state_dict: "other", "more". \n\tsize mismatch for bias: copying a param with shape torch.Size([3]) from checkpoint, the shape in current model is torch.Size([2]).',
      }),
    )
    expect(() => linear.loadStateDict({})).toThrow('Missing key(s) in state_dict: "weight", "bias". ')
    expectSameNumbers(linear.weight.toArray(), before)
  })

  test('not strict: names may differ, shapes may not', () => {
    const linear = new nn.Linear(1, 1)
    const result = linear.loadStateDict({ weight: ones([1, 1]), other: ones([1]) }, { strict: false })
    expect(result).toEqual({ missingKeys: ['bias'], unexpectedKeys: ['other'] })
    expect(linear.weight.item()).toBe(1)
    expect(() => linear.loadStateDict({ bias: ones([2]) }, { strict: false })).toThrow('size mismatch for bias')
  })

  test('two fields of one name', () => {
    class Twice extends nn.Module {
      readonly aB = new nn.Parameter(ones([1]))
      readonly a_b = new nn.Parameter(ones([1]))
      forward(x: Tensor): Tensor {
        return x
      }
    }
    expect(() => new Twice().stateDict()).toThrow('two fields have the name a_b')
  })
})

describe('call', () => {
  test('hooks run in order, may replace inputs and output, and can be taken away', () => {
    const module = new nn.Identity()
    const seen: string[] = []
    const takePre = module.registerForwardPreHook((own, [x]) => {
      expect(own).toBe(module)
      seen.push('before')
      return [x.add(1)]
    })
    const takePost = module.registerForwardHook((_, [x], out) => {
      seen.push(`after ${x.item()}`)
      return out.mul(10)
    })
    expect(module.call(tensor(1)).item()).toBe(20)
    takePre()
    expect(module.call(tensor(1)).item()).toBe(10)
    takePost()
    expect(module.call(tensor(1)).item()).toBe(1)
    expect(seen).toEqual(['before', 'after 2', 'after 1'])
  })

  test('a class without forward', () => {
    // What plain JavaScript lets pass.
    const Plain = nn.Module as unknown as { new (): Holder }
    class Empty extends Plain {}
    Reflect.deleteProperty(Empty.prototype, 'forward')
    expect(() => new Empty().call(ones([1]))).toThrow('Module [Empty] is missing the required "forward" function')
  })
})

describe('conversion', () => {
  test('double converts floating parameters, buffers and gradients, which stay the same objects', () => {
    const block = new Block()
    const parameters = [...block.parameters()]
    block.scale.grad = tensor([1, 2])
    expect(block.double()).toBe(block)
    expect([...block.parameters()]).toEqual(parameters)
    expect(parameters.every(({ dtype, requiresGrad }) => dtype === 'float64' && requiresGrad)).toBe(true)
    expect([block.runningMean.dtype, block.plain.dtype, block.scale.grad.dtype]).toEqual([
      'float64',
      'float32',
      'float64',
    ])
    expect(block.call(ones([1, 2], { dtype: 'float64' })).dtype).toBe('float64')
    expect(block.float().scale.dtype).toBe('float32')
    expect(() => block.to('int32')).toThrow('a module can be converted to float32 and float64 only, got int32')
  })

  test('a graph that was recorded before fails after it', () => {
    const linear = new nn.Linear(2, 2)
    const loss = linear
      .call(ones([1, 2]))
      .square()
      .sum()
    linear.double()
    expect(() => loss.backward()).toThrow('modified by an inplace operation')
  })
})

test('requiresGrad_ freezes, zeroGrad forgets, apply goes from the leaves up', () => {
  const net = new Net()
  net.requiresGrad_(false)
  expect([...net.parameters()].some(({ requiresGrad }) => requiresGrad)).toBe(false)
  net.first.scale.grad = ones([2])
  net.zeroGrad()
  expect(net.first.scale.grad).toBe(undefined)
  const order: string[] = []
  expect(net.apply((module) => void order.push(module.constructor.name))).toBe(net)
  expect(order).toEqual(['Linear', 'Block', 'Linear', 'ReLU', 'ModuleList', 'Linear', 'ModuleDict', 'Net'])
})

test('a parameter prints as one, requires a gradient and shares memory', () => {
  const values = tensor([1, 2])
  const parameter = new nn.Parameter(values)
  expect(String(parameter)).toMatch(/^Parameter containing:\ntensor\(\[1., 2.\]/)
  expect([
    parameter.requiresGrad,
    parameter.isLeaf,
    new nn.Parameter(values, { requiresGrad: false }).requiresGrad,
  ]).toEqual([true, true, false])
  values.fill_(5)
  expect([...parameter.toArray()]).toEqual([5, 5])
  expect(parameter.mul(2) instanceof nn.Parameter).toBe(false)
  expect(() => new nn.Parameter([1] as never)).toThrow('Parameter: expected a Tensor, got object')
  expect(() => new nn.Parameter(zeros([1], { dtype: 'int32' }))).toThrow(
    'only Tensors of floating point dtype can require gradients',
  )
})
