// ONNX Runtime's Node package, CPU provider. The model is made by onnx_model.py, with random weights.
import * as ort from 'onnxruntime-node'
import { serve } from '../serve.mjs'

const builders = {
  async latency({ model, threads }) {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1 })
    const x = new ort.Tensor('float32', Float32Array.from({ length: 784 }, Math.random), [1, 784])
    return async () => (await session.run({ x })).y.data
  },
}

await serve(`onnxruntime-node ${ort.env.versions.node ?? ''}`.trim(), builders)
