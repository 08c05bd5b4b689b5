import { existsSync } from 'node:fs'
import { findSet } from '../data/find.node.ts'
import { fashionMnistSet, type ImageSet, mnistSet } from '../data/image-sets.ts'
import { kernelBuild } from './kernel-build.ts'
import { machine } from './machine.ts'
import { version } from './version.ts'

/** What `thinnet info --json` prints. */
export interface Facts {
  readonly version: string
  readonly machine: Readonly<Record<string, string | number>>
  /** What the compiler said when the native kernels were built; null if they were not built here. */
  readonly buildLog: string | null
  /** The folder of each data set; null where it was not found. */
  readonly dataSets: Readonly<Record<string, string | null>>
}

/** Looks around. */
export async function collectFacts(): Promise<Facts> {
  const { buildLogPath } = await kernelBuild()
  const sets = [mnistSet, fashionMnistSet]
  const found = await Promise.all(sets.map(async (set) => [set.name, await folderOf(set)] as const))
  return {
    version,
    machine: machine(),
    buildLog: existsSync(buildLogPath) ? buildLogPath : null,
    dataSets: Object.fromEntries(found),
  }
}

async function folderOf(set: ImageSet): Promise<string | null> {
  try {
    return (await findSet(set, {})).source
  } catch {
    return null // that it is not there is an answer here
  }
}
