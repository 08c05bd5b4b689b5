import { fasterThan } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'
import { network } from './shapes.mjs'

const ours = [
  [4, 'thinnet, thinned, G = 4', 'own-4'],
  ['perExample', 'thinnet, per-example dropout', 'own-perExample'],
  ['none', 'thinnet, no dropout', 'own-none'],
]

const theirs = [
  ['perExample', 'plain', 'PyTorch, dropout, DataLoader'],
  ['perExample', 'batches', 'PyTorch, dropout, DataLoader of whole batches'],
  ['perExample', 'hand', 'PyTorch, dropout, indices by hand'],
  ['none', 'hand', 'PyTorch, no dropout, indices by hand'],
]

const examples = ({ quick }) => (quick ? 6_000 : 60_000)

function row(settings, threads, hidden, batch) {
  const count = examples(settings)
  const request = { kind: 'epoch', ...network(hidden), batch, count, warmups: 0 }
  // A second for 3e12 multiplications and each thread, by the slowest contender.
  const epoch = (count * hidden * (hidden + 784)) / 1.2e10 / threads
  return {
    name: `${hidden}/${batch}${settings.quick ? `, ${count} examples` : ''}`,
    threads,
    turns: ({ rounds }) => ({ rounds: Math.min(rounds, 3), seconds: 0, calls: 1 }),
    extraSeconds: Math.min(settings.rounds ?? 3, 3) * 7 * epoch,
    contenders: [
      ...ours.map(([dropout, label, tag]) => ({
        label,
        tag,
        start: thinnet(threads),
        request: { ...request, dropout },
      })),
      ...theirs.map(([dropout, loader, label]) => ({
        label,
        tag: `torch-${dropout}`,
        start: torch(threads),
        request: { ...request, dropout, loader, optimizer: 'fused' },
      })),
    ],
  }
}

export const epoch = {
  name: 'epoch',
  about:
    'A whole epoch of 60,000 examples of 784 numbers, with everything: drawing the order, making batches, training. thinnet: ' +
    '`TensorDataset` and `DataLoader` with `shuffle`. PyTorch with its fused optimizer: the same; a `DataLoader` that indexes the ' +
    'data once a batch; and `torch.randperm` with indices by hand. Times are of epochs.',
  rows: (settings) =>
    [1, 2].flatMap((threads) =>
      [
        [1024, 128],
        [1024, 512],
        [2048, 512],
      ].map(([hidden, batch]) => row(settings, threads, hidden, batch)),
    ),
  columns: [
    fasterThan('torch-perExample', 'speed, fastest PyTorch with dropout = 1'),
    fasterThan('torch-none', 'speed, PyTorch without = 1'),
  ],
}
