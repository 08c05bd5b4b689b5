// Tables of text: reading them, and making numbers of their cells.
export { readCsv } from '#files'
export { type Decimal, isMissing, parseNumber } from './cell.ts'
export type { CsvFile, CsvOptions } from './csv.ts'
export { type DealOptions, type Role, RowDealer } from './deal.ts'
export { TableEncoder, type TableEncoderOptions, type TableEncoding, type Task } from './encoder.ts'
export {
  type CellIssue,
  type ColumnEncoding,
  type EncodingOptions,
  encodeColumn,
  type IgnoredReason,
  inputsOf,
  type TargetEncoding,
} from './encoding.ts'
export {
  type Examples,
  type LoadedTable,
  type LoadOptions,
  loadTable,
  type SurveyedTable,
  surveyTable,
  type TableSource,
} from './load.ts'
export { ColumnProfile, TableProfile } from './profile.ts'
