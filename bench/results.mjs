// bench/results.json: what was measured, by suite, and within a suite by the conditions that it was measured under.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { renderResults } from './markdown.mjs'
import { benchFile } from './peers.mjs'

/** What the rows of one table have in common. */
export const conditionsOf = ({ rounds, seconds }) => ({
  processor: processor(),
  node: process.version,
  rounds,
  seconds,
})

/** When and of what a row was measured. */
export const originOf = () => ({ date: new Date().toISOString().slice(0, 10), commit: commit() })

function processor() {
  const all = cpus()
  return `${all[0]?.model.trim()}, ${all.length} core${all.length === 1 ? '' : 's'}`
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: benchFile(), encoding: 'utf8' }).trim()
  } catch {
    return 'unknown' // an unpacked archive
  }
}

/** What was measured, in files that are whole after each row. */
export class Results {
  #path
  #markdownPath
  /** `{ [suite]: [{ conditions, rows }] }` */
  #suites

  /** @param folder Where results.json and RESULTS.md are, or will be. */
  constructor(folder) {
    mkdirSync(folder, { recursive: true })
    this.#path = join(folder, 'results.json')
    this.#markdownPath = join(folder, 'RESULTS.md')
    this.#suites = existsSync(this.#path) ? JSON.parse(readFileSync(this.#path, 'utf8')) : {}
  }

  /** A row that was measured before. */
  find(suite, row) {
    return this.#runs(suite)
      .flatMap(({ rows }) => rows)
      .find((other) => isSame(other, row))
  }

  /** Puts a row in place of the one that was measured before, and writes both files: what is finished survives an interruption. */
  save(suite, conditions, row, suites) {
    for (const run of this.#runs(suite)) run.rows = run.rows.filter((other) => !isSame(other, row))
    const runs = this.#runs(suite).filter(({ rows }) => rows.length > 0)
    let run = runs.find((other) => JSON.stringify(other.conditions) === JSON.stringify(conditions))
    if (!run) {
      run = { conditions, rows: [] }
      runs.push(run)
    }
    run.rows.push(row)
    this.#suites[suite] = runs
    writeFileSync(this.#path, `${JSON.stringify(this.#suites, null, 1)}\n`)
    writeFileSync(this.#markdownPath, renderResults(this.#suites, suites))
  }

  #runs(suite) {
    return this.#suites[suite] ?? []
  }
}

const isSame = (row, other) => row.name === other.name && row.threads === other.threads
