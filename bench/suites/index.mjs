import { accuracy } from './accuracy.mjs'
import { epoch } from './epoch.mjs'
import { growth } from './growth.mjs'
import { kernels } from './kernels.mjs'
import { latency } from './latency.mjs'
import { memory } from './memory.mjs'
import { product } from './product.mjs'
import { random } from './random.mjs'
import { roofline } from './roofline.mjs'
import { small } from './small.mjs'
import { step } from './step.mjs'
import { thinned } from './thinned.mjs'
import { wasm } from './wasm.mjs'
import { wasmStep } from './wasm-step.mjs'

/**
 * In the order in which they are run and shown. A suite is `{ name, about, rows(settings), columns, render?,
 * takesTurns? }`; a row
 * `{ name, threads, work?, contenders }` for a race, with `turns(settings)` where it takes other ones and `extraSeconds` for the
 * estimate, or `{ name, threads, estimate(settings), measure(context) }` for anything else.
 */
export const suites = [
  ...[accuracy, epoch, thinned, step, roofline, growth, memory, small, wasmStep],
  ...[kernels, product, wasm, latency, random],
]
