// Compiles the C++ self-tests of kernels/test for WASM, with and without relaxed SIMD, and runs them on Node's WASI.
// Undefined behaviour traps; addresses are not checked (AddressSanitizer does not exist here; see test-kernels.mjs).
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { WASI } from 'node:wasi'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compileFlags, runTool, sourceTree, variants } from './build-wasm.mjs'

const thisFile = fileURLToPath(import.meta.url)
const tests = join(dirname(dirname(thisFile)), 'kernels', 'test')

async function compile(source, variant) {
  const flags = compileFlags.map((flag) => (flag === '-O3' ? '-O1' : flag))
  const trap = ['-fsanitize=undefined', '-fsanitize-trap=undefined']
  const inputs = [`kernels/test/${source}`, 'kernels/pool_single.cpp']
  const stack = ['-Wl,--stack-first,-z,stack-size=1048576']
  const { program } = await runTool(
    'clang++',
    [...flags, ...trap, ...variants[variant], ...inputs, ...stack, '-o', 'program'],
    { kernels: sourceTree() },
  )
  return program
}

/** Runs a program; true if it ends with exit code 0. What it prints goes to our output. */
function runProgram(program) {
  const wasi = new WASI({ version: 'preview1', returnOnExit: true })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(program), wasi.getImportObject())
  try {
    return wasi.start(instance) === 0
  } catch (error) {
    console.log(error.stack)
    return false
  }
}

/** Compiles and runs all tests of a variant in this thread; a toolchain that has run once is twice as fast. */
async function runVariant(variant) {
  const total = { passed: 0, failed: 0 }
  for (const source of readdirSync(tests).filter((name) => name.endsWith('_test.cpp'))) {
    const ok = await compile(source, variant).then(runProgram, (error) => console.log(error.message))
    if (ok) total.passed++
    else total.failed++
    console.log(`${ok ? 'ok' : 'FAILED'} ${source} wasm ${variant}`)
  }
  return total
}

/** Runs all kernel tests on WASM. Resolves to { passed, failed }. */
export async function wasmKernelTests() {
  const totals = await Promise.all(
    Object.keys(variants).map(
      (variant) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(thisFile, { workerData: { tested: variant } })
          worker.on('message', resolve)
          worker.on('error', reject)
        }),
    ),
  )
  const sum = (key) => totals.reduce((all, total) => all + total[key], 0)
  return { passed: sum('passed'), failed: sum('failed') }
}

if (!isMainThread && workerData?.tested) {
  // Node 20 has relaxed SIMD behind a flag.
  if (workerData.tested === 'relaxedSimd' && Number.parseInt(process.versions.node, 10) < 22) {
    setFlagsFromString('--experimental-wasm-relaxed-simd')
  }
  parentPort.postMessage(await runVariant(workerData.tested))
} else if (process.argv[1] === thisFile) {
  const { passed, failed } = await wasmKernelTests()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
