// Holds the direction of imports: a folder of src/ may import only folders below it in this list (docs/architecture.md).
// Also: only files named *.node.ts, and the command line, import Node's modules.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'src')

/** Lowest first. Folders of one row do not import each other. */
const floors = [
  ['backend'],
  ['tensor'],
  ['autograd'],
  ['ops'],
  ['random'],
  ['module'],
  ['dropout'],
  ['nn'],
  ['optim', 'data'],
  ['formats', 'inspect'],
  ['training'],
  ['report'],
  ['cli'],
]
const floorOf = new Map(floors.flatMap((folders, floor) => folders.map((folder) => [folder, floor])))

// Type-only imports may look up: types vanish, and a tensor's field may hold a node of the graph. The one knot in values
// is tensor/methods.ts, whose methods call ops.
const knots = [/^tensor\/methods\.ts$/]
const nodeFiles = [/\.node\.ts$/, /^cli\//]

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else if (entry.name.endsWith('.ts')) yield path
  }
}

/** Every import or re-export of a file: { specifier, typeOnly }. */
function importsOf(text) {
  const pattern =
    /(?:^|\n)\s*(?:import|export)(\s+type)?\s(?:[^'"\n;]|\n(?!\s*(?:import|export)\s))*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'/g
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3],
    typeOnly: match[1] !== undefined,
  }))
}

export function findViolations() {
  const violations = []
  for (const path of files(source)) {
    const name = relative(source, path).split(sep).join('/')
    const [folder] = name.split('/')
    for (const { specifier, typeOnly } of importsOf(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('node:')) {
        if (!typeOnly && !nodeFiles.some((pattern) => pattern.test(name)))
          violations.push(`${name} imports ${specifier}: Node's modules belong into *.node.ts`)
        continue
      }
      if (!specifier.startsWith('.')) continue
      const target = relative(source, resolve(dirname(path), specifier))
        .split(sep)
        .join('/')
      const [targetFolder] = target.split('/')
      if (!name.includes('/') || targetFolder === folder) continue // src/index.ts sees everything
      if (target === 'index.ts') violations.push(`${name} imports src/index.ts: import the file itself`)
      if (typeOnly || knots.some((pattern) => pattern.test(name))) continue
      if ((floorOf.get(targetFolder) ?? 99) >= (floorOf.get(folder) ?? -1))
        violations.push(`${name} imports ${target}: ${folder}/ stands below ${targetFolder}/`)
    }
    if (!floorOf.has(folder) && name.includes('/'))
      violations.push(`${name}: ${folder}/ is not on the list of scripts/check-imports.mjs`)
  }
  return violations
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = findViolations()
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exit(1)
  console.log(`imports point one way in ${[...files(source)].length} files`)
}
