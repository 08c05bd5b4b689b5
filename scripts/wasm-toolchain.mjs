// Clang and LLD from npm, themselves WASM: nothing need be installed. They are a few times slower than native ones, so work
// is shared out among threads, and objects are kept.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { commands } from '@yowasp/clang'
import { commonFlags } from '../kernels/build.mjs'
import { closure } from './kernel-sources.mjs'

const thisFile = fileURLToPath(import.meta.url)

/** The modules, by the name each is exported under, and the instruction-set flags each is compiled with. */
export const variants = {
  simd: ['-msimd128'],
  relaxedSimd: ['-msimd128', '-mrelaxed-simd'],
}

/** Flags that every WASM compilation shares. */
export const compileFlags = [
  ...commonFlags.filter((flag) => flag !== '-fPIC'), // the module is linked at fixed addresses
  '-fno-exceptions',
  '-fno-rtti',
  '-matomics',
  '-mbulk-memory',
  '-Ikernels',
]

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

/** Something to compile: { text, flags, object }, the object's name telling all that goes into it. */
export function unit(tree, name, text, flags) {
  const parts = [...closure({ ...tree, unit: text }, 'unit').values()]
  const hash = createHash('sha256')
    .update(JSON.stringify([flags, parts]))
    .digest('hex')
  return { text, flags, object: `${name}-${hash.slice(0, 16)}.o` }
}

/**
 * Compiles, in threads (the toolchain is synchronous), the units whose objects are not in `folder`; removes all other
 * objects there. Resolves to { object: bytes }.
 */
export async function compileAll(units, tree, folder) {
  mkdirSync(folder, { recursive: true })
  const wanted = new Set(units.map(({ object }) => object))
  for (const name of readdirSync(folder)) if (!wanted.has(name)) rmSync(join(folder, name), { force: true })
  const queue = units.filter(({ object }) => !existsSync(join(folder, object)))
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(thisFile, { workerData: { tree } })
      worker.on('error', reject)
      worker.on('exit', resolve)
      const next = () => worker.postMessage(queue.shift())
      worker.on('message', ({ object, bytes }) => {
        const unfinished = join(folder, `${object}.${process.pid}`)
        writeFileSync(unfinished, bytes)
        renameSync(unfinished, join(folder, object))
        next()
      })
      next()
    })
  await Promise.all(Array.from({ length: Math.min(queue.length, availableParallelism(), 4) }, thread))
  return Object.fromEntries([...wanted].map((object) => [object, new Uint8Array(readFileSync(join(folder, object)))]))
}

if (!isMainThread && workerData?.tree) {
  parentPort.on('message', async (unit) => {
    if (unit === undefined) return parentPort.close() // the queue is empty
    const files = { kernels: workerData.tree, 'unit.cpp': unit.text }
    const { result } = await runTool('clang++', [...unit.flags, '-c', 'unit.cpp', '-o', 'result'], files)
    parentPort.postMessage({ object: unit.object, bytes: result })
  })
}
