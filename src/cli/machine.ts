import { cpus } from 'node:os'
import { backendInfo } from '../backend/info.ts'

/** What computes here, by name: for the records of a run. */
export function machine(): Record<string, string | number> {
  const { name, target, threads, reason } = backendInfo()
  return {
    backend: name,
    target,
    threads,
    reason,
    processor: cpus()[0]?.model.trim() || process.arch,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
  }
}
