// Models that a command can be asked about: those of runs, model files, programs.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { fail } from '../backend/errors.ts'
import type { HistoryEpoch, TrainingFacts } from '../inspect/index.ts'
import { Module } from '../module/index.ts'
import type { ArmName } from '../report/comparison.ts'
import { Tensor } from '../tensor/tensor.ts'
import { loadTableModel } from '../training/index.ts'
import { buildArm } from './compare/network.ts'

/** A model with what is known about it. */
export interface Subject {
  readonly name: string
  readonly model: Module
  readonly history: readonly HistoryEpoch[]
  readonly training: TrainingFacts
  /** Examples in a mini-batch, where that is known. */
  readonly batchSize?: number
  readonly example?: Tensor | undefined
}

const programs = ['.mjs', '.js', '.cjs', '.mts', '.ts', '.cts']

/**
 * The models that a path is about.
 *
 * @throws ThinnetError TN_DATA if it is none of a run's folder, a model of a table, and a program that exports a model.
 */
export async function subjectsOf(path: string): Promise<Subject[]> {
  if (!existsSync(path)) fail('TN_DATA', 'subjectsOf', `there is no ${path}`)
  if (statSync(path).isDirectory()) return ofRun(path)
  if (basename(path) === 'config.json') return ofRun(dirname(path))
  if (extname(path) === '.safetensors') return [ofTableModel(path, basename(path))]
  if (programs.includes(extname(path))) return [await ofProgram(path)]
  const expected = "a run's folder, a .safetensors file of a table's model, or a program (.mjs) that exports a model"
  return fail('TN_DATA', 'subjectsOf', `expected ${expected}, got ${path}`)
}

const number = z.number()

/** What is read of a comparison's config.json. */
const comparisonConfig = z.object({
  network: z.string(),
  trainingExamples: number,
  settings: z.object({
    ...{ arms: z.string(), p: number, 'input-p': number, subnets: number, batch: number },
    ...{ lr: number, momentum: number, 'max-norm': number },
  }),
})

/** What is read of the config.json of a table's training. */
const tableConfig = z.object({
  file: z.string(),
  counts: z.object({ train: number }),
  settings: z.object({ target: z.string(), lr: number, batch: number }),
})

function ofRun(folder: string): Subject[] {
  const file = join(folder, 'config.json')
  if (!existsSync(file)) fail('TN_DATA', 'subjectsOf', `${folder} is not the folder of a run: it has no config.json`)
  const config = readJson(file)
  const comparison = comparisonConfig.safeParse(config)
  if (comparison.success) return ofComparison(folder, comparison.data)
  const table = tableConfig.safeParse(config)
  if (table.success) return [ofTable(folder, table.data)]
  return fail('TN_DATA', 'subjectsOf', `${file} is not of a run of \`thinnet compare\` or \`thinnet train\``)
}

function ofComparison(folder: string, config: z.infer<typeof comparisonConfig>): Subject[] {
  const { p, 'input-p': inputP, subnets, batch, lr, momentum, 'max-norm': maxNorm, arms } = config.settings
  const layerSizes = config.network.split('-').map(Number)
  const metrics = readLines(join(folder, 'metrics.jsonl'))
  return arms.split(',').map((arm) => ({
    name: `${arm}: ${config.network}`,
    model: buildArm(arm as ArmName, layerSizes, { p, inputP, subnets, lr, momentum, maxNorm, seed: 0 }, 1).model,
    history: metrics.filter((line) => line.arm === arm) as HistoryEpoch[],
    training: { optimizer: 'SGD', lr, momentum, maxNorm, examples: config.trainingExamples },
    batchSize: batch,
  }))
}

function ofTable(folder: string, { file, counts, settings }: z.infer<typeof tableConfig>): Subject {
  const model = join(folder, 'model.safetensors')
  if (!existsSync(model))
    fail('TN_DATA', 'subjectsOf', `${folder} has no model.safetensors: the training did not finish`)
  const { p, network } = loadTableModel(model)
  const history = readLines(join(folder, 'metrics.jsonl')).flatMap((line) =>
    line.p === p ? ({ loss: line.loss, testLoss: line.validationLoss } as HistoryEpoch) : [],
  )
  const training = { optimizer: 'AdamW', lr: settings.lr, examples: counts.train }
  return { name: `${file}: ${settings.target}`, model: network, history, training, batchSize: settings.batch }
}

function ofTableModel(path: string, name: string): Subject {
  return { name, model: loadTableModel(path).network, history: [], training: {} }
}

/** What a program may export beside `model`. */
const programExports = z.object({
  history: z.array(z.record(z.string(), z.unknown())).optional(),
  training: z.record(z.string(), z.unknown()).optional(),
  example: z.instanceof(Tensor).optional(),
})

async function ofProgram(path: string): Promise<Subject> {
  const exported = (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>
  const model = exported.model ?? exported.default
  if (!(model instanceof Module)) {
    const got = model === undefined ? 'no such export' : `${typeof model}, or a module of another copy of thinnet`
    fail('TN_DATA', 'subjectsOf', `${path} must export \`model\`, an nn.Module, got ${got}`)
  }
  const { history = [], training = {}, example } = checked(path, exported)
  return {
    name: basename(path),
    model,
    history: history as HistoryEpoch[],
    training: training as TrainingFacts,
    example,
  }
}

function checked(path: string, exported: unknown): z.infer<typeof programExports> {
  const { success, data, error } = programExports.safeParse(exported)
  if (success) return data
  const [issue] = error.issues
  return fail(
    'TN_DATA',
    'subjectsOf',
    `${path} exports ${issue?.path.join('.')} that cannot be read: ${issue?.message}`,
  )
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(
      'TN_DATA',
      'subjectsOf',
      `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** The lines of a .jsonl file, as many as there are: a run that goes on may be writing the last one. */
function readLines(path: string): Readonly<Record<string, unknown>>[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
