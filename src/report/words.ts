// Texts by key and language. `{name}` in a text is filled in when it is said.
// Korean sentences keep particles away from the values, whose ending they would have to agree with.
import { english } from './words-en.ts'
import { korean } from './words-ko.ts'

export type Language = 'en' | 'ko'

/** Every key with its text, in each language. */
export type Dictionaries<Key extends string> = Readonly<Record<Language, Readonly<Record<Key, string>>>>

/** The text of `key` with its `{name}`s replaced by `values`. */
export type Say<Key extends string> = (key: Key, values?: Readonly<Record<string, string | number>>) => string

/** A speaker of one language. */
export function speaker<Key extends string>(dictionaries: Dictionaries<Key>, language: Language): Say<Key> {
  const dictionary = dictionaries[language]
  return (key, values = {}) =>
    dictionary[key].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`internal: no value for {${name}} of ${key}`)
      return String(value)
    })
}

export type ReportKey = keyof typeof english

/** What the report and the summary of `thinnet compare` say. */
export const reportWords: Dictionaries<ReportKey> = { en: english, ko: korean }
