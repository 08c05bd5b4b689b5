import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignment } from '../../src/backend/memory.ts'
import { type Block, Heap } from '../../src/backend/wasm-heap.ts'

const room = 2 ** 20

/** Sizes small and large, on and beside the borders of size classes. */
const sizes = fc.oneof(
  fc.nat({ max: 200 }),
  fc.nat({ max: 100_000 }),
  fc.tuple(fc.nat({ max: 17 }), fc.integer({ min: -1, max: 1 })).map(([log, step]) => Math.max(0, 2 ** log + step)),
)

test('blocks are aligned, inside the heap and never overlap, and all of it comes back', () => {
  const actions = fc.array(fc.oneof(sizes, fc.record({ free: fc.nat({ max: 50 }) })), { maxLength: 300 })
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), actions, (begin, list) => {
      const heap = new Heap(begin)
      heap.extend(begin + room)
      const live: Block[] = []
      for (const action of list) {
        if (typeof action === 'object') {
          const [block] = live.splice(action.free % Math.max(1, live.length), 1)
          if (block) heap.free(block)
          continue
        }
        const block = heap.allocate(action)
        if (!block) continue
        expect(block.address % alignment).toBe(0)
        expect(block.size).toBeGreaterThanOrEqual(action)
        expect(block.address).toBeGreaterThanOrEqual(begin)
        expect(block.address + block.size).toBeLessThanOrEqual(begin + room)
        for (const other of live) {
          expect(block.address + block.size <= other.address || other.address + other.size <= block.address).toBe(true)
        }
        live.push(block)
      }
      for (const block of live) heap.free(block)
      // Everything has merged into one free block again.
      const whole = heap.allocate(room / 2)
      expect(whole?.address).toBe(Math.ceil(begin / alignment) * alignment)
    }),
  )
})

test('a request is rounded up by at most one part in sixteen, and to what its block serves again', () => {
  fc.assert(
    fc.property(fc.oneof(sizes, fc.integer({ min: 1, max: 2 ** 32 })), (bytes) => {
      const size = Heap.sizeFor(bytes)
      expect(size % alignment).toBe(0)
      expect(size).toBeGreaterThanOrEqual(bytes)
      expect(size).toBeLessThanOrEqual(Math.max(alignment, (bytes + alignment) * (1 + 1 / 16)))
      expect(Heap.sizeFor(size)).toBe(size)
    }),
  )
})

test('a block that is given back serves the next request of its size', () => {
  const heap = new Heap(0)
  heap.extend(room)
  const blocks = [70_000, 1000, 70_000, 1000].map((bytes) => heap.allocate(bytes) as Block)
  const [, , third] = blocks
  heap.free(third as Block)
  expect(heap.allocate(70_000)?.address).toBe(third?.address)
})

test('free blocks at the end count towards what the heap must be extended by', () => {
  const heap = new Heap(0)
  heap.extend(64 * 1024)
  expect(heap.allocate(128 * 1024)).toBeUndefined()
  expect(heap.shortfall(128 * 1024)).toBe(64 * 1024)
  heap.extend(128 * 1024)
  expect(heap.allocate(128 * 1024)?.address).toBe(0)
})

test('a block that is freed twice is an error', () => {
  const heap = new Heap(0)
  heap.extend(room)
  const block = heap.allocate(100) as Block
  heap.free(block)
  expect(() => heap.free(block)).toThrow('internal: a heap block was freed twice')
})

test('the space that fragments take stays bounded under random traffic', () => {
  // A live set of 4 MiB in random sizes, replaced 50 times over: how far beyond it do blocks come to lie?
  const heap = new Heap(0)
  heap.extend(2 ** 30)
  const random = fc.sample(fc.tuple(fc.double({ min: 5, max: 16, noNaN: true }), fc.nat()), {
    numRuns: 20_000,
    seed: 7,
  })
  const live: Block[] = []
  let liveBytes = 0
  let highest = 0
  for (const [log, pick] of random) {
    const block = heap.allocate(2 ** log) as Block
    live.push(block)
    liveBytes += block.size
    highest = Math.max(highest, block.address + block.size)
    while (liveBytes > 4 * 2 ** 20) {
      const [gone] = live.splice(pick % live.length, 1) as [Block]
      liveBytes -= gone.size
      heap.free(gone)
    }
  }
  expect(highest).toBeLessThan(1.5 * 4 * 2 ** 20)
})
