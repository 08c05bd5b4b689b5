import { gflops, overFirst } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'
import { flops, forms, productShapes, sized } from './shapes.mjs'

const row = (threads, form, size) => {
  const request = { kind: 'product', form, ...size }
  return {
    name: `${form} ${size.m}x${size.k}x${size.n}`,
    threads,
    work: flops(size),
    contenders: [
      { label: 'thinnet', start: thinnet(threads), request },
      { label: 'PyTorch', start: torch(threads), request },
    ],
  }
}

export const product = {
  name: 'product',
  about: 'The products that training a linear layer is made of, `[m, k]` by `[k, n]`.',
  rows: () =>
    [1, 2].flatMap((threads) =>
      productShapes.flatMap((shape) => forms.map((form) => row(threads, form, sized(form, shape)))),
    ),
  columns: [gflops, overFirst],
}
