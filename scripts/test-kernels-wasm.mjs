// Runs the C++ self-tests of kernels/test on the very objects that the WASM modules are linked of, with and without relaxed
// SIMD, on Node's WASI, one thread. Addresses are not checked here (test-kernels.mjs does that); guard bytes are.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { WASI } from 'node:wasi'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { kernelObjects } from './build-wasm.mjs'
import { sourceTree } from './kernel-sources.mjs'
import { testNames } from './test-kernels.mjs'
import { compileAll, compileFlags, runTool, unit, variants } from './wasm-toolchain.mjs'

const thisFile = fileURLToPath(import.meta.url)
const folder = join(dirname(dirname(thisFile)), 'build', 'wasm-tests')
const linkFlags = ['-Wl,--allow-multiple-definition,--stack-first,-z,stack-size=1048576']

/** The tests and their main function, compiled once for all variants: they know kernels by the table alone. */
function testObjects(tree) {
  const flags = [...compileFlags.map((flag) => (flag === '-O3' ? '-O1' : flag)), ...variants.simd]
  const units = testNames.map((name) => unit(tree, name, `#include "test/${name}_test.cpp"\n`, flags))
  units.push(unit(tree, 'main', '#include "test/main.cpp"\n', [...flags, '-DTARGET=wasm']))
  return compileAll(units, tree, folder)
}

/** Runs one file of tests; true if it ends with exit code 0. What it prints goes to our output. */
function runTest(module, name) {
  const wasi = new WASI({ version: 'preview1', returnOnExit: true, args: ['test', 'wasm', name] })
  try {
    return wasi.start(new WebAssembly.Instance(module, { ...wasi.getImportObject(), env: { startThreads() {} } })) === 0
  } catch (error) {
    console.log(error.stack)
    return false
  }
}

/** Runs all tests of a variant in this thread. */
function runAll(program, variant) {
  const module = new WebAssembly.Module(program)
  const total = { passed: 0, failed: 0 }
  for (const name of testNames) {
    const ok = runTest(module, name)
    total[ok ? 'passed' : 'failed']++
    console.log(`${ok ? 'ok' : 'FAILED'} ${name} wasm ${variant}`)
  }
  return total
}

const runInThread = (program, variant) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(thisFile, { workerData: { program, variant } })
    worker.on('message', resolve)
    worker.on('error', reject)
  })

/** Runs all kernel tests on WASM. Resolves to { passed, failed }. */
export async function wasmKernelTests() {
  const tree = sourceTree()
  const kernels = await kernelObjects(tree)
  const tests = await testObjects(tree)
  const totals = []
  for (const variant of Object.keys(variants)) {
    const objects = { ...kernels[variant], ...tests }
    const { program } = await runTool('clang++', [...linkFlags, ...Object.keys(objects), '-o', 'program'], objects)
    totals.push(runInThread(program, variant))
  }
  const results = await Promise.all(totals)
  const sum = (key) => results.reduce((all, result) => all + result[key], 0)
  return { passed: sum('passed'), failed: sum('failed') }
}

if (!isMainThread && workerData?.program) {
  const { program, variant } = workerData
  // Node 20 has relaxed SIMD behind a flag.
  if (variant === 'relaxedSimd' && Number.parseInt(process.versions.node, 10) < 22) {
    setFlagsFromString('--experimental-wasm-relaxed-simd')
  }
  parentPort.postMessage(runAll(program, variant))
} else if (process.argv[1] === thisFile) {
  const { passed, failed } = await wasmKernelTests()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
