import { Command, Option } from '@commander-js/extra-typings'
import { commandLine } from '../command-line.ts'
import {
  delimiter,
  dropProbability,
  languages,
  names,
  partInTwentieths,
  positive,
  sizes,
  wholeNumber,
} from '../options.ts'

const examples = `
Examples:
  $ thinnet train flowers.csv --target species       classes are found out
  $ thinnet train houses.csv --target price          and so are numbers
  $ thinnet train houses.csv --target price --ignore id,address
  $ thinnet predict runs/<time>-train new.csv --samples 100

Columns of numbers are scaled, columns of text become categories, missing
values are told to the network. How much to drop is chosen by rows held out for
that; what the network is worth is measured on rows that nothing was chosen by.
`

/** `thinnet train`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function trainCommand() {
  return defineOptions().action(async (file, options) => {
    const { runTraining } = await import('./run.ts')
    await runTraining(file, options, commandLine())
  })
}

function defineOptions() {
  return new Command('train')
    .summary('learn to predict a column of a table')
    .description(
      'Learns to predict one column of a CSV file from the others: a class or a number. Chooses how much to drop, stops ' +
        'when held-out rows no longer gain, and writes the model and a report.',
    )
    .argument('<file>', 'the table, .csv or .csv.gz')
    .optionsGroup('What to learn:')
    .requiredOption('--target <column>', 'the column to predict')
    .addOption(
      new Option('--task <task>', 'what the target is (default: found out)').choices(['classification', 'regression']),
    )
    .option('--ignore <columns>', 'columns to leave out, with commas', names)
    .option('--max-categories <n>', 'categories of a column with an input of their own', wholeNumber(1), 50)
    .optionsGroup('How to learn:')
    .option('--p <probability>', 'probability to drop a hidden neuron (default: chosen)', dropProbability)
    .option('--hidden <sizes>', 'neurons of the hidden layers (default: by the rows)', sizes)
    .option('--epochs <n>', 'times that each row is learnt from, at most', wholeNumber(1), 300)
    .option('--patience <n>', 'epochs without gain before it stops', wholeNumber(1), 25)
    .option('--batch <n>', 'rows in a mini-batch (default: by the rows)', wholeNumber(1))
    .option('--lr <rate>', 'learning rate of AdamW', positive, 0.002)
    .option('--validation <part>', 'rows to stop and choose by', partInTwentieths, 0.15)
    .option('--test <part>', 'rows to test with', partInTwentieths, 0.15)
    .option('--seed <n>', 'start of all random numbers', wholeNumber(0), 0)
    .optionsGroup('How to read the file:')
    .addOption(new Option('--delimiter <character>', 'between cells (default: found out)').argParser(delimiter))
    .option('--encoding <name>', 'of the text, as euc-kr (default: utf-8)')
    .option('--no-header', 'the first row does not name the columns')
    .option('--skip-damaged', 'leave rows out with too few or too many cells', false)
    .optionsGroup('Output:')
    .option('--out <folder>', 'folder to write to (default: runs/<time>-train)')
    .option('--no-report', 'write no report.html')
    .option('--json', 'print the result as JSON on standard output, and all else on standard error')
    .option('--quiet', 'show no progress')
    .addOption(new Option('--lang <language>', 'of summary and report').choices(languages).default('en' as const))
    .option('--threads <n>', 'threads to compute with (default: one a processor core)', wholeNumber(1))
    .addHelpText('after', examples)
}

/** The options of `thinnet train` as they were given or defaulted. */
export type TrainOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
