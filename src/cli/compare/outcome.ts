// What a comparison leaves behind: files in its folder, a table and sentences for the reader.
import { type ArmSummary, type Comparison, summarize } from '../../report/comparison.ts'
import { count, percent } from '../../report/numbers.ts'
import { renderReport } from '../../report/page.ts'
import { verdict } from '../../report/verdict.ts'
import { type ReportKey, reportWords, type Say, speaker } from '../../report/words.ts'
import type { RunFolder, RunStatus } from '../../training/run-folder.node.ts'
import { formatTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import type { CompareOptions } from './command.ts'

/** The file `summary.json` of a run, and what `--json` prints. */
export interface RunSummary {
  readonly status: RunStatus
  /** What went wrong, of a run that failed. */
  readonly error?: string
  readonly folder: string
  readonly report: string | undefined
  readonly arms: readonly ArmSummary[]
  readonly notes: readonly string[]
}

/** Writes the report, unless there is nothing to report, and the summary. */
export function writeOutcome(
  folder: RunFolder,
  comparison: Comparison,
  options: Pick<CompareOptions, 'report' | 'lang'>,
  command: string,
  failure?: unknown,
): RunSummary {
  const arms = summarize(comparison.arms, comparison.trainingExamples)
  const withReport = options.report && arms.length > 0
  if (withReport) {
    folder.writeText('report.html', renderReport(comparison, { language: options.lang, version, command }))
  }
  const summary: RunSummary = {
    status: comparison.status,
    ...(failure !== undefined && { error: failure instanceof Error ? failure.message : String(failure) }),
    folder: folder.path,
    report: withReport ? folder.file('report.html') : undefined,
    arms,
    notes: comparison.notes,
  }
  folder.writeJson('summary.json', summary)
  return summary
}

/** Prints the table, what it shows in words, and where the files are. */
export function printOutcome(
  terminal: Terminal,
  comparison: Comparison,
  summary: RunSummary,
  options: CompareOptions,
): void {
  const say = speaker(reportWords, options.lang)
  terminal.print()
  if (summary.status === 'interrupted') terminal.print(terminal.colors.yellow(say('stopped')))
  if (summary.arms.length > 0) {
    for (const line of outcomeTable(summary.arms, terminal, say)) terminal.print(line)
    terminal.print()
    const sentences = verdict(comparison, say)
    for (const sentence of sentences) terminal.paragraph(sentence)
    if (sentences.length > 0) terminal.print()
  }
  if (summary.report) terminal.print(say('reportAt', { path: summary.report }))
  terminal.print(say('runAt', { path: summary.folder }))
}

function outcomeTable(arms: readonly ArmSummary[], terminal: Terminal, say: Say<ReportKey>): string[] {
  const columns = ['arm', 'testError', 'best', 'trainingError', 'gap', 'seconds', 'speed'] as const
  const rows = arms.map((arm) => [
    say(`arm.${arm.arm}`),
    percent(arm.testError),
    percent(arm.bestTestError),
    percent(arm.trainingError),
    percent(arm.gap),
    arm.seconds.toFixed(1),
    count(arm.examplesPerSecond),
  ])
  return formatTable(
    columns.map((column) => say(`column.${column}`)),
    rows,
    terminal.colors,
  )
}
