import { describe, expect, test } from 'vitest'
import { enableGrad, isGradEnabled, noGrad } from '../../src/autograd/mode.ts'
import { add, mul } from '../../src/ops/arithmetic.ts'
import { ones, tensor, zeros } from '../../src/ops/creation.ts'
import { grad } from '../../src/ops/gradients.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { errorOf } from '../support/op-spec.ts'
import { leaf, nested } from './support.ts'

describe('accumulation', () => {
  test('gradients of several backwards add up in grad', () => {
    const x = leaf([1, 2])
    mul(x, 3).sum().backward()
    mul(x, x).sum().backward()
    expect(nested(x.grad)).toEqual([5, 7])
  })

  test('a tensor used several times gets the sum', () => {
    const x = leaf(3)
    const y = mul(x, x)
    add(mul(y, y), add(y, x)).backward() // x⁴ + x² + x
    expect(x.grad?.item()).toBe(4 * 27 + 6 + 1)
  })

  test('one operand in both places', () => {
    const x = leaf([1, 2])
    add(x, x).sum().backward()
    expect(nested(x.grad)).toEqual([2, 2])
  })

  test('leaves do not share the memory of their gradients', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])]
    add(a, b).sum().backward()
    a.grad?.add_(10)
    expect(nested(b.grad)).toEqual([1, 1])
  })

  test('a gradient that was handed in stays the caller’s', () => {
    const [x, given] = [leaf([1, 2]), tensor([5, 6])]
    x.backward({ gradient: given })
    x.grad?.add_(1)
    x.backward({ gradient: given })
    expect(nested(given)).toEqual([5, 6])
    expect(nested(x.grad)).toEqual([11, 13])
  })

  test('a gradient does not keep more memory than its own', () => {
    const [a, b] = [leaf([1, 2]), leaf(new Array(1000).fill(1))]
    const joined = zeros([1002])
    joined.narrow(0, 0, 2).copy_(a)
    joined.narrow(0, 2, 1000).copy_(b)
    joined.sum().backward()
    expect(a.grad?.storage.bytes).toBe(8)
  })

  test('a broadcast operand gets the sum over what it was repeated for', () => {
    const [row, column] = [leaf([1, 2, 3]), leaf([[10], [20]])]
    mul(row, column).sum().backward()
    expect(nested(row.grad)).toEqual([30, 30, 30])
    expect(nested(column.grad)).toEqual([[6], [6]])
  })

  test('integers and booleans carry no gradients', () => {
    const x = leaf([1.5, -2])
    expect(x.to('int32').requiresGrad).toBe(false)
    expect(x.gt(0).requiresGrad).toBe(false)
  })
})

describe('the graph', () => {
  test('a second backward finds what was saved freed', () => {
    const x = leaf([1, 2])
    const y = mul(x, x).sum()
    y.backward()
    const error = errorOf(() => y.backward())
    expect(error.code).toBe('TN_GRAPH')
    expect(error.message).toContain(
      'Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed).',
    )
  })

  test('a graph that saved nothing can be passed again, as in PyTorch', () => {
    const x = leaf([1, 2])
    const y = add(x, 1).sum()
    y.backward()
    y.backward()
    expect(nested(x.grad)).toEqual([2, 2])
  })

  test('retainGraph keeps what was saved', () => {
    const x = leaf([1, 2])
    const y = mul(x, x).sum()
    y.backward({ retainGraph: true })
    y.backward()
    expect(nested(x.grad)).toEqual([4, 8])
    expect(errorOf(() => y.backward()).message).toContain('a second time')
  })

  test('what is differentiated must require a gradient', () => {
    const error = errorOf(() => tensor(1).backward())
    expect(error.message).toContain('element 0 of tensors does not require grad and does not have a grad_fn')
  })

  test('several elements need a gradient of their shape', () => {
    const y = mul(leaf([1, 2]), 2)
    expect(errorOf(() => y.backward()).message).toContain('grad can be implicitly created only for scalar outputs')
    expect(errorOf(() => y.backward({ gradient: ones([3]) })).message).toContain('got [3] and [2]')
  })

  test('only floating leaves can be asked for gradients', () => {
    const integers = tensor([1], { dtype: 'int32' })
    const computed = mul(leaf([1]), 2)
    const dtype = errorOf(() => {
      integers.requiresGrad = true
    })
    const computedError = errorOf(() => {
      computed.requiresGrad = false
    })
    expect(dtype.message).toContain('only Tensors of floating point dtype can require gradients, got int32')
    expect(computedError.message).toContain('you can only change requiresGrad flags of leaf variables')
  })

  test('a chain of 100,000 ops is passed without recursion', () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let i = 0; i < 100_000; i++) y = add(y, 1)
    y.backward()
    expect(x.grad?.item()).toBe(1)
  })
})

describe('grad', () => {
  test('gives gradients and leaves grad as it was', () => {
    const [x, y] = [leaf([1, 2]), leaf([3, 4])]
    const [dx, dy] = grad(mul(x, y).sum(), [x, y])
    expect([nested(dx), nested(dy)]).toEqual([
      [3, 4],
      [1, 2],
    ])
    expect([x.grad, y.grad]).toEqual([undefined, undefined])
  })

  test('of a tensor on the way', () => {
    const x = leaf(3)
    const y = mul(x, x)
    expect(grad(mul(y, y), [y, x]).map((g) => g?.item())).toEqual([18, 108])
  })

  test('of what it does not depend on is undefined', () => {
    expect(grad(mul(leaf(2), 2), [leaf(1)])).toEqual([undefined])
  })

  test('of what requires none is an error', () => {
    const message = 'one of the differentiated Tensors does not require grad'
    expect(errorOf(() => grad(leaf(2), [tensor(1)])).message).toContain(message)
  })

  test('leaves the part of the graph that it did not pass as it was', () => {
    const [x, y] = [leaf(3), leaf(2)]
    const [a, b] = [mul(x, x), mul(y, y)]
    grad(add(a, b), [x])
    b.backward()
    expect(y.grad?.item()).toBe(4)
  })

  test('derivatives of derivatives', () => {
    const x = leaf(2)
    let f: Tensor | undefined = x.pow(5)
    const found: (number | undefined)[] = []
    for (let order = 1; order <= 5; order++) {
      ;[f] = grad(f as Tensor, [x], { createGraph: true })
      found.push(f?.item())
    }
    expect(found).toEqual([80, 160, 240, 240, 120])
  })
})

test('backward with createGraph leaves a gradient that can be differentiated', () => {
  const x = leaf([1, 2])
  x.pow(3).sum().backward({ createGraph: true })
  expect(nested(x.grad)).toEqual([3, 12])
  const gradient = x.grad as Tensor
  x.grad = undefined
  gradient.sum().backward()
  expect(nested(x.grad)).toEqual([6, 12])
})

describe('recording', () => {
  test('is off inside noGrad, on inside enableGrad, and what it was afterwards', () => {
    const x = leaf(2)
    const seen = noGrad(() => [isGradEnabled(), mul(x, 2).requiresGrad, enableGrad(() => mul(x, 2).requiresGrad)])
    expect(seen).toEqual([false, false, true])
    expect(isGradEnabled()).toBe(true)
  })

  test('is what it was after an error, too', () => {
    const fails = () => {
      throw new Error('of the user')
    }
    expect(() => noGrad(fails)).toThrow('of the user')
    expect(isGradEnabled()).toBe(true)
    expect(errorOf(() => mul(leaf([1, 2]), leaf([1, 2, 3]))).code).toBe('TN_SHAPE')
    expect(isGradEnabled()).toBe(true)
  })

  test('detach shares memory, but no history', () => {
    const x = leaf([1, 2])
    const y = mul(x, 2)
    const cut = y.detach()
    expect(cut.requiresGrad).toBe(false)
    cut.add_(1)
    expect(nested(y)).toEqual([3, 5])
    mul(x, cut).sum().backward()
    expect(nested(x.grad)).toEqual([3, 5])
  })
})

describe('hooks', () => {
  test('see the whole gradient of a tensor, and may replace it', () => {
    const x = leaf(3)
    const y = mul(x, x)
    const seen: number[] = []
    y.registerHook((gradient) => {
      seen.push(gradient.item())
      return gradient.mul(10)
    })
    add(mul(y, 2), y).backward()
    expect(seen).toEqual([3])
    expect(x.grad?.item()).toBe(180)
  })

  test('of a leaf run before the gradient accumulates', () => {
    const x = leaf(3)
    x.registerHook((gradient) => gradient.neg())
    mul(x, 5).backward()
    expect(x.grad?.item()).toBe(-5)
  })

  test('run in the order in which they were registered, until they are taken away', () => {
    const x = leaf(1)
    const seen: string[] = []
    x.registerHook(() => void seen.push('first'))
    const remove = x.registerHook(() => void seen.push('second'))
    mul(x, 1).backward()
    remove()
    mul(x, 1).backward()
    expect(seen).toEqual(['first', 'second', 'first'])
  })

  test('may keep the gradient that they saw', () => {
    const x = leaf([1, 2])
    const y = mul(x, 2)
    const kept: Tensor[] = []
    y.registerHook((gradient) => void kept.push(gradient))
    mul(y, y).sum().backward()
    for (let i = 0; i < 10; i++)
      mul(leaf([7, 7]), 3)
        .sum()
        .backward() // reuses freed memory, if any
    expect(kept.map(nested)).toEqual([[4, 8]])
  })

  test('need a tensor that requires a gradient', () => {
    const message = 'cannot register a hook on a tensor that does not require gradient'
    expect(errorOf(() => tensor(1).registerHook(() => undefined)).message).toContain(message)
  })
})

describe('retainGrad', () => {
  test('keeps the gradient of a tensor that is not a leaf', () => {
    const x = leaf([1, 2])
    const [y, z] = [mul(x, 2), mul(x, 3)]
    y.retainGrad()
    mul(y, z).sum().backward()
    expect(nested(y.grad)).toEqual([3, 6])
    expect(z.grad).toBe(undefined)
  })

  test('adds up over several backwards, as in PyTorch', () => {
    const y = mul(leaf([1, 2]), 2)
    y.retainGrad()
    const z = mul(y, 3).sum()
    z.backward({ retainGraph: true })
    z.backward()
    expect(nested(y.grad)).toEqual([6, 6])
  })

  test('needs a tensor that requires a gradient', () => {
    expect(errorOf(() => tensor(1).retainGrad()).message).toContain("can't retain grad on Tensor")
  })
})
