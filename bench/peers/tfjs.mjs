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

const batches = 8

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
  step,
}

/** Weights and biases, drawn as PyTorch draws it, uniform in ±1/√inputs. */
function initialize(sizes) {
  return sizes.slice(1).flatMap((outputs, i) => {
    const bound = 1 / Math.sqrt(sizes[i])
    return [[sizes[i], outputs], [outputs]].map((shape) => tf.variable(tf.randomUniform(shape, -bound, bound)))
  })
}

/** Without tfjs-layers: its core's operations, `variableGrads` and its momentum optimizer. */
function step({ sizes, inputP, p, dropout, batch, check = 3 }) {
  const variables = initialize(sizes)
  const optimizer = tf.train.momentum(0.01, 0.9)
  const data = Array.from({ length: batches }, () => {
    const x = tf.randomUniform([batch, sizes[0]])
    const classes = x.slice([0, 0], [batch, Math.min(sizes[0], sizes.at(-1))]).argMax(1)
    return { x, target: tf.oneHot(classes, sizes.at(-1)).toFloat() }
  })
  const lossOf = (x, target) => {
    let h = x
    for (let i = 0; i < sizes.length - 1; i++) {
      if (dropout !== 'none') h = tf.dropout(h, i === 0 ? inputP : p)
      h = h.matMul(variables[2 * i]).add(variables[2 * i + 1])
      if (i < sizes.length - 2) h = h.relu()
    }
    return tf.losses.softmaxCrossEntropy(target, h)
  }
  let at = 0
  const once = () =>
    tf.tidy(() => {
      const { x, target } = data[at++ % batches]
      const { value, grads } = tf.variableGrads(() => lossOf(x, target), variables)
      optimizer.applyGradients(grads)
      return value.dataSync()[0]
    })
  let loss = 0
  for (let i = 0; i < check; i++) loss += once() / check
  return { once: () => void once(), loss }
}

await serve(`tfjs-backend-wasm ${tf.version_core}`, builders)
