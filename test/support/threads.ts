import { loadAddon } from '#platform'
import { backend } from '../../src/backend/backend.ts'

/** Numbers of threads to compare: WASM has one here. */
export const threadCounts: readonly number[] = backend().name === 'native' ? [1, 2, 5] : [1]

/** Runs with a number of threads, whatever the machine has. */
export function withThreads<T>(threads: number, run: () => T): T {
  const { name, threads: usual } = backend()
  if (name === 'wasm') return run()
  const { addon } = loadAddon()
  addon?.setThreads(threads)
  try {
    return run()
  } finally {
    addon?.setThreads(usual)
  }
}
