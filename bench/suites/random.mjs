import { overFirst } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'

const n = 1_000_000
const draws = ['uniform_', 'normal_', 'normal_(1, 2)', 'bernoulli_(0.5)', 'dropout(x, 0.5)', 'randperm']

/** PyTorch's best kernels, and, for processors without fused multiply-add, its plainest against our baseline ones and WASM. */
const starts = {
  thinnet: thinnet(1),
  PyTorch: torch(1),
  'thinnet, baseline': thinnet(1, { THINNET_TARGET: 'baseline' }),
  'thinnet, WASM': thinnet(1, { THINNET_BACKEND: 'wasm' }),
  'PyTorch, no AVX2': torch(1, { ATEN_CPU_CAPABILITY: 'default' }),
}

const row = (draw) => ({
  name: `${draw}, ${n.toLocaleString('en')} values`,
  threads: 1,
  contenders: Object.entries(starts).map(([label, start]) => ({
    label,
    start,
    request: { kind: 'random', draw, n },
  })),
})

export const random = {
  name: 'random',
  about: 'Random numbers. A generator is one sequence, so one thread.',
  rows: () => draws.map(row),
  columns: [overFirst],
}
