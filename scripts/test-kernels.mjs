// Builds and runs the C++ self-tests of kernels/test, for every target of this processor and, with a cross compiler and
// under qemu, for NEON. Kernels are compiled under AddressSanitizer and UBSan, once per target; the tests, which know them
// by the table alone, once per architecture. Objects stay in build/test-kernels until their sources change.
//
// node scripts/test-kernels.mjs [NAME...]   all tests and targets, or those that are named: gemm avx2
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commonFlags, findCompiler, runCommand, targetsOf } from '../kernels/build.mjs'
import { closure, kernels, sourceTree } from './kernel-sources.mjs'
import { createQueue } from './queue.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'build', 'test-kernels')

/** The names of all tests: the file is NAME_test.cpp. */
export const testNames = readdirSync(join(kernels, 'test'))
  .filter((name) => name.endsWith('_test.cpp'))
  .map((name) => basename(name, '_test.cpp'))

const exists = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

/** True if this processor has the instructions of a target; unknown (not Linux) counts as yes. */
function processorRuns(target) {
  const needs = { avx2: ['avx2', 'fma'], avx512: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'] }[target] ?? []
  try {
    const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [])
    return needs.every((flag) => flags.has(flag))
  } catch {
    return true
  }
}

const optimize = commonFlags.map((flag) => (flag === '-O3' ? '-O1' : flag))
const stopAtFirst = '-fno-sanitize-recover=all'

/** This machine's architecture, with each target's flags. */
function ownArchitecture() {
  const targets = targetsOf(process.arch)
  const known = Object.keys(targets).filter(processorRuns)
  return {
    compiler: findCompiler(),
    targets: Object.fromEntries(known.reverse().map((target) => [target, targets[target]])), // what takes longest first
    kernelFlags: ['-fsanitize=address,undefined', stopAtFirst],
    testFlags: ['-fsanitize=address'], // so that the stack and the heap of tests are guarded
    linkFlags: ['-fsanitize=address,undefined'],
    launcher: [],
  }
}

/** 64-bit ARM under an emulator. AddressSanitizer does not run there; UBSan does, statically linked. */
function emulatedArchitecture() {
  return {
    compiler: 'aarch64-linux-gnu-g++',
    targets: { neon: [] },
    kernelFlags: ['-fsanitize=undefined', stopAtFirst],
    testFlags: [],
    linkFlags: ['-fsanitize=undefined', '-static-libubsan'],
    launcher: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
  }
}

/** What can be run here, and what cannot, with the reason. */
function plan() {
  const own = ownArchitecture()
  const architectures = own.compiler ? [own] : []
  const notRun = Object.keys(targetsOf(process.arch))
    .filter((target) => !own.compiler || !(target in own.targets))
    .map((target) =>
      own.compiler
        ? { target, reason: 'this processor lacks the instructions', excusable: true }
        : { target, reason: 'no C++ compiler', excusable: false },
    )
  if (process.arch !== 'arm64') {
    const emulated = emulatedArchitecture()
    const lacking = [emulated.compiler, emulated.launcher[0]].filter((command) => !exists(command))
    if (lacking.length === 0)
      architectures.unshift(emulated) // first, since its tests run longest
    else notRun.push({ target: 'neon', reason: `not installed: ${lacking.join(', ')}`, excusable: false })
  }
  return { architectures, notRun }
}

/** Compiles a file of kernels/, unless an object of the same sources and flags is there. Resolves to the object's path. */
async function compile({ compiler }, source, flags, tree, queue) {
  const all = [...optimize, '-g1', ...flags]
  const texts = [...closure(tree, source).values()]
  const hash = createHash('sha256')
    .update(JSON.stringify([compiler, all, texts]))
    .digest('hex')
    .slice(0, 16)
  const object = join(folder, `${basename(source, '.cpp')}-${hash}.o`)
  if (existsSync(object)) return object
  const unfinished = `${object}.${process.pid}`
  const args = [...all, '-c', join(kernels, source), '-o', unfinished]
  const { ok, output } = await queue(() => runCommand(compiler, args))
  if (!ok) throw new Error(`${compiler} ${args.join(' ')}\n${output}`)
  renameSync(unfinished, object)
  return object
}

/** Builds the tests of an architecture as one program: test TARGET NAME. Resolves to its path and its objects. */
async function build(architecture, targets, names, tree, queue) {
  const { compiler, kernelFlags, testFlags, linkFlags } = architecture
  const listed = `-DTHINNET_TARGETS(X)=${targets.map((target) => `X(${target})`).join(' ')}`
  const sources = [
    ...targets.map((target) => ['target.cpp', [...kernelFlags, `-DTARGET=${target}`, ...architecture.targets[target]]]),
    ...names.map((name) => [`test/${name}_test.cpp`, testFlags]),
    ['pool.cpp', kernelFlags],
    ['test/main.cpp', [...testFlags, listed]],
  ]
  const objects = await Promise.all(sources.map(([source, flags]) => compile(architecture, source, flags, tree, queue)))
  const program = join(folder, `test-${compiler.replaceAll(/\W/g, '-')}-${process.pid}`)
  const { ok, output } = await queue(() => runCommand(compiler, [...linkFlags, ...objects, '-pthread', '-o', program]))
  if (!ok) throw new Error(`${compiler} cannot link the kernel tests\n${output}`)
  return { program, objects }
}

/** Removes the objects that no program was made of: older versions of them. */
function sweep(objects) {
  const used = new Set(objects.map((path) => basename(path)))
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.o') && !used.has(name)) rmSync(join(folder, name), { force: true })
  }
}

/**
 * Runs kernel tests, all or those of `chosen`: names of tests, of targets, or of both. Resolves to
 * { passed, failed, notRun: [{ target, excusable }] }.
 */
export async function kernelTests(chosen = []) {
  const pick = (all) => (all.some((name) => chosen.includes(name)) ? all.filter((name) => chosen.includes(name)) : all)
  const { architectures, notRun } = plan()
  for (const { target, reason } of notRun) console.log(`not run: ${target} (${reason})`)
  mkdirSync(folder, { recursive: true })
  const total = { passed: 0, failed: 0 }
  const queue = createQueue(availableParallelism())
  const tree = sourceTree()
  const names = pick(testNames)
  const runs = pick(architectures.flatMap(({ targets }) => Object.keys(targets)))
  const objects = []

  const test = async ({ launcher }, program, target, name) => {
    const [command, ...args] = [...launcher, program, target, name]
    const { ok, output } = await queue(() => runCommand(command, args), { soon: true })
    total[ok ? 'passed' : 'failed']++
    console.log(`${ok ? 'ok' : 'FAILED'} ${name} ${target}${ok ? '' : `\n${output}`}`)
  }
  const testAll = async (architecture) => {
    const targets = Object.keys(architecture.targets).filter((target) => runs.includes(target))
    if (targets.length === 0) return
    let program
    try {
      const built = await build(architecture, targets, names, tree, queue)
      program = built.program
      objects.push(...built.objects)
      // The product is most of the work: first, so that the last to end is a short one.
      const ordered = names.toSorted((a, b) => Number(b === 'gemm') - Number(a === 'gemm'))
      await Promise.all(ordered.flatMap((name) => targets.map((target) => test(architecture, program, target, name))))
    } catch (error) {
      total.failed++
      console.log(`FAILED ${targets.join(', ')}: ${error.message}`)
    } finally {
      if (program) rmSync(program, { force: true })
    }
  }
  await Promise.all(architectures.map(testAll))
  if (chosen.length === 0 && total.failed === 0) sweep(objects)
  return { ...total, notRun: notRun.map(({ target, excusable }) => ({ target, excusable })) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const chosen = process.argv.slice(2)
  const { passed, failed } = await kernelTests(chosen)
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
