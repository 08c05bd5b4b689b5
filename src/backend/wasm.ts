import type { Backend } from './backend.ts'
import type { Kernels } from './kernels.generated.ts'
import { relaxedSimd, simd } from './wasm-binary.generated.ts'
import { WasmMemory } from './wasm-memory.ts'

const binaries = { 'wasm-relaxed': relaxedSimd, wasm: simd } as const
type WasmTarget = keyof typeof binaries

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
 * @throws Error if the engine does not run the target asked for.
 */
export function createWasmBackend(reason: string, target: string | undefined): Backend {
  const available = wasmTargets()
  const chosen = target === undefined ? available[0] : available.find((name) => name === target)
  if (chosen === undefined) {
    throw new Error(`THINNET_TARGET=${target} is not available here; available: ${available.join(', ')}`)
  }
  const { kernels, memory, heapBase } = instantiate(chosen)
  const why = target === undefined ? 'the best that this engine runs' : 'asked for by THINNET_TARGET'
  return {
    name: 'wasm',
    target: chosen,
    reason: `${reason}; ${chosen} is ${why}`,
    threads: 1,
    kernels,
    setFlushDenormal: () => false,
    memory: new WasmMemory(memory, heapBase),
  }
}

/** A new instance of a target's module. @internal */
export function instantiate(target: WasmTarget): { kernels: Kernels; memory: WebAssembly.Memory; heapBase: number } {
  const module = new WebAssembly.Module(decodeBase64(binaries[target]))
  const { memory, __heap_base: heapBase, ...kernels } = new WebAssembly.Instance(module).exports
  if (!(memory instanceof WebAssembly.Memory && heapBase instanceof WebAssembly.Global)) {
    throw new Error('internal: the WASM module does not export its memory')
  }
  // The table that declares `Kernels` is what the module's exports are made from.
  return { kernels: kernels as unknown as Kernels, memory, heapBase: heapBase.value }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}
