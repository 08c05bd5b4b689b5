// Writes the tables of docs/thinned-training.md and its Korean page, between their markers:
//
//   node scripts/thinned-tables.mjs [FOLDER]
//
// FOLDER is what `thinnet reproduce subnets` wrote: its errors go to docs/data/thinned-errors.json, from which the tables of
// errors are made. Those of speed are made from bench/results.json. What has not been measured is left out, or a dash beside what
// has. A test compares pages and data.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const errorsPath = join(root, 'docs/data/thinned-errors.json')
const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined)

/** The pages, with what their tables say. */
export const pages = {
  'thinned-training.md': {
    all: 'All 60,000 images, test error in % after epoch',
    few: '5,000 images, test error in % after epoch',
    perExample: 'per example',
    seeds: 'seeds',
    none: 'Not measured yet.',
    threads: ['1 thread', '2 threads'],
    head: ['H / B', 'PyTorch, dropout', 'PyTorch, none', 'per example', 'G = 8', 'G = 4', 'G = 2', 'G = 1'],
    unit: (machine) =>
      `Milliseconds a step, medians; in brackets how many times faster than PyTorch with dropout.${machine}`,
  },
  'thinned-training.ko.md': {
    all: '이미지 60,000장 모두, 에폭별 시험 오류(%)',
    few: '이미지 5,000장, 에폭별 시험 오류(%)',
    perExample: '예제마다',
    seeds: '시드',
    none: '아직 재지 않았습니다.',
    threads: ['스레드 1개', '스레드 2개'],
    head: ['H / B', 'PyTorch, 드롭아웃', 'PyTorch, 없음', '예제마다', 'G = 8', 'G = 4', 'G = 2', 'G = 1'],
    unit: (machine) => `한 스텝의 밀리초, 중앙값. 괄호 안은 드롭아웃을 쓰는 PyTorch보다 몇 배 빠른지입니다.${machine}`,
  },
}

const groups = ['perExample', 8, 4, 2, 1]
const epochs = { all: [1, 2, 5, 10, 20], few: [4, 10, 20, 40, 80] }
const shapes = [1024, 2048, 4096].flatMap((hidden) => [128, 512].map((batch) => `${hidden}/${batch}`))

/** The errors of a run of `thinnet reproduce subnets`: one list of them, epoch by epoch, for each training. */
export function errorsOf(folder) {
  const units = join(folder, 'units')
  const { machine } = read(join(folder, 'summary.json'))
  const runs = readdirSync(units).flatMap((id) => {
    const result = read(join(units, id, 'result.json'))
    const [, setting, group, seed] = /^(all|few)-(?:g(\d+)|per-example)-seed(\d+)$/.exec(id) ?? []
    if (!result || !setting) return []
    const scored = result.epochs.filter(({ testError }) => testError !== undefined)
    return {
      setting,
      subnets: group === undefined ? 'perExample' : Number(group),
      seed: Number(seed),
      errors: Object.fromEntries(scored.map(({ epoch, testError }) => [epoch, testError])),
    }
  })
  runs.sort(
    (a, b) => a.setting.localeCompare(b.setting) || a.seed - b.seed || String(a.subnets).localeCompare(b.subnets),
  )
  return { machine, runs }
}

const row = (cells) => `| ${cells.join(' | ')} |`
/** A table of the rows that say something; undefined if none does. */
function table(title, head, rows) {
  const measured = rows.filter(([, ...cells]) => cells.some((cell) => cell !== '-'))
  if (measured.length === 0) return undefined
  return [`**${title}**\n`, row(head), row(head.map(() => '---')), ...measured.map(row)].join('\n')
}

/** Mean and standard deviation of errors, in percent. */
function spread(errors) {
  if (errors.length === 0) return '-'
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  if (errors.length === 1) return (100 * mean).toFixed(2)
  const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (errors.length - 1)
  return `${(100 * mean).toFixed(2)} ± ${(100 * Math.sqrt(variance)).toFixed(2)}`
}

/** The tables of errors, one for each setting. */
export function errorTables(words, errors = { runs: [] }) {
  return ['all', 'few'].map((setting) => {
    const rows = groups.map((subnets) => {
      const runs = errors.runs.filter((run) => run.setting === setting && run.subnets === subnets)
      const at = (epoch) => spread(runs.flatMap((run) => run.errors[epoch] ?? []))
      const name = subnets === 'perExample' ? words.perExample : `G = ${subnets}`
      return [name, ...epochs[setting].map(at), runs.length || '-']
    })
    return (
      table(words[setting], ['', ...epochs[setting], words.seeds], rows) ?? `**${words[setting]}**\n\n${words.none}`
    )
  })
}

/** The tables of speed, one for each number of threads. */
export function speedTables(words, bench = {}) {
  const measured = (bench.thinned ?? []).flatMap(({ conditions, rows }) => rows.map((one) => ({ ...one, conditions })))
  const machines = [...new Set(measured.map(({ conditions }) => conditions.processor))].join('; ')
  const tables = [1, 2].map((threads) => {
    const rows = shapes.map((name) => {
      const entries = measured.find((one) => one.name === name && one.threads === threads)?.entries ?? []
      const fastest = (tag) => Math.min(...entries.flatMap((entry) => (entry.tag === tag ? entry.median : [])))
      const torch = fastest('torch-perExample')
      const time = (tag) => (Number.isFinite(fastest(tag)) ? fastest(tag).toFixed(1) : '-')
      const own = (tag) => {
        const factor = torch / fastest(tag)
        return Number.isFinite(factor) && factor > 0 ? `${time(tag)} (${factor.toFixed(1)})` : time(tag)
      }
      return [name, time('torch-perExample'), time('torch-none'), ...groups.map((subnets) => own(`own-${subnets}`))]
    })
    return table(words.threads[threads - 1], words.head, rows) ?? `**${words.threads[threads - 1]}**\n\n${words.none}`
  })
  return [...tables, words.unit(machines && ` ${machines}.`)]
}

/** A page with its tables made anew. */
export function withTables(text, words, errors, bench) {
  const parts = { errors: errorTables(words, errors), speed: speedTables(words, bench) }
  return Object.entries(parts).reduce((page, [name, tables]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, 's')
    if (!marked.test(page)) throw new Error(`the page has no markers for ${name}`)
    return page.replace(marked, (_, begin, end) => `${begin}\n${tables.join('\n\n')}\n\n${end}`)
  }, text)
}

/** The page that is to be, of the data that are there. */
export function expectedPage(name) {
  const text = readFileSync(join(root, 'docs', name), 'utf8')
  return withTables(text, pages[name], read(errorsPath), read(join(root, 'bench/results.json')))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2)
  if (folder) {
    mkdirSync(dirname(errorsPath), { recursive: true })
    writeFileSync(errorsPath, `${JSON.stringify(errorsOf(folder), undefined, 1)}\n`)
  }
  for (const name of Object.keys(pages)) writeFileSync(join(root, 'docs', name), expectedPage(name))
}
