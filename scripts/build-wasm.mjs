// Builds the kernels as two WASM modules, with Clang and LLD from npm (themselves WASM: nothing need be installed), and
// writes them as base64 to src/backend/wasm-binary.generated.ts. `npm run build` and `npm test` call it.
//
// The toolchain is a few times slower than a native one, so work is shared out and kept: each file that target.cpp lists
// is compiled on its own, for relaxed SIMD only where that makes a difference, and its object stays in build/wasm until
// its sources change.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { commands } from '@yowasp/clang'
import { commonFlags } from '../kernels/build.mjs'
import { parseTable } from './generate-kernels.mjs'

const thisFile = fileURLToPath(import.meta.url)
const root = dirname(dirname(thisFile))
const kernels = join(root, 'kernels')
const objects = join(root, 'build', 'wasm')
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
// running into data; the heap begins at __heap_base and may grow to all that 32 bits address. A kernel file that two
// others include is defined twice, in the same words.
const linkFlags = [
  '-nostartfiles',
  '-Wl,--no-entry,--export=__heap_base,--strip-all,--allow-multiple-definition',
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

/** A source file and all that it includes, directly or not, as [path, text] below kernels/. */
function closure(tree, path, found = new Map()) {
  const text = path.split('/').reduce((node, name) => node?.[name], tree)
  if (typeof text !== 'string' || found.has(path)) return found // a system header, or known
  found.set(path, text)
  const folder = path.includes('/') ? `${dirname(path)}/` : ''
  for (const [, name] of text.matchAll(/^#include "(.+)"/gm)) {
    closure(tree, folder + name, found)
    closure(tree, name, found)
  }
  return found
}

/** What to compile: { source, text, flags, variants, object }, the object's name telling all that went into it. */
function compilations(tree) {
  const listed = [...tree['target.cpp'].matchAll(/^#include "(.+\.inl\.hpp)"/gm)].map(([, name]) => name)
  const included = new Set(listed.flatMap((name) => [...closure(tree, name).keys()].filter((other) => other !== name)))
  const families = listed.filter((name) => !included.has(name))
  const units = families.map((name) => [name, `#include "wasm_exports.hpp"\n#include "${name}"\n`])
  units.push(['pool_single.cpp', '#include "pool_single.cpp"\n'])
  return units.flatMap(([name, text]) => {
    const parts = [...closure({ ...tree, unit: text }, 'unit').values()]
    const differs = parts.some((part) => part.includes('__wasm_relaxed_simd__'))
    const groups = differs ? Object.keys(variants).map((variant) => [variant]) : [Object.keys(variants)]
    return groups.map((group) => {
      const flags = [...compileFlags, ...variants[group[0]]]
      const hash = createHash('sha256')
        .update(JSON.stringify([flags, parts]))
        .digest('hex')
      return { text, flags, variants: group, object: `${name.replace(/\..*/, '')}-${hash.slice(0, 16)}.o` }
    })
  })
}

/** Compiles, in threads (the toolchain is synchronous), the units whose objects are not there; removes all other objects. */
async function compileAll(units, tree) {
  mkdirSync(objects, { recursive: true })
  const wanted = new Set(units.map(({ object }) => object))
  for (const name of readdirSync(objects)) if (!wanted.has(name)) rmSync(join(objects, name), { force: true })
  const queue = units.filter(({ object }) => !existsSync(join(objects, object)))
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(thisFile, { workerData: { tree } })
      worker.on('error', reject)
      worker.on('exit', resolve)
      const next = () => worker.postMessage(queue.shift())
      worker.on('message', ({ object, bytes }) => {
        const unfinished = join(objects, `${object}.${process.pid}`)
        writeFileSync(unfinished, bytes)
        renameSync(unfinished, join(objects, object))
        next()
      })
      next()
    })
  await Promise.all(Array.from({ length: Math.min(queue.length, availableParallelism(), 4) }, thread))
}

/** The module of a variant, linked from its objects. */
async function link(units, variant) {
  const parts = units.filter((unit) => unit.variants.includes(variant)).map(({ object }) => object)
  const files = Object.fromEntries(parts.map((object) => [object, new Uint8Array(readFileSync(join(objects, object)))]))
  const { module } = await runTool('clang++', [...linkFlags, ...parts, '-o', 'module'], files)
  return module
}

/** Exactly the table's kernels are exported. Input or output through the C library would ask for imports no page has. */
function checkInterface(module, table) {
  const compiled = new WebAssembly.Module(module)
  const imports = WebAssembly.Module.imports(compiled).map(({ name }) => name)
  if (imports.length > 0) throw new Error(`the WASM module must import nothing, but it imports ${imports.join(', ')}`)
  const exported = new Set(WebAssembly.Module.exports(compiled).map(({ name }) => name))
  const missing = parseTable(table).filter(({ name }) => !exported.has(name))
  if (missing.length > 0) throw new Error(`kernels without a definition: ${missing.map(({ name }) => name).join(', ')}`)
}

/** True if the generated file is there and newer than every source and script that it comes from. */
function isFresh() {
  if (!existsSync(output)) return false
  const newest = (folder) =>
    Math.max(
      ...readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.name !== 'test')
        .map((entry) => {
          const path = join(folder, entry.name)
          return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs
        }),
    )
  return Math.max(newest(kernels), statSync(thisFile).mtimeMs) < statSync(output).mtimeMs
}

/** Builds both modules unless they are fresh. Resolves to their sizes in bytes, or undefined if nothing was to do. */
export async function buildWasm() {
  if (isFresh()) return undefined
  const tree = sourceTree()
  const units = compilations(tree)
  await compileAll(units, tree)
  const modules = {}
  for (const variant of Object.keys(variants)) modules[variant] = await link(units, variant)
  checkInterface(modules.simd, tree['table.def']) // the other has the same, but Node 20 cannot read it
  const lines = Object.entries(modules).map(
    ([name, module]) => `export const ${name} = '${Buffer.from(module).toString('base64')}'\n`,
  )
  const unfinished = `${output}.${process.pid}`
  writeFileSync(unfinished, `// Generated from kernels/ by scripts/build-wasm.mjs; do not edit.\n${lines.join('')}`)
  renameSync(unfinished, output)
  return Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, module.length]))
}

if (!isMainThread && workerData?.tree) {
  parentPort.on('message', async (unit) => {
    if (unit === undefined) return parentPort.close() // the queue is empty
    const files = { kernels: workerData.tree, 'unit.cpp': unit.text }
    const { result } = await runTool('clang++', [...unit.flags, '-c', 'unit.cpp', '-o', 'result'], files)
    parentPort.postMessage({ object: unit.object, bytes: result })
  })
} else if (process.argv[1] === thisFile) {
  const sizes = await buildWasm()
  console.log(sizes ? `WASM modules: ${JSON.stringify(sizes)} bytes` : 'WASM modules are up to date')
}
