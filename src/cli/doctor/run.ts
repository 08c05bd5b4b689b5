import { type Advice, doctor } from '../../inspect/index.ts'
import { speaker } from '../../report/words.ts'
import { type Subject, subjectsOf } from '../subjects.ts'
import { Terminal, wrap } from '../terminal.ts'
import type { DoctorCommandOptions } from './command.ts'
import { type DoctorSay, doctorWords } from './words.ts'

/** What `--json` prints of one model. */
interface Examination {
  readonly name: string
  /** How many epochs of history were read. */
  readonly epochs: number
  readonly advice: readonly Advice[]
}

/** Runs `thinnet doctor`. */
export async function runDoctor(path: string, { json, lang }: DoctorCommandOptions): Promise<void> {
  const subjects = await subjectsOf(path)
  const examinations = subjects.map((subject) => examine(subject, lang))
  if (json) {
    process.stdout.write(`${JSON.stringify(examinations, undefined, 2)}\n`)
    return
  }
  const terminal = new Terminal(process.stdout)
  const say = speaker(doctorWords, lang)
  for (const [i, examination] of examinations.entries()) {
    if (i > 0) terminal.print()
    printExamination(terminal, examination, say)
  }
}

function examine(
  { name, model, history, training, example }: Subject,
  language: DoctorCommandOptions['lang'],
): Examination {
  return { name, epochs: history.length, advice: doctor(model, { history, training, example, language }) }
}

function printExamination(terminal: Terminal, { name, epochs, advice }: Examination, say: DoctorSay): void {
  const { bold, dim, red, yellow } = terminal.colors
  const width = Math.min(terminal.columns, 100)
  const indented = (text: string, style: (line: string) => string = (line) => line) => {
    for (const line of wrap(text, width - 4).split('\n')) terminal.print(`    ${style(line)}`)
  }
  terminal.print(bold(name))
  if (advice.length === 0) terminal.print(`  ${say('nothing')}`)
  for (const { severity, advice: what, reason, source } of advice) {
    terminal.print(`  ${severity === 'mistake' ? red(say('mistake')) : yellow(say('hint'))}`)
    indented(what)
    indented(say('why', { reason }), dim)
    indented(say('source', { source }), dim)
  }
  if (epochs === 0) terminal.print(`  ${dim(say('noHistory'))}`)
}
