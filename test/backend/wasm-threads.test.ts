import { spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { instantiate } from '../../src/backend/wasm.ts'
import { WasmMemory } from '../../src/backend/wasm-memory.ts'
import { startThreads } from '../../src/backend/wasm-threads.ts'

const float32 = 0
const uint8 = 3
const size = 512
const scratchBytes = 2 ** 21

/** An instance that may have threads, and what shows of them. */
function instance() {
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
  const memory = new WasmMemory(linear, heapBase, (address, bytes) => kernels.fill(uint8, address, bytes, 0))
  const [a, b, c] = [1, 2, 3].map(() => memory.allocate(4 * size * size).address) as [number, number, number]
  kernels.fill(float32, a, size * size, 3)
  kernels.fill(float32, b, size * size, 5)
  return {
    linear,
    kernels,
    /** The address of 100 float32. */
    small: memory.allocate(400).address,
    setThreads,
    asked,
    scratches,
    /** Multiplies matrices; returns the different numbers in the product. */
    multiply: () => {
      // biome-ignore format: one operand a line
      kernels.gemm(
        float32, 1, size, size, size,
        a, 0, size, 1,
        b, 0, size, 1,
        c, 0, size,
        1, 0, 0, 0, 0, 0, 0, 0, 0, 1,
      )
      return new Set(new Float32Array(linear.buffer, c, size * size))
    },
    /** The scratch buffers that are in use: whoever takes a task of a product packs what it needs in its own. */
    used: () => scratches.filter((address) => new Uint8Array(linear.buffer, address, scratchBytes).some(Boolean)),
  }
}

test('threads start when a kernel first has work for them, and take tasks', async () => {
  const { kernels, small, setThreads, asked, scratches, multiply, used } = instance()
  multiply()
  expect(asked).toEqual([]) // an instance has one thread at first
  setThreads(3)
  kernels.fill(float32, small, 100, 1)
  expect(asked).toEqual([]) // too little to share out
  const products = new Set<number>()
  do {
    for (const product of multiply()) products.add(product)
    await pause(1)
  } while (used().length < 2)
  expect(asked).toEqual([[1, 3]])
  expect(used()).toEqual(scratches)
  expect([...products]).toEqual([3 * 5 * size])
  setThreads(5)
  multiply()
  expect(asked).toEqual([
    [1, 3],
    [3, 5],
  ])
})

test('a task that traps on a thread is an error of the call, not a wait forever', async () => {
  /** What a call says whose last task writes beyond the memory. Either thread may have taken it. */
  async function trap(): Promise<string> {
    const { linear, kernels, setThreads, multiply, used } = instance()
    setThreads(2)
    for (; used().length < 1; await pause(1)) multiply()
    linear.grow(16) // bytes that nobody uses
    const task = 4 * 32768
    try {
      kernels.fill(float32, linear.buffer.byteLength - 7 * task, 8 * 32768, 1)
      return 'no error'
    } catch (error) {
      return (error as Error).message
    }
  }
  const said = new Set<string>()
  for (let i = 0; i < 100 && !said.has('unreachable'); i++) said.add(await trap())
  said.delete('memory access out of bounds') // it was the caller's own task
  expect([...said]).toEqual(['unreachable'])
})

test('where threads are forbidden, the caller does all', () => {
  const program = `
    const { ones } = await import('${new URL('../../dist/index.js', import.meta.url).href}')
    for (let i = 0; i < 3; i++) console.log(ones([256, 256]).matmul(ones([256, 256])).sum().item() / 256 ** 3)
  `
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const { status, stdout } = spawnSync(
    process.execPath,
    [permission, '--allow-fs-read=*', '--input-type=module', '-e', program],
    { encoding: 'utf8', env: { ...process.env, THINNET_BACKEND: 'wasm', THINNET_THREADS: '4' } },
  )
  expect({ status, stdout }).toEqual({ status: 0, stdout: '1\n1\n1\n' })
})

test('a memory that is full gives no room for threads, and moves nothing', () => {
  const memory = new WasmMemory(new WebAssembly.Memory({ initial: 1, maximum: 32 }), 0, () => {})
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
