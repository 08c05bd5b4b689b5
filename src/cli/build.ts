import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Command } from '@commander-js/extra-typings'
import { ThinnetError } from '../backend/errors.ts'
import { kernelBuild } from './kernel-build.ts'

/** `thinnet build`. */
export function buildCommand() {
  return new Command('build')
    .summary('compile the native kernels for this machine')
    .description(
      'Compiles the native kernels with the C++ compiler of this machine. npm does that when it installs thinnet; this ' +
        'command is for where install scripts do not run, or when there was no compiler then. $CXX names another compiler, ' +
        '$CXXFLAGS adds flags.',
    )
    .option('--json', 'print the outcome as JSON')
    .action(({ json = false }) => build(json))
}

async function build(json: boolean): Promise<void> {
  const { buildAddon, buildLogPath, addonPath } = await kernelBuild()
  process.stderr.write('Compiling the native kernels ...\n')
  const start = performance.now()
  const { ok, reason, log } = await buildAddon()
  const seconds = Math.round((performance.now() - start) / 100) / 10
  mkdirSync(dirname(buildLogPath), { recursive: true })
  writeFileSync(buildLogPath, `${reason}\n${log}`)
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ok, reason, seconds, addon: ok ? addonPath : null, log: buildLogPath })}\n`,
    )
  } else if (ok) {
    process.stdout.write(`Done in ${seconds} s: ${reason}\n${addonPath}\n`)
  }
  if (!ok)
    throw new ThinnetError('TN_BACKEND', 'build', `build: ${reason}. The compiler's words are in ${buildLogPath}`)
}
