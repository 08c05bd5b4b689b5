import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignment, descriptorLength } from '../../src/backend/memory.ts'
import type { Storage } from '../../src/backend/storage.ts'
import { instantiate } from '../../src/backend/wasm.ts'
import { WasmMemory } from '../../src/backend/wasm-memory.ts'

const KiB = 2 ** 10
const MiB = 2 ** 20

const zeroing = (linear: WebAssembly.Memory) => (address: number, bytes: number) => {
  new Uint8Array(linear.buffer, address, bytes).fill(0)
}

/** The memory of a new instance of the real module. */
function moduleMemory(budget?: number): WasmMemory {
  const { linear, heapBase } = instantiate('wasm')
  return new WasmMemory(linear, heapBase, zeroing(linear), budget)
}

/** A heap that cannot grow beyond `bytes`, as at the end of the address space. */
function smallMemory(bytes: number, budget?: number): WasmMemory {
  const pages = bytes / 65536
  const linear = new WebAssembly.Memory({ initial: 1, maximum: pages })
  return new WasmMemory(linear, 0, zeroing(linear), budget)
}

const isMovedOut = (storage: Storage) => storage.base === 0 && storage.buffer !== undefined

/** Allocates and forgets, without a word to the memory, as a training loop does with what the user's code held. */
function makeGarbage(memory: WasmMemory, bytes: number, each = 64 * KiB): void {
  for (let made = 0; made < bytes; made += each) memory.allocate(each).address
}

test('storages are aligned, apart, and keep their bytes through eviction, growth and release', () => {
  type Action =
    | { kind: 'allocate'; bytes: number; zeroed: boolean }
    | { kind: 'address' | 'read' | 'release' | 'forget'; pick: number }
  const action: fc.Arbitrary<Action> = fc.oneof(
    fc.record({
      kind: fc.constant('allocate' as const),
      bytes: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 200 * KiB })),
      zeroed: fc.boolean(),
    }),
    fc.record({ kind: fc.constantFrom('address', 'read', 'release', 'forget'), pick: fc.nat() }),
  )
  let movedOut = 0
  fc.assert(
    fc.property(fc.array(action, { minLength: 100, maxLength: 400, size: 'max' }), (actions) => {
      const memory = moduleMemory(MiB)
      const live: { storage: Storage; mark: number }[] = []
      actions.forEach((step, i) => {
        if (step.kind === 'allocate') {
          const storage = memory.allocate(step.bytes, step.zeroed)
          const view = storage.bytesView()
          expect(view.length).toBe(step.bytes)
          if (step.zeroed) expect(view.every((byte) => byte === 0)).toBe(true)
          const mark = 1 + (i % 255)
          view.fill(mark)
          live.push({ storage, mark })
          return
        }
        if (live.length === 0) return
        const at = step.pick % live.length
        const { storage, mark } = live[at] as { storage: Storage; mark: number }
        if (isMovedOut(storage)) movedOut++
        if (step.kind === 'address') {
          expect(storage.address).toBe(storage.base)
          expect(storage.base % alignment).toBe(0)
          expect(storage.buffer).toBeUndefined()
        }
        if (step.kind === 'release') storage.release()
        else expect(storage.bytesView().every((byte) => byte === mark)).toBe(true)
        if (step.kind === 'release' || step.kind === 'forget') live.splice(at, 1)
      })
      const residents = live.map(({ storage }) => storage).filter((storage) => storage.base !== 0)
      residents.sort((a, b) => a.base - b.base)
      residents.forEach((storage, i) => {
        const next = residents[i + 1]?.base ?? memory.heapBytes
        expect(storage.base + storage.bytes).toBeLessThanOrEqual(next)
      })
      for (const { storage, mark } of live) {
        expect(storage.bytesView().every((byte) => byte === mark)).toBe(true)
      }
    }),
    { numRuns: 40 },
  )
  expect(movedOut).toBeGreaterThan(0) // the budget is small enough for the test to mean something
})

test('over the budget, what was used longest ago moves out, down to three quarters', () => {
  const memory = moduleMemory(10 * MiB)
  const storages = Array.from({ length: 1000 }, () => memory.allocate(8 * KiB))
  for (const storage of storages.slice(0, 100)) storage.address // the oldest are used once more
  makeGarbage(memory, 3 * MiB)
  const out = storages.map(isMovedOut)
  const count = out.filter(Boolean).length
  expect(count).toBeGreaterThan(200)
  expect(out.indexOf(true)).toBe(100)
  expect(out.lastIndexOf(true)).toBe(100 + count - 1)
  expect(memory.allocatedBytes).toBeLessThan(10 * MiB)
})

test('what moved out comes back at its next use, and is read in place by the host', () => {
  const memory = moduleMemory(MiB)
  const storage = memory.allocate(100)
  storage.bytesView().set([1, 2, 3])
  makeGarbage(memory, 10 * MiB)
  expect(isMovedOut(storage)).toBe(true)
  expect([...storage.bytesView().subarray(0, 3)]).toEqual([1, 2, 3])
  storage.bytesView()[1] = 7
  expect(isMovedOut(storage)).toBe(true)
  const address = storage.address
  expect(address).toBe(storage.base)
  expect([...storage.bytesView().subarray(0, 3)]).toEqual([1, 7, 3])
})

test('addresses taken for a call stay valid while further operands come back', () => {
  const memory = moduleMemory(MiB)
  const operands = Array.from({ length: 200 }, (_, i) => {
    const storage = memory.allocate(50 * KiB)
    storage.bytesView().fill(i)
    return storage
  })
  makeGarbage(memory, 10 * MiB)
  expect(operands.every(isMovedOut)).toBe(true)
  const addresses = operands.map((storage) => storage.address)
  expect(operands.map((storage) => storage.base)).toEqual(addresses)
  expect(operands.every((storage, i) => storage.bytesView().every((byte) => byte === i))).toBe(true)
})

test('what was used last survives an allocation over the budget', () => {
  const memory = moduleMemory(MiB)
  const operands = Array.from({ length: 60 }, () => memory.allocate(50 * KiB))
  makeGarbage(memory, 5 * MiB)
  const addresses = operands.map((storage) => storage.address)
  memory.allocate(8 * MiB)
  expect(operands.map((storage) => storage.base)).toEqual(addresses)
})

test('a loop that leaves a hundred budgets of garbage keeps to the budget', () => {
  const budget = 4 * MiB
  const memory = moduleMemory(budget)
  const weights = memory.allocate(512 * KiB)
  weights.bytesView().fill(42)
  const before = memory.heapBytes
  const sizes = [100, 4 * KiB, 37_000, 128 * KiB, 200_000]
  for (let made = 0, i = 0; made < 100 * budget; i++) {
    const bytes = sizes[i % sizes.length] as number
    memory.allocate(bytes)
    weights.address
    made += bytes
  }
  expect(memory.budget).toBe(budget)
  expect(memory.heapBytes).toBeLessThan(before + 1.5 * budget)
  expect(memory.allocatedBytes).toBeLessThanOrEqual(budget)
  expect(weights.bytesView().every((byte) => byte === 42)).toBe(true)
})

test('a heap of scalars is swept before their book-keeping grows large', () => {
  const memory = moduleMemory(MiB)
  const storages = Array.from({ length: 5000 }, () => memory.allocate(4))
  expect(storages.filter(isMovedOut).length).toBeGreaterThan(3500)
})

test('the budget doubles until a loop keeps what it works on, and no further', () => {
  const memory = moduleMemory(4 * MiB)
  const parameters = Array.from({ length: 120 }, () => memory.allocate(100 * KiB)) // three budgets
  const step = () => {
    for (const parameter of parameters) {
      parameter.address
      memory.allocate(50 * KiB)
    }
  }
  for (let i = 0; i < 20; i++) step()
  const { budget, heapBytes } = memory
  for (let i = 0; i < 100; i++) step()
  expect(parameters.filter(isMovedOut).length).toBe(0)
  expect(memory.budget).toBe(budget)
  expect(budget).toBeLessThanOrEqual(64 * MiB)
  expect(memory.heapBytes).toBe(heapBytes)
})

test('a released block is used again at once, and a storage that is moved out lets its bytes go', () => {
  const memory = moduleMemory(MiB)
  const first = memory.allocate(100 * KiB)
  const { base } = first
  const { allocatedBytes } = memory
  first.release()
  expect(first.base).toBe(0)
  expect(memory.allocatedBytes).toBe(allocatedBytes - 100 * KiB)
  first.release() // nothing more to give back
  expect(memory.allocatedBytes).toBe(allocatedBytes - 100 * KiB)
  expect(memory.allocate(100 * KiB).base).toBe(base)

  const old = memory.allocate(1000)
  makeGarbage(memory, 10 * MiB)
  expect(isMovedOut(old)).toBe(true)
  old.release()
  expect(old.buffer).toBeUndefined()
  expect(() => old.address).toThrow('internal: a released storage was used')
  expect(() => old.bytesView()).toThrow('internal: a released storage was used')
})

test('an empty storage has an address', () => {
  const memory = moduleMemory()
  const [first, second] = [memory.allocate(0), memory.allocate(0, true)]
  expect(first.address).toBeGreaterThan(0)
  expect(second.address).not.toBe(first.address)
  expect(first.bytesView().length).toBe(0)
})

test('describe writes to one pinned block, also after growth', () => {
  const { linear, heapBase } = instantiate('wasm')
  const memory = new WasmMemory(linear, heapBase, zeroing(linear))
  const address = memory.describe([1, -2, 3_000_000_000])
  expect([...new Int32Array(linear.buffer, address, 3)]).toEqual([1, -2, 3_000_000_000 | 0])
  const { heapBytes } = memory
  memory.allocate(10 * MiB)
  expect(memory.heapBytes).toBeGreaterThan(heapBytes)
  expect(memory.describe([4, 5])).toBe(address)
  expect([...new Int32Array(linear.buffer, address, 3)]).toEqual([4, 5, 3_000_000_000 | 0])
  expect(() => memory.describe(new Array(descriptorLength + 1).fill(0))).toThrow(RangeError)
})

test('where the heap cannot grow, all but the last uses move out, and the budget adapts', () => {
  const memory = smallMemory(8 * MiB)
  const old = Array.from({ length: 100 }, (_, i) => {
    const storage = memory.allocate(50 * KiB)
    storage.bytesView().fill(i)
    return storage
  })
  makeGarbage(memory, 100 * MiB, 10 * KiB)
  expect(memory.heapBytes).toBeLessThanOrEqual(8 * MiB)
  expect(memory.budget).toBeLessThanOrEqual(6 * MiB)
  expect(old.every((storage, i) => storage.bytesView().every((byte) => byte === i))).toBe(true)
})

test('out of memory is an error that says what was asked for and what is in use', () => {
  const memory = smallMemory(2 * MiB)
  const kept = memory.allocate(MiB)
  expect(() => memory.allocate(1.5 * MiB)).toThrow(
    expect.objectContaining({
      code: 'TN_BACKEND',
      message: expect.stringMatching(/cannot hold 1572864 bytes more; 1048576 bytes are in use/),
    }),
  )
  expect(kept.base).not.toBe(0)
  expect(() => moduleMemory().allocate(2 ** 33)).toThrow(/cannot hold 8589934592 bytes more/)
})

test('addresses above 2 GiB are positive numbers that views and kernels take', () => {
  const { linear, heapBase, kernels } = instantiate('wasm')
  const memory = new WasmMemory(linear, heapBase, zeroing(linear))
  const below = memory.allocate(2 ** 31) // never written, so that no page of it is committed
  const [state, words] = [memory.allocate(2560), memory.allocate(8)]
  expect(state.address).toBeGreaterThan(2 ** 31)
  kernels.randomSeed(state.address, 5489, 0)
  kernels.randomWords(state.address, words.address, 2)
  const bytes = words.bytesView()
  // The first words of MT19937 with its default seed.
  expect([...new Uint32Array(bytes.buffer, bytes.byteOffset, 2)]).toEqual([3499211612, 581869302])
  below.release()
})
