import { describe, expect, test } from 'vitest'
import { nn, ones, rand, type Tensor } from '../../src/index.ts'

describe('Sequential', () => {
  const [linear, relu] = [new nn.Linear(2, 3), new nn.ReLU()]
  const model = new nn.Sequential(linear, relu)

  test('runs its members one after another, hooks included', () => {
    const x = rand([4, 2])
    let called = 0
    const remove = relu.registerForwardHook(() => {
      called++
      return undefined
    })
    expect(model.call(x).equal(linear.call(x).relu())).toBe(true)
    remove()
    expect(called).toBe(1)
  })

  test('is a list', () => {
    expect([...model]).toEqual([linear, relu])
    expect([model.length, model.at(0), model.at(-1)]).toEqual([2, linear, relu])
    expect(() => model.at(2)).toThrow('Sequential: index 2 is out of range, of 2 members')
    expect(new nn.Sequential().append(relu).at(0)).toBe(relu)
    expect(() => new nn.Sequential([relu] as never)).toThrow('Sequential: members must be modules, got object')
  })

  test('without members passes its input', () => {
    const x = ones([1])
    expect(new nn.Sequential().call(x)).toBe(x)
  })
})

test('ModuleList and ParameterList are lists', () => {
  const list = new nn.ModuleList<nn.Module>([new nn.ReLU()]).append(new nn.Tanh()).extend([new nn.Sigmoid()])
  expect(Array.from(list, (module) => module.constructor.name)).toEqual(['ReLU', 'Tanh', 'Sigmoid'])
  expect([list.length, list.at(-1)]).toEqual([3, [...list][2]])
  expect(() => list.at(0.5)).toThrow('ModuleList: index 0.5 is out of range')
  expect(() => list.append(ones([1]) as never)).toThrow('ModuleList: members must be modules, got object')
  const parameters = new nn.ParameterList([new nn.Parameter(ones([1])), new nn.Parameter(ones([2]))])
  expect([...parameters.stateDict().keys()]).toEqual(['0', '1'])
  expect(() => parameters.append(ones([1]) as never)).toThrow('ParameterList: members must be parameters, got object')
})

test('ModuleDict and ParameterDict are dictionaries', () => {
  const dict = new nn.ModuleDict<nn.Module>({ a: new nn.ReLU() }).set('b', new nn.Tanh())
  expect(Array.from(dict, ([name]) => name)).toEqual(['a', 'b'])
  expect([dict.size, dict.has('b'), dict.has('c')]).toEqual([2, true, false])
  expect(() => dict.get('c')).toThrow('ModuleDict: there is no member c, only a, b')
  expect(() => dict.set('x.y', new nn.ReLU())).toThrow('names must not be empty or contain "."')
  const parameters = new nn.ParameterDict({ Left: new nn.Parameter(ones([1])) })
  expect([...parameters.namedParameters()].map(([name]) => name)).toEqual(['Left'])
})

test('fields of a subclass stand beside the members', () => {
  class Wrapped extends nn.Sequential {
    readonly gain = new nn.Parameter(ones([1]))
    override forward(x: Tensor): Tensor {
      return super.forward(x).mul(this.gain)
    }
  }
  expect([...new Wrapped(new nn.Linear(1, 1)).stateDict().keys()]).toEqual(['gain', '0.weight', '0.bias'])
})
