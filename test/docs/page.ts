// What a page of docs/ holds to be run: its blocks of code, and the rows of its tables of code.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import ts from 'typescript'
import * as data from '../../src/data/index.ts'
import * as formats from '../../src/formats/index.ts'
import * as thinnet from '../../src/index.ts'
import * as inspection from '../../src/inspect/index.ts'
import * as training from '../../src/training/index.ts'

export interface Block {
  readonly language: string
  /** `setup` begins each block, `setting` each row of a table; other blocks have none. */
  readonly kind: string
  readonly code: string
  /** The line of the page that it starts on. */
  readonly line: number
}

export interface Row {
  readonly torch: string
  readonly thinnet: string
}

export class Page {
  readonly blocks: readonly Block[]
  readonly rows: readonly Row[]

  constructor(name: string) {
    const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
    this.blocks = [...text.matchAll(/^```(\w+) ?(\w*)\n(.*?)^```$/gms)].map(
      ({ 1: language = '', 2: kind = '', 3: code = '', index }) => ({
        language,
        kind,
        code,
        line: text.slice(0, index).split('\n').length,
      }),
    )
    this.rows = [...text.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, torch = '', thinnet = '']) => ({
      torch,
      thinnet,
    }))
  }

  /** The blocks to be run. */
  get programs(): readonly Block[] {
    return this.blocks.filter(({ language, kind }) => language === 'ts' && kind === '')
  }

  /** The TypeScript block of a kind. */
  #kind(kind: string): string {
    return this.blocks.find((block) => block.language === 'ts' && block.kind === kind)?.code ?? ''
  }

  /** Runs a block; returns what it prints. */
  async printed({ code }: Block): Promise<string> {
    const lines: string[] = []
    await execute(this.#kind('setup') + code, { log: (...values: unknown[]) => lines.push(shown(values)) })
    return lines.join('\n')
  }

  /** What the right side of a table's row gives. */
  valueOf({ thinnet }: Row): Promise<unknown> {
    return execute(`${this.#kind('setup')}${this.#kind('setting')}exports.value = ${thinnet}`, console)
  }

  /** The whole page as one source, a function for each program and row: for the type checker. */
  get source(): string {
    const bodies = [
      ...this.programs.map(({ code }) => code),
      ...this.rows.map(({ thinnet }) => `${this.#kind('setting')}void (${thinnet})\n`),
    ]
    return this.#kind('setup') + bodies.map((body, i) => `export async function part${i}() {\n${body}}\n`).join('')
  }
}

/** What a block says that it prints: its comments that are lines of their own or stand behind `console.log`. */
export const expected = ({ code }: Block): string =>
  [...code.matchAll(/^(?:.*console\.log\(.*\) )?\/\/ (.*)$/gm)].map(([, text]) => text).join('\n')

const shown = (values: readonly unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')

const modules: Readonly<Record<string, object>> = {
  thinnet,
  'thinnet/data': data,
  'thinnet/formats': formats,
  'thinnet/inspect': inspection,
  'thinnet/training': training,
}

const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (...given: unknown[]) => Promise<void>

/** Runs TypeScript as a function, with imports out of src; returns what it assigns to `exports.value`. */
export async function execute(code: string, console: object): Promise<unknown> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  })
  const exports: { value?: unknown } = {}
  await new AsyncFunction('require', 'exports', 'console', outputText)(
    (name: string) => modules[name],
    exports,
    console,
  )
  return exports.value
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the type checker objects to in a source that imports thinnet. */
export function typeErrors(source: string): string[] {
  const name = `${root}test/docs/page.generated.ts`
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    paths: {
      thinnet: [`${root}src/index.ts`],
      'thinnet/*': [`${root}src/*/index.ts`],
      '#platform': [`${root}src/backend/platform.node.ts`],
      '#files': [`${root}src/data/files.node.ts`],
    },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (path) => path === name || fileExists(path)
  host.getSourceFile = (path, language, ...rest) =>
    path === name ? ts.createSourceFile(path, source, language) : getSourceFile(path, language, ...rest)
  const program = ts.createProgram([name], options, host)
  return program
    .getSemanticDiagnostics(program.getSourceFile(name))
    .map(
      ({ messageText, start = 0 }) =>
        `${ts.flattenDiagnosticMessageText(messageText, ' ')} in ${lineAt(source, start)}`,
    )
}

const lineAt = (text: string, at: number): string => text.slice(text.lastIndexOf('\n', at) + 1).split('\n', 1)[0] ?? ''
