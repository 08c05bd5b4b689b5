import { Command } from '@commander-js/extra-typings'
import type { Facts } from './facts.ts'
import { padding, Terminal } from './terminal.ts'

/** `thinnet info`. */
export function infoCommand() {
  return new Command('info')
    .summary('what computes on this machine, and why')
    .description('Says which kernels compute here and why, where they were built, and which data sets were found.')
    .option('--json', 'print it as JSON')
    .action(async ({ json }) => {
      const { collectFacts } = await import('./facts.ts')
      const facts = await collectFacts()
      if (json) process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`)
      else printFacts(facts, new Terminal(process.stdout))
    })
}

function printFacts({ version, machine, buildLog, dataSets }: Facts, terminal: Terminal): void {
  const rows = {
    thinnet: version,
    ...machine,
    'build log': buildLog ?? 'none: the native kernels were not built here (`thinnet build` does that)',
    ...Object.fromEntries(Object.entries(dataSets).map(([name, folder]) => [name, folder ?? 'not found'])),
  }
  const width = Math.max(...Object.keys(rows).map((name) => name.length))
  for (const [name, value] of Object.entries(rows)) {
    terminal.print(`${terminal.colors.bold(name)}${padding(name, width)}  ${value}`)
  }
}
