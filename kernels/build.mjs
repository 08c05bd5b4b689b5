// Builds the native addon with the system's C++ compiler: no node-gyp, no Python, no download.
// Used by install.mjs (which never fails an install) and by `thinnet build` (which reports).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const kernels = dirname(fileURLToPath(import.meta.url))
const root = dirname(kernels)

/** Where the addon is built to, and looked for. */
export const addonPath = join(root, 'build', 'native', 'thinnet.node')

/** Where the last build's output goes, for `thinnet info` to point at. */
export const buildLogPath = join(root, 'build', 'native', 'build.log')

const targetFlags = {
  x64: {
    baseline: [],
    avx2: ['-mavx2', '-mfma', '-mbmi2', '-mpopcnt'],
    avx512: ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx2', '-mfma', '-mbmi2', '-mpopcnt'],
  },
  arm64: { baseline: [], neon: [] },
}

/** The kernel targets of a processor architecture and the flags each is compiled with, shared with the kernel tests. */
export function targetsOf(arch) {
  return targetFlags[arch] ?? { baseline: [] }
}

/**
 * Flags that every compilation shares. Contraction is off so that tails round as vector bodies do;
 * no errno and no traps, so that square roots and selections vectorise.
 */
export const commonFlags = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  '-Wno-ignored-attributes',
  '-Wno-maybe-uninitialized',
]

/** The first C++ compiler that answers: $CXX, then c++, g++, clang++. */
export function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)
  return candidates.find((command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0)
}

/** Runs a command. Resolves to { ok, output }, output being all that it printed; a command that is not there is not ok. */
export function runCommand(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ ok: false, output: String(error) }))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** True if the addon is there and newer than every kernel source. */
export function addonIsFresh() {
  if (!existsSync(addonPath)) return false
  const built = statSync(addonPath).mtimeMs
  const newest = (folder) =>
    readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
      if (entry.name === 'test') return latest
      const path = join(folder, entry.name)
      return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
    }, 0)
  return newest(kernels) < built
}

/**
 * Compiles and links the addon. Resolves to { ok, reason, log }; throws nothing.
 * The finished file is renamed into place, so that a build that is killed leaves no broken addon behind.
 */
export async function buildAddon() {
  const compiler = findCompiler()
  if (!compiler) return { ok: false, reason: 'no C++ compiler found (looked for $CXX, c++, g++, clang++)', log: '' }
  let headers
  try {
    const require = createRequire(import.meta.url)
    headers = require('node-api-headers').include_dir
  } catch {
    return { ok: false, reason: 'the package node-api-headers is not installed', log: '' }
  }
  const started = new Date()
  const folder = dirname(addonPath)
  const objects = join(folder, `objects-${process.pid}`)
  mkdirSync(objects, { recursive: true })
  try {
    const jobs = [
      ...Object.entries(targetsOf(process.arch)).map(([target, flags]) => ({
        source: 'target.cpp',
        object: `target-${target}.o`,
        flags: [`-DTARGET=${target}`, ...flags],
      })),
      { source: 'pool.cpp', object: 'pool.o', flags: [] },
      { source: 'napi.cpp', object: 'napi.o', flags: [`-I${headers}`] },
    ]
    let log = `compiler: ${compiler}\n`
    let failed
    const userFlags = process.env.CXXFLAGS?.split(/\s+/).filter(Boolean) ?? []
    const queue = [...jobs]
    const worker = async () => {
      for (let job = queue.shift(); job && !failed; job = queue.shift()) {
        const paths = ['-c', join(kernels, job.source), '-o', join(objects, job.object)]
        const args = [...commonFlags, ...job.flags, ...userFlags, ...paths]
        const { ok, output } = await runCommand(compiler, args)
        log += `${compiler} ${args.join(' ')}\n${output}`
        if (!ok) failed = `${job.source} (${job.object}) does not compile with ${compiler}`
      }
    }
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, worker))
    if (failed) return { ok: false, reason: failed, log }
    const link =
      process.platform === 'darwin'
        ? ['-bundle', '-undefined', 'dynamic_lookup']
        : ['-shared', '-static-libstdc++', '-static-libgcc', '-Wl,-z,nodelete', '-Wl,--exclude-libs,ALL']
    const unlinked = join(objects, 'thinnet.node')
    const args = [...link, '-pthread', ...jobs.map((job) => join(objects, job.object)), '-o', unlinked]
    const { ok, output } = await runCommand(compiler, args)
    log += `${compiler} ${args.join(' ')}\n${output}`
    if (!ok) return { ok: false, reason: `linking with ${compiler} failed`, log }
    utimesSync(unlinked, started, started) // a source that changed meanwhile counts as newer
    renameSync(unlinked, addonPath)
    return { ok: true, reason: `built with ${compiler}`, log }
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}
