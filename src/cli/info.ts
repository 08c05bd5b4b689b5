import { Command } from '@commander-js/extra-typings'
import type { Facts } from './facts.ts'
import type { NetworkFacts } from './network-facts.ts'
import { padding, Terminal } from './terminal.ts'

const examples = `
Examples:
  $ thinnet info                       this machine, and what thinning leaves of
                                       the network of \`thinnet compare\`
  $ thinnet info runs/<time>-compare   the networks of a run, layer by layer
  $ thinnet info my-model.mjs          a model that a program exports

For each layer: output shape, parameters, multiply-adds of an example and what
dropout leaves of them; p, neurons that are kept in the mean, memory of masks.
`

/** `thinnet info`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function infoCommand() {
  return new Command('info')
    .summary('what computes on this machine, and why; what networks take')
    .description(
      'Says which kernels compute here and why, where they were built, and which data sets were found. Of networks, says ' +
        'what each layer takes and what its dropout leaves of it.',
    )
    .argument('[run]', "a run's folder, its model.safetensors, or a program (.mjs): says what its networks take")
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples)
    .action(async (run, { json }) => {
      const terminal = new Terminal(process.stdout)
      const { networksOf, usualNetwork } = await import('./network-facts.ts')
      const { collectFacts } = await import('./facts.ts')
      const facts = run === undefined ? await collectFacts() : undefined
      const networks = run === undefined ? [usualNetwork()] : await networksOf(run)
      if (json) terminal.print(JSON.stringify({ ...facts, networks }, undefined, 2))
      else {
        if (facts) printFacts(facts, terminal)
        for (const [i, network] of networks.entries()) {
          if (facts || i > 0) terminal.print()
          printNetwork(network, terminal)
        }
      }
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

function printNetwork({ name, summary }: NetworkFacts, terminal: Terminal): void {
  terminal.print(terminal.colors.bold(name))
  terminal.print(String(summary))
}
