import { expect, test } from 'vitest'
import { nn, optim, type Tensor, tensor, zeros } from '../../src/index.ts'

const withGrad = (values: number[]) => {
  const parameter = new nn.Parameter(zeros([values.length]))
  parameter.grad = tensor(values)
  return parameter
}
const gradOf = (parameter: nn.Parameter) => [...(parameter.grad as Tensor).toArray()]

test('clipGradValue_ holds every element within its bounds', () => {
  const parameter = withGrad([-3, -0.5, 0.25, 7])
  optim.clipGradValue_([parameter, new nn.Parameter(zeros([2]))], 0.5)
  expect(gradOf(parameter)).toEqual([-0.5, -0.5, 0.25, 0.5])
  expect(() => optim.clipGradValue_([parameter], -1)).toThrow('clipValue must not be negative, got -1')
})

test('clipGradNorm_ without any gradient is 0', () => {
  expect(optim.clipGradNorm_([new nn.Parameter(zeros([2]))], 1).item()).toBe(0)
})

test('clipGradNorm_ reports a norm that is not finite where asked to', () => {
  const parameter = withGrad([Number.POSITIVE_INFINITY, 1])
  expect(() => optim.clipGradNorm_([parameter], 1, { errorIfNonfinite: true })).toThrow(
    /^The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped/,
  )
  expect(gradOf(parameter)).toEqual([Number.POSITIVE_INFINITY, 1])
  expect(optim.clipGradNorm_([parameter], 1).item()).toBe(Number.POSITIVE_INFINITY)
  expect(gradOf(parameter)).toEqual([Number.NaN, 0])
})
