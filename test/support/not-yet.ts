// test/goldens/not-yet.json: the vectors that no test uses, and why.
import { readFileSync } from 'node:fs'

/** The cases of a section whose fields equal those of `where`; a name may be a path, `input.dtype`. */
export interface Entry {
  readonly file: string
  readonly section: string
  readonly where: Readonly<Record<string, string>>
}

/** Cases that wait for a layer or data type: the name under which `nn`, or the list of types, will have it. */
export interface Waiting extends Entry {
  readonly missing: string
}

/** Cases that will never apply. */
export interface Different extends Entry {
  readonly reason: string
}

/** A file of test/goldens, whole. */
export const goldenFile = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(`../goldens/${name}`, import.meta.url), 'utf8'))

export const { waiting, different } = goldenFile('not-yet.json') as unknown as {
  readonly waiting: readonly Waiting[]
  readonly different: readonly Different[]
}

/** True if an entry is about a case. */
export const isAbout = ({ where }: Entry, item: unknown): boolean =>
  Object.entries(where).every(([path, value]) => fieldAt(item, path) === value)

const fieldAt = (item: unknown, path: string): unknown =>
  path.split('.').reduce((at, name) => (at as Readonly<Record<string, unknown>>)[name], item)

/** The cases of a section that apply. */
export function applying<Case>(file: string, section: string, cases: readonly Case[]): Case[] {
  const entries = [...waiting, ...different].filter((entry) => entry.file === file && entry.section === section)
  return cases.filter((item) => !entries.some((entry) => isAbout(entry, item)))
}
