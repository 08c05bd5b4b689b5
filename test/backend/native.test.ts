import { describe, expect, test } from 'vitest'
import { Calls } from '../../src/backend/calls.ts'
import { NativeMemory } from '../../src/backend/native.ts'
import type { Storage } from '../../src/backend/storage.ts'

/** Addresses that are as badly aligned as an allocator may make them, and a count of the buffers asked for. */
function memoryOver(): { memory: NativeMemory; buffers: () => number } {
  const addresses = new Map<ArrayBuffer, number>()
  let next = 2 ** 40 + 8
  const addressOf = (buffer: ArrayBuffer) => {
    const known = addresses.get(buffer)
    if (known !== undefined) return known
    addresses.set(buffer, next)
    next += buffer.byteLength + 24
    return next - buffer.byteLength - 24
  }
  const memory = new NativeMemory(
    {
      addressOf,
      uninitialized: (bytes) => new Uint8Array(bytes).fill(0xaa).buffer,
      adviseLargePages() {}, // there is nothing at these addresses
    },
    new Calls({ addressOf, run() {} }),
  )
  return { memory, buffers: () => addresses.size }
}

const sizes = [0, 1, 4, 63, 64, 65, 200, 4096, 4097, 100_000]

describe('blocks of the native memory', () => {
  test('are aligned, apart from each other and as large as asked for', () => {
    const { memory } = memoryOver()
    const storages = Array.from({ length: 40 }, () => sizes.map((size) => memory.allocate(size))).flat()
    expect(storages.filter(({ address }) => address % 64 !== 0)).toEqual([])
    const sorted = storages.toSorted((a, b) => a.address - b.address)
    sorted.slice(1).forEach((storage, i) => {
      const before = sorted[i] as Storage
      expect(storage.address - before.address).toBeGreaterThanOrEqual(Math.max(before.bytes, 64))
    })
    storages.forEach((storage, i) => {
      storage.bytesView().fill(i % 251)
    })
    storages.forEach((storage, i) => {
      expect(storage.bytesView().length).toBe(storage.bytes)
      expect(storage.bytesView().every((byte) => byte === i % 251)).toBe(true)
    })
  })

  test.each(sizes)('of %i bytes are zero where that is asked for, also when used again', (size) => {
    const { memory } = memoryOver()
    for (let i = 0; i < 40; i++) {
      const storage = memory.allocate(size, true)
      expect(storage.bytesView().every((byte) => byte === 0)).toBe(true)
      storage.bytesView().fill(1)
      storage.release()
    }
  })

  test('that were released are used again, for their own size only', () => {
    const { memory } = memoryOver()
    const first = sizes.map((size) => memory.allocate(size))
    const addresses = first.map(({ address }) => address)
    const others = first.map(({ bytes }) => memory.allocate(bytes))
    for (const storage of first) storage.release()
    const again = sizes.toReversed().map((size) => memory.allocate(size).address)
    expect(again.toSorted()).toEqual(addresses.toSorted())
    expect(others.map(({ address }) => address).filter((address) => again.includes(address))).toEqual([])
  })

  test('that are small share a buffer, a few at a time', () => {
    const { memory, buffers } = memoryOver()
    const before = buffers()
    for (let i = 0; i < 640; i++) memory.allocate(100)
    expect(buffers() - before).toBe(10)
  })

  test('are counted while they are held', () => {
    const { memory } = memoryOver()
    const storages = sizes.map((size) => memory.allocate(size))
    expect(memory.allocatedBytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
    for (const storage of storages) storage.release()
    expect(memory.allocatedBytes).toBe(0)
  })

  test('cannot be used after their release', () => {
    const storage = memoryOver().memory.allocate(8)
    storage.release()
    storage.release() // once more does nothing
    expect(() => storage.address).toThrow('internal: a released storage was used')
    expect(() => storage.bytesView()).toThrow('internal: a released storage was used')
  })
})
