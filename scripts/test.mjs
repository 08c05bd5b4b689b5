// `npm test`: everything, fast things first. Its last line alone: `N passed, N failed`.
// A part that this machine cannot run is printed as not run; with THINNET_TEST_ALL=1 (CI) that counts as a failure, except
// where the processor itself lacks the instructions.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kernelTests } from './test-kernels.mjs'
import { wasmKernelTests } from './test-kernels-wasm.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)
const results = mkdtempSync(join(tmpdir(), 'thinnet-test-'))
const total = { passed: 0, failed: 0 }

/** Runs a command in the repository, its output passed through. Resolves to the exit code. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function count(passed, failed) {
  total.passed += passed
  total.failed += failed
}

async function step(title, body) {
  const start = Date.now()
  console.log(`\n== ${title}`)
  try {
    await body()
  } catch (error) {
    console.log(error instanceof Error ? error.stack : error)
    count(0, 1)
  }
  console.log(`-- ${title}: ${((Date.now() - start) / 1000).toFixed(0)} s`)
}

const check = (title, command, args) =>
  step(title, async () => {
    const ok = (await run(command, args)) === 0
    count(ok ? 1 : 0, ok ? 0 : 1)
  })

/** A vitest run; its counts come from the JSON it writes, and a run that wrote none has failed. */
const vitest = (title, args, env) =>
  step(title, async () => {
    const outputFile = join(results, `${title.replaceAll(/\W+/g, '-')}.json`)
    const command = [
      join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${outputFile}`,
    ]
    const code = await run(process.execPath, [...command, ...args], env)
    try {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
        readFileSync(outputFile, 'utf8'),
      )
      const silent = numPendingTests + numTodoTests // a skipped test must not look passed
      count(numPassedTests, Math.max(numFailedTests + silent, code === 0 && silent === 0 ? 0 : 1))
    } catch {
      count(0, 1)
    }
  })

const node = process.execPath
await check('build', node, ['scripts/build.mjs'])
await check('native kernels', node, ['kernels/install.mjs'])
await check('format and lint', node, [require.resolve('@biomejs/biome/bin/biome'), 'ci', '.'])
await check('imports point one way', node, ['scripts/check-imports.mjs'])
await check('types', node, [require.resolve('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.test.json'])

// What does not depend on the backend runs once; the rest on both.
const once = ['test/cli', 'test/package', 'test/report', 'test/memory']
await vitest('tests, native backend', [...once.flatMap((folder) => ['--exclude', `${folder}/**`])], {
  THINNET_BACKEND: 'native',
})
await vitest('tests, WASM backend', [...once.flatMap((folder) => ['--exclude', `${folder}/**`])], {
  THINNET_BACKEND: 'wasm',
})
await vitest('command line, report, memory, package', once, {})
await step('kernels under AddressSanitizer and UBSan', async () => {
  const { passed, failed, notRun } = await kernelTests()
  const counted = process.env.THINNET_TEST_ALL === '1' ? notRun.filter(({ excusable }) => !excusable).length : 0
  count(passed, failed + counted)
})
await step('kernels on WASM', async () => {
  const { passed, failed } = await wasmKernelTests()
  count(passed, failed)
})

rmSync(results, { recursive: true, force: true })
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
