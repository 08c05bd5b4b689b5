import { milliseconds, table } from '../markdown.mjs'
import { script, thinnet } from '../peers.mjs'
import { network } from './shapes.mjs'

const arms = { 4: 'thinned, G = 4', perExample: 'per-example dropout', none: 'no dropout' }

function row(threads, shape, request, dropout) {
  return {
    name: `${shape}, ${arms[dropout]}`,
    threads,
    estimate: ({ rounds, seconds }) => 13 + rounds * seconds,
    async measure({ peers, settings }) {
      const seconds = settings.rounds * settings.seconds
      const own = await peers
        .get(thinnet(threads))
        .ask({ setup: 'profile', kind: 'profile', ...request, dropout, seconds })
      const limits = await limitsOf(peers, threads, own)
      peers.keep([])
      const { versions, entries, ...step } = own
      return { step: { ...step, ...limits }, entries: entries.map((entry) => ({ ...entry, versions })) }
    },
  }
}

async function limitsOf(peers, threads, { multiplications, parameters }) {
  try {
    const request = { setup: 'limits', kind: 'limits', work: 2 * multiplications, parameters, seconds: 0.5 }
    const { arithmetic, sweep } = await peers.get(script('peak', threads)).ask(request)
    return { arithmetic, sweep }
  } catch (error) {
    console.log(`   limits of the processor: not measured (${error.message.split('\n')[0]})`)
    return {}
  }
}

const percent = (part) => `${(100 * part).toFixed(1)} %`

const stepColumns = [
  ['step', ({ wall }) => milliseconds(wall)],
  ['TypeScript’s share', ({ share }) => percent(share)],
  ['million multiplications', ({ multiplications }) => (multiplications / 1e6).toFixed(2)],
  ['megabytes of the sweep', ({ parameters }) => ((16 * parameters) / 2 ** 20).toFixed(2)],
  ['multiplications at peak', ({ arithmetic }) => (arithmetic ? arithmetic.toFixed(3) : '')],
  ['sweep at peak', ({ sweep }) => (sweep ? sweep.toFixed(3) : '')],
  ['both, of the step', ({ arithmetic, sweep, wall }) => (sweep ? percent((arithmetic + sweep) / wall) : '')],
]

/** A table of steps, and one of kernels for each of them. */
function render(rows) {
  const titles = ['case', 'threads', ...stepColumns.map(([title]) => title)]
  const body = rows.map(({ name, threads, step }) => [name, threads, ...stepColumns.map(([, value]) => value(step))])
  return [...table(titles, body), ...rows.flatMap(kernelTable)]
}

function kernelTable({ name, threads, step, entries }) {
  const inKernels = step.wall * (1 - step.share)
  const body = entries.map(({ label, calls, part }) => [
    `\`${label}\``,
    Number(calls.toFixed(1)),
    (part * inKernels).toFixed(4),
    percent(part * (1 - step.share)),
  ])
  const title = `${name}, ${threads} thread${threads === 1 ? '' : 's'}:`
  return ['', title, '', ...table(['kernel', 'calls a step', 'ms a step', 'of the step'], body)]
}

const smallNetwork = { sizes: [2, 32, 32, 2], inputP: 0, p: 0.5, batch: 32 }

export const roofline = {
  name: 'roofline',
  about:
    'Where the time of a training step goes, eight seconds after its start. TypeScript’s share is what passes outside the calls ' +
    'that run kernels; the kernels’ own times are of other steps, in which each runs by itself. The limit: the ' +
    'multiplications that the kernels counted, as fused multiply-adds at the ' +
    'processor’s peak, and one sweep that reads and writes all weights and their momentum once, 16 bytes a weight, at the memory’s (`peers/peak.cpp`).',
  rows: () =>
    [1, 2].flatMap((threads) => [
      ...[
        [1024, 128],
        [2048, 512],
      ].flatMap(([hidden, batch]) =>
        [4, 'perExample', 'none'].map((dropout) =>
          row(threads, `${hidden}/${batch}`, { ...network(hidden), batch }, dropout),
        ),
      ),
      row(threads, '2-32-32-2, batch 32', smallNetwork, 4),
    ]),
  columns: [
    { title: 'calls a step', value: ({ calls }) => calls.toFixed(1) },
    { title: 'part of the time in kernels', value: ({ part }) => percent(part) },
  ],
  render,
  takesTurns: false,
}
