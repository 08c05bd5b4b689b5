import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ThinnetError } from 'thinnet'
import {
  type CsvOptions,
  encodeColumn,
  isMissing,
  loadTable,
  parseNumber,
  type Role,
  RowDealer,
  readCsv,
  surveyTable,
  TableEncoder,
  TableProfile,
  type TableSource,
} from 'thinnet/data'
import { describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'thinnet-table-'))
let files = 0

function file(content: string | Uint8Array, name = `${files++}.csv`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(content: string | Uint8Array, options: CsvOptions = {}) {
  const table = await readCsv(file(content), options)
  const rows: string[][] = []
  for await (const row of table.rows()) rows.push(row)
  return { ...table, rows }
}

async function failing(content: string | Uint8Array, options: CsvOptions = {}): Promise<string> {
  const error = await read(content, options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ThinnetError)
  expect((error as ThinnetError).code).toBe('TN_DATA')
  return (error as Error).message
}

describe('cells', () => {
  test.each([
    ['1', 1],
    [' -2.50 ', -2.5],
    ['+.5', 0.5],
    ['7.', 7],
    ['1e3', 1000],
    ['-1.5E-2', -0.015],
    ['1,5', undefined],
    ['0x10', undefined],
    ['1 000', undefined],
    ['12 kg', undefined],
    ['Infinity', undefined],
    ['1e999', undefined],
    ['', undefined],
    ['.', undefined],
  ])('%j is the number %s', (text, value) => expect(parseNumber(text)).toBe(value))

  test('with a decimal comma', () => {
    expect(parseNumber('1,5', ',')).toBe(1.5)
    expect(parseNumber('1.5', ',')).toBeUndefined()
  })

  test('what stands for a missing value', () => {
    expect(['', ' ', 'NA', 'n/a', 'NaN', 'NULL', 'None', '?', '-'].filter((cell) => !isMissing(cell))).toEqual([])
    expect(['0', 'no', 'x', 'nano'].filter(isMissing)).toEqual([])
  })
})

describe('a CSV file', () => {
  test('quotes hold delimiters, line breaks and quotes; empty lines and spaces about cells do not matter', async () => {
    const { columns, rows } = await read('name, note\n"a, b","said ""so""\nand left"\n\n c , d \n')
    expect(columns).toEqual(['name', 'note'])
    expect(rows).toEqual([
      ['a, b', 'said "so"\nand left'],
      ['c', 'd'],
    ])
  })

  test.each([
    ['comma', 'a,b\n1,2\n', ','],
    ['semicolon, decimal comma', 'a;b\n1,5;2,5\n3,5;4\n', ';'],
    ['tab', 'a\tb\n1\t2, 3\n4\t5\n', '\t'],
    ['bar', 'a|b\n1|2\n', '|'],
    ['none: one column', 'a\n1\n2\n', ','],
  ])('the delimiter is found: %s', async (_, text, delimiter) => {
    expect((await read(text)).delimiter).toBe(delimiter)
  })

  test('the decimal mark is found', async () => {
    expect((await read('a;b\n1,5;x\n2,5;y\n')).decimal).toBe(',')
    expect((await read('a;b\n1.5;x\n2.5;y\n')).decimal).toBe('.')
    expect((await read('a,b\n"1,5",x\n')).decimal).toBe('.')
  })

  test.each([
    ['a byte order mark', Buffer.from('\ufeffa,b\n1,2\n')],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')],
    ['gzip', gzipSync('a,b\n1,2\n')],
    ['carriage returns', Buffer.from('a,b\r\n1,2\r\n')],
    ['no line break at the end', Buffer.from('a,b\n1,2')],
  ])('%s', async (_, bytes) => {
    const { columns, rows } = await read(bytes)
    expect(columns).toEqual(['a', 'b'])
    expect(rows).toEqual([['1', '2']])
  })

  test('Korean of Excel, once it is said', async () => {
    const bytes = Uint8Array.from([0xb0, 0xa1, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0x32, 0x0a]) // 가,b in EUC-KR
    expect(await failing(bytes)).toMatch(/after line 1 stand bytes that are not UTF-8; another encoding.*euc-kr/)
    expect((await read(bytes, { encoding: 'euc-kr' })).columns).toEqual(['가', 'b'])
  })

  test('columns without names, and without a header', async () => {
    expect((await read('a,,c\n1,2,3\n')).columns).toEqual(['a', 'column 2', 'c'])
    const { columns, rows, headerLooksLikeData } = await read('1,2\n3,4\n', { header: false })
    expect([columns, rows, headerLooksLikeData]).toEqual([
      ['column 1', 'column 2'],
      [
        ['1', '2'],
        ['3', '4'],
      ],
      false,
    ])
    expect((await read('1,2\n3,4\n')).headerLooksLikeData).toBe(true)
  })

  test.each([
    ['empty', '', /the file is empty/],
    ['blank', '\n\n', /there is no row/],
    ['a row too short', 'a,b\n1,2\n3\n', /line 3 has 1 cells, but the first row has 2/],
    ['a row too long', 'a,b\n1,2,3\n', /line 2 has 3 cells/],
    ['a quote never closed', 'a,b\n1,"2\n3,4\n', /a quote is opened and never closed; the file ends at line 3/],
    ['something behind a quote', 'a,b\n1,"2"3\n', /line 2: something follows a closing quote/],
    ['a quote amid a cell', 'a,b\n1,5" pipe\n', /line 2: there is a quote inside a cell/],
    ['two columns of one name', 'a,b,a\n1,2,3\n', /two columns are named "a"/],
    ['no text', Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1]), /not a text file/],
  ])('damaged: %s', async (_, content, message) => expect(await failing(content)).toMatch(message))

  test('damaged in ways of its path and options', async () => {
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toThrow(/cannot read .*none\.csv: ENOENT/)
    await expect(readCsv(folder)).rejects.toThrow(/cannot read/)
    expect(await failing('a\n1\n', { encoding: 'klingon' })).toMatch(/there is no encoding "klingon"/)
  })

  test('damaged rows are left out where that is asked for, and told', async () => {
    const skipped: string[] = []
    const onSkip = (what: string) => skipped.push(what)
    const { rows } = await read('a,b\n1,2\n3\n4,5,6\n7,8\n', { skipDamaged: true, onSkip })
    expect(rows).toEqual([
      ['1', '2'],
      ['7', '8'],
    ])
    expect(skipped).toEqual([
      'line 3 has 1 cells, but the first row has 2',
      'line 4 has 3 cells, but the first row has 2',
    ])
  })

  test('a quote that opens a cell of more than 8 MiB is not followed to the end', async () => {
    expect(await failing(`a,b\n1,"${'x'.repeat(9 * 2 ** 20)}`)).toMatch(/line 2: a row of more than 8 MiB/)
  })
})

/** The profile of one column. */
function column(...cells: string[]) {
  const profile = new TableProfile(['c'])
  for (const cell of cells) profile.add([cell])
  return profile.columns[0] as TableProfile['columns'][number]
}

describe('columns', () => {
  test('mean and deviation are those of the numbers, far from 0 too', () => {
    const { mean, std, min, max, missing } = column('1e9', 'NA', '1000000001', '1000000002')
    expect([mean, min, max, missing]).toEqual([1_000_000_001, 1e9, 1_000_000_002, 1])
    expect(std).toBeCloseTo(Math.sqrt(2 / 3), 12)
  })

  test('a thousand and one texts are more than are counted', () => {
    const profile = column(...Array.from({ length: 1001 }, (_, i) => `t${i}`))
    expect([profile.texts.size, profile.manyTexts]).toEqual([1000, true])
  })

  test.each([
    ['numbers', ['1', '3'], { kind: 'number', mean: 2, std: 1, missing: false }],
    ['numbers, some missing', ['1', '3', ''], { kind: 'number', mean: 2, std: 1, missing: true }],
    ['one number or nothing', ['5', ''], { kind: 'number', mean: 5, std: 1, missing: true }],
    ['text', ['b', 'a', 'b'], { kind: 'category', values: ['b', 'a'], other: false, missing: false }],
    ['half numbers', ['1', 'x', '1', 'x'], { kind: 'category', values: ['1', 'x'] }],
    ['always the same number', ['2', '2'], { kind: 'ignored', reason: 'constant' }],
    ['always the same text', ['x', 'x'], { kind: 'ignored', reason: 'constant' }],
    ['nothing', ['', 'NA'], { kind: 'ignored', reason: 'empty' }],
  ])('%s', (_, cells, encoding) => expect(encodeColumn(column(...cells))).toMatchObject(encoding))

  test('text that hardly repeats is a name; text that does is categories, the rare ones together', () => {
    expect(encodeColumn(column(...Array.from({ length: 60 }, (_, i) => `name ${i}`)))).toMatchObject({
      kind: 'ignored',
      reason: 'identifier',
    })
    const repeated = Array.from({ length: 12 }, (_, i) => Array(12 - i).fill(`c${i}`)).flat()
    expect(encodeColumn(column(...repeated), { maxCategories: 3 })).toMatchObject({
      values: ['c0', 'c1', 'c2'],
      other: true,
    })
  })
})

function encoderOf(rows: readonly string[][], names: readonly string[], options = {}) {
  const profile = new TableProfile(names)
  for (const row of rows) profile.add(row)
  return TableEncoder.fit(profile, names.at(-1) as string, options)
}

describe('rows as numbers', () => {
  const names = ['size', 'colour', 'y']
  const rows = [
    ['1', 'red', '10'],
    ['3', 'blue', '30'],
    ['', 'red', '20.5'],
  ]
  const encoder = encoderOf(rows, names)
  const inputs = (size: string, colour: string) => {
    const issues: string[] = []
    const out = new Float32Array(encoder.inputs).fill(9)
    encoder.encode(
      (name) => (name === 'size' ? size : colour),
      out,
      0,
      (name, issue) => issues.push(`${name} ${issue}`),
    )
    return [Array.from(out), issues]
  }

  test('numbers are scaled, categories have an input each, missing numbers one of their own', () => {
    expect(encoder.task).toBe('regression')
    expect(inputs('1', 'red')).toEqual([[-1, 0, 1, 0], []])
    expect(inputs('3', 'blue')).toEqual([[1, 0, 0, 1], []])
    expect(inputs('NA', 'red')).toEqual([[0, 1, 1, 0], []])
  })

  test('what training never saw is told', () => {
    expect(inputs('tall', 'green')).toEqual([
      [0, 1, 0, 0],
      ['size not a number', 'colour unseen'],
    ])
  })

  test('the target is scaled too, and undefined where there is none', () => {
    expect(encoder.encodeTarget('20.166666666666668')).toBeCloseTo(0, 12)
    expect([encoder.encodeTarget(''), encoder.encodeTarget('x')]).toEqual([undefined, undefined])
  })

  test('an encoder survives JSON; a damaged one is an error that names the place', () => {
    const text = JSON.stringify(encoder.encoding)
    expect(TableEncoder.parse(JSON.parse(text), 'f').encoding).toEqual(encoder.encoding)
    const damaged = JSON.parse(text.replace('"std":1', '"std":0'))
    expect(() => TableEncoder.parse(damaged, 'f')).toThrow(/f: the encoding is damaged at columns\.0: .*"std":0/)
    expect(() => TableEncoder.parse(null, 'f')).toThrow(/f: the encoding is damaged/)
  })

  test.each([
    ['texts', ['a', 'b', 'a', 'b'], 'classification'],
    ['few whole numbers', ['0', '1', '0', '1'], 'classification'],
    ['many whole numbers', Array.from({ length: 40 }, (_, i) => String(i % 20)), 'regression'],
    ['fractions', ['0.5', '1.5', '0.5', '1.5'], 'regression'],
  ])('a target of %s is found out', (_, targets, task) => {
    const table = targets.map((target, i) => [String(i), target])
    expect(encoderOf(table, ['x', 'y']).task).toBe(task)
  })

  test('classes that are numbers stand in the order of their size', () => {
    const { target } = encoderOf(
      ['10', '9', '10', '9'].map((y, i) => [String(i), y]),
      ['x', 'y'],
    ).encoding
    expect(target).toMatchObject({ values: ['9', '10'] })
  })

  test.each([
    ['an unknown target', [['1', '2']], 'z', {}, /there is no column "z"; the columns are x, y/],
    ['an unknown column to ignore', [['1', '2']], 'y', { ignore: ['q'] }, /there is no column "q"/],
    [
      'a constant target',
      [
        ['1', 'a'],
        ['2', 'a'],
      ],
      'y',
      {},
      /"y" is "a" in every row: there is nothing to learn/,
    ],
    [
      'a constant number',
      [
        ['1', '2'],
        ['2', '2'],
      ],
      'y',
      { task: 'regression' },
      /"y" is 2 in every row/,
    ],
    [
      'a text as a number',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
      'y',
      { task: 'regression' },
      /"y" has no numbers: the first is "a"/,
    ],
    [
      'nothing to learn from',
      [
        ['1', 'a'],
        ['1', 'b'],
      ],
      'y',
      {},
      /nothing to learn "y" from/,
    ],
    [
      'a key as a class',
      Array.from({ length: 1500 }, (_, i) => [String(i), `k${i}`]),
      'y',
      {},
      /more than 1000 different texts/,
    ],
  ] as const)('%s is an error', (_, rows, target, options, message) => {
    const profile = new TableProfile(['x', 'y'])
    for (const row of rows) profile.add(row)
    expect(() => TableEncoder.fit(profile, target, options)).toThrow(message)
  })
})

describe('dealing rows', () => {
  test('every part gets its share of every class, in any twenty rows of it', () => {
    const dealer = new RowDealer({ validation: 0.2, test: 0.1 })
    const counts = new Map<string, Record<Role, number>>()
    for (let i = 0; i < 400; i++) {
      const key = i % 10 === 0 ? 'rare' : 'usual'
      const count = counts.get(key) ?? { train: 0, validation: 0, test: 0 }
      count[dealer.deal(key)]++
      counts.set(key, count)
    }
    expect(counts.get('rare')).toEqual({ train: 28, validation: 8, test: 4 })
    expect(counts.get('usual')).toEqual({ train: 252, validation: 72, test: 36 })
  })

  test('the seed decides', () => {
    const deal = (seed: number) => {
      const dealer = new RowDealer({ seed })
      return Array.from({ length: 60 }, () => dealer.deal('')).join()
    }
    expect(deal(1)).toBe(deal(1))
    expect(deal(1)).not.toBe(deal(2))
  })
})

/** A table of `rows` rows: y = 2 x, and every hundredth row without y. */
const made = (rows: number): TableSource => ({
  columns: ['x', 'y'],
  decimal: '.',
  async *rows() {
    for (let i = 0; i < rows; i++) yield [String(i), i % 100 === 99 ? '' : String(2 * i)]
  },
})

describe('loading', () => {
  test('each row with a target is in one part, and the scaling is of the training rows alone', async () => {
    const source = made(1000)
    const { profile, counts, withoutTarget } = await surveyTable(source, 'y')
    expect(withoutTarget).toBe(10)
    const encoder = TableEncoder.fit(profile, 'y')
    const loaded = await loadTable(source, encoder, counts)
    const { train, validation, test } = loaded
    expect([train.length, validation.length, test.length]).toEqual([counts.train, counts.validation, counts.test])
    expect(train.length + validation.length + test.length).toBe(990)
    expect(train.x.mean().item()).toBeCloseTo(0, 5)
    expect(train.x.std(undefined, { correction: 0 }).item()).toBeCloseTo(1, 5)
    const column = encoder.encoding.columns[0]
    const back = (x: number) => (column?.kind === 'number' ? Math.round(x * column.std + column.mean) : Number.NaN)
    const all = [train, validation, test].flatMap(({ x }) => Array.from(x.toArray(), back)).sort((a, b) => a - b)
    expect(all).toEqual(Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 100 !== 99))
  })

  test('of a table that does not fit, as many rows as do are drawn from all of it', async () => {
    const source = made(1000)
    const { profile, counts } = await surveyTable(source, 'y')
    const encoder = TableEncoder.fit(profile, 'y')
    const { train, validation, test, leftOut } = await loadTable(source, encoder, counts, { maxNumbers: 99 })
    const kept = [train, validation, test].map(({ length }) => length)
    expect(kept).toEqual([counts.train, counts.validation, counts.test].map((count) => Math.floor(count / 10)))
    expect(leftOut).toBe(990 - kept.reduce((sum, length) => sum + length, 0))
    const drawn = Array.from(train.x.toArray())
    expect(Math.min(...drawn)).toBeLessThan(-1.2) // the whole ranges over -1.73 to 1.73
    expect(Math.max(...drawn)).toBeGreaterThan(1.2)
  })

  test('there must be such a column', async () => {
    await expect(surveyTable(made(10), 'z')).rejects.toThrow(/there is no column "z"; the columns are x, y/)
  })
})
