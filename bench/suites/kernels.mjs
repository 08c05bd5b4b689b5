import { gflops } from '../columns.mjs'
import { script, thinnet, torch } from '../peers.mjs'
import { flops, sized } from './shapes.mjs'

const squares = [256, 512, 1024, 2048, 4096]
/** Layers, as [batch, inputs, outputs]. */
const layers = [
  [128, 784, 1024],
  [512, 784, 2048],
  [128, 2048, 2048],
  [512, 1024, 1024],
]

const cases = [
  ...squares.map((size) => ['plain', { m: size, k: size, n: size }]),
  ...layers.flatMap(([m, k, n]) =>
    ['forward', 'inputGradient', 'weightGradient'].map((form) => [
      form,
      // An input gradient has the layer's outputs as its inner size.
      form === 'inputGradient' ? { m, k: n, n: k } : sized(form, { m, k, n }),
    ]),
  ),
]

function row(threads, form, size) {
  const work = flops(size)
  const request = { kind: 'product', form, ...size, work }
  return {
    name: `${form} ${size.m}x${size.k}x${size.n}`,
    threads,
    work,
    contenders: [
      { label: 'thinnet', start: thinnet(threads), request },
      { label: 'PyTorch (MKL)', start: torch(threads), request },
      { label: 'as many operations in an FMA loop', tag: 'peak', start: script('peak', threads), request },
    ],
  }
}

const shareOfPeak = {
  title: 'share of peak',
  value(entry, { entries }) {
    const peak = entries.find(({ tag }) => tag === 'peak')
    return !peak || entry === peak ? '' : `${((100 * peak.median) / entry.median).toFixed(0)} %`
  },
}

export const kernels = {
  name: 'kernels',
  about:
    'Products alone, square and of layers, against MKL. The peak is what the processor does at most: fused multiply-adds of its ' +
    'widest vectors in registers, as many operations as the product has, measured in turns with it (`peers/peak.cpp`).',
  rows: () => [1, 2].flatMap((threads) => cases.map(([form, size]) => row(threads, form, size))),
  columns: [gflops, shareOfPeak],
}
