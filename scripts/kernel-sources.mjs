// The C++ sources of the kernels as text, for compilers that have no file system and for telling what has changed.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the kernels. */
export const kernels = join(dirname(dirname(fileURLToPath(import.meta.url))), 'kernels')

/**
 * The sources as a tree of names and texts. The file system of the WASM toolchain does not resolve `..`, so an include of
 * the parent folder becomes one of the include path.
 */
export function sourceTree(folder = kernels) {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || ['.cpp', '.hpp', '.def'].includes(extname(entry.name)))
      .map((entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return [entry.name, sourceTree(path)]
        return [entry.name, readFileSync(path, 'utf8').replaceAll('#include "../', '#include "')]
      }),
  )
}

/** A source file and all that it includes, directly or not, as [path, text] below kernels/. */
export function closure(tree, path, found = new Map()) {
  const text = path.split('/').reduce((node, name) => node?.[name], tree)
  if (typeof text !== 'string' || found.has(path)) return found // a system header, or known
  found.set(path, text)
  const folder = path.includes('/') ? `${dirname(path)}/` : ''
  for (const [, name] of text.matchAll(/^#include "(.+)"/gm)) {
    closure(tree, folder + name, found)
    closure(tree, name, found)
  }
  return found
}
