/** A part of a whole as a percentage: 0.0123 is `1.23 %`. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`
}

/** A whole number with its thousands set apart: `60,000`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Four significant digits, and no zeros behind them: `0.01234`, `12.5`, `123500`. */
export const significant = (value: number): string => String(Number(value.toPrecision(4)))

/** The mean of values. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The standard deviation of several values, estimated from them. */
export function deviation(values: readonly number[]): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}
