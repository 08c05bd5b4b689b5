import * as platform from '#platform'

/** The stack of a thread, in bytes, as much as the module's own; but nothing traps below its end. */
const stackBytes = 2 ** 20
/** kScratchBytes of kernels/pool.hpp. */
const scratchBytes = 2 ** 21

/**
 * What a thread runs, as text: it must not depend on how this file is bundled, nor a page on where it lies. The thread's
 * instance has the stack and the scratch buffer that it is told, works for kernels/pool_wasm.cpp, and never returns.
 */
const threadProgram = `({ module, memory, thread, stackEnd, scratch }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, startThreads() {} } })
  exports.__stack_pointer.value = stackEnd
  try {
    exports.poolWorker(thread, scratch)
  } catch (error) {
    exports.poolFailed()
    throw error
  }
}`

/**
 * Starts the threads first .. end - 1 of a module. They join its kernels when they are ready; kernels do not wait for
 * them, nor depend on them. Where one cannot start, there are fewer.
 *
 * @param reserve Gives the address of so many bytes, forever, or undefined where there are none.
 */
export function startThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  first: number,
  end: number,
  reserve: (bytes: number) => number | undefined,
): void {
  for (let thread = first; thread < end; thread++) {
    const stack = reserve(stackBytes + scratchBytes)
    if (stack === undefined) return
    const stackEnd = stack + stackBytes
    if (!platform.startThread(threadProgram, { module, memory, thread, stackEnd, scratch: stackEnd })) return
  }
}
