import { describe, expect, test } from 'vitest'
import { doctorWords } from '../../src/cli/doctor/words.ts'
import { cliWords } from '../../src/cli/words.ts'
import { rangeWords } from '../../src/report/range-words.ts'
import { reportWords, speaker } from '../../src/report/words.ts'

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort()

describe.each([
  ['report', reportWords],
  ['command line', cliWords],
  ['doctor', doctorWords],
  ['range test', rangeWords],
])('the dictionaries of the %s', (_, { en, ko }) => {
  test('have the same keys, and fill in the same values', () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort())
    const english = Object.entries(en).map(([key, text]) => [key, placeholders(text)])
    const korean = Object.entries(ko).map(([key, text]) => [key, placeholders(text)])
    expect(Object.fromEntries(korean)).toEqual(Object.fromEntries(english))
  })
})

test('every place of a value is filled, also one that comes twice', () => {
  const say = speaker({ en: { a: '{x}, {y}, {x}' }, ko: { a: '' } }, 'en')
  expect(say('a', { x: 1, y: 'z' })).toBe('1, z, 1')
})

test('a value that is missing is an error, not a hole in the text', () => {
  const say = speaker({ en: { a: '{x}' }, ko: { a: '' } }, 'en')
  expect(() => say('a')).toThrow('no value for {x}')
})
