// Tensors out of numbers.
import { backend } from '../backend/backend.ts'
import { fail, show } from '../backend/errors.ts'
import { checkOptions, checkTensor, noOptions } from '../tensor/arguments.ts'
import { checkDType, type DType, dtypeCode, type HostArray } from '../tensor/dtype.ts'
import { checkShape, elementCount, formatShape, type Shape } from '../tensor/shape.ts'
import { allocate, type Tensor } from '../tensor/tensor.ts'

/** Options of every function that makes a tensor. */
export interface CreationOptions {
  /** Data type. Default float32, where nothing else is said. */
  readonly dtype?: DType | undefined
  /** Records operations on the tensor for `backward`. Default false. */
  readonly requiresGrad?: boolean | undefined
}

/** Numbers, booleans, or (nested) arrays of them, of one length at each depth. */
export type TensorData = number | boolean | HostArray | readonly TensorData[]

const optionNames = ['dtype', 'requiresGrad'] as const
const tensorOptionNames = [...optionNames, 'shape'] as const

function checkCreationOptions(where: string, options: CreationOptions, known: readonly string[]): void {
  checkOptions(where, options, known, "{ dtype: 'float32' }")
  if (options.dtype !== undefined) checkDType(where, options.dtype)
}

/** @internal The checks of every function that makes a tensor of a shape. */
export function checkCreation(
  where: string,
  shape: Shape,
  options: CreationOptions,
  known: readonly string[] = optionNames,
): void {
  checkShape(where, shape)
  checkCreationOptions(where, options, known)
}

/** @internal What every function that makes a tensor ends with. */
export function finish(x: Tensor, { requiresGrad = false }: CreationOptions): Tensor {
  if (requiresGrad) x.requiresGrad = true
  return x
}

/**
 * A tensor of given values. The type is float32 for numbers, bool for booleans and that of a typed array, unless `dtype`
 * says otherwise.
 *
 * @throws ThinnetError TN_SHAPE if nested arrays differ in length.
 * @example tensor([[1, 2, 3], [4, 5, 6]])
 */
export function tensor(data: TensorData, options: CreationOptions & { readonly shape?: Shape } = noOptions): Tensor {
  checkCreationOptions('tensor', options, tensorOptionNames)
  const shape: number[] = []
  const flat: number[] | HostArray = ArrayBuffer.isView(data) ? data : []
  const natural = naturalType(data)
  if (ArrayBuffer.isView(data)) shape.push(data.length)
  else flatten(data, 0, shape, flat as number[])
  const finalShape = options.shape ?? shape
  checkShape('tensor', finalShape)
  if (elementCount(finalShape) !== flat.length) {
    fail(
      'TN_SHAPE',
      'tensor',
      `shape ${formatShape(finalShape)} holds ${elementCount(finalShape)} elements, got ${flat.length} values`,
    )
  }
  const out = allocate(finalShape, options.dtype ?? natural)
  const view = out.hostView()
  if (out.dtype === 'bool') for (let i = 0; i < flat.length; i++) view[i] = flat[i] === 0 ? 0 : 1
  else view.set(flat)
  return finish(out, options)
}

function naturalType(data: TensorData): DType {
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof Uint8Array) return 'uint8'
  if (Array.isArray(data)) return data.length > 0 ? naturalType(data[0] as TensorData) : 'float32'
  return typeof data === 'boolean' ? 'bool' : 'float32'
}

function flatten(data: TensorData, depth: number, shape: number[], flat: number[]): void {
  if (typeof data === 'number' || typeof data === 'boolean') {
    if (depth < shape.length) ragged()
    flat.push(Number(data))
    return
  }
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) {
    fail('TN_DTYPE', 'tensor', `expected numbers, booleans or arrays of them, got ${show(data)}`)
  }
  const list = data as ArrayLike<TensorData>
  if (depth === shape.length) {
    if (flat.length > 0) ragged()
    shape.push(list.length)
  } else if (shape[depth] !== list.length) ragged()
  for (let i = 0; i < list.length; i++) flatten(list[i] as TensorData, depth + 1, shape, flat)
}

function ragged(): never {
  return fail('TN_SHAPE', 'tensor', 'nested arrays must have one length at each depth')
}

/** A tensor filled with one value. */
export function full(shape: Shape, value: number, options: CreationOptions = noOptions): Tensor {
  checkCreation('full', shape, options)
  return filled(shape, value, options)
}

function filled(shape: Shape, value: number, options: CreationOptions): Tensor {
  const out = allocate(shape, options.dtype ?? 'float32')
  backend().kernels.fill(dtypeCode(out.dtype), out.address, out.numel, value)
  return finish(out, options)
}

/** Zeros. @example zeros([2, 3], { dtype: 'float64' }) */
export function zeros(shape: Shape, options: CreationOptions = noOptions): Tensor {
  checkCreation('zeros', shape, options)
  return finish(allocate(shape, options.dtype ?? 'float32', true), options)
}

/** Ones. */
export function ones(shape: Shape, options: CreationOptions = noOptions): Tensor {
  checkCreation('ones', shape, options)
  return filled(shape, 1, options)
}

/** A tensor of arbitrary values, to be written. */
export function empty(shape: Shape, options: CreationOptions = noOptions): Tensor {
  checkCreation('empty', shape, options)
  return finish(allocate(shape, options.dtype ?? 'float32'), options)
}

function like(where: string, x: Tensor, value: number, options: CreationOptions): Tensor {
  checkTensor(where, x)
  checkCreation(where, x.shape, options)
  return filled(x.shape, value, { dtype: x.dtype, ...options })
}

/** Zeros of another tensor's shape and type. */
export const zerosLike = (x: Tensor, options: CreationOptions = noOptions): Tensor => like('zerosLike', x, 0, options)
/** Ones of another tensor's shape and type. */
export const onesLike = (x: Tensor, options: CreationOptions = noOptions): Tensor => like('onesLike', x, 1, options)
/** One value in another tensor's shape and type. */
export const fullLike = (x: Tensor, value: number, options: CreationOptions = noOptions): Tensor =>
  like('fullLike', x, value, options)

/**
 * `start`, `start + step`, … before `end`. With one argument, 0 to it. int32 if all are whole numbers, else float32.
 *
 * @example arange(3) // [0, 1, 2]
 */
export function arange(start: number, end?: number, step = 1, options: CreationOptions = noOptions): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end]
  if (step === 0 || !Number.isFinite(step) || (to - from) / step < 0) {
    fail('TN_RANGE', 'arange', `step must lead from start to end, got start ${from}, end ${to}, step ${step}`)
  }
  const whole = [from, to, step].every(Number.isInteger)
  const length = Math.ceil((to - from) / step)
  checkCreation('arange', [length], options)
  const out = allocate([length], options.dtype ?? (whole ? 'int32' : 'float32'))
  backend().kernels.arange(dtypeCode(out.dtype), out.address, out.numel, from, step)
  return finish(out, options)
}

/** `count` values from `start` to `end`, both included, evenly apart. */
export function linspace(start: number, end: number, count: number, options: CreationOptions = noOptions): Tensor {
  checkCreation('linspace', [count], options)
  const step = count > 1 ? (end - start) / (count - 1) : 0
  // From both ends towards the middle, so that the last value is `end` itself.
  const at = (i: number) => (i < count / 2 ? start + step * i : end - step * (count - 1 - i))
  return tensor(
    Array.from({ length: count }, (_, i) => at(i)),
    options,
  )
}

/** The identity matrix. Shape: `[rows, columns]`, columns = rows by default. */
export function eye(rows: number, columns = rows, options: CreationOptions = noOptions): Tensor {
  checkCreation('eye', [rows, columns], options)
  const out = zeros([rows, columns], { dtype: options.dtype })
  const view = out.hostView()
  for (let i = 0; i < Math.min(rows, columns); i++) view[i * columns + i] = 1
  return finish(out, options)
}
