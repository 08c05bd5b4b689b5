// The readme's program is one: it compiles, learns MNIST, and is the Korean readme's.
import { expect, test } from 'vitest'
import { type Block, Page, typeErrors } from './page.ts'

const page = new Page('../README.md')

test('the program learns to read digits, in twelve lines', async () => {
  const [program] = page.programs as readonly [Block]
  const right = /^(\d+) of 10,000 right$/.exec(await page.printed(program))
  expect(Number(right?.[1])).toBeGreaterThan(9400)
  const lines = program.code.split('\n').filter((line) => line !== '' && !line.startsWith('import'))
  expect(lines).toHaveLength(12)
})

test('it has no errors of types', () => {
  const [{ code }] = page.programs as readonly [Block]
  const imports = code.split('\n').filter((line) => line.startsWith('import'))
  const body = code.split('\n').filter((line) => !line.startsWith('import'))
  expect(typeErrors(`${imports.join('\n')}\nexport async function program() {\n${body.join('\n')}\n}\n`)).toEqual([])
})

test('the Korean readme has the same', () => {
  const code = (page: Page) => page.programs.map(({ code }) => code.replaceAll(/ *\/\/.*|, '(of|\/).*'/g, ''))
  expect(code(new Page('../README.ko.md'))).toEqual(code(page))
})
