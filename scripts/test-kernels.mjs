// Compiles the C++ self-tests of kernels/test under AddressSanitizer and UBSan, for every target of this processor, and
// for NEON with a cross compiler under qemu; runs them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commonFlags, findCompiler, runCommand, targetsOf } from '../kernels/build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const kernels = join(root, 'kernels')

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

/** How each target's tests are compiled and run; or why they cannot be. */
function plans() {
  const compiler = findCompiler()
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  const own = Object.entries(targetsOf(process.arch)).map(([target, flags]) => {
    const plan = { target, compiler, flags: [...flags, ...sanitizers], launcher: [] }
    if (!compiler) return { ...plan, notRun: 'no C++ compiler', excusable: false }
    return processorRuns(target) ? plan : { ...plan, notRun: 'this processor lacks the instructions', excusable: true }
  })
  if (process.arch === 'arm64') return own
  const cross = 'aarch64-linux-gnu-g++'
  const emulator = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']
  // AddressSanitizer does not run under qemu's user mode; UBSan does, statically linked.
  const neon = {
    target: 'neon',
    compiler: cross,
    flags: ['-fsanitize=undefined', '-fno-sanitize-recover=all', '-static-libubsan'],
    launcher: emulator,
  }
  const lacking = [cross, 'qemu-aarch64'].filter((command) => !exists(command))
  return [
    ...own,
    lacking.length === 0 ? neon : { ...neon, notRun: `not installed: ${lacking.join(', ')}`, excusable: false },
  ]
}

/** Runs all kernel tests. Resolves to { passed, failed, notRun: [{ target, excusable }] }. */
export async function kernelTests() {
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-kernels-'))
  const sources = readdirSync(join(kernels, 'test')).filter((name) => name.endsWith('_test.cpp'))
  const all = plans()
  const notRun = all.filter((plan) => plan.notRun)
  for (const plan of notRun) console.log(`not run: ${plan.target} (${plan.notRun})`)
  const jobs = all.filter((plan) => !plan.notRun).flatMap((plan) => sources.map((source) => ({ ...plan, source })))
  let passed = 0
  let failed = 0
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const program = join(folder, `${basename(job.source, '.cpp')}-${job.target}`)
      const files = [join(kernels, 'test', job.source), join(kernels, 'pool.cpp')]
      const flags = commonFlags.map((flag) => (flag === '-O3' ? '-O1' : flag))
      const args = [
        ...flags,
        '-g1',
        ...job.flags,
        `-I${kernels}`,
        `-DTARGET=${job.target}`,
        ...files,
        '-pthread',
        '-o',
        program,
      ]
      const built = await runCommand(job.compiler, args)
      const result = built.ok
        ? await runCommand(job.launcher[0] ?? program, [
            ...job.launcher.slice(1),
            ...(job.launcher.length > 0 ? [program] : []),
          ])
        : built
      if (result.ok) passed++
      else failed++
      console.log(`${result.ok ? 'ok' : 'FAILED'} ${job.source} ${job.target}`)
      if (!result.ok) console.log(`${job.compiler} ${args.join(' ')}\n${result.output}`)
      rmSync(program, { force: true })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  rmSync(folder, { recursive: true, force: true })
  return { passed, failed, notRun: notRun.map(({ target, excusable }) => ({ target, excusable })) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = await kernelTests()
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
