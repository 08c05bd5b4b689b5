import * as platform from '#platform'
import type { Backend } from './backend.ts'
import type { Kernels } from './kernels.generated.ts'
import { initialPages, maximumPages, relaxedSimd, simd } from './wasm-binary.generated.ts'
import { WasmMemory } from './wasm-memory.ts'
import { startThreads } from './wasm-threads.ts'

const binaries = { 'wasm-relaxed': relaxedSimd, wasm: simd } as const
type WasmTarget = keyof typeof binaries

/** kUint8 of kernels/types.hpp. */
const uint8 = 3

/** `() => f32x4.relaxed_madd(zeros, zeros, zeros)`: valid where the engine has relaxed SIMD. */
// biome-ignore format: one section a line
const relaxedProbe = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // a type: () -> v128
  0x03, 0x02, 0x01, 0x00, // a function of it
  0x0a, 0x0f, 0x01, 0x0d, // its code
  0x01, 0x01, 0x7b, 0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02, 0x0b,
])

/** The targets that this engine runs, best first. */
export function wasmTargets(): readonly WasmTarget[] {
  return WebAssembly.validate(relaxedProbe) ? ['wasm-relaxed', 'wasm'] : ['wasm']
}

/**
 * The WASM backend, instantiated synchronously from the embedded binary.
 *
 * @param reason Why WASM runs.
 * @param target `wasm` or `wasm-relaxed`; undefined for the best that the engine runs.
 * @param threads What kernels may use, the calling thread included; one where there can be no others. Those start when
 *   first there is work for them.
 * @throws Error if the engine does not run the target asked for.
 */
export function createWasmBackend(reason: string, target: string | undefined, threads: number): Backend {
  const available = wasmTargets()
  const chosen = target === undefined ? available[0] : available.find((name) => name === target)
  if (chosen === undefined) {
    throw new Error(`THINNET_TARGET=${target} is not available here; available: ${available.join(', ')}`)
  }
  const { module, linear, kernels, heapBase, setThreads } = instantiate(chosen, (first, end) =>
    startThreads(module, linear, first, end, (bytes) => memory.reserve(bytes)),
  )
  // V8 is slow to fill shared memory; the kernel is not.
  const memory = new WasmMemory(linear, heapBase, (address, bytes) => kernels.fill(uint8, address, bytes, 0))
  let used = 1
  const use = (count: number) => {
    used = platform.hasThreads() ? count : 1
    setThreads(used)
  }
  use(threads)
  const why = target === undefined ? 'the best that this engine runs' : 'asked for by THINNET_TARGET'
  return {
    name: 'wasm',
    target: chosen,
    reason: `${reason}; ${chosen} is ${why}`,
    get threads() {
      return used
    },
    set threads(count) {
      use(count)
    },
    kernels,
    setFlushDenormal: () => false,
    memory,
    finish() {}, // kernels run as they are called: from here a call costs little, and memory may move before the next one
  }
}

/** A module with an instance of it; of the exports, `kernels` are those of kernels/table.def. */
export interface Instance {
  module: WebAssembly.Module
  linear: WebAssembly.Memory
  /** The first address that the module's own data leaves free. */
  heapBase: number
  kernels: Kernels
  setThreads: (threads: number) => void
}

/**
 * A new instance of a target's module.
 *
 * @param startThreads Is called when a kernel first has work for the threads first .. end - 1.
 * @internal
 */
export function instantiate(
  target: WasmTarget,
  startThreads: (first: number, end: number) => void = () => {},
): Instance {
  const module = new WebAssembly.Module(decodeBase64(binaries[target]))
  const linear = sharedMemory()
  const { exports } = new WebAssembly.Instance(module, { env: { memory: linear, startThreads } })
  const { __heap_base: heapBase, __stack_pointer, poolWorker, poolFailed, setThreads, ...kernels } = exports
  if (!(heapBase instanceof WebAssembly.Global && typeof setThreads === 'function')) {
    throw new Error('internal: the WASM module does not export what it should')
  }
  // The table that declares `Kernels` is what the module's exports are made from.
  return {
    module,
    linear,
    heapBase: heapBase.value,
    kernels: kernels as unknown as Kernels,
    setThreads: setThreads as Instance['setThreads'],
  }
}

/** Memory that threads can share. Engines set address space aside for all that it may grow to, and some have little. */
function sharedMemory(): WebAssembly.Memory {
  for (let maximum = maximumPages; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: initialPages, maximum, shared: true })
    } catch (error) {
      if (maximum / 2 < initialPages) throw error
    }
  }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}
