/** A part of a whole as a percentage: 0.0123 is `1.23 %`. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`
}

/** A whole number with its thousands set apart: `60,000`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}
