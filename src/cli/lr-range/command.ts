import { Command, Option } from '@commander-js/extra-typings'
import { commandLine } from '../command-line.ts'
import { dropProbability, fraction, languages, notNegative, positive, sizes, wholeNumber } from '../options.ts'

const examples = `
Examples:
  $ thinnet lr-range                           the network of thinnet compare
  $ thinnet lr-range --momentum 0.95 --p 0.3   another, trained otherwise
  $ thinnet lr-range --hidden 256 --p 0.3 --steps 200

The learning rate grows from step to step, and the loss is watched: once with
dropout and once, from the same weights on the same images, without.
`

/** `thinnet lr-range`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function lrRangeCommand() {
  return defineOptions().action(async (options) => {
    const { runLrRange } = await import('./run.ts')
    await runLrRange(options, commandLine())
  })
}

function defineOptions() {
  return new Command('lr-range')
    .summary('find the learning rate that a network bears, with dropout and without')
    .description(
      'Runs a learning-rate range test on handwritten digits (MNIST), with dropout and without: says which rate to ' +
        'train with, and why, and writes a report with the curves.',
    )
    .optionsGroup('What to train:')
    .addOption(
      new Option('--hidden <sizes>', 'neurons of the hidden layers, with commas')
        .argParser(sizes)
        .default([1024, 1024], '1024,1024'),
    )
    .option('--p <probability>', 'probability to drop a hidden neuron', dropProbability, 0.5)
    .option('--input-p <probability>', 'probability to drop an input', dropProbability, 0.2)
    .optionsGroup('How to train:')
    .option('--batch <n>', 'images in a mini-batch', wholeNumber(1), 128)
    .option('--momentum <m>', 'momentum of SGD', fraction, 0.9)
    .option('--max-norm <c>', 'longest that the weights into a neuron may be; 0 is no limit', notNegative, 3)
    .option('--seed <n>', 'start of all random numbers', wholeNumber(0), 0)
    .optionsGroup('The test:')
    .option('--from <rate>', 'learning rate of the first step', positive, 0.0001)
    .option('--to <rate>', 'learning rate of the last step, if it comes so far', positive, 10)
    .option('--steps <n>', 'steps from the one to the other', wholeNumber(10), 150)
    .optionsGroup('Data:')
    .option('--data <folder>', 'folder with the four MNIST files (default: looks in the usual places)')
    .option('--limit <n>', 'learn from the first n images only', wholeNumber(1))
    .optionsGroup('Output:')
    .option('--out <folder>', 'folder to write to (default: runs/<time>-lr-range)')
    .option('--no-report', 'write no report.html')
    .option('--json', 'print the result as JSON on standard output, and all else on standard error')
    .option('--quiet', 'show no progress')
    .addOption(new Option('--lang <language>', 'of summary and report').choices(languages).default('en' as const))
    .option('--threads <n>', 'threads to compute with (default: one a processor core)', wholeNumber(1))
    .addHelpText('after', examples)
}

/** The options of `thinnet lr-range` as they were given or defaulted. */
export type LrRangeCommandOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
