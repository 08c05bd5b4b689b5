// `npm run bench`: side-by-side measurements against named peers; medians and minima, as ratios.
//   npm run bench                                    all suites: hours
//   npm run bench -- thinned small                   some of them
//   npm run bench -- thinned --rows ^1024/128 --threads 2   some of their rows: those whose names match
//   npm run bench -- thinned --quick                 a first look, into build/bench instead of bench/
//   npm run bench -- small --check 200               compares losses after 200 steps instead of 3, before it measures
//   npm run bench -- accuracy --again                what goes on where it was stopped, from its beginning
//   npm run bench -- --list                          what there is, and about how long it takes
// Peers: PyTorch through $THINNET_BENCH_PYTHON (a Python with torch, numpy and onnx; default python3), the rest by
// `npm install --prefix bench/peers`. What is missing is left out, and said.
// Results go to bench/results.json and bench/RESULTS.md, row by row: rows that are not measured anew stay.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchFile, Peers } from './peers.mjs'
import { race } from './race.mjs'
import { conditionsOf, originOf, Results } from './results.mjs'
import { suites } from './suites/index.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    threads: { type: 'string' },
    rows: { type: 'string' },
    out: { type: 'string' },
    check: { type: 'string' },
    again: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

const settings = {
  rounds: Number(options.rounds ?? (options.quick ? 2 : 5)),
  seconds: Number(options.seconds ?? (options.quick ? 0.2 : 0.4)),
  quick: options.quick,
  again: options.again,
  check: options.check && Number(options.check),
}
const plans = choose(positionals)
const total = plans.reduce((sum, { seconds }) => sum + seconds, 0)
for (const { suite, rows, seconds } of plans)
  console.log(`${suite.name}: ${rows.length} rows, about ${minutes(seconds)}`)
console.log(`In all about ${minutes(total)}.`)
if (options.list) {
  for (const { suite, rows } of plans) for (const row of rows) console.log(`${suite.name}: ${nameOf(row)}`)
} else {
  await measure()
}

/** The suites that were asked for, each with its rows and the seconds that they may take. */
function choose(names) {
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name))
  if (unknown) throw new Error(`unknown suite ${unknown}; there are ${suites.map(({ name }) => name).join(', ')}`)
  const pattern = new RegExp(options.rows ?? '')
  const threads = options.threads?.split(',').map(Number)
  const wanted = ({ name, threads: own }) => (!threads || threads.includes(own)) && pattern.test(name)
  return suites
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((suite) => {
      const rows = suite.rows(settings).filter(wanted)
      return { suite, rows, seconds: rows.reduce((sum, row) => sum + secondsOf(row), 0) }
    })
}

/** About how long a row takes: turns end late, and contenders need to start. */
function secondsOf(row) {
  if (row.estimate) return row.estimate(settings)
  const { rounds, seconds } = { ...settings, ...row.turns?.(settings) }
  return row.contenders.length * (1 + rounds * seconds * 1.2) + (row.extraSeconds ?? 0)
}

async function measure() {
  const results = new Results(options.out ?? (options.quick ? join(benchFile(), '../build/bench') : benchFile()))
  const peers = new Peers()
  for (const { suite, rows } of plans) {
    for (const row of rows) {
      console.log(`${suite.name}: ${nameOf(row)}`)
      try {
        print(await measureRow({ suite, row, peers, results }), suite)
      } catch (error) {
        console.log(`   not run (${error.message.split('\n')[0]})`)
      }
    }
  }
  peers.keep([])
}

async function measureRow({ suite, row, peers, results }) {
  const { name, threads, work } = row
  const turns = { ...settings, ...row.turns?.(settings) }
  const conditions = conditionsOf(suite.takesTurns === false ? {} : turns)
  const save = (measured) => {
    const whole = { name, threads, work, ...originOf(), ...measured }
    if (measured.entries.length > 0) results.save(suite.name, conditions, whole, suites)
    return whole
  }
  if (row.measure) return save(await row.measure({ peers, settings, before: results.find(suite.name, row), save }))
  return save({ entries: await race(row, peers, turns) })
}

function print(row, { columns }) {
  for (const entry of row.entries) {
    const time = entry.median === undefined ? [] : [`${entry.median.toFixed(3)} ms`]
    const facts = columns.map(({ title, value }) => [title, value(entry, row)]).filter(([, value]) => value !== '')
    console.log(`   ${entry.label}: ${[...time, ...facts.map((fact) => fact.join(': '))].join('; ')}`)
  }
}

function nameOf({ name, threads }) {
  return threads === undefined ? name : `${name}, ${threads} thread${threads === 1 ? '' : 's'}`
}

function minutes(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
