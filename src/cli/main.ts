#!/usr/bin/env node
import { Command } from '@commander-js/extra-typings'
import { setFlushDenormal } from '../backend/info.ts'
import { buildCommand } from './build.ts'
import { compareCommand } from './compare/command.ts'
import { doctorCommand } from './doctor/command.ts'
import { exitCode, reportFailure } from './failure.ts'
import { infoCommand } from './info.ts'
import { lrRangeCommand } from './lr-range/command.ts'
import { predictCommand } from './predict/command.ts'
import { reproduceCommand } from './reproduce/command.ts'
import { trainCommand } from './train/command.ts'
import { version } from './version.ts'

const examples = `
Start here:
  $ thinnet compare          train with and without dropout, see the difference
  $ thinnet compare --help   what can be changed about it
  $ thinnet train FILE.csv --target COLUMN
                             learn to predict a column of your own table
  $ thinnet doctor RUN       advice on the dropout of what was trained
  $ thinnet reproduce NAME   repeat a paper's experiment, see both numbers
  $ thinnet info             what computes on this machine, and why

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
THINNET_BACKEND (native, wasm), THINNET_TARGET and THINNET_THREADS choose what
computes; THINNET_DATA is a folder of data sets.
`

const training: readonly string[] = ['compare', 'train', 'lr-range', 'reproduce']

function createProgram() {
  const program = new Command('thinnet')
    .description('Trains neural networks, and shows what dropout does for them.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples)
    .showHelpAfterError('See thinnet --help, or thinnet <command> --help.')
    .exitOverride()
    .hook('preAction', (_, command) => {
      // Long trainings: the momentum of neurons that die would slow every step down.
      if (training.includes(command.name())) setFlushDenormal(true)
    })
  const commands = [
    ...[compareCommand(), trainCommand(), predictCommand(), doctorCommand(), lrRangeCommand()],
    ...[reproduceCommand(), infoCommand(), buildCommand()],
  ]
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  return program
}

// A reader that leaves early, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await createProgram().parseAsync()
  process.exitCode = exitCode.ok
} catch (error) {
  process.exitCode = reportFailure(error, (line) => process.stderr.write(`${line}\n`))
}
