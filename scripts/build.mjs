// `npm run build`: the kernel types, the WASM binary and the compiled library in dist/. Native kernels are the install
// script's (kernels/install.mjs).
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWasm } from './build-wasm.mjs'
import { writeKernels } from './generate-kernels.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

writeKernels()
await buildWasm()
rmSync(join(root, 'dist'), { recursive: true, force: true })
const typescript = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [typescript, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
