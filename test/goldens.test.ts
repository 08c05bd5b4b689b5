// Each golden vector is used by a test, or stands in goldens/not-yet.json with the reason; and that list is true.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import type { ErrorCode } from '../src/backend/errors.ts'
import { nn, ones, optim, tensor } from '../src/index.ts'
import { dtypes } from '../src/tensor/dtype.ts'
import { goldens } from './random/support.ts'
import { applying, different, goldenFile, isAbout, waiting } from './support/not-yet.ts'
import { errorOf } from './support/op-spec.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const isThere = (file: string) => existsSync(join(here, 'goldens', file))
const entries = [...waiting, ...different]

test.each(waiting)('$file, $section, $where waits for $missing', ({ missing }) => {
  const have = [...Object.keys(nn), ...dtypes]
  expect(have, `${missing} is there: use the vectors, and take the entry away`).not.toContain(missing)
})

test('entries of files that are here are about some case, and no case has two', () => {
  for (const entry of entries.filter(({ file }) => isThere(file))) {
    const cases = goldenFile(entry.file)[entry.section] as readonly unknown[]
    const rivals = entries.filter(({ file, section }) => file === entry.file && section === entry.section)
    const own = cases.filter((item) => isAbout(entry, item))
    expect(own.length, JSON.stringify(entry)).toBeGreaterThan(0)
    for (const item of own) expect(rivals.filter((rival) => isAbout(rival, item))).toEqual([entry])
  }
})

/** The text of every test but this one. */
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && name !== 'goldens.test.ts')
  .map((name) => readFileSync(join(here, name), 'utf8'))

const files = readdirSync(join(here, 'goldens')).filter((name) => name.endsWith('.json') && name !== 'not-yet.json')

// Tests go through all cases that `goldens` gives for a section, and fail at one that they do not know. Files without
// `meta` were made for one test each.
test.each(files)('every section of %s is read by a test', (file) => {
  const readers = sources.filter((text) => text.includes(file))
  expect(readers.length).toBeGreaterThan(0)
  const { meta, ...sections } = goldenFile(file)
  for (const [section, cases] of meta ? Object.entries(sections) : []) {
    if (applying(file, section, cases as readonly unknown[]).length === 0) continue
    if (file === 'errors.json' && section === 'other') continue // below
    const isRead = readers.some((text) => new RegExp(`\\b${section}\\b`).test(text))
    expect(isRead, `section ${section} of ${file}`).toBe(true)
  }
})

interface Failure {
  readonly what: string
  /** null where there is no error, but a warning. */
  readonly message: string | null
  readonly warnings: readonly { readonly message: string }[]
}

/** An in-place change of what an activation has saved. */
const dropsInPlace = (name: 'relu' | 'sigmoid' | 'tanh') => () => {
  const x = tensor([1, 2, 3, 4]).requiresGrad_()
  new nn.Dropout(0.5, { inplace: true }).call(x[name]()).sum().backward()
}

/** What errors.json calls `other`, as thinnet writes it, and the error's code. */
const failures: Readonly<Record<string, readonly [code: ErrorCode, run: () => unknown]>> = {
  "train('x')": ['TN_RANGE', () => new nn.Dropout().train('x' as never)],
  'train(1)': ['TN_RANGE', () => new nn.Dropout().train(1 as never)],
  "load_state_dict({'p': tensor})": ['TN_STATE', () => new nn.Dropout().loadStateDict({ p: ones([1]) })],
  'in-place dropout on a relu output, then backward': ['TN_GRAPH', dropsInPlace('relu')],
  'in-place dropout on a sigmoid output, then backward': ['TN_GRAPH', dropsInPlace('sigmoid')],
  'in-place dropout on a tanh output, then backward': ['TN_GRAPH', dropsInPlace('tanh')],
  'LSTM(3,4,2,dropout=1.5)': ['TN_RANGE', () => new nn.LSTM(3, 4, { numLayers: 2, dropout: 1.5 })],
  'GRU(3,4,2,dropout=-0.1)': ['TN_RANGE', () => new nn.GRU(3, 4, { numLayers: 2, dropout: -0.1 })],
  'RNN(3,4,2,dropout=True)': ['TN_RANGE', () => new nn.RNN(3, 4, { numLayers: 2, dropout: true as never })],
  'SGD nesterov without momentum': ['TN_RANGE', () => new optim.SGD([ones([1])], { lr: 0.1, nesterov: true })],
  'SGD lr -1': ['TN_RANGE', () => new optim.SGD([ones([1])], { lr: -1 })],
  'Adam betas (1.0, 0.999)': ['TN_RANGE', () => new optim.Adam([ones([1])], { betas: [1, 0.999] })],
  'BatchNorm1d(2) in training on shape (1,2)': ['TN_SHAPE', () => new nn.BatchNorm1d(2).call(ones([1, 2]))],
}

/** Those of them that are no errors. */
const warned: Readonly<Record<string, () => unknown>> = {
  'LSTM(3,4,1,dropout=0.5)': () => new nn.LSTM(3, 4, { dropout: 0.5 }),
}

test.each(goldens<{ other: Failure[] }>('errors.json').other)('$what', ({ what, message, warnings }) => {
  if (message === null) {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    ;(warned[what] ?? expect.fail('the goldens have this case, and the test does not'))()
    expect(warn.mock.calls).toEqual(warnings.map((warning) => [warning.message]))
    warn.mockRestore()
    return
  }
  const [code, run] = failures[what] ?? expect.fail('the goldens have this case, and the test does not')
  // PyTorch's hints name its own functions.
  const [fact = ''] = message.split(' Hint:')
  const error = errorOf(run)
  expect(error.code).toBe(code)
  if (fact === message) expect(error.message).toBe(message)
  else expect(error.message.startsWith(fact), error.message).toBe(true)
})
