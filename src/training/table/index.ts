// Tables: networks that learn from columns, and say how far their predictions are to be trusted.
export { type FitTableOptions, type FittedTable, fitTable, type TriedRate, triedRates } from './fit.ts'
export { type LearnOptions, learnTable, type TableEpoch } from './learn.ts'
export { loadTableModel, saveTableModel, type TableModel } from './model.ts'
export { type TableNetworkOptions, tableNetwork, usualHidden } from './network.ts'
export {
  type ClassPrediction,
  type NumberPrediction,
  predictTable,
  sampleTable,
  type TablePrediction,
  type TablePredictOptions,
} from './predict.ts'
export { type ClassScores, fitNoise, type NumberScores, scoreTable, type TableScores } from './scores.ts'
