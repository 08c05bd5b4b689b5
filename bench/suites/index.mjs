import { latency } from './latency.mjs'
import { product } from './product.mjs'
import { random } from './random.mjs'
import { small } from './small.mjs'
import { step } from './step.mjs'
import { thinned } from './thinned.mjs'
import { wasm } from './wasm.mjs'
import { wasmStep } from './wasm-step.mjs'

/** In the order in which they are run and shown. A suite is `{ name, about, rows(), columns, render? }`. */
export const suites = [thinned, step, small, wasmStep, product, wasm, latency, random]
