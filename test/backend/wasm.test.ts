import v8 from 'node:v8'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backend/backend.ts'
import type { Storage } from '../../src/backend/storage.ts'
import { createWasmBackend, wasmTargets } from '../../src/backend/wasm.ts'

// Node 20 has relaxed SIMD behind a flag; later ones have it.
if (!wasmTargets().includes('wasm-relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

const float32 = 0
const float64 = 1

test('the best target of the engine is chosen, and says why', () => {
  const { name, target, reason, threads } = createWasmBackend('no addon', undefined, 3)
  expect({ name, target, threads }).toEqual({ name: 'wasm', target: 'wasm-relaxed', threads: 3 })
  expect(reason).toBe('no addon; wasm-relaxed is the best that this engine runs')
})

test('a target that is asked for is taken', () => {
  const { target, reason } = createWasmBackend('no addon', 'wasm', 1)
  expect(target).toBe('wasm')
  expect(reason).toBe('no addon; wasm is asked for by THINNET_TARGET')
})

test('a target that is not there is an error that lists those that are', () => {
  expect(() => createWasmBackend('', 'avx512', 1)).toThrow(
    'THINNET_TARGET=avx512 is not available here; available: wasm-relaxed, wasm',
  )
})

describe.each(['wasm', 'wasm-relaxed'])('%s', (target) => {
  let backend: Backend
  beforeAll(() => {
    backend = createWasmBackend('under test', target, 1)
  })

  /** Numbers of both signs that float32 holds exactly, so that sums of their products are exact, too. */
  const small = (n: number, seed: number) => Array.from({ length: n }, (_, i) => (((i + seed) * 37) % 23) - 11)

  function store(numbers: readonly number[], dtype: number): Storage {
    const storage = backend.memory.allocate(numbers.length * (dtype === float32 ? 4 : 8))
    values(storage, dtype).set(numbers)
    return storage
  }

  function values(storage: Storage, dtype: number): Float32Array | Float64Array {
    const { buffer, byteOffset } = storage.bytesView()
    if (dtype === float32) return new Float32Array(buffer, byteOffset, storage.bytes / 4)
    return new Float64Array(buffer, byteOffset, storage.bytes / 8)
  }

  test.each([float32, float64])('the product with bias and ReLU equals plain arithmetic (dtype %i)', (dtype) => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [5, 7, 3],
      [33, 65, 17],
      [128, 100, 401],
    ] as const) {
      const [a, b, bias] = [small(m * k, 1), small(k * n, 2), small(n, 3)]
      const [aStorage, bStorage, biasStorage] = [store(a, dtype), store(b, dtype), store(bias, dtype)]
      const c = backend.memory.allocate(m * n * (dtype === float32 ? 4 : 8))
      // biome-ignore format: one operand a line
      backend.kernels.gemm(
        dtype, 1, m, n, k,
        aStorage.address, 0, k, 1,
        bStorage.address, 0, n, 1,
        c.address, 0, n,
        1, 0, 0, 0, 0, 0, biasStorage.address, 1, 0, 2,
      )
      const expected = Array.from({ length: m * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n]
        let sum = bias[j] as number
        for (let p = 0; p < k; p++) sum += (a[i * k + p] as number) * (b[p * n + j] as number)
        return 2 * Math.max(0, sum)
      })
      expect([...values(c, dtype)]).toEqual(expected)
    }
  })
})
