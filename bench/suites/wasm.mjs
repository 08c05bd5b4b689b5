import { gflops, overFirst } from '../columns.mjs'
import { script, thinnet } from '../peers.mjs'
import { flops, forms, productShapes, sized } from './shapes.mjs'

function row(form, size) {
  const request = { kind: 'product', form, ...size }
  return {
    name: `${form} ${size.m}x${size.k}x${size.n}, WASM`,
    threads: 1,
    work: flops(size),
    contenders: [
      { label: 'thinnet', start: thinnet(1, { THINNET_BACKEND: 'wasm' }), request },
      { label: 'tfjs-backend-wasm', start: script('tfjs'), request },
    ],
  }
}

export const wasm = {
  name: 'wasm',
  about: 'The same products in Node’s WebAssembly.',
  rows: () => productShapes.flatMap((shape) => forms.map((form) => row(form, sized(form, shape)))),
  columns: [gflops, overFirst],
}
