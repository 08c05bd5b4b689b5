import stringWidth from 'string-width'
import { type Colors, padding } from './terminal.ts'

/** A table as lines of text: the first column to the left, numbers to the right, two spaces between. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], colors: Colors): string[] {
  const widths = header.map((name, i) =>
    Math.max(...[name, ...rows.map((row) => row[i] ?? '')].map((cell) => stringWidth(cell))),
  )
  const align = (cells: readonly string[]) =>
    widths
      .map((width, i) => {
        const cell = cells[i] ?? ''
        return i === 0 ? cell + padding(cell, width) : padding(cell, width) + cell
      })
      .join('  ')
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [colors.bold(align(header)), colors.dim(rule), ...rows.map(align)]
}
