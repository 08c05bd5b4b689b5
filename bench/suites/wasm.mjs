import { gflops, overFirst } from '../columns.mjs'
import { script, thinnet } from '../peers.mjs'
import { flops, forms, productShapes, sized } from './shapes.mjs'

function row(threads, form, size) {
  const request = { kind: 'product', form, ...size }
  return {
    name: `${form} ${size.m}x${size.k}x${size.n}, WASM`,
    threads,
    work: flops(size),
    contenders: [
      { label: 'thinnet', start: thinnet(threads, { THINNET_BACKEND: 'wasm' }), request },
      { label: 'tfjs-backend-wasm', start: script('tfjs'), request },
    ],
  }
}

export const wasm = {
  name: 'wasm',
  about: 'The same products in Node’s WebAssembly. TensorFlow.js has one thread there.',
  rows: () =>
    [1, 2].flatMap((threads) =>
      productShapes.flatMap((shape) => forms.map((form) => row(threads, form, sized(form, shape)))),
    ),
  columns: [gflops, overFirst],
}
