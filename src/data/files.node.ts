// What data and formats need of the outside, in Node. `#files` in package.json chooses this file or files.browser.ts.
export { findSet } from './find.node.ts'
export { readIdxFile } from './idx.node.ts'
export { crc32, namesIn, readChecked, writeAtomically } from './io.node.ts'
export { readCsv } from './table/csv.node.ts'
