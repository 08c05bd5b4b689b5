import { getNumThreads, setNumThreads } from '../../src/index.ts'

/** Numbers of threads to compare. */
export const threadCounts: readonly number[] = [1, 2, 5]

/** Runs with a number of threads, whatever the machine has. */
export function withThreads<T>(threads: number, run: () => T): T {
  const usual = getNumThreads()
  setNumThreads(threads)
  try {
    return run()
  } finally {
    setNumThreads(usual)
  }
}
