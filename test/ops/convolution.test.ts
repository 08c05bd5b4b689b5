import { describeOps } from '../support/op-spec.ts'
import { convolutionSpecs } from './specs/convolution.ts'

describeOps(convolutionSpecs)
