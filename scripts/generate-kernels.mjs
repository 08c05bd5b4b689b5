// Writes src/backend/kernels.generated.ts, the TypeScript face of kernels/table.def. `npm run build` calls it.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const typeOf = { Ptr: 'Address', Size: 'number', Num: 'number' }

/** The kernels of a table: [{ name, parameters: [{ kind, name }] }]. */
export function parseTable(text) {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('//'))
    .map((line) => /^KERNEL\((\w+), \((.*)\)\)$/.exec(line.trim()) ?? fail(line))
  return rows.map(([line, name, list]) => ({
    name,
    parameters: list.split(', ').map((parameter) => {
      const [kind, parameterName] = parameter.split(' ')
      if (!(kind in typeOf) || !parameterName) fail(line)
      return { kind, name: parameterName }
    }),
  }))
}

function fail(line) {
  throw new Error(`kernels/table.def: expected KERNEL(name, (Ptr|Size|Num name, ...)) on one line, got: ${line}`)
}

/** FNV-1a of the table's rows without what stands between them, as kernels/napi.cpp computes it. */
function signatureOf(kernels) {
  const text = kernels.map(
    ({ name, parameters }) => `${name}(${parameters.map((p) => `${p.kind} ${p.name}`).join(', ')})`,
  )
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text.join(''))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** A function that writes down a call of kernel `index`. */
function recorder({ name, parameters }, index) {
  const numbers = [index, ...parameters.map((p) => p.name)]
  const lines = numbers.map((number, i) => `      numbers[at${i ? ` + ${i}` : ''}] = ${number}`)
  return `    ${name}(${parameters.map((p) => p.name).join(', ')}) {
      const at = calls.next
${lines.join('\n')}
      calls.wrote(at + ${numbers.length})
    },
`
}

/** The generated file's text. */
export function generate(text) {
  const kernels = parseTable(text)
  const members = kernels.map(
    ({ name, parameters }) => `  ${name}(${parameters.map((p) => `${p.name}: ${typeOf[p.kind]}`).join(', ')}): void\n`,
  )
  return `// Generated from kernels/table.def by scripts/generate-kernels.mjs; do not edit.
import type { Calls } from './calls.ts'

/** An address in the backend's address space; 0 where an optional operand is absent. */
export type Address = number

/** Every kernel. Sizes, strides and flags are whole numbers; strides count elements. */
export interface Kernels {
${members.join('')}}

/** What tells this table from others. */
export const tableSignature = ${signatureOf(kernels)}

/** Kernels that are called later: each call is written down, its place in the table first. */
export function waitingKernels(calls: Calls): Kernels {
  const { numbers } = calls
  return {
${kernels.map(recorder).join('')}  }
}
`
}

export function writeKernels() {
  const target = join(root, 'src/backend/kernels.generated.ts')
  const text = generate(readFileSync(join(root, 'kernels/table.def'), 'utf8'))
  let old = ''
  try {
    old = readFileSync(target, 'utf8')
  } catch {}
  if (old !== text) writeFileSync(target, text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeKernels()
