// `npm run bench`: side-by-side measurements against named peers, interleaved; medians and minima, as ratios.
//   npm run bench -- [product] [step] [latency] [random] [wasm] [--rounds 7] [--seconds 0.4]
// Peers: PyTorch through $THINNET_BENCH_PYTHON (a Python with torch and onnx), the rest by `npm install --prefix bench/peers`.
// Results go to bench/results.json and bench/RESULTS.md.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const python = process.env.THINNET_BENCH_PYTHON ?? 'python3'
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '0.4' } },
})
const rounds = Number(options.rounds)
const seconds = Number(options.seconds)

/** A peer process that speaks the protocol of serve.mjs. */
class Peer {
  #child
  #lines
  versions = ''

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } })
    this.#child.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the peer ended')
    const answer = JSON.parse(value)
    if (answer.error) throw new Error(answer.error)
    if (answer.versions) this.versions = answer.versions
    return answer
  }

  end() {
    this.#child.stdin.end()
  }
}

const startThinnet = (threads, env = {}) =>
  new Peer(process.execPath, [join(here, 'thinnet.mjs')], { THINNET_THREADS: String(threads), ...env })
const startTorch = (threads, env = {}) =>
  new Peer(python, [join(here, 'peers/torch_peer.py'), String(threads)], {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    ...env,
  })
const startScript = (name, env) => new Peer(process.execPath, [join(here, `peers/${name}.mjs`)], env)

const median = (sorted) => sorted[Math.floor(sorted.length / 2)]

/** Times the contenders of one row in turns. Each: { label, peer, request }. A contender that fails is left out, and said. */
async function race(row, contenders) {
  const running = []
  for (const contender of contenders) {
    try {
      await contender.peer.ask({ setup: row, ...contender.request })
      running.push({ ...contender, times: [], medians: [] })
    } catch (error) {
      console.log(`   ${contender.label}: not run (${error.message.split('\n')[0]})`)
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of running) {
      const { times } = await contender.peer.ask({ run: row, seconds })
      contender.times.push(...times)
    }
  }
  return running.map(({ label, peer, times }) => {
    const sorted = times.sort((a, b) => a - b)
    return { label, versions: peer.versions, median: median(sorted), minimum: sorted[0], calls: sorted.length }
  })
}

const results = []

function report(suite, row, threads, entries, work) {
  results.push({ suite, row, threads, entries, work })
  const [own, ...others] = entries
  const rate = work ? ` ${(work / own.median / 1e6).toFixed(0)} GFLOP/s` : ''
  console.log(`${suite} ${row}, ${threads} thread(s): ${own.label} ${own.median.toFixed(3)} ms${rate}`)
  for (const other of others) {
    const [atMedian, atMinimum] = [other.median / own.median, other.minimum / own.minimum]
    console.log(
      `   ${other.label} ${other.median.toFixed(3)} ms: ${atMedian.toFixed(2)} x (minima ${atMinimum.toFixed(2)} x)`,
    )
  }
}

const shapes = [
  { m: 512, k: 2048, n: 2048 },
  { m: 128, k: 1024, n: 1024 },
]
const forms = ['forward', 'inputGradient', 'weightGradient', 'plain']
/** The same layer's three products: weightGradient has the batch as its inner size. */
const sized = (form, { m, k, n }) => (form === 'weightGradient' ? { m: n, k: m, n: k } : { m, k, n })

const suites = {
  async product() {
    for (const threads of [1, 2]) {
      const [own, torch] = [startThinnet(threads), startTorch(threads)]
      for (const shape of shapes) {
        for (const form of forms) {
          const size = sized(form, shape)
          const row = `${form} ${size.m}x${size.k}x${size.n}`
          const request = { kind: 'product', form, ...size }
          const entries = await race(row, [
            { label: 'thinnet', peer: own, request },
            { label: 'PyTorch', peer: torch, request },
          ])
          report('product', row, threads, entries, 2 * size.m * size.k * size.n)
        }
      }
      own.end()
      torch.end()
    }
  },

  async step() {
    for (const threads of [1, 2]) {
      for (const hidden of [1024, 2048]) {
        for (const batch of [128, 512]) {
          const [own, torch] = [startThinnet(threads), startTorch(threads)]
          for (const dropout of [true, false]) {
            const request = { kind: 'step', hidden, batch, dropout }
            const row = `784-${hidden}-${hidden}-10, batch ${batch}, ${dropout ? 'per-example dropout' : 'no dropout'}`
            const settings = ['loop', 'foreach', 'fused']
            const entries = await race(row, [
              { label: 'thinnet', peer: own, request },
              ...settings.map((optimizer) => ({
                label: `PyTorch eager, ${optimizer} optimizer`,
                peer: {
                  versions: torch.versions,
                  ask: (r) =>
                    torch.ask({ ...r, ...(r.setup ? { setup: r.setup + optimizer } : { run: r.run + optimizer }) }),
                },
                request: { ...request, optimizer },
              })),
            ])
            report('step', row, threads, entries)
          }
          own.end()
          torch.end()
        }
      }
    }
  },

  async latency() {
    const hidden = 1024
    const model = join(mkdtempSync(join(tmpdir(), 'thinnet-bench-')), 'mlp.onnx')
    spawnSync(python, [join(here, 'peers/onnx_model.py'), String(hidden), model], { stdio: 'inherit' })
    for (const threads of [1, 2]) {
      const [own, torch, onnx] = [startThinnet(threads), startTorch(threads), startScript('onnx')]
      const ours = (label, extra) => ({
        label,
        peer: renamed(own, label),
        request: { kind: 'latency', hidden, dropout: true, ...extra },
      })
      const row = `784-${hidden}-${hidden}-10, one example, eval()`
      const entries = await race(row, [
        ours('thinnet, inverted dropout', {}),
        ours('thinnet, no dropout', { dropout: false }),
        ours('thinnet, standard dropout', { scaling: 'standard' }),
        ours('thinnet, standard dropout, folded', { scaling: 'standard', fold: true }),
        { label: 'PyTorch, dropout', peer: torch, request: { kind: 'latency', hidden, dropout: true } },
        ...(existsSync(model)
          ? [{ label: 'ONNX Runtime', peer: onnx, request: { kind: 'latency', model, threads } }]
          : []),
      ])
      report('latency', row, threads, entries)
      for (const peer of [own, torch, onnx]) peer.end()
    }
  },

  // A generator is one sequence, so one thread. Against PyTorch's best kernels, and, for processors without fused
  // multiply-add, its plainest against our baseline ones and WASM.
  async random() {
    const n = 1_000_000
    const peers = {
      thinnet: startThinnet(1),
      PyTorch: startTorch(1),
      'thinnet, baseline': startThinnet(1, { THINNET_TARGET: 'baseline' }),
      'thinnet, WASM': startThinnet(1, { THINNET_BACKEND: 'wasm' }),
      'PyTorch, no AVX2': startTorch(1, { ATEN_CPU_CAPABILITY: 'default' }),
    }
    for (const draw of ['uniform_', 'normal_', 'normal_(1, 2)', 'bernoulli_(0.5)', 'dropout(x, 0.5)', 'randperm']) {
      const request = { kind: 'random', draw, n }
      const contenders = Object.entries(peers).map(([label, peer]) => ({ label, peer, request }))
      report('random', `${draw}, ${n.toLocaleString('en')} values`, 1, await race(draw, contenders))
    }
    for (const peer of Object.values(peers)) peer.end()
  },

  async wasm() {
    const [own, tfjs] = [startThinnet(1, { THINNET_BACKEND: 'wasm' }), startScript('tfjs')]
    for (const shape of shapes) {
      for (const form of forms) {
        const size = sized(form, shape)
        const row = `${form} ${size.m}x${size.k}x${size.n}, WASM`
        const request = { kind: 'product', form, ...size }
        const entries = await race(row, [
          { label: 'thinnet', peer: own, request },
          { label: 'tfjs-backend-wasm', peer: tfjs, request },
        ])
        report('wasm', row, 1, entries, 2 * size.m * size.k * size.n)
      }
    }
    own.end()
    tfjs.end()
  },
}

/** One process, several cases of one row: each under a name of its own. */
function renamed(peer, label) {
  const suffix = ` [${label}]`
  return {
    get versions() {
      return peer.versions
    },
    ask: (r) => peer.ask(r.setup ? { ...r, setup: r.setup + suffix } : { ...r, run: r.run + suffix }),
  }
}

const chosen = positionals.length > 0 ? positionals : Object.keys(suites)
for (const name of chosen) {
  if (!suites[name]) throw new Error(`unknown suite ${name}; there are ${Object.keys(suites).join(', ')}`)
  await suites[name]()
}
writeResults()

function writeResults() {
  const path = join(here, 'results.json')
  const old = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { results: [] }
  const kept = old.results.filter((entry) => !chosen.includes(entry.suite))
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`
  const all = { date: new Date().toISOString().slice(0, 10), machine, results: [...kept, ...results] }
  writeFileSync(path, `${JSON.stringify(all, null, 1)}\n`)
  const lines = [
    '# Benchmark results',
    '',
    `${all.date}, ${machine}. Peers run side by side in turns (${rounds} rounds of ${seconds} s); ratios are the peer's median time over thinnet's, so above 1 thinnet is faster; in brackets the ratio of minima. Made by \`npm run bench\`.`,
  ]
  for (const suite of Object.keys(suites)) {
    const rows = all.results.filter((entry) => entry.suite === suite)
    if (rows.length === 0) continue
    lines.push(
      '',
      `## ${suite}`,
      '',
      `Versions: ${[...new Set(rows.flatMap((row) => row.entries.map((entry) => entry.versions)))].join('; ')}`,
      '',
    )
    lines.push('| case | threads | contender | median ms | minimum ms | ratio |', '|---|---|---|---|---|---|')
    for (const { row, threads, entries, work } of rows) {
      for (const [i, entry] of entries.entries()) {
        const [own] = entries
        const rate = work ? ` (${(work / entry.median / 1e6).toFixed(0)} GFLOP/s)` : ''
        const ratio =
          i === 0 ? '' : `${(entry.median / own.median).toFixed(2)} (${(entry.minimum / own.minimum).toFixed(2)})`
        lines.push(
          `| ${i === 0 ? row : ''} | ${i === 0 ? threads : ''} | ${entry.label} | ${entry.median.toFixed(3)}${rate} | ${entry.minimum.toFixed(3)} | ${ratio} |`,
        )
      }
    }
  }
  writeFileSync(join(here, 'RESULTS.md'), `${lines.join('\n')}\n`)
}
