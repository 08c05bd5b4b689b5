import { Command, Option } from '@commander-js/extra-typings'
import type { ArmName } from '../../report/comparison.ts'
import { commandLine } from '../command-line.ts'
import { dropProbability, fraction, languages, notNegative, positive, sizes, someOf, wholeNumber } from '../options.ts'
import { checkpointOption, resumeOption, typedOptions } from '../resume.ts'

export const armNames = ['none', 'inverted', 'standard', 'thinned'] as const satisfies readonly ArmName[]

/** How many thinned networks a mini-batch trains in the arm `thinned`, unless the user says otherwise. */
export const usualSubnets = 4

/** Epochs that are trained unless the user or the clock says otherwise. */
export const usualEpochs = 12

const examples = `
Examples:
  $ thinnet compare                            all of it: a few minutes
  $ thinnet compare --epochs 2 --limit 10000   a first look: seconds
  $ thinnet compare --arms inverted,thinned    leave some ways of training out
  $ thinnet compare --hidden 512,512 --p 0.3   another network, less dropout
  $ thinnet compare --lang ko                  summary and report in Korean
  $ thinnet compare --resume runs/<time>-compare   go on with a run that stopped

p is the probability to DROP a neuron: 0.5 drops half of them, others in each
mini-batch.
`

/** `thinnet compare`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function compareCommand() {
  return defineOptions().action(async (options) => {
    const { runComparison } = await import('./run.ts')
    await runComparison(options, { line: commandLine(), options: typedOptions() })
  })
}

/** The command without what it does. */
export function defineOptions() {
  const command = new Command('compare')
    .summary('train one network with and without dropout, and show what dropout did')
    .description(
      'Trains one network on handwritten digits (MNIST) in four ways: without dropout, with inverted, with standard and ' +
        'with thinned dropout, which does not compute what it drops. Shows its progress, prints a table, and writes a ' +
        'report with curves and pictures.',
    )
    .optionsGroup('What to train:')
    .addOption(
      new Option('--arms <list>', 'ways of training, with commas')
        .argParser(someOf(armNames))
        .default([...armNames], armNames.join()),
    )
    .addOption(
      new Option('--hidden <sizes>', 'neurons of the hidden layers, with commas')
        .argParser(sizes)
        .default([1024, 1024], '1024,1024'),
    )
    .option('--p <probability>', 'probability to drop a hidden neuron', dropProbability, 0.5)
    .option('--input-p <probability>', 'probability to drop an input', dropProbability, 0.2)
    .option('--subnets <n>', 'thinned networks in a mini-batch of the thinned arm', wholeNumber(1), usualSubnets)
    .optionsGroup('How to train:')
    .option(
      '--epochs <n>',
      `times that each image is learnt from (default: ${usualEpochs}, fewer on a slow machine)`,
      wholeNumber(1),
    )
    .option('--minutes <n>', 'without --epochs: train fewer if it would take longer than this', positive, 15)
    .option('--batch <n>', 'images in a mini-batch', wholeNumber(1), 128)
    .option('--lr <rate>', 'learning rate of the first step; it falls to 0 in a straight line', positive, 0.05)
    .option('--momentum <m>', 'momentum of SGD', fraction, 0.9)
    .option('--max-norm <c>', 'longest that the weights into a neuron may be; 0 is no limit', notNegative, 3)
    .option('--seed <n>', 'start of all random numbers', wholeNumber(0), 0)
    .optionsGroup('Data:')
    .option('--data <folder>', 'folder with the four MNIST files (default: looks in the usual places)')
    .option('--limit <n>', 'learn from the first n images only', wholeNumber(1))
    .option('--test-limit <n>', 'test with the first n images only', wholeNumber(1))
    .optionsGroup('Output:')
    .option('--out <folder>', 'folder to write to (default: runs/<time>-compare)')
    .option('--no-report', 'write no report.html')
    .option('--json', 'print the result as JSON on standard output, and all else on standard error')
    .option('--quiet', 'show no progress')
    .addOption(new Option('--lang <language>', 'of summary and report').choices(languages).default('en' as const))
    .option('--threads <n>', 'threads to compute with (default: one a processor core)', wholeNumber(1))
    .addOption(checkpointOption())
    .addHelpText('after', examples)
  return command.addOption(resumeOption(command))
}

/** The options of `thinnet compare` as they were given or defaulted. */
export type CompareOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
