// Numbers, flags and names as PyTorch prints them: in messages, in the printed form of modules, in state dictionaries.

/** A number as Python prints it: `1e-07`, `nan`, `inf`; whole numbers without a point. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return Object.is(value, -0) ? '-0' : String(value)
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const sign = exponent.startsWith('-') ? '-' : '+'
  return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`
}

/** As `numberText`, of what is a float in PyTorch whatever the caller wrote: `1.0`. */
export const floatText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? `${Object.is(value, -0) ? '-0' : value}.0` : numberText(value)

export const booleanText = (value: boolean): string => (value ? 'True' : 'False')

/** A shape as PyTorch's messages print it. */
export const sizeText = (shape: readonly number[]): string => `torch.Size([${shape.join(', ')}])`

/** A size of memory: `512 B`, `18.2 KiB`. */
export function memoryText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}

/** A field's name as PyTorch writes it in state dictionaries: `runningMean` becomes `running_mean`. */
export const snakeCase = (name: string): string => name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
