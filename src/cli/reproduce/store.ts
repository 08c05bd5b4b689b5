import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../backend/errors.ts'
import { writeAtomically } from '../../data/io.node.ts'
import type { Unit, UnitResult } from './experiment.ts'

/** What a reproduction was begun with; another one must not go on in its folder. */
export interface Plan {
  readonly name: string
  readonly heldOut: boolean
  readonly data: string
  readonly units: readonly Unit[]
}

/**
 * The folder of a reproduction: a plan, and for each unit a folder with its result, or with the checkpoint of where it
 * is. Files are there as a whole or not at all.
 */
export class UnitStore {
  /**
   * Begins a folder, or goes on in one.
   *
   * @throws ThinnetError TN_DATA if it holds a run that is not to be gone on with, or another one, or none to go on with.
   */
  constructor(
    readonly path: string,
    plan: Plan,
    resume: boolean,
  ) {
    const known = this.#read('plan.json')
    if (known !== undefined && !resume) {
      fail('TN_DATA', 'reproduce', `${path} already holds a run: --resume goes on with it, --out takes another folder`)
    }
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plan)) {
      fail(
        'TN_DATA',
        'reproduce',
        `${path} holds a run with other options: go on with the same ones, or take another --out`,
      )
    }
    if (known === undefined) this.writeJson('plan.json', plan)
  }

  /** The result of a unit that is finished. */
  result(id: string): UnitResult | undefined {
    return this.#read(`units/${id}/result.json`) as UnitResult | undefined
  }

  /** Writes a unit's result, after which it needs no checkpoint. */
  finish(id: string, result: UnitResult): void {
    this.writeJson(`units/${id}/result.json`, result)
    rmSync(this.checkpoint(id), { force: true })
  }

  /** The path of a unit's checkpoint, in a folder that is there. */
  checkpoint(id: string): string {
    const folder = join(this.path, 'units', id)
    attempt(folder, () => mkdirSync(folder, { recursive: true }))
    return join(folder, 'checkpoint.safetensors')
  }

  file(name: string): string {
    return join(this.path, name)
  }

  writeText(name: string, text: string): void {
    const path = this.file(name)
    attempt(path, () => mkdirSync(join(path, '..'), { recursive: true }))
    writeAtomically(path, 'reproduce', [new TextEncoder().encode(text)])
  }

  writeJson(name: string, value: unknown): void {
    this.writeText(name, `${JSON.stringify(value, undefined, 2)}\n`)
  }

  #read(name: string): unknown {
    const path = this.file(name)
    if (!existsSync(path)) return undefined
    return attempt(path, () => JSON.parse(readFileSync(path, 'utf8')))
  }
}

function attempt<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    return fail('TN_DATA', 'reproduce', `${path}: ${(error as Error).message}`, { path })
  }
}
