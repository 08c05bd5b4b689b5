// Comparison of numbers, with a message that says where and by how much they differ.
import { contiguousStrides, formatShape, type Shape } from '../../src/tensor/shape.ts'
import { backendName, type Grid } from './grid.ts'

export interface Tolerance {
  readonly rtol: number
  readonly atol: number
}

export const exact: Tolerance = { rtol: 0, atol: 0 }

function positionOf(shape: Shape, at: number): string {
  return formatShape(contiguousStrides(shape).map((stride, dim) => Math.floor(at / stride) % (shape[dim] as number)))
}

const differs = (a: number, b: number, { rtol, atol }: Tolerance): boolean =>
  !(Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= atol + rtol * Math.abs(b))

/** Throws unless both have one shape and all numbers agree; `what` begins the message. */
export function expectClose(what: string, actual: Grid, expected: Grid, tolerance: Tolerance): void {
  const where = `${what} (${backendName()})`
  if (formatShape(actual.shape) !== formatShape(expected.shape)) {
    throw new Error(`${where}: shape ${formatShape(actual.shape)}, expected ${formatShape(expected.shape)}`)
  }
  const wrong = actual.data.flatMap((value, i) => (differs(value, expected.data[i] as number, tolerance) ? [i] : []))
  const [first] = wrong
  if (first === undefined) return
  const errors = wrong.map((i) => Math.abs((actual.data[i] as number) - (expected.data[i] as number)))
  throw new Error(
    `${where}: ${wrong.length} of ${actual.data.length} differ, first at ${positionOf(actual.shape, first)}: ` +
      `${actual.data[first]}, expected ${expected.data[first]}; largest error ${Math.max(...errors)}, ` +
      `tolerance rtol ${tolerance.rtol}, atol ${tolerance.atol}`,
  )
}
