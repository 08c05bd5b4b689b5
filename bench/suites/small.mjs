import { fasterThan } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'
import { optimizers } from './shapes.mjs'

const request = { kind: 'step', sizes: [2, 32, 32, 2], inputP: 0, p: 0.5, batch: 32 }

const ours = [
  [4, 'thinnet, thinned, G = 4'],
  ['perExample', 'thinnet, per-example dropout'],
  ['none', 'thinnet, no dropout'],
]

const row = (threads) => ({
  name: '2-32-32-2, batch 32',
  threads,
  contenders: [
    ...ours.map(([dropout, label]) => ({
      label,
      tag: `own-${dropout}`,
      start: thinnet(threads),
      request: { ...request, dropout },
    })),
    ...Object.entries({ perExample: 'dropout', none: 'no dropout' }).flatMap(([dropout, words]) =>
      optimizers.map((optimizer) => ({
        label: `PyTorch eager, ${words}, ${optimizer} optimizer`,
        tag: `torch-${dropout}`,
        start: torch(threads),
        request: { ...request, dropout, optimizer },
      })),
    ),
  ],
})

export const small = {
  name: 'small',
  about: 'Training steps of a network so small that all the time goes into everything but arithmetic; hidden p 0.5.',
  rows: () => [1, 2].map(row),
  columns: [
    { title: 'steps a second', value: ({ median }) => (1000 / median).toFixed(0) },
    fasterThan('torch-perExample', 'speed, PyTorch with dropout = 1'),
    fasterThan('torch-none', 'speed, PyTorch without = 1'),
  ],
}
