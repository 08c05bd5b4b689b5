// Builds the kernels as two WASM modules, with Clang and LLD from npm (themselves WASM: nothing need be installed), and
// writes them as base64 to src/backend/wasm-binary.generated.ts. `npm run build` and `npm test` call it.
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { commands } from '@yowasp/clang'
import { commonFlags } from '../kernels/build.mjs'

const thisFile = fileURLToPath(import.meta.url)
const root = dirname(dirname(thisFile))
const kernels = join(root, 'kernels')
const output = join(root, 'src/backend/wasm-binary.generated.ts')

/** The modules, by the name each is exported under, and the instruction-set flags each is compiled with. */
export const variants = {
  simd: ['-msimd128'],
  relaxedSimd: ['-msimd128', '-mrelaxed-simd'],
}

/** Flags that every WASM compilation of a kernel source shares. */
export const compileFlags = [
  ...commonFlags.filter((flag) => flag !== '-fPIC'), // the module is linked at fixed addresses
  '-fno-exceptions',
  '-fno-rtti',
  '-DTARGET=wasm',
  '-Ikernels',
]

// The module imports nothing and has no start function. The stack lies lowest, so that an overflow traps instead of
// running into data; the heap begins at __heap_base and may grow to all that 32 bits address.
const linkFlags = [
  '-nostartfiles',
  '-Wl,--no-entry,--export=__heap_base,--strip-all',
  '-Wl,--stack-first,-z,stack-size=1048576,--max-memory=4294967296',
]

/**
 * The C++ sources as the tree of names and texts that the compiler takes for its file system. That file system does not
 * resolve `..`, so an include of the parent folder becomes one of the include path.
 */
export function sourceTree(folder = kernels) {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || ['.cpp', '.hpp', '.def'].includes(extname(entry.name)))
      .map((entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return [entry.name, sourceTree(path)]
        return [entry.name, readFileSync(path, 'utf8').replaceAll('#include "../', '#include "')]
      }),
  )
}

/** Runs a command of the toolchain on a file tree; returns the tree afterwards. What it prints is the error's text. */
export async function runTool(command, args, files) {
  const decoder = new TextDecoder()
  let printed = ''
  const print = (bytes) => {
    if (bytes) printed += decoder.decode(bytes, { stream: true })
  }
  const options = { stdout: print, stderr: print, fetchProgress: () => {} }
  try {
    await commands[command](null, {}, options) // loads the toolchain; else `clang++` does, and reports progress
    return await commands[command](args, files, options)
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${printed || error}`)
  }
}

/** One variant's module, as bytes. */
async function compile(variant) {
  const files = { kernels: sourceTree() }
  const { object } = await runTool(
    'clang++',
    [...compileFlags, ...variants[variant], '-c', 'kernels/wasm.cpp', '-o', 'object'],
    files,
  )
  const { module } = await runTool('clang++', [...linkFlags, 'object', '-o', 'module'], { object })
  return module
}

/** Input or output through the C library would ask for imports, which a page could not satisfy. */
function checkNoImports(module) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(module)).map((entry) => entry.name)
  if (imports.length > 0) throw new Error(`the WASM module must import nothing, but it imports ${imports.join(', ')}`)
}

/** The module of a variant, compiled in a thread of its own: the compiler runs synchronously. */
function compileInWorker(variant) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(thisFile, { workerData: { variant } })
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}

/** True if the generated file is there and newer than every source and this script. */
export function wasmIsFresh() {
  if (!existsSync(output)) return false
  const written = statSync(output).mtimeMs
  const newest = (folder) =>
    Math.max(
      ...readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.name !== 'test' && extname(entry.name) !== '.mjs')
        .map((entry) => {
          const path = join(folder, entry.name)
          return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs
        }),
    )
  return Math.max(newest(kernels), statSync(thisFile).mtimeMs, statSync(join(kernels, 'build.mjs')).mtimeMs) < written
}

/** Builds both modules unless they are fresh. Resolves to their sizes in bytes, or undefined if nothing was to do. */
export async function buildWasm() {
  if (wasmIsFresh()) return undefined
  const names = Object.keys(variants)
  const modules = await Promise.all(names.map(compileInWorker))
  checkNoImports(modules[names.indexOf('simd')]) // the other has the same sources, but Node 20 cannot read it
  const lines = names.map((name, i) => `export const ${name} = '${Buffer.from(modules[i]).toString('base64')}'\n`)
  const unfinished = `${output}.${process.pid}`
  writeFileSync(unfinished, `// Generated from kernels/ by scripts/build-wasm.mjs; do not edit.\n${lines.join('')}`)
  renameSync(unfinished, output)
  return Object.fromEntries(names.map((name, i) => [name, modules[i].length]))
}

if (!isMainThread && workerData?.variant in variants) {
  parentPort.postMessage(await compile(workerData.variant))
} else if (process.argv[1] === thisFile) {
  const sizes = await buildWasm()
  console.log(sizes ? `WASM modules: ${JSON.stringify(sizes)} bytes` : 'WASM modules are up to date')
}
