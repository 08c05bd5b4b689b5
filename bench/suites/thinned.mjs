import { fasterThan } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'
import { network } from './shapes.mjs'

const ours = [
  [1, 'thinnet, thinned, G = 1', 'own-1'],
  [2, 'thinnet, thinned, G = 2', 'own-2'],
  [4, 'thinnet, thinned, G = 4', 'own-4'],
  [8, 'thinnet, thinned, G = 8', 'own-8'],
  ['perExample', 'thinnet, per-example dropout', 'own-perExample'],
  ['none', 'thinnet, no dropout', 'own-none'],
]

const theirs = [
  ['perExample', 'PyTorch eager, dropout, fused optimizer', { optimizer: 'fused' }],
  ['perExample', 'PyTorch eager, dropout, foreach optimizer', { optimizer: 'foreach' }],
  ['none', 'PyTorch eager, no dropout, fused optimizer', { optimizer: 'fused' }],
  ['none', 'PyTorch eager, no dropout, foreach optimizer', { optimizer: 'foreach' }],
  ['shared', 'PyTorch eager, one shared mask by hand', { optimizer: 'fused' }],
  ['perExample', 'PyTorch compiled, dropout', { optimizer: 'fused', compile: true }],
  ['none', 'PyTorch compiled, no dropout', { optimizer: 'fused', compile: true }],
]

function row(threads, hidden, layers, batch) {
  const request = { kind: 'step', ...network(hidden, layers), batch }
  return {
    name: `${layers === 2 ? '' : `${layers} hidden layers, `}${hidden}/${batch}`,
    threads,
    extraSeconds: 15 + (threads === 1 ? 2 : 1) * 3e-9 * hidden * hidden * layers * batch,
    contenders: [
      ...ours.map(([dropout, label, tag]) => ({
        label,
        tag,
        start: thinnet(threads),
        request: { ...request, dropout },
      })),
      ...theirs.map(([dropout, label, extra]) => ({
        label,
        tag: `torch-${dropout}`,
        start: torch(threads, {}, extra.compile ? 'compiled' : 'eager'), // what a compiler breaks is its own process
        request: { ...request, dropout, ...extra },
      })),
    ],
  }
}

export const thinned = {
  name: 'thinned',
  about:
    'A whole training step of 784-H-H-10 (or of three hidden layers), input p 0.2 and hidden p 0.5, SGD with momentum 0.9, at a batch ' +
    'of B, named H/B. Thinned: a mini-batch trains G thinned networks, and what they drop is not computed. Per-example dropout ' +
    'has PyTorch’s masks. The mask by hand is one for the whole mini-batch, `index_select` of the weights that are kept.',
  rows: () =>
    [1, 2].flatMap((threads) => [
      ...[1024, 2048, 4096].flatMap((hidden) => [128, 512].map((batch) => row(threads, hidden, 2, batch))),
      ...[1024, 2048].flatMap((hidden) => [128, 512].map((batch) => row(threads, hidden, 3, batch))),
    ]),
  columns: [
    fasterThan('torch-perExample', 'speed, fastest PyTorch with dropout = 1'),
    fasterThan('torch-none', 'speed, fastest PyTorch without = 1'),
    fasterThan('torch-shared', 'speed, shared mask by hand = 1'),
  ],
}
