import { backend } from './backend.ts'

/**
 * The multiplications that matrix products do in `body`: kernels count what they compute, so that a test sees what went
 * dense in silence. What waits to be computed when `body` ends is not counted: look at the result inside.
 *
 * @example countMultiplications(() => model.call(x).toArray())
 */
export function countMultiplications(body: () => unknown): number {
  takeMultiplications()
  body()
  return takeMultiplications()
}

/** The multiplications that matrix products have done since this was last called. */
export function takeMultiplications(): number {
  const { kernels, memory } = backend()
  const count = memory.allocate(Float64Array.BYTES_PER_ELEMENT)
  kernels.takeMultiplications(count.address)
  const view = count.bytesView()
  const value = new DataView(view.buffer, view.byteOffset).getFloat64(0, true)
  count.release()
  return value
}
