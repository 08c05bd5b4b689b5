// Builds the kernels as two WASM modules and writes them as base64 to src/backend/wasm-binary.generated.ts. `npm run
// build` and `npm test` call it.
//
// Each file that target.cpp lists is compiled on its own, for relaxed SIMD only where that makes a difference, and its
// object stays in build/wasm until its sources change.
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseTable } from './generate-kernels.mjs'
import { closure, kernels, sourceTree } from './kernel-sources.mjs'
import { compileAll, compileFlags, runTool, unit, variants } from './wasm-toolchain.mjs'

const thisFile = fileURLToPath(import.meta.url)
const root = dirname(dirname(thisFile))
const output = join(root, 'src/backend/wasm-binary.generated.ts')

// The module imports its memory, which threads share (kernels/pool_wasm.cpp), and what starts them. The calling thread's
// stack lies lowest, so that an overflow traps instead of running into data; the heap begins at __heap_base and may grow to
// all that 32 bits address. A kernel file that two others include is defined twice, in the same words. The toolchain's C
// library is not marked as safe for threads, but nothing of it that is linked has state.
const pageBytes = 65536
const initialPages = 2 ** 7 // more than stack and statics take
const maximumPages = 2 ** 16
const linkFlags = [
  '-nostartfiles',
  '-Wl,--no-entry,--export=__heap_base,--export=__stack_pointer,--strip-all,--allow-multiple-definition',
  '-Wl,--import-memory,--shared-memory,--no-check-features',
  '-Wl,--stack-first,-z,stack-size=1048576',
  `-Wl,--initial-memory=${initialPages * pageBytes},--max-memory=${maximumPages * pageBytes}`,
]

/** The kernels as units to compile, each with the `variants` that it is for. */
function kernelUnits(tree) {
  const listed = [...tree['target.cpp'].matchAll(/^#include "(.+\.inl\.hpp)"/gm)].map(([, name]) => name)
  const included = new Set(listed.flatMap((name) => [...closure(tree, name).keys()].filter((other) => other !== name)))
  const families = listed.filter((name) => !included.has(name))
  const files = families.map((name) => [name, `#include "wasm_exports.hpp"\n#include "${name}"\n`])
  files.push(['pool_wasm.cpp', '#include "pool_wasm.cpp"\n'])
  return files.flatMap(([name, text]) => {
    const parts = [...closure({ ...tree, unit: text }, 'unit').values()]
    const differs = parts.some((part) => part.includes('__wasm_relaxed_simd__'))
    const groups = differs ? Object.keys(variants).map((variant) => [variant]) : [Object.keys(variants)]
    return groups.map((group) => ({
      ...unit(tree, name.replace(/\..*/, ''), text, [...compileFlags, '-DTARGET=wasm', ...variants[group[0]]]),
      variants: group,
    }))
  })
}

/** Compiles the kernels. Resolves, for each variant, to its objects: { name: bytes }. */
export async function kernelObjects(tree) {
  const units = kernelUnits(tree)
  const objects = await compileAll(units, tree, join(root, 'build', 'wasm'))
  const of = (variant) => units.filter((one) => one.variants.includes(variant)).map(({ object }) => object)
  return Object.fromEntries(
    Object.keys(variants).map((variant) => [
      variant,
      Object.fromEntries(of(variant).map((object) => [object, objects[object]])),
    ]),
  )
}

/** The module of a variant, linked from its objects. */
async function link(objects) {
  const { module } = await runTool('clang++', [...linkFlags, ...Object.keys(objects), '-o', 'module'], objects)
  return module
}

/** The table's kernels are exported. Input or output through the C library would ask for imports no page has. */
function checkInterface(module, table) {
  const compiled = new WebAssembly.Module(module)
  const imports = WebAssembly.Module.imports(compiled).map(({ name }) => name)
  if (imports.join() !== 'memory,startThreads') {
    throw new Error(`the WASM module must import memory and startThreads only, but it imports ${imports.join(', ')}`)
  }
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
  const scripts = [thisFile, join(root, 'scripts', 'wasm-toolchain.mjs')].map((script) => statSync(script).mtimeMs)
  return Math.max(newest(kernels), ...scripts) < statSync(output).mtimeMs
}

/** Builds both modules unless they are fresh. Resolves to their sizes in bytes, or undefined if nothing was to do. */
export async function buildWasm() {
  if (isFresh()) return undefined
  const tree = sourceTree()
  const modules = {}
  for (const [variant, objects] of Object.entries(await kernelObjects(tree))) modules[variant] = await link(objects)
  checkInterface(modules.simd, tree['table.def']) // the other has the same, but Node 20 cannot read it
  const lines = [
    `/** The size of the memory that the modules import. */\n`,
    `export const initialPages = ${initialPages}\nexport const maximumPages = ${maximumPages}\n\n`,
    ...Object.entries(modules).map(
      ([name, module]) => `export const ${name}: string = '${Buffer.from(module).toString('base64')}'\n`,
    ),
  ]
  const unfinished = `${output}.${process.pid}`
  writeFileSync(unfinished, `// Generated from kernels/ by scripts/build-wasm.mjs; do not edit.\n\n${lines.join('')}`)
  renameSync(unfinished, output)
  return Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, module.length]))
}

if (process.argv[1] === thisFile) {
  const sizes = await buildWasm()
  console.log(sizes ? `WASM modules: ${JSON.stringify(sizes)} bytes` : 'WASM modules are up to date')
}
