import { Command, Option } from '@commander-js/extra-typings'
import { languages } from '../options.ts'

const examples = `
Examples:
  $ thinnet doctor runs/<time>-compare         each network of a comparison
  $ thinnet doctor runs/<time>-train           the model of a table
  $ thinnet doctor my-model.mjs                a program's own model

A program exports \`model\`, and if it likes \`history\` (what each epoch brought),
\`training\` ({ optimizer, lr, momentum, maxNorm, examples }) and \`example\`, a
batch to ask the model twice with.
`

/** `thinnet doctor`. What it does is imported when it is asked for, so that `--help` answers at once. */
export function doctorCommand() {
  return defineOptions().action(async (path, options) => {
    const { runDoctor } = await import('./run.ts')
    await runDoctor(path, options)
  })
}

function defineOptions() {
  return new Command('doctor')
    .summary('advice on the dropout of a model, with reasons and sources')
    .description(
      'Reads a model, how it was trained and what came of it, and says what may be wrong with its dropout: with the ' +
        'reason, and who says so.',
    )
    .argument('<run>', "a run's folder, its model.safetensors, or a program (.mjs) that exports a model")
    .option('--json', 'print the advice as JSON')
    .addOption(new Option('--lang <language>', 'of the advice').choices(languages).default('en' as const))
    .addHelpText('after', examples)
}

/** The options of `thinnet doctor` as they were given or defaulted. */
export type DoctorCommandOptions = ReturnType<ReturnType<typeof defineOptions>['opts']>
