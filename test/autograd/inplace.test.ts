// In-place changes and views: PyTorch 2.15's numbers and messages for the same programs.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/mode.ts'
import { add, mul } from '../../src/ops/arithmetic.ts'
import { arange, zeros } from '../../src/ops/creation.ts'
import { indexPut_ } from '../../src/ops/indexing.ts'
import { cat } from '../../src/ops/join.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { errorOf } from '../support/op-spec.ts'
import { leaf, nested } from './support.ts'

interface Outcome {
  readonly y: unknown
  readonly dx?: unknown
  readonly dw?: unknown
}

/** `(y * arange(1, n + 1).reshape(y.shape)).sum().backward()` of what a program makes of a matrix and a vector. */
function outcomeOf(program: (x: Tensor, w: Tensor) => Tensor): Outcome {
  const [x, w] = [
    leaf([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    leaf([2, -1, 0.5]),
  ]
  const y = program(x, w)
  mul(y, arange(1, y.numel + 1).reshape(y.shape))
    .sum()
    .backward()
  return { y: nested(y), dx: nested(x.grad), dw: nested(w.grad) }
}

describe('views and in-place changes give the gradients that PyTorch gives', () => {
  const programs: [note: string, program: (x: Tensor, w: Tensor) => Tensor, expected: Outcome][] = [
    [
      'y = x*2; y[0].mul_(w); return y',
      (x, w) => {
        const y = mul(x, 2)
        y.select(0, 0).mul_(w)
        return y
      },
      {
        y: [
          [4, -4, 3],
          [8, 10, 12],
        ],
        dx: [
          [4, -4, 3],
          [8, 10, 12],
        ],
        dw: [2, 8, 18],
      },
    ],
    [
      'y = x*2; v = y[:, 1]; v.add_(10); u = y.view(6)[1:5]; v.mul_(3); return cat([u, v])',
      (x) => {
        const y = mul(x, 2)
        const v = y.select(1, 1)
        v.add_(10)
        const u = y.view([6]).slice(0, 1, 5)
        v.mul_(3)
        return cat([u, v])
      },
      {
        y: [42, 6, 8, 60, 42, 60],
        dx: [
          [0, 36, 4],
          [6, 60, 0],
        ],
      },
    ],
    [
      'buffer = zeros(2, 3); row = buffer[1]; buffer.copy_(x); return row*w',
      (x, w) => {
        const buffer = zeros([2, 3])
        const row = buffer.select(0, 1)
        buffer.copy_(x)
        return mul(row, w)
      },
      {
        y: [8, -5, 3],
        dx: [
          [0, 0, 0],
          [2, -2, 1.5],
        ],
        dw: [4, 10, 18],
      },
    ],
    [
      'buffer = zeros(2, 3); row = buffer[1]; row.copy_(w); return buffer*x',
      (x, w) => {
        const buffer = zeros([2, 3])
        buffer.select(0, 1).copy_(w)
        return mul(buffer, x)
      },
      {
        y: [
          [0, 0, 0],
          [8, -5, 3],
        ],
        dx: [
          [0, 0, 0],
          [8, -5, 3],
        ],
        dw: [16, 25, 36],
      },
    ],
    [
      'y = x*1; v = y[0]; v.zero_(); return y+v',
      (x) => {
        const y = mul(x, 1)
        const v = y.select(0, 0)
        v.zero_()
        return add(y, v)
      },
      {
        y: [
          [0, 0, 0],
          [4, 5, 6],
        ],
        dx: [
          [0, 0, 0],
          [4, 5, 6],
        ],
      },
    ],
    [
      'y = x*1; a = y[:, :2]; b = a[0]; b.add_(w[:2]); y.mul_(2); return a+b',
      (x, w) => {
        const y = mul(x, 1)
        const a = y.slice(1, 0, 2)
        const b = a.select(0, 0)
        b.add_(w.slice(0, 0, 2))
        y.mul_(2)
        return add(a, b)
      },
      {
        y: [
          [12, 4],
          [14, 12],
        ],
        dx: [
          [10, 16, 0],
          [6, 8, 0],
        ],
        dw: [10, 16, 0],
      },
    ],
    [
      'y = x*1; y.detach().add_(1); return y*w',
      (x, w) => {
        const y = mul(x, 1)
        y.detach().add_(1)
        return mul(y, w)
      },
      {
        y: [
          [4, -3, 2],
          [10, -6, 3.5],
        ],
        dx: [
          [2, -2, 1.5],
          [8, -5, 3],
        ],
        dw: [22, 36, 54],
      },
    ],
    [
      'y = (x*1).relu_(); return y*w',
      (x, w) => mul(mul(x, 1).relu_(), w),
      {
        y: [
          [2, -2, 1.5],
          [8, -5, 3],
        ],
        dx: [
          [2, -2, 1.5],
          [8, -5, 3],
        ],
        dw: [17, 29, 45],
      },
    ],
    [
      'y = x*1; v = y[0]; with no_grad(): y.mul_(3); return v*w',
      (x, w) => {
        const y = mul(x, 1)
        const v = y.select(0, 0)
        noGrad(() => y.mul_(3))
        return mul(v, w)
      },
      {
        y: [6, -6, 4.5],
        dx: [
          [2, -2, 1.5],
          [0, 0, 0],
        ],
        dw: [3, 12, 27],
      },
    ],
  ]
  test.each(programs)('%s', (_note, program, expected) => {
    expect(outcomeOf(program)).toEqual({ dx: undefined, dw: undefined, ...expected })
  })
})

const modified = (type: string, shape: string, source: string, version: number, expected: number) =>
  `one of the variables needed for gradient computation has been modified by an inplace operation: [torch.${type} ${shape}], ` +
  `which is output 0 of ${source}, is at version ${version}; expected version ${expected} instead.`

describe('a change of what a gradient needs is an error, in PyTorch’s words', () => {
  const programs: [note: string, program: (x: Tensor, w: Tensor) => Tensor, message: string][] = [
    [
      'y = x.exp(); y[0] = 0; return y*w',
      (x, w) => {
        const y = x.exp()
        indexPut_(y, [0], 0)
        return mul(y, w)
      },
      modified('FloatTensor', '[2, 3]', 'Exp', 1, 0),
    ],
    [
      'y = x*w; y.exp_(); y.add_(1); return y',
      (x, w) => mul(x, w).exp_().add_(1),
      modified('FloatTensor', '[2, 3]', 'Exp', 2, 1),
    ],
    [
      'y = x*1; z = y*w; y.detach().add_(1); return z',
      (x, w) => {
        const y = mul(x, 1)
        const z = mul(y, w)
        y.detach().add_(1)
        return z
      },
      modified('FloatTensor', '[2, 3]', 'Mul', 1, 0),
    ],
    [
      'buffer = zeros(2, 3); buffer[0] = w; buffer[1] = buffer[0]*x[1]; return buffer',
      (x, w) => {
        const buffer = zeros([2, 3])
        indexPut_(buffer, [0], w)
        indexPut_(buffer, [1], mul(buffer.select(0, 0), x.select(0, 1)))
        return buffer
      },
      modified('FloatTensor', '[3]', 'Select', 2, 1), // in PyTorch AsStrided, as it regenerated the view
    ],
  ]
  test.each(programs)('%s', (_note, program, message) => {
    const error = errorOf(() => outcomeOf(program))
    expect(error.code).toBe('TN_GRAPH')
    expect(error.message).toContain(message)
  })

  interface Golden {
    readonly what: string
    readonly message: string
  }
  const { other } = JSON.parse(readFileSync(new URL('../goldens/errors.json', import.meta.url), 'utf8')) as {
    other: Golden[]
  }
  test.each(['relu', 'sigmoid', 'tanh'] as const)('a result of %s', (name) => {
    const golden = other.find(({ what }) => what === `in-place dropout on a ${name} output, then backward`)
    const y = leaf([1, 2, 3, 4])[name]()
    y.mul_(2)
    const { message } = errorOf(() => y.sum().backward())
    expect(message).toContain(golden?.message.replace(/ Hint:.*/, ''))
  })

  test('says which op changed it, and at which line', () => {
    const y = leaf([1, 2]).sigmoid()
    y.mul_(2)
    const error = errorOf(() => y.sum().backward())
    expect(error.message).toMatch(/It was changed by mul_ at .*inplace\.test\.ts:\d+:\d+/)
    expect((error.cause as Error).stack).toContain('inplace.test.ts')
  })

  test('also where the change was made without recording', () => {
    const y = leaf([1, 2]).sigmoid()
    noGrad(() => y.mul_(2))
    expect(errorOf(() => y.sum().backward()).message).toContain('is at version 1; expected version 0 instead')
  })

  test('but what no gradient needs may be changed', () => {
    const x = leaf([1, 2])
    const y = add(x, 1)
    y.mul_(3)
    y.sum().backward()
    expect(nested(x.grad)).toEqual([3, 3])
  })
})

describe('leaves that require gradients', () => {
  test('cannot be changed while recording', () => {
    const error = errorOf(() => leaf([1, 2]).mul_(2))
    expect(error.message).toBe('a leaf Variable that requires grad is being used in an in-place operation.')
    expect(error.code).toBe('TN_GRAPH')
  })

  test('nor can their views', () => {
    const error = errorOf(() => leaf([1, 2]).select(0, 0).zero_())
    expect(error.message).toBe('a view of a leaf Variable that requires grad is being used in an in-place operation.')
  })

  test('can inside noGrad, and stay leaves', () => {
    const x = leaf([1, 2])
    noGrad(() => x.mul_(3))
    expect([nested(x), x.isLeaf, x.requiresGrad]).toEqual([[3, 6], true, true])
  })
})

test('a tensor that takes over a leaf’s values is no leaf itself', () => {
  const [x, y] = [leaf([1, 2]), zeros([2])]
  y.copy_(x)
  expect([y.isLeaf, y.requiresGrad]).toEqual([false, true])
  const seen: unknown[] = []
  y.registerHook((gradient) => void seen.push(nested(gradient)))
  mul(x, 3).sum().backward()
  expect(seen).toEqual([]) // nothing flowed through y
  mul(y, 2).sum().backward()
  expect(nested(x.grad)).toEqual([5, 5])
  expect(seen).toEqual([[2, 2]])
})

test('the place of a change is remembered only while a graph needs the tensor', () => {
  const w = leaf([1, 2])
  mul(w, w).sum().backward()
  noGrad(() => w.mul_(2))
  expect(w.version.changedBy).toBe(undefined)
  const waiting = mul(w, w).sum()
  noGrad(() => w.mul_(2))
  expect(w.version.changedBy?.op).toBe('mul_')
  expect(errorOf(() => waiting.backward()).message).toContain('expected version 1 instead')
})
