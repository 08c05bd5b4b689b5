// Every op that a record defines has a row in the table.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { activationSpecs } from './specs/activation.ts'
import { arithmeticSpecs } from './specs/arithmetic.ts'
import { choiceSpecs } from './specs/choice.ts'
import { convolutionSpecs } from './specs/convolution.ts'
import { embeddingSpecs } from './specs/embedding.ts'
import { indexSpecs } from './specs/index.ts'
import { indexingSpecs } from './specs/indexing.ts'
import { inplaceSpecs } from './specs/inplace.ts'
import { joinSpecs } from './specs/join.ts'
import { layoutSpecs } from './specs/layout.ts'
import { lossSpecs } from './specs/loss.ts'
import { matmulSpecs } from './specs/matmul.ts'
import { reduceSpecs } from './specs/reduce.ts'
import { softmaxSpecs } from './specs/softmax.ts'
import { unarySpecs } from './specs/unary.ts'

const specs = [
  ...[
    ...activationSpecs,
    ...arithmeticSpecs,
    ...choiceSpecs,
    ...convolutionSpecs,
    ...embeddingSpecs,
    ...indexSpecs,
    ...indexingSpecs,
    ...inplaceSpecs,
  ],
  ...[...joinSpecs, ...layoutSpecs, ...lossSpecs, ...matmulSpecs, ...reduceSpecs, ...softmaxSpecs, ...unarySpecs],
]

const folder = fileURLToPath(new URL('../../src/ops', import.meta.url))
const sources = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))

/** Functions that make ops of one pattern, by the argument that names each: `makes('add', …)` defines `add`. */
const factories = ['broadcastOp', 'scalarOp', 'functionOp', 'hotActivation', 'backwardOpOf', 'rowOp'] as const
/** How their records are called: by the name itself, or with an ending. */
const endings: Partial<Record<(typeof factories)[number], readonly string[]>> = {
  hotActivation: ['', 'Backward'],
  backwardOpOf: ['Backward'],
}

function recordNames(): Set<string> {
  const names = new Set<string>()
  for (const { text } of sources) {
    for (const [, name] of text.matchAll(/define(?:List)?Op\(\{\s*name: '(\w+)'/g)) names.add(name as string)
    for (const factory of factories) {
      for (const [, name] of text.matchAll(new RegExp(`\\b${factory}\\(\\s*'(\\w+)'`, 'g'))) {
        for (const ending of endings[factory] ?? ['']) names.add(`${name}${ending}`)
      }
    }
  }
  return names
}

test('every record of src/ops is found: by its name, or by the factory that makes it', () => {
  const defined = (text: string) => [...text.matchAll(/= defineOp\(|return defineOp\(|defineListOp\(/g)].length
  const named = (text: string) => [...text.matchAll(/define(?:List)?Op\(\{\s*name: '\w+'/g)].length
  // hotActivation defines two.
  const made = (text: string) =>
    factories.filter((factory) => text.includes(`function ${factory}(`)).length +
    Number(text.includes('function hotActivation('))
  for (const { name, text } of sources) expect(defined(text), name).toBe(named(text) + made(text))
})

test('every record has a row in the table', () => {
  const covered = new Set(specs.flatMap(({ records }) => records))
  expect([...recordNames()].filter((name) => !covered.has(name))).toEqual([])
})

test('the table names no record that is gone', () => {
  const names = recordNames()
  expect(specs.flatMap(({ records }) => records).filter((name) => !names.has(name))).toEqual([])
})

test('no two rows have one name', () => {
  const names = specs.map(({ op }) => op)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
