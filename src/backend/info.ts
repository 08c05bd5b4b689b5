import { backend, maximumThreads } from './backend.ts'
import { fail, show } from './errors.ts'

/** What computes, and why: the figures of `thinnet info`. */
export interface BackendInfo {
  readonly name: 'native' | 'wasm'
  /** The kernels' instruction set: `avx512`, `avx2`, `baseline`, `neon`, `wasm-relaxed` or `wasm`. */
  readonly target: string
  /** Those that kernels use, the calling one included. */
  readonly threads: number
  /** In a sentence. */
  readonly reason: string
}

/** The backend in use; chooses it if nothing has been computed yet. */
export function backendInfo(): BackendInfo {
  const { name, target, threads, reason } = backend()
  return { name, target, threads, reason }
}

/**
 * Whether numbers below the smallest normal one, 1.2e-38 in float32, count as 0: off at first, as in PyTorch
 * (`torch.set_flush_denormal`). Processors are slow over them, and they come up by themselves, as in the momentum of a
 * neuron that has died; the command line trains with it on. The update that thinned layers have in their kernel
 * (`optim.SGD`) always has it on.
 *
 * @returns False if the backend cannot: WASM has no such mode.
 * @throws ThinnetError `TN_RANGE` unless `flush` is true or false.
 * @example setFlushDenormal(true) // true
 */
export function setFlushDenormal(flush: boolean): boolean {
  if (typeof flush !== 'boolean') fail('TN_RANGE', 'setFlushDenormal', `expected true or false, got ${show(flush)}`)
  return backend().setFlushDenormal(flush)
}

/**
 * Sets how many threads kernels use, the calling one included: `torch.set_num_threads`. At first they are
 * `THINNET_THREADS`, or as many as the processor has cores. Results do not depend on it. Where kernels can have no
 * threads (WebAssembly in a page itself, or in one that is not isolated across origins), it stays 1.
 *
 * @param threads A whole number from 1 to 64. More than the processor runs at once is slower.
 * @throws ThinnetError `TN_RANGE` for other numbers.
 * @example setNumThreads(1)
 */
export function setNumThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > maximumThreads) {
    fail('TN_RANGE', 'setNumThreads', `expected a whole number from 1 to ${maximumThreads}, got ${show(threads)}`)
  }
  backend().threads = threads
}

/** How many threads kernels use: `torch.get_num_threads`. */
export function getNumThreads(): number {
  return backend().threads
}
