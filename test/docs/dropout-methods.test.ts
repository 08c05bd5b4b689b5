// docs/dropout-methods.md is true: its blocks print what it says, and it names every layer that draws noise.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NoiseLayer } from '../../src/dropout/layer.ts'
import { nn } from '../../src/index.ts'
import { expected, Page, typeErrors } from './page.ts'

const page = new Page('dropout-methods.md')

test.each(page.programs)('line $line', async (block) => {
  expect(await page.printed(block)).toBe(expected(block))
})

test('no block has an error of types', () => {
  expect(typeErrors(page.source)).toEqual([])
})

test.each(['dropout-methods.md', 'dropout-methods.ko.md'])('%s names every layer that draws noise', (name) => {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  const layers = Object.entries(nn).filter(
    ([, Class]) => typeof Class === 'function' && Class.prototype instanceof NoiseLayer,
  )
  // `nn.Dropout1d`, `2d` and `RNN`, `LSTM`: names of one family share the prefix.
  const isNamed = (layer: string) => text.includes(layer) || text.includes(`\`${layer.replace(/^.*(\dd)$/, '$1')}\``)
  expect(layers.map(([layer]) => layer).filter((layer) => !isNamed(layer))).toEqual([])
  expect(text).toContain('nn.RDrop')
})

test('the Korean page has the same blocks', () => {
  const code = ({ blocks }: Page) => blocks.map(({ line: _, ...block }) => block)
  expect(code(new Page('dropout-methods.ko.md'))).toEqual(code(page))
})
