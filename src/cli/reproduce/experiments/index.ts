import type { Experiment } from '../experiment.ts'
import { dataSizeExperiment } from './data-size.ts'
import { ensembleExperiment } from './ensemble.ts'
import { gaussianExperiment } from './gaussian.ts'
import { mnistLadder } from './mnist.ts'
import { ratesExperiment } from './rates.ts'
import { regressionExperiment } from './regression.ts'
import { regularizersExperiment } from './regularizers.ts'
import { subnetsExperiment } from './subnets.ts'

/** All that `thinnet reproduce` knows, by name. */
export const experiments: readonly Experiment[] = [
  mnistLadder,
  ratesExperiment,
  dataSizeExperiment,
  ensembleExperiment,
  gaussianExperiment,
  regularizersExperiment,
  regressionExperiment,
  subnetsExperiment,
]
