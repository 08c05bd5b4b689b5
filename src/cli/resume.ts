// `--resume`: going on with a run that was stopped, with the options that it was begun with.
import { type Command, type CommandUnknownOpts, Option, type OptionValues } from '@commander-js/extra-typings'
import { Autosave } from '../training/autosave.ts'
import { notNegative } from './options.ts'

/** Options that change nothing about what is learnt, so that they may be given anew. */
const freeOptions = ['resume', 'quiet', 'json', 'threads']

/** `--resume`, for a command whose other options are those of `command`: all but the free ones exclude it. */
export function resumeOption(command: CommandUnknownOpts) {
  const others = command.options.map((option) => option.attributeName()).filter((name) => !freeOptions.includes(name))
  return new Option('--resume <folder>', 'go on with the run in this folder, with its options').conflicts(others)
}

/** `--checkpoint`, how often to save. */
export const checkpointOption = () =>
  new Option('--checkpoint <seconds>', 'save this often within an epoch, for --resume; 0 is after each mini-batch')
    .argParser(notNegative)
    .default(30)

/** Saves as `--checkpoint` says, and at the end of epochs: so rarely that it costs a hundredth of the time, or always. */
export const autosaveOf = (save: () => void, { checkpoint }: { readonly checkpoint: number }): Autosave =>
  new Autosave(save, { seconds: checkpoint, share: checkpoint === 0 ? Number.POSITIVE_INFINITY : undefined })

/** The words behind a command's name on the command line: what a run keeps to be gone on with. */
export const typedOptions = (): string[] => process.argv.slice(3)

/** What the words of a run mean: `define` makes its command, without what it does. */
export function parseOptions<Options extends OptionValues>(
  define: () => Command<[], Options>,
  words: readonly string[],
): Options {
  const command = define().exitOverride()
  command.parse(words, { from: 'user' })
  return command.opts()
}
