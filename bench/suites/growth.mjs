import { milliseconds, table } from '../markdown.mjs'
import { thinnet, torch } from '../peers.mjs'
import { network } from './shapes.mjs'

const threads = 2
const base = { hidden: 1024, batch: 128, subnets: 4, p: 0.5 }

/** What is varied, by the name in a row. */
const variables = {
  H: ['hidden', [256, 512, 1024, 2048, 4096]],
  B: ['batch', [32, 64, 128, 256, 512, 1024]],
  G: ['subnets', [1, 2, 4, 8, 16, 32, 64, 128]],
  p: ['p', [0, 0.1, 0.25, 0.5, 0.75, 0.9]],
}

const titles = {
  H: 'Hidden neurons',
  B: 'Batch',
  G: 'Thinned networks in a mini-batch',
  p: 'Probability to drop a hidden neuron',
}

function row(letter, value) {
  const [key] = variables[letter]
  const { hidden, batch, subnets, p } = { ...base, [key]: value }
  const request = { kind: 'step', ...network(hidden), p, batch }
  const ours = (label, dropout) => ({ label, tag: label, start: thinnet(threads), request: { ...request, dropout } })
  const theirs = (label, dropout) => ({
    label,
    tag: label,
    start: torch(threads),
    request: { ...request, dropout, optimizer: 'fused' },
  })
  return {
    name: `${letter} = ${value}`,
    threads,
    contenders: [
      ours('thinned', subnets),
      ours('per example', 'perExample'),
      ours('no dropout', 'none'),
      theirs('PyTorch, dropout', 'perExample'),
      theirs('PyTorch, no dropout', 'none'),
    ],
  }
}

const medianOf = (entries, label) => entries.find((entry) => entry.label === label)?.median

/** A table for each variable: a line for each of its values, a column for each contender. */
function render(rows) {
  return Object.entries(titles).flatMap(([letter, title]) => {
    const some = rows.filter(({ name }) => name.startsWith(`${letter} = `))
    if (some.length === 0) return []
    const labels = some[0].entries.map(({ label }) => label)
    const body = some.map(({ name, entries }) => {
      const times = labels.map((label) => medianOf(entries, label))
      const ratio = medianOf(entries, 'PyTorch, dropout') / medianOf(entries, 'thinned')
      return [name.slice(4), ...times.map((time) => (time ? milliseconds(time) : '')), ratio ? ratio.toFixed(2) : '']
    })
    return [`### ${title}`, '', ...table([letter, ...labels, 'PyTorch, dropout : thinned'], body), '']
  })
}

export const growth = {
  name: 'growth',
  about:
    'How the time of a training step grows with one thing while the others stay: 784-H-H-10 with H = 1024, a batch of B = 128, ' +
    'G = 4, hidden p = 0.5 (input p 0.2), two threads. Medians.',
  rows: () => Object.entries(variables).flatMap(([letter, [, values]]) => values.map((value) => row(letter, value))),
  columns: [],
  render,
}
