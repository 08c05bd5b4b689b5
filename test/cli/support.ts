import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const main = join(root, 'dist', 'cli', 'main.js')

/** Builds dist if nothing did before; `npm test` does. */
export function setup(): void {
  if (!existsSync(main)) execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' })
}

export interface Outcome {
  readonly code: number | null
  /** What ended it, if it did not exit. */
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Ctrl-C, pressed once, when this is on standard error. */
  readonly interruptAt?: string
  /** Gets what kills the process with SIGKILL. */
  readonly withKill?: (kill: () => void) => void
  /** SIGKILL, when this is on standard error. */
  readonly killAt?: string
}

/** Runs the command line as its users do: as a process. */
export function thinnet(
  args: readonly string[],
  { cwd = root, env = {}, interruptAt, withKill, killAt }: RunOptions = {},
): Promise<Outcome> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...environment } = process.env
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...environment, ...env } })
  let stdout = ''
  let stderr = ''
  let interrupted = false
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  withKill?.(() => child.kill('SIGKILL'))
  child.stderr.on('data', (chunk) => {
    stderr += chunk
    if (killAt !== undefined && stderr.includes(killAt)) child.kill('SIGKILL')
    if (interrupted || interruptAt === undefined || !stderr.includes(interruptAt)) return
    interrupted = child.kill('SIGINT')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** A new empty folder, below the system's temporary one. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'thinnet-cli-'))

/** The JSON in a file. */
export const readJson = (...path: readonly string[]) => JSON.parse(readFileSync(join(...path), 'utf8'))

/** The lines of a run's metrics.jsonl, each parsed. */
export function readMetrics(folder: string): Record<string, number | string>[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}
