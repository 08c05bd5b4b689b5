import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { getNumThreads, nn, ones, optim, setNumThreads, tensor, zeros } from 'thinnet'
import { describe, expect, test } from 'vitest'
import { backend } from '../../src/backend/backend.ts'
import { Calls } from '../../src/backend/calls.ts'
import { waitingKernels } from '../../src/backend/kernels.generated.ts'
import { NativeMemory } from '../../src/backend/native.ts'

/** Calls that are only looked at: the numbers of each run. */
function watched() {
  const runs: number[][] = []
  const addresses = new Map<ArrayBuffer, number>()
  const addressOf = (buffer: ArrayBuffer) => {
    if (!addresses.has(buffer)) addresses.set(buffer, 2 ** 40 * (addresses.size + 1))
    return addresses.get(buffer) as number
  }
  const calls = new Calls({
    addressOf,
    run: (address, count) => {
      expect(address).toBe(addressOf(calls.numbers.buffer))
      runs.push([...calls.numbers.subarray(0, count)])
    },
  })
  const memory = new NativeMemory(
    { addressOf, uninitialized: (bytes) => new ArrayBuffer(bytes), adviseLargePages() {} },
    calls,
  )
  return { calls, memory, kernels: waitingKernels(calls), runs }
}

describe('kernel calls', () => {
  test('wait, and run in their order when somebody looks at memory', () => {
    const { memory, kernels, runs } = watched()
    const [a, b] = [memory.allocate(64), memory.allocate(64)]
    kernels.fill(0, a.address, 16, 1)
    kernels.relu(0, b.address, a.address, 16)
    expect(runs).toEqual([])
    b.bytesView()
    b.bytesView()
    expect(runs.length).toBe(1)
    const [fill, dtype, to, count, value, relu, ...rest] = runs[0] as number[]
    expect([dtype, to, count, value]).toEqual([0, a.address, 16, 1])
    expect(rest).toEqual([0, b.address, a.address, 16])
    expect(fill).not.toBe(relu)
  })

  test('run when many have gathered, and none is lost', () => {
    const { memory, kernels, calls, runs } = watched()
    const a = memory.allocate(64)
    for (let i = 0; i < 10_000; i++) kernels.fill(0, a.address, 16, i)
    calls.finish()
    const values = runs.flatMap((numbers) => numbers.filter((_, i) => i % 5 === 4))
    expect(values).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
    expect(runs.length).toBeGreaterThan(10)
  })

  test('run when they keep much new memory from the collector', () => {
    const { memory, kernels, runs } = watched()
    const large = 20 * 2 ** 20
    for (let i = 0; i < 8; i++) kernels.fill(0, memory.allocate(large).address, 16, i)
    expect(runs.length).toBe(2)
  })

  test('have argument blocks of their own', () => {
    const { memory, kernels, calls, runs } = watched()
    const a = memory.allocate(64)
    const seen: number[] = []
    for (let i = 0; i < 2000; i++) {
      kernels.copyStrided(4, a.address, a.address, 1, memory.describe([i, 1, 1, 1, 1]))
    }
    calls.finish()
    for (const numbers of runs) {
      const blocks = numbers.filter((_, at) => at % 6 === 5)
      expect(new Set(blocks).size).toBe(blocks.length)
      seen.push(...blocks)
    }
    expect(seen.length).toBe(2000)
  })
})

/** The garbage collector, which a flag brings in. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('what calls have computed', () => {
  test('is right though the operands became garbage before they ran', () => {
    const collect = collector()
    const sums = Array.from({ length: 20 }, (_, i) => {
      let x = ones([10_000]).mul(i)
      for (let j = 0; j < 5; j++) {
        x = x.add(1)
        collect()
      }
      const sum = x.sum()
      for (let j = 0; j < 50; j++) zeros([10_000]).add(7) // what would take the memory
      collect()
      return sum
    })
    expect(sums.map((sum) => sum.item())).toEqual(Array.from({ length: 20 }, (_, i) => 10_000 * (i + 5)))
  })

  test('is there after an optimizer’s step, which leaves nothing to wait for', () => {
    const { memory } = backend()
    const waiting = () => (memory instanceof NativeMemory ? memory.calls.next : 0)
    const layer = new nn.Linear(3, 2)
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 })
    layer
      .call(ones([4, 3]))
      .sum()
      .backward()
    expect(waiting() > 0).toBe(memory instanceof NativeMemory)
    optimizer.step()
    expect(waiting()).toBe(0)
  })

  test('does not change with the number of threads that is set while they wait', () => {
    const before = getNumThreads()
    const x = ones([300, 300]).mul(2)
    setNumThreads(1)
    const y = x.matmul(x)
    setNumThreads(2)
    expect(y.sum().item()).toBe(300 * 300 * 4 * 300)
    setNumThreads(before)
  })

  test('was computed from what operands held at the call', () => {
    const x = tensor([1, 2, 3])
    const doubled = x.mul(2)
    x.fill_(0)
    expect(doubled.toArray()).toEqual(new Float32Array([2, 4, 6]))
  })
})
