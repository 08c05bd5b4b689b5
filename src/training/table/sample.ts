// The one place where tables ask for the outputs of sampled thinned networks.
import { noGrad } from '../../autograd/mode.ts'
import { DropLayer } from '../../dropout/layer.ts'
import type { Module } from '../../module/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** Rows times samples that are computed in one pass. */
const rowsAtOnce = 65_536

/**
 * What `samples` thinned networks return for each row: `[samples, N, outputs]`, as an array in that order. Dropout is on,
 * all else in evaluation. A network without dropout gives its one answer.
 */
export function sampleOutputs(network: Module, x: Tensor, samples: number): { values: Float32Array; samples: number } {
  network.eval()
  const layers = [...network.modules()].filter((module) => module instanceof DropLayer)
  const count = layers.length > 0 ? samples : 1
  const rows = x.shape[0] ?? 0
  const passes: Float32Array[] = []
  for (const layer of layers) layer.train()
  try {
    const together = Math.max(1, Math.min(count, Math.floor(rowsAtOnce / Math.max(1, rows))))
    for (let done = 0; done < count; done += together) {
      const some = Math.min(together, count - done)
      passes.push(Float32Array.from(noGrad(() => network.call(x.repeat([some, 1]))).toArray()))
    }
  } finally {
    network.eval()
  }
  const values = new Float32Array(passes.reduce((sum, pass) => sum + pass.length, 0))
  let at = 0
  for (const pass of passes) {
    values.set(pass, at)
    at += pass.length
  }
  return { values, samples: count }
}
