import { Argument, Command, Option } from '@commander-js/extra-typings'
import { commandLine } from '../command-line.ts'
import { languages, wholeNumber } from '../options.ts'

/** The names of the experiments. Here, so that `--help` need not load them; a test compares. */
export const experimentNames = [
  'srivastava2014-mnist',
  'srivastava2014-p',
  'srivastava2014-datasize',
  'srivastava2014-ensemble',
  'gaussian',
  'regularizers',
  'gal2016-regression',
  'subnets',
] as const

const examples = `
Experiments:
  srivastava2014-mnist      the ladder of Table 2: 1.60 % to 1.06 %
  srivastava2014-p          Figure 9: the error by the probability to drop
  srivastava2014-datasize   Figure 10: the gain by the number of images
  srivastava2014-ensemble   Figure 11: weight scaling against sampled networks
  gaussian                  section 10: noise instead of gaps
  regularizers              Table 9: dropout beside L1, L2, sparsity, max-norm
  gal2016-regression        Gal & Ghahramani, Table 1: error and likelihood
  subnets                   error by epoch for G = 1, 2, 4, 8 and per example

Examples:
  $ thinnet reproduce srivastava2014-mnist --quick    minutes
  $ thinnet reproduce srivastava2014-mnist --resume   begin, or go on
  $ thinnet reproduce gal2016-regression --table wine.csv --target quality

The papers' numbers are marked as such; all others are read from the run.
`

/** `thinnet reproduce`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function reproduceCommand() {
  return defineOptions().action(async (name, options) => {
    const { runReproduction } = await import('./run.ts')
    await runReproduction(name, options, commandLine())
  })
}

function defineOptions() {
  return new Command('reproduce')
    .summary("repeat a paper's experiment, its numbers beside yours")
    .description(
      'Repeats an experiment of a paper on dropout, and shows its numbers beside those measured here, in a table and a ' +
        'report. The full size takes hours, and can be stopped and resumed at any time.',
    )
    .addArgument(new Argument('<name>', 'the experiment').choices(experimentNames))
    .option('--quick', 'a small size, of minutes: the direction, not the numbers', false)
    .option('--resume', 'go on with what is in the folder, or begin', false)
    .optionsGroup('What to change:')
    .option('--epochs <n>', 'epochs of each training', wholeNumber(1))
    .option('--seeds <n>', 'trainings of each row, with other seeds', wholeNumber(1))
    .option('--subnets <n>', 'thinned networks of a mini-batch (default: one an example)', wholeNumber(1))
    .option('--only <text>', 'only trainings whose name has this in it')
    .option('--held-out', 'train on 50,000 images and score on the other 10,000', false)
    .optionsGroup('Data:')
    .option('--data <folder>', 'folder with the four MNIST files (default: the usual places)')
    .option('--table <file>', 'gal2016-regression: a CSV file')
    .option('--target <column>', 'gal2016-regression: the column to predict')
    .optionsGroup('Output:')
    .option('--out <folder>', 'folder to write to (default: runs/reproduce-<name>)')
    .option('--json', 'print the result as JSON on standard output, and all else on standard error')
    .option('--quiet', 'show no progress')
    .addOption(new Option('--lang <language>', 'of table and report').choices(languages).default('en' as const))
    .option('--threads <n>', 'threads to compute with (default: one a processor core)', wholeNumber(1))
    .addHelpText('after', examples)
}

/** The options of `thinnet reproduce` as they were given or defaulted. */
export type ReproduceOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
