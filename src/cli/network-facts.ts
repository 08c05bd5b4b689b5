import type { ModelSummary, Module } from '../module/index.ts'
import { defineOptions } from './compare/command.ts'
import { buildArm } from './compare/network.ts'
import { parseOptions } from './resume.ts'
import { type Subject, subjectsOf } from './subjects.ts'

/** What each layer of a network takes, and what its dropout leaves. */
export interface NetworkFacts {
  readonly name: string
  readonly summary: ModelSummary
}

/** Of the networks that a path is about: a run's, a model file's, a program's. */
export async function networksOf(path: string): Promise<NetworkFacts[]> {
  return (await subjectsOf(path)).map((subject) => ({ name: subject.name, summary: summaryOf(subject) }))
}

function summaryOf({ model, example, batchSize }: Subject): ModelSummary {
  return example ? (model as Module).summary({ inputs: [example] }) : model.summary({ batchSize })
}

/** Of the network that `thinnet compare` trains thinned, unless it is told otherwise. */
export function usualNetwork(): NetworkFacts {
  const options = parseOptions(defineOptions, [])
  const layerSizes = [784, ...options.hidden, 10]
  const { model } = buildArm('thinned', layerSizes, options, 1)
  const name = `thinned: ${layerSizes.join('-')}, what \`thinnet compare\` trains`
  return { name, summary: model.summary({ batchSize: options.batch }) }
}
