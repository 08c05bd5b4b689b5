import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as browser from '../../src/data/files.browser.ts'
import * as node from '../../src/data/files.node.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  imports: Record<string, { default: { default: string } }>
}

/** What a module imports as values, and re-exports. */
function specifiersOf(path: string): string[] {
  const statements = readFileSync(path, 'utf8').matchAll(/^(import|export)(?! type)\b[^'"]*?from '([^']+)'/gm)
  return [...statements].map((match) => match[2] as string)
}

/** Every module that a bundler for browsers reaches from `entry`, and the packages or Node modules that it asks for. */
function reachable(entry: string): { modules: string[]; outside: string[] } {
  const modules = new Set([join(root, entry)])
  const outside: string[] = []
  for (const module of modules) {
    for (const specifier of specifiersOf(module)) {
      if (specifier.startsWith('.')) modules.add(resolve(dirname(module), specifier))
      else if (specifier.startsWith('#')) {
        const built = imports[specifier]?.default.default as string
        modules.add(join(root, built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')))
      } else outside.push(`${relative(root, module)} imports ${specifier}`)
    }
  }
  return { modules: [...modules].map((module) => relative(root, module)), outside }
}

describe.each(['src/data/index.ts', 'src/formats/index.ts', 'src/training/index.ts'])('%s in a browser', (entry) => {
  test('needs nothing of Node', () => {
    const { modules, outside } = reachable(entry)
    expect(modules).toContain('src/data/files.browser.ts')
    expect(modules.filter((module) => module.endsWith('.node.ts'))).toEqual([])
    expect(outside).toEqual([])
  })
})

test('the checksum is that of Node, and of the standard check value', () => {
  const digits = new TextEncoder().encode('123456789')
  expect(browser.crc32(digits)).toBe(0xcbf43926)
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3)
  expect(browser.crc32(bytes)).toBe(node.crc32(bytes))
  expect(browser.crc32(bytes.subarray(300), browser.crc32(bytes.subarray(0, 300)))).toBe(node.crc32(bytes))
})

test('what needs a file system says what to use instead', () => {
  for (const [where, instead] of [
    ['loadNpy', 'decodeNpy'],
    ['readCheckpoint', 'decodeCheckpoint'],
  ] as const) {
    const message = `${where}: there are no files in a browser, got x; use ${instead} on bytes`
    expect(() => browser.readChecked('x', where)).toThrow(message)
  }
  expect(() => browser.writeAtomically('x', 'saveCheckpoint')).toThrow('use encodeCheckpoint on bytes')
  expect(browser.namesIn()).toEqual([])
})
