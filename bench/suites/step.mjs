import { fasterThan, fastestOf } from '../columns.mjs'
import { thinnet, torch } from '../peers.mjs'
import { network, optimizers } from './shapes.mjs'

const arms = { perExample: 'per-example dropout', none: 'no dropout' }

function row(threads, hidden, batch) {
  const contenders = Object.entries(arms).flatMap(([dropout, words]) => {
    const request = { kind: 'step', ...network(hidden), batch, dropout }
    return [
      { label: `thinnet, ${words}`, tag: `own-${dropout}`, start: thinnet(threads), request },
      ...optimizers.map((optimizer) => ({
        label: `PyTorch eager, ${words}, ${optimizer} optimizer`,
        tag: `torch-${dropout}`,
        start: torch(threads),
        request: { ...request, optimizer },
      })),
    ]
  })
  return { name: `${hidden}/${batch}`, threads, contenders }
}

/** What dropout costs: the time of a step over that of the same contender's fastest step without. */
const overNone = {
  title: 'time, its own without dropout = 1',
  value(entry, { entries }) {
    const [side, dropout] = entry.tag.split('-')
    const none = fastestOf(entries, `${side}-none`)
    return dropout === 'none' || !none ? '' : (entry.median / none.median).toFixed(2)
  },
}

export const step = {
  name: 'step',
  about:
    'A whole training step (forward, backward, SGD with momentum) of 784-H-H-10 at a batch of B, named H/B, input p 0.2 and hidden ' +
    'p 0.5: masks for each example, equal to PyTorch’s, against the fastest of PyTorch’s optimizers.',
  rows: () =>
    [1, 2].flatMap((threads) =>
      [1024, 2048].flatMap((hidden) => [128, 512].map((batch) => row(threads, hidden, batch))),
    ),
  columns: [
    fasterThan('torch-perExample', 'speed, PyTorch with dropout = 1'),
    fasterThan('torch-none', 'speed, PyTorch without = 1'),
    overNone,
  ],
}
