import { fasterThan } from '../columns.mjs'
import { script, thinnet } from '../peers.mjs'
import { network } from './shapes.mjs'

const request = { kind: 'step', ...network(1024), batch: 128 }

const contenders = (own) => [
  ['thinnet, thinned, G = 4', 'own-thinned', own, 4],
  ['thinnet, per-example dropout', 'own-perExample', own, 'perExample'],
  ['thinnet, no dropout', 'own-none', own, 'none'],
  ['jax-js, dropout', 'jax-perExample', script('jax'), 'perExample'],
  ['jax-js, no dropout', 'jax-none', script('jax'), 'none'],
  ['tfjs-backend-wasm, dropout', 'tfjs-perExample', script('tfjs'), 'perExample'],
  ['tfjs-backend-wasm, no dropout', 'tfjs-none', script('tfjs'), 'none'],
]

export const wasmStep = {
  name: 'wasm-step',
  about:
    'A whole training step of 784-1024-1024-10 at a batch of 128 in Node’s WebAssembly. jax-js: one function, compiled ' +
    'by its `jit`; TensorFlow.js: `variableGrads` and its momentum optimizer, and one thread.',
  rows: () =>
    [1, 2].map((threads) => ({
      name: '1024/128',
      threads,
      extraSeconds: 30,
      contenders: contenders(thinnet(threads, { THINNET_BACKEND: 'wasm' })).map(([label, tag, start, dropout]) => ({
        label,
        tag,
        start,
        request: { ...request, dropout },
      })),
    })),
  columns: [
    fasterThan('own-none', 'speed, our dense step = 1'),
    fasterThan('jax-none', 'speed, jax-js without dropout = 1'),
    fasterThan('jax-perExample', 'speed, jax-js with = 1'),
    fasterThan('tfjs-none', 'speed, TensorFlow.js without = 1'),
  ],
}
