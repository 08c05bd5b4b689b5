import { readIdxFile } from '#files'
import type { Tensor } from '../tensor/tensor.ts'
import { parseIdx } from './idx.ts'

/**
 * The tensor in an IDX file, which may be packed with gzip.
 *
 * @param path Node: a path. Browser: an address.
 * @example
 * const letters = new ImageDataset(await readIdx('letters-images-idx3-ubyte.gz'), (await readIdx('letters-labels-idx1-ubyte.gz')).to('int32'))
 */
export async function readIdx(path: string): Promise<Tensor> {
  const { name, bytes } = await readIdxFile(path)
  return parseIdx(bytes, name)
}
