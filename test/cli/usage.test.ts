import { describe, expect, test } from 'vitest'
import { setup, thinnet } from './support.ts'

setup()

describe('help', () => {
  test('says where to start', async () => {
    const { code, stdout } = await thinnet(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('thinnet compare')
    expect(stdout).toContain('Start here')
  })

  test('of compare lists its options with their defaults, and examples', async () => {
    const { code, stdout } = await thinnet(['compare', '--help'])
    expect(code).toBe(0)
    for (const text of [
      '--input-p <probability>',
      '(default: 0.2)',
      '--max-norm',
      'Examples:',
      'probability to DROP',
    ]) {
      expect(stdout).toContain(text)
    }
  })

  test.each([
    ['--help'],
    ['compare', '--help'],
    ['doctor', '--help'],
    ['lr-range', '--help'],
    ['info', '--help'],
    ['train', '--help'],
    ['predict', '--help'],
    ['reproduce', '--help'],
    ['build', '--help'],
  ])('of %s fits 80 columns', async (...args) => {
    const { stdout } = await thinnet(args)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

test('--version prints the version and nothing else', async () => {
  const { code, stdout } = await thinnet(['--version'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

describe('wrong usage exits with 2, says what is wrong, and computes nothing', () => {
  test.each([
    ['an unknown command', ['comapre'], /unknown command 'comapre'[\s\S]*Did you mean compare\?/],
    ['an unknown option', ['compare', '--epoch', '3'], /unknown option '--epoch'[\s\S]*Did you mean --epochs\?/],
    ['no command', [], /Usage: thinnet/],
    ['an argument too many', ['compare', 'mnist'], /too many arguments/],
    ['a probability above 1', ['compare', '--p', '1.5'], /--p.*'1.5' is invalid.*from 0 to below 1/],
    ['dropping everything', ['compare', '--p', '1'], /from 0 to below 1/],
    ['a part of an epoch', ['compare', '--epochs', '1.5'], /whole number of at least 1/],
    ['no epoch', ['compare', '--epochs', '0'], /whole number of at least 1/],
    ['a word for a number', ['compare', '--lr', 'fast'], /must be a number/],
    ['an empty number', ['compare', '--lr', ''], /must be a number/],
    ['a negative rate', ['compare', '--lr', '-1'], /above 0/],
    ['layers that are no list', ['compare', '--hidden', '10,,10'], /must be a number/],
    [
      'an unknown arm',
      ['compare', '--arms', 'none,gaussian'],
      /'gaussian' is not one of none, inverted, standard, thinned/,
    ],
    ['no thinned network', ['compare', '--subnets', '0'], /whole number of at least 1/],
    ['an unknown language', ['compare', '--lang', 'de'], /Allowed choices are en, ko/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await thinnet(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(stdout).toBe('')
  })
})
