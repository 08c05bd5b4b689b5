// bench/RESULTS.md, out of what results.json holds.

/** @param results `{ [suite]: [{ conditions, rows }] }` */
export function renderResults(results, suites) {
  const lines = [
    '# Benchmark results',
    '',
    'Made by `npm run bench`. Contenders of a row take turns; times are medians and minima of single calls, in milliseconds unless a',
    'column says otherwise. A ratio is one of medians, in brackets one of minima.',
  ]
  for (const suite of suites) {
    const runs = results[suite.name] ?? []
    if (runs.length === 0) continue
    lines.push('', `## ${suite.name}`, '', suite.about)
    for (const { conditions, rows } of runs) {
      const ordered = inOrder(rows, suite)
      lines.push('', describe(conditions, rows), '', ...(suite.render ?? contenderTable)(ordered, suite))
    }
  }
  return `${lines.join('\n')}\n`
}

/** As the suite lists them; a row that it lists no more comes last. */
function inOrder(rows, suite) {
  const places = new Map(suite.rows({}).map((row, place) => [`${row.name} ${row.threads}`, place]))
  const place = (row) => places.get(`${row.name} ${row.threads}`) ?? places.size
  return rows.toSorted((a, b) => place(a) - place(b))
}

function describe({ processor, node, rounds, seconds }, rows) {
  const all = (values) => [...new Set(values)].filter(Boolean)
  const versions = all(rows.flatMap(({ entries }) => entries.map((entry) => entry.versions)))
  const [dates, commits] = [all(rows.map(({ date }) => date)).sort(), all(rows.map(({ commit }) => commit))]
  return `${dates.join(', ')}; ${processor}, Node ${node}; ${versions.join('; ')}; commit ${commits.join(', ')}.${turnsOf(rounds, seconds)}`
}

function turnsOf(rounds, seconds) {
  if (rounds === undefined) return ''
  return ` ${rounds} round${rounds === 1 ? '' : 's'} of ${seconds > 0 ? `${seconds} s` : 'one call'}.`
}

/** A line for each contender of each row. */
export function contenderTable(rows, { columns }) {
  const titles = ['case', 'threads', 'contender', 'median', 'minimum', ...columns.map(({ title }) => title)]
  const body = rows.flatMap((row) =>
    row.entries.map((entry, i) => [
      ...(i === 0 ? [row.name, row.threads] : ['', '']),
      entry.label,
      milliseconds(entry.median),
      milliseconds(entry.minimum),
      ...columns.map(({ value }) => value(entry, row)),
    ]),
  )
  return table(titles, body)
}

/** A table of Markdown; columns of numbers stand right. */
export function table(titles, body) {
  const isNumber = (column) => body.every((cells) => /^$|^[\d<~-]/.test(String(cells[column])))
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map((_, i) => (i > 0 && isNumber(i) ? '--:' : '---'))), ...body.map(line)]
}

/** Four figures, but no finer than a microsecond. */
export const milliseconds = (value) => value.toFixed(Math.min(3, Math.max(0, 3 - Math.floor(Math.log10(value)))))
