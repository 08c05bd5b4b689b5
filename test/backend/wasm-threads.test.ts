import { spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { instantiate } from '../../src/backend/wasm.ts'
import { WasmMemory } from '../../src/backend/wasm-memory.ts'
import { startThreads } from '../../src/backend/wasm-threads.ts'

const float32 = 0
const scratchBytes = 2 ** 21

test('threads start when a kernel first has work for them, and take tasks', async () => {
  const asked: [number, number][] = []
  const scratches: number[] = []
  const { module, linear, heapBase, kernels, setThreads } = instantiate('wasm', (first, end) => {
    asked.push([first, end])
    startThreads(module, linear, first, end, (bytes) => {
      const address = memory.reserve(bytes) as number
      scratches.push(address + bytes - scratchBytes)
      return address
    })
  })
  const memory = new WasmMemory(linear, heapBase)
  const n = 512
  const [a, b, c] = [1, 2, 3].map(() => memory.allocate(4 * n * n, true).address) as [number, number, number]
  kernels.fill(float32, a, n * n, 3)
  kernels.fill(float32, b, n * n, 5)
  // biome-ignore format: one operand a line
  const multiply = () => kernels.gemm(
    float32, 1, n, n, n,
    a, 0, n, 1,
    b, 0, n, 1,
    c, 0, n,
    1, 0, 0, 0, 0, 0, 0, 0, 0, 1,
  )
  multiply()
  expect(asked).toEqual([]) // an instance has one thread at first
  setThreads(3)
  kernels.fill(float32, c, 100, 1)
  expect(asked).toEqual([]) // too little to share out
  // Whoever takes a task of a product packs what it needs in a scratch buffer of its own.
  const used = () => scratches.filter((address) => new Uint8Array(linear.buffer, address, scratchBytes).some(Boolean))
  const begin = Date.now()
  do {
    multiply()
    await pause(1)
  } while (used().length < 2 && Date.now() - begin < 60_000)
  expect(asked).toEqual([[1, 3]])
  expect(used()).toEqual(scratches)
  expect(new Set(new Float32Array(linear.buffer, c, n * n))).toEqual(new Set([3 * 5 * n]))
  setThreads(5)
  multiply()
  expect(asked).toEqual([
    [1, 3],
    [3, 5],
  ])
})

test('a memory that is full gives no room for threads, and moves nothing', () => {
  const memory = new WasmMemory(new WebAssembly.Memory({ initial: 1, maximum: 32 }), 0)
  const kept = memory.allocate(2 ** 20)
  expect(memory.reserve(2 ** 21)).toBeUndefined()
  expect(kept.base).not.toBe(0)
})

test('threads keep no process alive, and end with it', () => {
  const program = `
    const { ones, backendInfo } = await import('${new URL('../../dist/index.js', import.meta.url).href}')
    for (let i = 0; i < 200; i++) ones([256, 256]).matmul(ones([256, 256]))
    console.log(backendInfo().threads, process.getActiveResourcesInfo().filter((name) => /Worker/.test(name)).length)
  `
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, THINNET_BACKEND: 'wasm', THINNET_THREADS: '4' },
  })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '4 0\n', stderr: '' })
})
