/** Words as one command line that a shell reads as these words. */
export function quoted(words: readonly string[]): string {
  const quote = (word: string) => (/^[\w./:,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
  return words.map(quote).join(' ')
}

/** The command as it was typed, fit to be typed again. */
export const commandLine = (): string => quoted(['thinnet', ...process.argv.slice(2)])

/** Local time for the name of a folder: sorts by time, and no file system minds it. */
export function timestamp(date: Date): string {
  const local = new Date(date.getTime() - 60_000 * date.getTimezoneOffset())
  return local.toISOString().slice(0, 19).replaceAll(':', '-')
}
