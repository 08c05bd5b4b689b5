// jax-js on its WASM backend: in Node one thread, for it looks for the browser's Worker.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, random, tree, valueAndGrad } from '@jax-js/jax'
import { serve, versionOf } from '../serve.mjs'

const batches = 8
const [lr, momentum] = [0.01, 0.9]

await init('wasm')
defaultDevice('wasm')

/** Weights as PyTorch begins with them, uniform in ±1/√inputs, and lays them out: its kernels are faster so, too. */
function initialize(sizes) {
  const [params, velocity] = [[], []]
  for (const [i, outputs] of sizes.slice(1).entries()) {
    const bound = 1 / Math.sqrt(sizes[i])
    const limits = { minval: -bound, maxval: bound }
    params.push({
      w: random.uniform(random.key(2 * i), [outputs, sizes[i]], limits),
      b: random.uniform(random.key(2 * i + 1), [outputs], limits),
    })
    velocity.push({ w: np.zeros([outputs, sizes[i]]), b: np.zeros([outputs]) })
  }
  return { params, velocity }
}

/** A function takes its arguments over; `.ref` keeps one for another use. */
function drop(x, p, key) {
  const keep = random.bernoulli(key, 1 - p, x.shape)
  return np.where(keep, x.mul(1 / (1 - p)), 0)
}

const lossOf = ({ inputP, p, dropout, sizes }) =>
  function loss(params, x, target, keys) {
    let h = x
    for (const [i, { w, b }] of params.entries()) {
      if (dropout !== 'none') h = drop(h, i === 0 ? inputP : p, keys.ref.slice(i))
      h = np.matmul(h, np.transpose(w)).add(b)
      if (i < sizes.length - 2) h = nn.relu(h)
    }
    keys.dispose()
    return np.sum(nn.logSoftmax(h).mul(target)).mul(-1 / x.shape[0])
  }

/** A whole step, compiled: gradients, momentum, weights. */
function stepOf(request) {
  const gradient = valueAndGrad(lossOf(request))
  return jit(function step(params, velocity, x, target, keys) {
    const [loss, grads] = gradient(tree.ref(params), x, target, keys)
    const moved = tree.map((v, g) => v.mul(momentum).add(g), velocity, grads)
    const updated = tree.map((w, v) => w.sub(v.mul(lr)), params, tree.ref(moved))
    return [updated, moved, loss]
  })
}

async function step(request) {
  const { sizes, batch, check = 3 } = request
  const compiled = stepOf(request)
  let { params, velocity } = initialize(sizes)
  const data = Array.from({ length: batches }, (_, i) => {
    const x = random.uniform(random.key(100 + i), [batch, sizes[0]])
    const classes = np.argmax(x.ref.slice([], [0, Math.min(sizes[0], sizes.at(-1))]), 1)
    return { x, target: nn.oneHot(classes, sizes.at(-1)) }
  })
  let at = 0
  const once = async () => {
    const { x, target } = data[at % batches]
    const keys = random.split(random.key(at++), sizes.length - 1)
    let loss
    ;[params, velocity, loss] = compiled(params, velocity, x.ref, target.ref, keys)
    await blockUntilReady([params, loss])
    return loss
  }
  let loss = 0
  for (let i = 0; i < check; i++) loss += (await once()).js() / check
  return { once: async () => (await once()).dispose(), loss }
}

await serve(`jax-js ${versionOf('@jax-js/jax')} (wasm)`, { step })
