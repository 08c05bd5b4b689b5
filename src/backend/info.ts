import { backend } from './backend.ts'

/** What computes, and why: the figures of `thinnet info`. */
export interface BackendInfo {
  readonly name: 'native' | 'wasm'
  /** The kernels' instruction set: `avx512`, `avx2`, `baseline`, `neon`, `wasm-relaxed` or `wasm`. */
  readonly target: string
  readonly threads: number
  /** In a sentence. */
  readonly reason: string
}

/** The backend in use; chooses it if nothing has been computed yet. */
export function backendInfo(): BackendInfo {
  const { name, target, threads, reason } = backend()
  return { name, target, threads, reason }
}
