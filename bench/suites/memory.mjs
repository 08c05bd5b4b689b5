import { table } from '../markdown.mjs'
import { thinnet, torch } from '../peers.mjs'
import { network } from './shapes.mjs'

const threads = 2
const steps = 100

const contenders = [
  ['thinnet, thinned, G = 4', thinnet, 4],
  ['thinnet, per-example dropout', thinnet, 'perExample'],
  ['thinnet, no dropout', thinnet, 'none'],
  ['PyTorch, dropout', torch, 'perExample'],
  ['PyTorch, no dropout', torch, 'none'],
]

const row = (hidden, batch) => ({
  name: `${hidden}/${batch}`,
  threads,
  estimate: () => contenders.length * (5 + steps * hidden * hidden * batch * 4e-11),
  async measure({ peers }) {
    const entries = []
    for (const [label, start, dropout] of contenders) {
      const peer = peers.get(start(threads, {}, `${label}, ${hidden}/${batch}`)) // a process each
      const request = { kind: 'memory', ...network(hidden), batch, dropout, steps, optimizer: 'fused', check: 1 }
      try {
        const { before, peak, versions } = await peer.ask({ setup: label, ...request })
        entries.push({ label, versions, before, peak })
      } catch (error) {
        console.log(`   ${label}: not run (${error.message})`)
      }
      peers.keep([])
    }
    return { entries }
  },
})

/** Megabytes of weights and momentum, which no training can do without, and of the batches that steps take in turn. */
function needed(name) {
  const [hidden, batch] = name.split('/').map(Number)
  const parameters = 784 * hidden + hidden * hidden + 10 * hidden + 2 * hidden + 10
  return (8 * parameters + 4 * 784 * 8 * batch) / 2 ** 20
}

const columns = [
  { title: 'megabytes before', value: ({ before }) => before.toFixed(0) },
  { title: 'at most', value: ({ peak }) => peak.toFixed(0) },
  { title: 'difference', value: ({ before, peak }) => (peak - before).toFixed(0) },
]

function render(rows) {
  const body = rows.flatMap(({ name, entries }) =>
    entries.map((entry, i) => [
      ...(i === 0 ? [name, needed(name).toFixed(0)] : ['', '']),
      entry.label,
      ...columns.map(({ value }) => value(entry)),
    ]),
  )
  return table(['case', 'weights, momentum, data', 'contender', ...columns.map(({ title }) => title)], body)
}

export const memory = {
  name: 'memory',
  about:
    `Megabytes resident in a process that trains 784-H-H-10 for ${steps} steps: before the network is made, with the library ` +
    'loaded, and at most. Beside it what weights, momentum and examples take by themselves.',
  rows: () => [row(1024, 128), row(2048, 512), row(4096, 512)],
  columns,
  render,
  takesTurns: false,
}
