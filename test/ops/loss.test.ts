import { describeOps } from '../support/op-spec.ts'
import { lossSpecs } from './specs/loss.ts'

describeOps(lossSpecs)
