import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

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

describe.each(['src/data/index.ts', 'src/formats/index.ts'])('%s in a browser', (entry) => {
  test('needs nothing of Node', () => {
    const { modules, outside } = reachable(entry)
    expect(modules).toContain('src/data/files.browser.ts')
    expect(modules.filter((module) => module.endsWith('.node.ts'))).toEqual([])
    expect(outside).toEqual([])
  })
})
