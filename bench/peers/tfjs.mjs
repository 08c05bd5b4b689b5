// TensorFlow.js on its WASM backend, one thread.
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { serve } from '../serve.mjs'

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
setWasmPaths(`${join(folder)}/`)
await tf.setBackend('wasm')
await tf.ready()

const builders = {
  product({ m, k, n, form }) {
    const transposeA = form === 'weightGradient'
    const transposeB = form === 'forward'
    const a = tf.randomUniform(transposeA ? [k, m] : [m, k])
    const b = tf.randomUniform(transposeB ? [n, k] : [k, n])
    return () => {
      const out = tf.matMul(a, b, transposeA, transposeB)
      out.dataSync()
      out.dispose()
    }
  },
}

await serve(`tfjs-backend-wasm ${tf.version_core}`, (request) => builders[request.kind](request))
