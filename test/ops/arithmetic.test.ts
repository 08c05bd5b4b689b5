import { describeOps } from '../support/op-spec.ts'
import { arithmeticSpecs } from './specs/arithmetic.ts'

describeOps(arithmeticSpecs)
