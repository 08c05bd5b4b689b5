import { mnist } from 'thinnet/data'
import { table } from '../markdown.mjs'
import { thinnet, torch } from '../peers.mjs'
import { median } from '../race.mjs'
import { network } from './shapes.mjs'

const threads = 2
const seeds = [0, 1, 2, 3, 4]
/** That of `thinnet compare`. */
const recipe = { ...network(1024), batch: 128, lr: 0.05, maxNorm: 3, epochs: 12, goal: 1.8 }

const sides = [
  { label: 'thinnet, thinned, G = 4', start: thinnet(threads), request: { dropout: 4 } },
  {
    label: 'PyTorch, dropout',
    start: torch(threads),
    request: { dropout: 'perExample', optimizer: 'fused', loader: 'hand' },
  },
]

const row = (seed) => ({
  name: `seed ${seed}`,
  threads,
  estimate: () => 150,
  /** A side that is finished is not trained again. */
  async measure({ peers, settings, before, save }) {
    const { source: folder } = await mnist()
    const entries = settings.again ? [] : [...(before?.entries ?? [])]
    for (const { label, start, request } of sides) {
      if (entries.some((entry) => entry.label === label)) continue
      const setup = { setup: label, kind: 'accuracy', ...recipe, ...request, seed, folder }
      if (settings.quick) Object.assign(setup, { epochs: 3, goal: 5 })
      try {
        const { versions, seconds, errors, reached } = await peers.get(start).ask(setup)
        entries.push({ label, versions, seconds, errors, reached })
        save({ entries })
      } catch (error) {
        console.log(`   ${label}: not run (${error.message})`)
      }
      peers.keep([]) // a process each
    }
    return { entries }
  },
})

const columns = [
  { title: 'seconds', value: ({ seconds, reached }) => (reached ? seconds.toFixed(2) : 'not reached') },
  { title: 'epochs', value: ({ errors }) => errors.length },
  { title: 'last test error', value: ({ errors }) => `${errors.at(-1).toFixed(2)} %` },
]

function render(rows) {
  const body = rows.flatMap(({ name, entries }) =>
    entries.map((entry, i) => [i === 0 ? name : '', entry.label, ...columns.map(({ value }) => value(entry))]),
  )
  const medians = sides.map(({ label }) => medianTime(rows, label))
  for (const [i, seconds] of medians.entries()) {
    body.push([
      i === 0 ? 'median' : '',
      sides[i].label,
      Number.isFinite(seconds) ? seconds.toFixed(2) : 'not reached',
      '',
      '',
    ])
  }
  const [own, other] = medians
  const ratio = other / own
  return [
    ...table(['case', 'side', ...columns.map(({ title }) => title)], body),
    ...(Number.isFinite(ratio) ? ['', `PyTorch takes ${ratio.toFixed(2)} times as long, by medians.`] : []),
  ]
}

/** A training that does not get there takes forever. */
function medianTime(rows, label) {
  const times = rows
    .flatMap(({ entries }) => entries.filter((entry) => entry.label === label))
    .map(({ seconds, reached }) => (reached ? seconds : Number.POSITIVE_INFINITY))
  return median(times.toSorted((a, b) => a - b))
}

export const accuracy = {
  name: 'accuracy',
  about:
    `Seconds of training on MNIST until the mean test error of three epochs in a row is at most ${recipe.goal} %: 784-1024-1024-10, ` +
    `input p 0.2, hidden p 0.5, batch ${recipe.batch}, SGD with momentum 0.9, learning rate from ${recipe.lr} in a line to 0 in ` +
    `${recipe.epochs} epochs, weights into a neuron at most ${recipe.maxNorm} long; the same initial weights on both sides. Loading ` +
    'the batches counts, scoring the test images does not. PyTorch as it was fastest: fused optimizer, indices by hand.',
  rows: () => seeds.map(row),
  columns,
  render,
  takesTurns: false,
}
