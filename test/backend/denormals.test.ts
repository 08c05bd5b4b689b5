// Numbers below the smallest normal one.
import { afterEach, describe, expect, test } from 'vitest'
import { backendInfo, full, manualSeed, nn, noGrad, ones, optim, setFlushDenormal } from '../../src/index.ts'

const tiny = 1e-40 // of float32: 1.2e-38 is the smallest normal number
const can = backendInfo().name === 'native' && ['x64', 'arm64'].includes(process.arch)

afterEach(() => {
  setFlushDenormal(false)
})

describe('setFlushDenormal', () => {
  test('says whether the backend can', () => {
    expect(setFlushDenormal(true)).toBe(can)
    expect(setFlushDenormal(false)).toBe(can)
  })

  test.each([1, 1_000_000])('%d numbers: as they are at first, 0 when it is on, and as they are again', (count) => {
    const x = full([count], tiny)
    const everySum = () => [x.mul(1).amax().item() > 0, x.mul(1).amin().item() > 0]
    expect(everySum()).toEqual([true, true])
    setFlushDenormal(true)
    expect(everySum()).toEqual([!can, !can])
    expect(Number.MIN_VALUE * 1).toBeGreaterThan(0) // JavaScript computes as ever
    setFlushDenormal(false)
    expect(everySum()).toEqual([true, true])
  })

  test('takes true or false', () => {
    expect(() => setFlushDenormal(1 as never)).toThrow('setFlushDenormal: expected true or false, got 1')
  })
})

test('the momentum of a neuron that has died fades to 0 in a thinned layer', () => {
  manualSeed(0)
  const layer = new nn.Linear(32, 16, { bias: false })
  const model = new nn.Sequential(new nn.Dropout(0.5, { subnets: 1 }), layer, new nn.ReLU())
  const optimizer = new optim.SGD(model.parameters(), { lr: 1e-3, momentum: 0.1 })
  const step = (size: number) => {
    optimizer.zeroGrad()
    model
      .call(ones([16, 32]))
      .mul(size)
      .sum()
      .backward()
    optimizer.step()
  }
  step(1)
  noGrad(() => layer.weight.fill_(-1)) // all its neurons are dead from now on
  for (let i = 0; i < 42; i++) step(1)
  const buffer = optimizer.state.get(layer.weight)?.momentumBuffer
  const largest = buffer?.abs().amax().item()
  if (can) expect(largest).toBe(0)
  else expect(largest).toBeLessThan(1.2e-38) // on its way there
})
