import { Command, Option } from '@commander-js/extra-typings'
import { between0And1, delimiter, languages, wholeNumber } from '../options.ts'

const examples = `
Examples:
  $ thinnet predict runs/<time>-train new.csv > predicted.csv
  $ thinnet predict runs/<time>-train new.csv --samples 100 --out predicted.csv

The table comes back with columns added. For a number: TARGET_prediction, its
interval from TARGET_lower to TARGET_upper, and TARGET_uncertainty, how far the
sampled thinned networks disagree. For a class: TARGET_prediction, its
TARGET_probability, between which bounds the networks see that (TARGET_lower,
TARGET_upper), TARGET_uncertainty from 0, sure, to 1, a guess, and
TARGET_disagreement, the part of it that more data could take away.
`

/** `thinnet predict`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function predictCommand() {
  return defineOptions().action(async (run, file, options) => {
    const { runPrediction } = await import('./run.ts')
    await runPrediction(run, file, options)
  })
}

function defineOptions() {
  return new Command('predict')
    .summary('predict the rows of a table, and say how sure that is')
    .description(
      'Predicts each row of a CSV file with a model that `thinnet train` made, by asking many thinned networks, and writes ' +
        'the table with the predictions and their uncertainty added.',
    )
    .argument('<run>', 'the folder of a training, or its model.safetensors')
    .argument('<file>', 'the table, .csv or .csv.gz')
    .option('--samples <n>', 'thinned networks to ask', wholeNumber(1), 100)
    .option('--interval <part>', 'of the cases that an interval should hold', between0And1, 0.9)
    .option('--out <file>', 'file to write to (default: standard output)')
    .option('--allow-missing', 'take columns that the file lacks for missing values', false)
    .option('--seed <n>', 'start of the random numbers', wholeNumber(0), 0)
    .addOption(new Option('--delimiter <character>', 'between cells (default: found out)').argParser(delimiter))
    .option('--encoding <name>', 'of the text, as euc-kr (default: utf-8)')
    .option('--no-header', 'the first row does not name the columns')
    .option('--skip-damaged', 'leave rows out with too few or too many cells', false)
    .option('--quiet', 'say nothing but errors')
    .addOption(new Option('--lang <language>', 'of what is said').choices(languages).default('en' as const))
    .option('--threads <n>', 'threads to compute with (default: one a processor core)', wholeNumber(1))
    .addHelpText('after', examples)
}

/** The options of `thinnet predict` as they were given or defaulted. */
export type PredictOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
