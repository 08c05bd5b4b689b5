import * as platform from '#platform'
import { Calls, type RunCalls } from './calls.ts'
import { type Kernels, waitingKernels } from './kernels.generated.ts'
import type { Memory } from './memory.ts'
import { NativeMemory } from './native.ts'
import { createWasmBackend } from './wasm.ts'

/** The address space that holds the numbers, and the kernels that work on them. Chosen once, at first use. */
export interface Backend {
  readonly name: 'native' | 'wasm'
  /** The kernels' instruction set: `avx512`, `avx2`, `baseline`, `neon`, `wasm-relaxed` or `wasm`. */
  readonly target: string
  /** Why this backend and target run, in a sentence for `thinnet info`. */
  readonly reason: string
  /** How many threads kernels use, the calling one included; 1 to `maximumThreads`. */
  threads: number
  /** They may run later, in the order of their calls: `memory` shows what they have computed. */
  readonly kernels: Kernels
  readonly memory: Memory
  /** Runs the kernels that were called and have not run yet. */
  finish(): void
  /** Whether kernels take numbers below the smallest normal one for 0; false if they cannot. */
  setFlushDenormal(flush: boolean): boolean
}

/** What the native addon exports; kernels/napi.cpp. */
export interface Addon {
  /** Of the kernel table that it was built from: `tableSignature`. */
  readonly signature: number
  run: RunCalls
  addressOf(buffer: ArrayBuffer): number
  adviseLargePages(address: number, bytes: number): void
  setFlushDenormal(flush: boolean): boolean
  setTarget(name: string): boolean
  target(): string
  supportedTargets(): string[]
  setThreads(threads: number): void
  threads(): number
}

/** kMaxThreads of kernels/pool_round.hpp. */
export const maximumThreads = 64

/** Each is a whole JavaScript engine, a few MB and a few milliseconds of start: more are there for the asking. */
const usualWasmThreads = 16

let chosen: Backend | undefined

/**
 * The backend in use. At first use it is chosen: the native addon where one loads, WASM otherwise.
 * `THINNET_BACKEND` (native, wasm), `THINNET_TARGET` and `THINNET_THREADS` override what would be chosen.
 *
 * @throws Error if one of them asks for something that is not there.
 */
export function backend(): Backend {
  chosen ??= choose()
  return chosen
}

function choose(): Backend {
  const wanted = platform.environment('THINNET_BACKEND')
  if (wanted !== undefined && wanted !== 'native' && wanted !== 'wasm') {
    throw new Error(`THINNET_BACKEND must be native or wasm, got ${wanted}`)
  }
  const target = platform.environment('THINNET_TARGET')
  if (wanted === 'wasm') {
    return createWasmBackend('asked for by THINNET_BACKEND=wasm', target, wantedThreads(usualWasmThreads))
  }
  const { addon, reason } = platform.loadAddon()
  if (addon) return nativeBackend(addon, reason, target, wantedThreads(maximumThreads))
  if (wanted === 'native') throw new Error(`THINNET_BACKEND=native, but ${reason}. Try: npx thinnet build`)
  return createWasmBackend(reason, target, wantedThreads(usualWasmThreads))
}

/** What the environment asks for; otherwise the processor's cores, but at most `limit`. */
function wantedThreads(limit: number): number {
  const given = platform.environment('THINNET_THREADS')
  if (given === undefined) return Math.min(platform.processorCount(), limit)
  const threads = Number(given)
  if (!Number.isInteger(threads) || threads < 1 || threads > maximumThreads) {
    throw new Error(`THINNET_THREADS must be a whole number from 1 to ${maximumThreads}, got ${given}`)
  }
  return threads
}

function nativeBackend(addon: Addon, reason: string, target: string | undefined, threads: number): Backend {
  if (target !== undefined && !addon.setTarget(target)) {
    throw new Error(`THINNET_TARGET=${target} is not available here; available: ${addon.supportedTargets().join(', ')}`)
  }
  addon.setThreads(threads)
  const why = target === undefined ? `the best that this processor runs` : `asked for by THINNET_TARGET`
  const calls = new Calls(addon)
  const finish = () => calls.finish()
  return {
    name: 'native',
    target: addon.target(),
    reason: `${reason}; ${addon.target()} is ${why}`,
    get threads() {
      return addon.threads()
    },
    set threads(count) {
      finish()
      addon.setThreads(count)
    },
    kernels: waitingKernels(calls),
    setFlushDenormal(flush) {
      finish()
      return addon.setFlushDenormal(flush)
    },
    memory: new NativeMemory(
      {
        addressOf: addon.addressOf,
        uninitialized: platform.uninitialized,
        adviseLargePages: addon.adviseLargePages,
      },
      calls,
    ),
    finish,
  }
}
