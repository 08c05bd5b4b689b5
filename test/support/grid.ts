// Plain numbers in a shape: what reference implementations compute with, in double precision.
import { backend } from '../../src/backend/backend.ts'
import { tensor } from '../../src/ops/creation.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { contiguousStrides, elementCount, type Shape } from '../../src/tensor/shape.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** Every position of a shape, in row-major order. */
export function positionsOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((position) => Array.from({ length: size }, (_, i) => [...position, i])),
    [[]],
  )
}

export class Grid {
  constructor(
    readonly shape: Shape,
    readonly data: readonly number[],
  ) {
    if (data.length !== elementCount(shape)) throw new Error(`${data.length} numbers for shape [${shape}]`)
  }

  static of(x: Tensor): Grid {
    return new Grid(x.shape, Array.from(x.detach().toArray()))
  }

  /** The grid whose number at each position is `f` of it. */
  static from(shape: Shape, f: (position: readonly number[]) => number): Grid {
    return new Grid(shape, positionsOf(shape).map(f))
  }

  at(position: readonly number[]): number {
    const strides = contiguousStrides(this.shape)
    if (position.length !== this.shape.length) throw new Error(`position [${position}] in shape [${this.shape}]`)
    return this.data[position.reduce((at, i, dim) => at + i * (strides[dim] as number), 0)] as number
  }

  map(f: (x: number) => number): Grid {
    return new Grid(this.shape, this.data.map(f))
  }

  /** The number that broadcasting to a larger shape puts at `position`. */
  broadcastAt(position: readonly number[]): number {
    const own = position.slice(position.length - this.shape.length)
    return this.at(own.map((i, dim) => (this.shape[dim] === 1 ? 0 : i)))
  }
}

export function broadcastShape(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + i] ?? 1)
    return sizes.find((size) => size !== 1) ?? 1
  })
}

/** The reference of an element-wise op: a function of numbers, over broadcast operands. */
export const elementwise =
  (f: (...values: number[]) => number) =>
  (inputs: readonly Grid[]): Grid =>
    Grid.from(broadcastShape(inputs.map(({ shape }) => shape)), (position) =>
      f(...inputs.map((input) => input.broadcastAt(position))),
    )

/** The reference of an op along one dimension: a function of each row of numbers along it. */
export function alongDim(input: Grid, dim: number, f: (row: readonly number[]) => readonly number[]): Grid {
  const at = dim < 0 ? dim + input.shape.length : dim
  const rowAt = (position: readonly number[]) =>
    Array.from({ length: input.shape[at] as number }, (_, i) => input.at(position.with(at, i)))
  return Grid.from(input.shape, (position) => f(rowAt(position))[position[at] as number] as number)
}

/** The grid as a tensor. */
export const toTensor = ({ shape, data }: Grid, dtype: DType = 'float64'): Tensor =>
  tensor(Float64Array.from(data), { shape, dtype })

/** What the tests run on, for messages. */
export const backendName = (): string => `${backend().name}/${backend().target}`
