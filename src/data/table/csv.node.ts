import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, gunzipSync, constants as zlib } from 'node:zlib'
import { type CsvError, parse } from 'csv-parse'
import { fail, ThinnetError } from '../../backend/errors.ts'
import { parseNumber } from './cell.ts'
import type { CsvFile, CsvOptions } from './csv.ts'
import { findDecimal, findDelimiter } from './csv-sample.node.ts'

/** Bytes that are looked at to find out how to read a file. */
const sampleBytes = 65_536
/** No row is longer; a quote that is never closed would otherwise take the whole file for one cell. */
const longestRow = 8 * 2 ** 20

/**
 * Opens a CSV file, packed with gzip or not: finds delimiter, encoding, decimal mark and columns from its first bytes.
 * Node only.
 *
 * Cells may be quoted, with delimiters, line breaks and doubled quotes inside; a byte order mark and empty lines are
 * passed over. Reading takes the same memory however long the file is.
 *
 * @throws ThinnetError TN_DATA, with the file's name, if it cannot be read, is not text, has no rows, or its columns do
 * not have names of their own; when rows are read, with the line, for a damaged one.
 * @example
 * const table = await readCsv('flowers.csv')
 * for await (const row of table.rows()) console.log(row)
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<CsvFile> {
  const { bytes, whole, packed } = await firstBytes(path)
  if (bytes.length === 0) damaged(path, 'the file is empty')
  const encoding = options.encoding ?? encodingOf(bytes)
  if (encoding === 'utf-8' && bytes.includes(0)) damaged(path, 'this is not a text file: it has zero bytes')
  const sample = sampleText(path, bytes, whole, encoding)
  const delimiter = options.delimiter ?? findDelimiter(sample)
  const source = { path, packed, encoding, delimiter, options }
  const first = await firstRow(source)
  if (!first) damaged(path, 'there is no row in it')
  const header = options.header ?? true
  const columns = header ? columnNames(path, first) : first.map((_, i) => `column ${i + 1}`)
  return {
    path,
    columns,
    delimiter,
    decimal: findDecimal(sample, delimiter),
    headerLooksLikeData: header && first.every((cell) => parseNumber(cell) !== undefined),
    rows: () => rowsOf(source, header),
  }
}

interface Source {
  readonly path: string
  readonly packed: boolean
  readonly encoding: string
  readonly delimiter: string
  readonly options: CsvOptions
}

function damaged(path: string, what: string): never {
  throw new ThinnetError('TN_DATA', 'readCsv', `${path}: ${what}`, { file: path })
}

function cannotRead(path: string, error: unknown): never {
  if (error instanceof ThinnetError) throw error
  return fail('TN_DATA', 'readCsv', `cannot read ${path}: ${(error as Error).message}`, { file: path })
}

/** The start of a file, unpacked. */
async function firstBytes(path: string) {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0)
      const bytes = buffer.subarray(0, bytesRead)
      const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
      const unpacked = packed ? gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH }) : bytes
      return { bytes: unpacked.subarray(0, 16 * sampleBytes), whole: bytesRead < sampleBytes, packed }
    } finally {
      await file.close()
    }
  } catch (error) {
    return cannotRead(path, error)
  }
}

/** Of Unicode's encodings, the one that the byte order mark tells. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

function decoderOf(path: string, encoding: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal })
  } catch {
    return damaged(
      path,
      `there is no encoding ${JSON.stringify(encoding)}; utf-8, euc-kr, windows-1252 and utf-16le are some`,
    )
  }
}

/** The first lines; of a file that goes on, without the last one, which may be cut. */
function sampleText(path: string, bytes: Uint8Array, whole: boolean, encoding: string): string {
  const text = decoderOf(path, encoding, false).decode(bytes)
  return whole ? text : text.slice(0, text.lastIndexOf('\n') + 1)
}

/** The file's text, piece by piece. */
async function* textOf({ path, packed, encoding }: Source): AsyncGenerator<string> {
  const decoder = decoderOf(path, encoding, true)
  const file = createReadStream(path)
  const bytes = packed ? pipeline(file, createGunzip(), () => {}) : file
  let lines = 1
  let reading = true
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      reading = false
      const text = decoder.decode(chunk, { stream: true })
      reading = true
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
      yield text
    }
    reading = false
    yield decoder.decode()
  } catch (error) {
    if (reading) cannotRead(path, error)
    const hint = encoding === 'utf-8' ? '; another encoding may be meant, as euc-kr or windows-1252' : ''
    damaged(path, `after line ${lines} stand bytes that are not ${encoding.toUpperCase()}${hint}`)
  }
}

/** The rows as they stand in the file, the header among them; at most `limit`. */
async function* recordsOf(source: Source, limit?: number): AsyncGenerator<string[]> {
  const { path, delimiter, options } = source
  let cells: number | undefined
  const parser = parse({
    delimiter,
    ...(limit !== undefined && { to: limit }),
    bom: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: longestRow,
    relax_column_count: true,
    on_record: (record: string[], { lines }) => {
      cells ??= record.length
      if (record.length === cells) return record
      const what = `line ${lines} has ${record.length} cells, but the first row has ${cells}`
      if (options.skipDamaged !== true) damaged(path, what)
      options.onSkip?.(what)
      return null
    },
  })
  pipeline(Readable.from(textOf(source)), parser, () => {})
  try {
    for await (const record of parser as AsyncIterable<string[]>) yield record
  } catch (error) {
    if (error instanceof ThinnetError) throw error
    damaged(path, describe(error as CsvError))
  }
}

async function* rowsOf(source: Source, header: boolean): AsyncGenerator<string[], void, undefined> {
  let first = true
  for await (const row of recordsOf(source)) {
    if (!(first && header)) yield row
    first = false
  }
}

async function firstRow(source: Source): Promise<string[] | undefined> {
  for await (const row of recordsOf(source, 1)) return row
  return undefined
}

/** What is wrong with the quotes, and where. What follows cannot be cut into rows with any certainty. */
function describe(error: CsvError): string {
  const { code, message, lines } = error as CsvError & { lines?: number }
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `a quote is opened and never closed; the file ends at line ${lines}`
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `line ${lines}: something follows a closing quote; a quote inside a quoted cell is written twice`
    case 'INVALID_OPENING_QUOTE':
      return `line ${lines}: there is a quote inside a cell that is not quoted`
    case 'CSV_MAX_RECORD_SIZE':
      return `line ${lines}: a row of more than ${longestRow / 2 ** 20} MiB; a quote may be missing`
    default:
      return `line ${lines}: ${message}`
  }
}

function columnNames(path: string, header: readonly string[]): string[] {
  const names = header.map((name, i) => name.trim() || `column ${i + 1}`)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) damaged(path, `two columns are named ${JSON.stringify(twice)}`)
  return names
}
