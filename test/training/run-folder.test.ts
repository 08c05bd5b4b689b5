import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RunFolder } from '../../src/training/run-folder.node.ts'

const temporary = () => mkdtempSync(join(tmpdir(), 'thinnet-run-'))

test('it makes its folder and those above, and writes whole files and lines', () => {
  const folder = RunFolder.create(join(temporary(), 'a', 'b'))
  folder.writeJson('config.json', { seed: 1 })
  folder.writeJson('config.json', { seed: 2 })
  folder.appendLine('metrics.jsonl', { epoch: 1 })
  folder.appendLine('metrics.jsonl', { epoch: 2 })
  expect(JSON.parse(readFileSync(folder.file('config.json'), 'utf8'))).toEqual({ seed: 2 })
  expect(readFileSync(folder.file('metrics.jsonl'), 'utf8')).toBe('{"epoch":1}\n{"epoch":2}\n')
  expect(readdirSync(folder.path).sort()).toEqual(['config.json', 'metrics.jsonl'])
})

test('it is not made twice', () => {
  const path = temporary()
  RunFolder.create(path).writeJson('config.json', {})
  expect(() => RunFolder.create(path)).toThrow(
    expect.objectContaining({ code: 'TN_DATA', message: `RunFolder: ${path} already holds a run` }),
  )
})

test('the folder of a run is opened again, and what was half written is cleared away', () => {
  const path = temporary()
  const begun = RunFolder.create(path)
  begun.writeJson('config.json', { seed: 1 })
  begun.appendLine('metrics.jsonl', { epoch: 1 })
  writeFileSync(join(path, '.checkpoint.safetensors.123-00ff00ff.tmp'), 'half')
  writeFileSync(join(path, '.mine.tmp'), 'not ours')
  const folder = RunFolder.open(path)
  expect(readdirSync(path).sort()).toEqual(['.mine.tmp', 'config.json', 'metrics.jsonl'])
  expect(folder.readJson('config.json')).toEqual({ seed: 1 })
  folder.writeLines('metrics.jsonl', [{ epoch: 1 }, { epoch: 2 }])
  expect(readFileSync(folder.file('metrics.jsonl'), 'utf8')).toBe('{"epoch":1}\n{"epoch":2}\n')
  folder.writeLines('metrics.jsonl', [])
  folder.remove('metrics.jsonl')
  expect(readdirSync(path).sort()).toEqual(['.mine.tmp', 'config.json'])
  expect(() => folder.readJson('metrics.jsonl')).toThrow(/^RunFolder: cannot read .*metrics\.jsonl: ENOENT/)
  const empty = temporary()
  expect(() => RunFolder.open(empty)).toThrow(`RunFolder: ${empty} holds no run: it has no config.json`)
})

test('what cannot be written names the file and leaves nothing', () => {
  const path = temporary()
  writeFileSync(join(path, 'file'), '')
  expect(() => RunFolder.create(join(path, 'file', 'run'))).toThrow(/cannot create the folder .*file.run: ENOTDIR/)
  const folder = RunFolder.create(path)
  expect(() => folder.writeText('no/such/place.txt', 'x')).toThrow(/cannot write .*place\.txt/)
  expect(() => folder.appendLine('file/metrics.jsonl', {})).toThrow(/cannot write .*metrics\.jsonl/)
  expect(readdirSync(path)).toEqual(['file'])
})
