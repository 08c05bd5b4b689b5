// Writes what was measured into docs/reproduce.md and its Korean page, between their markers:
//
//   npm run build && node scripts/reproduced-tables.mjs [FOLDER...]
//
// Each FOLDER is what `thinnet reproduce NAME` wrote, all trainings finished: its results go to docs/data/reproduced.json,
// from which the pages are made. A test compares pages and data.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { experiments } from '../dist/cli/reproduce/experiments/index.js'
import { reproduceWords } from '../dist/report/reproduce-words.js'
import { tableCells } from '../dist/report/reproduction.js'
import { speaker } from '../dist/report/words.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dataPath = join(root, 'docs/data/reproduced.json')
const read = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** The pages, with their language and what they say. */
export const pages = {
  'reproduce.md': {
    language: 'en',
    took: ({ trainings, minutes, processor, threads }) =>
      `Trainings: ${trainings}, in ${minutes} minutes. ${processor}, threads: ${threads}.`,
  },
  'reproduce.ko.md': {
    language: 'ko',
    took: ({ trainings, minutes, processor, threads }) =>
      `학습 ${trainings}번, ${minutes}분. ${processor}, 스레드 ${threads}개.`,
  },
}

/** The results of a folder, in all languages: { [name]: { machine, seconds, trainings, options, en, ko } }. */
export function resultsOf(folder) {
  const { name, units } = read(join(folder, 'plan.json'))
  const { machine } = read(join(folder, 'summary.json'))
  const results = new Map(units.map(({ id }) => [id, read(join(folder, 'units', id, 'result.json'))]))
  const experiment = experiments.find((one) => one.name === name)
  const said = (language) => {
    const { tables, sentences } = experiment.findings(results, units, language)
    return { title: experiment.title[language], tables, sentences }
  }
  const subnets = units.map(({ drop }) => drop?.subnets).find((count) => count !== undefined)
  return {
    [name]: {
      machine,
      seconds: [...results.values()].reduce((sum, { seconds }) => sum + seconds, 0),
      trainings: units.length,
      options: subnets === undefined ? '' : ` --subnets ${subnets}`,
      ...Object.fromEntries(['en', 'ko'].map((language) => [language, said(language)])),
    },
  }
}

/** What a page says of an experiment. */
function section(name, result, { language, took }) {
  const { title, tables, sentences } = result[language]
  const row = (cells) => `| ${cells.join(' | ')} |`
  const table = (one) => {
    const { head, lines } = tableCells(one, speaker(reproduceWords, language))
    head[0] = one.title
    return [head, head.map(() => '---'), ...lines].map(row).join('\n')
  }
  const { processor, threads } = result.machine
  const { trainings } = result
  return [
    `**${title}** (\`thinnet reproduce ${name}${result.options} --resume\`)`,
    ...tables.map(table),
    [...sentences, took({ trainings, minutes: Math.ceil(result.seconds / 60), processor, threads })].join(' '),
  ].join('\n\n')
}

/** The page that is to be, of the data that are there. */
export function expectedPage(page) {
  const text = readFileSync(join(root, 'docs', page), 'utf8')
  const marked = /(<!-- measured -->\n).*?(<!-- \/measured -->)/s
  if (!marked.test(text)) throw new Error(`${page} has no markers`)
  const sections = Object.entries(read(dataPath)).map(([name, result]) => section(name, result, pages[page]))
  return text.replace(marked, (_, begin, end) => `${begin}\n${sections.join('\n\n')}\n\n${end}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const data = existsSync(dataPath) ? read(dataPath) : {}
  for (const folder of process.argv.slice(2)) Object.assign(data, resultsOf(folder))
  const order = experiments.flatMap(({ name }) => (data[name] ? [[name, data[name]]] : []))
  writeFileSync(dataPath, `${JSON.stringify(Object.fromEntries(order), undefined, 1)}\n`)
  for (const page of Object.keys(pages)) writeFileSync(join(root, 'docs', page), expectedPage(page))
}
